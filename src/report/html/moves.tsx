import { TableHead } from "../../pages/table-head.tsx";
import { fill } from "../../pages/texts/fill.ts";
import { lookUp } from "../../pages/texts/params.ts";
import type { Part } from "./part.ts";

const MOVES_SHOWN = 8;
const DAYS_SHOWN = [30, 60, 90, 120, 180, 365];

/** Who changed the stage within the last month, and what it brought or cost. */
export function Moves(part: Part) {
  const { analysis, segmentation, card, format } = part;
  const { migration } = analysis.segmentation;
  const words = segmentation.migration;
  if (migration === null) return null;
  const { moved, gainedMinor, lostMinor, rows } = migration.lifecycle;
  const name = (code: string | null, none: string) =>
    code === null ? none : (lookUp(card.lifecycle, code) ?? code);
  const shown = rows
    .filter((row) => row.from !== row.to)
    .toSorted(
      (left, right) =>
        Math.abs(right.moneyMinor ?? 0) - Math.abs(left.moneyMinor ?? 0) ||
        right.clients - left.clients,
    )
    .slice(0, MOVES_SHOWN);
  const hasMoney = gainedMinor !== null && lostMinor !== null;
  return (
    <>
      <h3>{segmentation.sections.migration}</h3>
      <p>
        {moved === 0
          ? words.nobody
          : fill(words.summary, {
              from: format.day(migration.from),
              to: format.day(migration.to),
              clients: format.clients(moved),
            })}{" "}
        {hasMoney && moved > 0
          ? `${fill(words.gained, { money: format.money(gainedMinor) })}, ${fill(words.lost, { money: format.money(-lostMinor) })}.`
          : null}
      </p>
      {shown.length === 0 ? null : (
        <>
          <p class="quiet note">
            {hasMoney
              ? fill(words.basis[migration.money.basis], {
                  days: format.days(migration.money.horizonDays),
                })
              : null}
          </p>
          <table>
            <caption class="sr">{segmentation.sections.migration}</caption>
            <TableHead
              columns={[
                { name: segmentation.columns.from },
                { name: segmentation.columns.to },
                { name: segmentation.columns.clients, isNumber: true },
                { name: segmentation.columns.change, isNumber: true, isHidden: !hasMoney },
              ]}
            />
            <tbody>
              {shown.map((row) => (
                <tr>
                  <th scope="row">{name(row.from, words.newcomer)}</th>
                  <td>
                    → {name(row.to, words.gone)}
                    {row.cause === "boundary" ? (
                      <span class="line quiet">{words.boundary}</span>
                    ) : null}
                  </td>
                  <td class="num">{format.int(row.clients)}</td>
                  {hasMoney ? <td class="num">{changeText(row.moneyMinor, part)}</td> : null}
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </>
  );
}

function changeText(minor: number | null, { format }: Part): string {
  if (minor === null) return "–";
  if (minor === 0) return "0";
  return minor > 0 ? `▲ +${format.money(minor)}` : `▼ ${format.money(minor)}`;
}

/** After what silence a client is lost, with both errors of every choice; or why nobody can say yet. */
export function Threshold(part: Part) {
  const { analysis, segmentation, format } = part;
  const found = analysis.segmentation.churnThreshold;
  const words = segmentation.churn;
  const { recommended: best, personal } = found;
  return (
    <>
      <h3>{segmentation.sections.churn}</h3>
      {best === null || best.falseAlarms === null || best.missedShare === null ? (
        <p class="empty">
          {found.reason === null
            ? words.refused.few_silences
            : fill(words.refused[found.reason], {
                have: format.int(found.repeatBuyers),
                need: format.int(found.minRepeatBuyers),
              })}
        </p>
      ) : (
        <>
          <p>
            {fill(words.sentence, {
              days: format.days(best.days),
              alarms: format.percent(best.falseAlarms),
              missed: format.percent(best.missedShare),
            })}
          </p>
          {personal.errors === null ||
          personal.errors.falseAlarms === null ||
          personal.errors.missedShare === null ? null : (
            <p>
              {fill(words.personal, {
                gaps: format.ratio(personal.gaps),
                alarms: format.percent(personal.errors.falseAlarms),
                missed: format.percent(personal.errors.missedShare),
                over: format.int(personal.over),
                clients: format.clients(personal.clients),
              })}
            </p>
          )}
          <ThresholdTable {...part} />
        </>
      )}
    </>
  );
}

function ThresholdTable({ analysis, segmentation, format }: Part) {
  const { candidates, recommended, checkDays, followUpDays } = analysis.segmentation.churnThreshold;
  const words = segmentation.churn;
  const rows = candidates.filter(
    ({ days }) => DAYS_SHOWN.includes(days) || days === recommended?.days,
  );
  return (
    <>
      <table class="comparison">
        <caption class="sr">{words.chart}</caption>
        <TableHead
          columns={[
            { name: segmentation.columns.days },
            { name: words.falseAlarms, isNumber: true },
            { name: words.missed, isNumber: true },
          ]}
        />
        <tbody>
          {rows.map((row) => (
            <tr class={row.days === recommended?.days ? "strong" : undefined}>
              <th scope="row">
                {format.days(row.days)}
                {row.days === recommended?.days ? " ✓" : null}
              </th>
              <td class="num">
                {row.falseAlarms === null ? "–" : format.percent(row.falseAlarms)}
              </td>
              <td class="num">
                {row.missedShare === null ? "–" : format.percent(row.missedShare)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet note">
        {fill(words.how, {
          checks: format.int(checkDays.length),
          days: format.days(followUpDays),
        })}
      </p>
    </>
  );
}
