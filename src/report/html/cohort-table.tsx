import type { CohortRow } from "../../analytics/cohorts.ts";
import { fill } from "../../pages/texts/fill.ts";
import type { Format } from "../../pages/texts/format.ts";
import type { ReportTexts } from "../texts/texts.ts";
import { Wide } from "./blocks.tsx";

const COHORTS_SHOWN = 13;
const OFFSETS_SHOWN = 12;
const LEVELS = 8;

interface CohortTableProps {
  readonly texts: ReportTexts;
  readonly format: Format;
  /** Closed periods only, oldest first. */
  readonly rows: readonly CohortRow[];
  readonly label: (cohort: string) => string;
  readonly step: "month" | "quarter";
  /** Money of a client's first `days`, by cohort; null = not known. */
  readonly money: {
    readonly days: number;
    readonly values: ReadonlyMap<string, number | null>;
  } | null;
}

/** The share of a cohort that bought in each period since. The table is the chart: every cell holds its number. */
export function CohortTable({ texts, format, rows, label, step, money }: CohortTableProps) {
  const { loyalty, columns } = texts;
  const shown = rows.slice(-COHORTS_SHOWN);
  const offsets = Math.min(OFFSETS_SHOWN, (shown[0]?.cells.length ?? 1) - 1);
  if (offsets < 1) return <p class="empty">{loyalty.tooYoung}</p>;
  const shares = shown.flatMap(({ cells, clients }) =>
    cells.slice(1, offsets + 1).map((cell) => cell.clients / clients),
  );
  const highest = Math.max(0.01, ...shares);
  return (
    <>
      <p class="quiet note">{loyalty.cohortsHint[step]}</p>
      <Wide label={loyalty.cohorts}>
        <table class="heat">
          <caption class="sr">{loyalty.cohorts}</caption>
          <thead>
            <tr>
              <th scope="col">{columns.cohort}</th>
              <th scope="col" class="num">
                {columns.clients}
              </th>
              {money === null ? null : (
                <th scope="col" class="num">
                  {fill(loyalty.perClient, { days: format.days(money.days) })}
                </th>
              )}
              {Array.from({ length: offsets }, (_, at) => (
                <th scope="col" class="num">
                  <abbr title={fill(loyalty.offset[step], { n: at + 1 })}>+{at + 1}</abbr>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ cohort, clients, cells, isLeftCensored }) => (
              <tr>
                <th scope="row">
                  {label(cohort)}
                  {isLeftCensored ? <abbr title={loyalty.censored}> *</abbr> : null}
                </th>
                <td class="num quiet">{format.int(clients)}</td>
                {money === null ? null : (
                  <td class="num quiet">{valueText(money.values.get(cohort) ?? null, format)}</td>
                )}
                {Array.from({ length: offsets }, (_, at) => {
                  const cell = cells[at + 1];
                  if (cell === undefined) return <td class="none" />;
                  const share = cell.clients / clients;
                  const level = Math.round((share / highest) * LEVELS);
                  return (
                    <td class={`num h${level}`}>{format.percent(Math.round(share * 100) / 100)}</td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {shown.some(({ isLeftCensored }) => isLeftCensored) ? (
        <p class="quiet note">* {loyalty.censored}</p>
      ) : null}
    </>
  );
}

function valueText(minor: number | null, format: Format): string {
  return minor === null ? "–" : format.money(minor);
}
