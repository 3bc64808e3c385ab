import type { MigrationReport, MoveRow } from "../crm/segmentation.ts";
import { ErrorCurves } from "./segments-charts.tsx";
import { SegmentPanel, type SegmentsPart } from "./segments-part.tsx";
import { TableHead } from "./table-head.tsx";
import { fill } from "./texts/fill.ts";
import { lookUp } from "./texts/params.ts";

const MOVES_SHOWN = 8;

/** Who moved where within the month, the most money first. */
export function MigrationPanel(part: SegmentsPart) {
  const { found, texts, format } = part;
  const { migration } = found;
  if (migration === null) return null;
  const words = texts.migration;
  const basis = fill(words.basis[migration.money.basis], {
    days: format.days(migration.money.horizonDays),
  });
  return (
    <SegmentPanel id="migration" title={texts.sections.migration}>
      <Summary part={part} migration={migration} />
      <h4>{words.byLifecycle}</h4>
      <Moves part={part} rows={migration.lifecycle.rows} names={part.names.lifecycle} />
      <details class="as-table">
        <summary>{words.bySegment}</summary>
        <Moves part={part} rows={migration.segment.rows} names={part.names.segments} />
      </details>
      <p class="quiet small">{`${words.method[migration.method]} ${basis}`}</p>
    </SegmentPanel>
  );
}

function Summary({ part, migration }: { part: SegmentsPart; migration: MigrationReport }) {
  const { texts, format } = part;
  const words = texts.migration;
  const { moved, gainedMinor, lostMinor } = migration.lifecycle;
  if (moved === 0) return <p>{words.nobody}</p>;
  const money =
    gainedMinor === null || lostMinor === null
      ? ""
      : ` ${fill(words.gained, { money: format.money(gainedMinor) })}, ${fill(words.lost, {
          money: format.money(Math.abs(lostMinor)),
        })}.`;
  return (
    <p>
      {fill(words.summary, {
        from: format.day(migration.from),
        to: format.day(migration.to),
        clients: format.clients(moved),
      })}
      {money}
    </p>
  );
}

interface MovesProps {
  readonly part: SegmentsPart;
  readonly rows: readonly MoveRow[];
  readonly names: Readonly<Record<string, string>>;
}

function Moves({ part, rows, names }: MovesProps) {
  const moved = rows.filter(({ from, to }) => from !== to);
  if (moved.length === 0) return <p class="empty">{part.texts.migration.nobody}</p>;
  const rest = moved.slice(MOVES_SHOWN);
  return (
    <>
      <MoveTable part={part} rows={moved.slice(0, MOVES_SHOWN)} names={names} />
      {rest.length === 0 ? null : (
        <details class="as-table">
          <summary>{part.texts.migration.all}</summary>
          <MoveTable part={part} rows={rest} names={names} />
        </details>
      )}
    </>
  );
}

function MoveTable({ part, rows, names }: MovesProps) {
  const { texts, format } = part;
  const words = texts.migration;
  const name = (code: string | null, none: string) =>
    code === null ? none : (lookUp(names, code) ?? part.names.unknownSegment);
  return (
    <table>
      <caption class="sr">{texts.sections.migration}</caption>
      <TableHead
        columns={[
          { name: texts.columns.from },
          { name: texts.columns.to },
          { name: texts.columns.clients, isNumber: true },
          { name: texts.columns.change, isNumber: true },
        ]}
      />
      <tbody>
        {rows.map((row) => (
          <tr>
            <th scope="row">{name(row.from, words.newcomer)}</th>
            <td>
              {name(row.to, words.gone)}
              {row.cause === "boundary" ? (
                <span class="line quiet small">{words.boundary}</span>
              ) : null}
            </td>
            <td class="num">{format.int(row.clients)}</td>
            <td class={`num ${toneOf(row.moneyMinor)}`}>
              {row.moneyMinor === null ? "–" : signedMoney(row.moneyMinor, format)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The sign says it, the colour only repeats it. */
function toneOf(minor: number | null): string {
  if (minor === null || minor === 0) return "";
  return minor > 0 ? "up" : "down";
}

function signedMoney(minor: number, format: SegmentsPart["format"]): string {
  return minor > 0 ? `+${format.money(minor)}` : format.money(minor);
}

/** The threshold with both its errors, or why there is none. */
export function ChurnPanel(part: SegmentsPart) {
  const { found, texts, format } = part;
  const { churnThreshold } = found;
  const words = texts.churn;
  const best = churnThreshold.recommended;
  const refusal = churnThreshold.reason ?? "few_silences";
  return (
    <SegmentPanel id="churn" title={texts.sections.churn}>
      {best === null ? (
        <p class="empty">
          {fill(words.refused[refusal], {
            have: format.int(churnThreshold.repeatBuyers),
            need: format.int(churnThreshold.minRepeatBuyers),
          })}
        </p>
      ) : (
        <>
          <p>
            {fill(words.sentence, {
              days: format.days(best.days),
              alarms: format.percent(best.falseAlarms ?? 0),
              missed: format.percent(best.missedShare ?? 0),
            })}
          </p>
          <ErrorCurves found={churnThreshold} texts={texts} format={format} />
          <p class="legend quiet">
            <Key kind="first" label={words.falseAlarms} />
            <Key kind="second" label={words.missed} />
          </p>
          <ErrorTable part={part} />
          <Personal part={part} />
        </>
      )}
    </SegmentPanel>
  );
}

/** What a line of the chart is; the text does not part from its colour. */
function Key({ kind, label }: { kind: "first" | "second"; label: string }) {
  return (
    <span class="key-text">
      <svg class={`key ${kind}`} width="14" height="4" aria-hidden="true">
        <rect width="14" height="4" rx="2" />
      </svg>
      {label}
    </span>
  );
}

function ErrorTable({ part }: { part: SegmentsPart }) {
  const { found, texts, format, showTable } = part;
  const share = (value: number | null) => (value === null ? "–" : format.percent(value));
  return (
    <details class="as-table">
      <summary>{showTable}</summary>
      <table>
        <caption class="sr">{texts.churn.chart}</caption>
        <TableHead
          columns={[
            { name: texts.columns.days },
            { name: texts.churn.falseAlarms, isNumber: true },
            { name: texts.churn.missed, isNumber: true },
          ]}
        />
        <tbody>
          {found.churnThreshold.candidates.map((row) => (
            <tr>
              <th scope="row">{format.days(row.days)}</th>
              <td class="num">{share(row.falseAlarms)}</td>
              <td class="num">{share(row.missedShare)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Personal({ part }: { part: SegmentsPart }) {
  const { found, texts, format } = part;
  const { personal, checkDays, followUpDays } = found.churnThreshold;
  const { errors } = personal;
  return (
    <>
      {errors === null || errors.falseAlarms === null || errors.missedShare === null ? null : (
        <p>
          {fill(texts.churn.personal, {
            gaps: personal.gaps,
            alarms: format.percent(errors.falseAlarms),
            missed: format.percent(errors.missedShare),
            over: format.int(personal.over),
            clients: format.int(personal.clients),
          })}
        </p>
      )}
      <p class="quiet small">
        {fill(texts.churn.how, {
          checks: format.int(checkDays.length),
          days: format.days(followUpDays),
        })}
      </p>
    </>
  );
}
