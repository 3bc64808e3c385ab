import type { RfmComparison, RfmWords } from "../crm/segmentation.ts";
import { SegmentPanel, type SegmentsPart } from "./segments-part.tsx";
import { fill } from "./texts/fill.ts";
import { lookUp } from "./texts/params.ts";

const CHANGES_SHOWN = 6;
const SCORES = [5, 4, 3, 2, 1] as const;

/** Both ways to score R, F and M in words, and who would change the name. */
export function RfmPanel(part: SegmentsPart) {
  const { found, texts, format } = part;
  const { rfm } = found;
  const words = texts.rfm;
  const { alternative, switching } = rfm;
  return (
    <SegmentPanel id="rfm" title={texts.sections.rfm}>
      <p class="quiet">{words.methodHint[rfm.method]}</p>
      {alternative === null || switching === null ? (
        <p>{fill(words.fewClients, { n: format.clients(rfm.minClients) })}</p>
      ) : (
        <p>
          {fill(switching.changed === 0 ? words.switchingNone : words.switching, {
            method: words.methods[alternative.method],
            clients: format.clients(switching.changed),
            share: format.percent(switching.share),
          })}
        </p>
      )}
      <Boundaries part={part} boundaries={rfm.boundaries} title={words.inUse} method={rfm.method} />
      {alternative === null ? null : (
        <Boundaries
          part={part}
          boundaries={alternative.boundaries}
          title={words.other}
          method={alternative.method}
        />
      )}
      {switching === null || switching.changed === 0 ? null : (
        <Switching part={part} rows={switching.rows} />
      )}
      {rfm.largeDeals === null || rfm.largeDeals.purchaseDays === 0 ? null : (
        <p class="quiet small">
          {fill(words.largeDeals, {
            cap: format.money(rfm.largeDeals.capMinor),
            days: format.purchases(rfm.largeDeals.purchaseDays),
            changed: format.clients(rfm.largeDeals.changedScore),
          })}
        </p>
      )}
    </SegmentPanel>
  );
}

interface BoundaryProps {
  readonly part: SegmentsPart;
  readonly boundaries: RfmWords;
  readonly title: string;
  readonly method: RfmComparison["method"];
}

function Boundaries({ part, boundaries, title, method }: BoundaryProps) {
  const { texts, format } = part;
  const words = texts.rfm;
  const caption = fill(title, { method: words.methods[method] });
  const cell = (
    rows: RfmWords["recencyDays"],
    score: number,
    lowest: number | null,
    range: (from: number, to: number) => string,
  ) => {
    const row = rows.find((one) => one.score === score);
    return row ? rangeText(row, lowest, range, words.range) : "–";
  };
  const whole = (from: number, to: number) =>
    from === to ? format.int(from) : `${format.int(from)}–${format.int(to)}`;
  const money = boundaries.moneyMinor;
  return (
    <table class="boundaries">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{texts.columns.score}</th>
          <th scope="col">{words.axes.recency}</th>
          <th scope="col">{words.axes.frequency}</th>
          {money === null ? null : <th scope="col">{words.axes.money}</th>}
        </tr>
      </thead>
      <tbody>
        {SCORES.map((score) => (
          <tr>
            <th scope="row">{score}</th>
            <td>{cell(boundaries.recencyDays, score, 0, whole)}</td>
            <td>{cell(boundaries.purchaseDays, score, null, whole)}</td>
            {money === null ? null : (
              <td>
                {cell(money, score, null, (from, to) =>
                  from === to ? format.money(from) : format.moneyRange(from, to),
                )}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A range of whole values in words; one that begins at the lowest possible value has no beginning. */
function rangeText(
  { from, to }: RfmWords["recencyDays"][number],
  lowest: number | null,
  range: (from: number, to: number) => string,
  words: SegmentsPart["texts"]["rfm"]["range"],
): string {
  if (to === null) return fill(words.from, { from: range(from ?? 0, from ?? 0) });
  if (from === null || from === lowest) return fill(words.upTo, { to: range(to, to) });
  return range(from, to);
}

interface SwitchingProps {
  readonly part: SegmentsPart;
  readonly rows: NonNullable<RfmComparison["switching"]>["rows"];
}

function Switching({ part, rows }: SwitchingProps) {
  const changes = rows
    .filter(({ from, to }) => from !== to)
    .sort((left, right) => right.clients - left.clients);
  const rest = changes.slice(CHANGES_SHOWN);
  return (
    <>
      <SwitchTable part={part} rows={changes.slice(0, CHANGES_SHOWN)} />
      {rest.length === 0 ? null : (
        <details class="as-table">
          <summary>{part.texts.migration.all}</summary>
          <SwitchTable part={part} rows={rest} />
        </details>
      )}
    </>
  );
}

function SwitchTable({ part, rows }: SwitchingProps) {
  const { texts, names, format } = part;
  const name = (code: string) => lookUp(names.segments, code) ?? names.unknownSegment;
  return (
    <table>
      <caption class="sr">{texts.sections.rfm}</caption>
      <thead>
        <tr>
          <th scope="col">{texts.columns.from}</th>
          <th scope="col">{texts.columns.to}</th>
          <th scope="col" class="num">
            {texts.columns.clients}
          </th>
          <th scope="col" class="num share">
            {texts.columns.money}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            <th scope="row">{name(row.from)}</th>
            <td>{name(row.to)}</td>
            <td class="num">{format.int(row.clients)}</td>
            <td class="num share" title={format.moneyExact(row.moneyMinor)}>
              {format.money(row.moneyMinor)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
