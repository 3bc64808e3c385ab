import { fill } from "../../pages/texts/fill.ts";
import { isMonthOpen, Section, Wide } from "./blocks.tsx";
import type { Part } from "./part.ts";

const COHORTS_SHOWN = 13;
const OFFSETS_SHOWN = 12;
const LEVELS = 8;

/** Do clients come back: cohorts by month of the first purchase. */
export function Loyalty(part: Part) {
  return (
    <Section code="loyalty" texts={part.texts}>
      <Cohorts {...part} />
    </Section>
  );
}

/** The share of a cohort that bought in each month since. The table is the chart: every cell holds its number. */
function Cohorts({ analysis, texts, format }: Part) {
  const { loyalty, columns } = texts;
  const rows = closedMonths(analysis).slice(-COHORTS_SHOWN);
  const offsets = Math.min(OFFSETS_SHOWN, (rows[0]?.cells.length ?? 1) - 1);
  const shares = rows.flatMap(({ cells, clients }) =>
    cells.slice(1, offsets + 1).map((cell) => cell.clients / clients),
  );
  if (offsets < 1) {
    return (
      <>
        <h3>{loyalty.cohorts}</h3>
        <p class="empty">{loyalty.tooYoung}</p>
      </>
    );
  }
  const highest = Math.max(0.01, ...shares);
  return (
    <>
      <h3>{loyalty.cohorts}</h3>
      <p class="quiet note">{loyalty.cohortsHint}</p>
      <Wide label={loyalty.cohorts}>
        <table class="heat">
          <caption class="sr">{loyalty.cohorts}</caption>
          <thead>
            <tr>
              <th scope="col">{columns.cohort}</th>
              <th scope="col" class="num">
                {columns.clients}
              </th>
              {Array.from({ length: offsets }, (_, at) => (
                <th scope="col" class="num">
                  <abbr title={fill(loyalty.offset, { month: at + 1 })}>+{at + 1}</abbr>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ cohort, clients, cells }) => (
              <tr>
                <th scope="row">{format.month(cohort)}</th>
                <td class="num quiet">{format.int(clients)}</td>
                {Array.from({ length: offsets }, (_, at) => {
                  const cell = cells[at + 1];
                  if (cell === undefined) return <td class="none" />;
                  const share = cell.clients / clients;
                  const level = Math.round((share / highest) * LEVELS);
                  return <td class={`num h${level}`}>{format.percent(wholePercent(share))}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </>
  );
}

/** A month that has just begun would look like a fall, so it is left out, as a cohort and as a column. */
function closedMonths({ cohorts, asOf }: Part["analysis"]): Part["analysis"]["cohorts"] {
  if (!isMonthOpen(asOf)) return cohorts;
  return cohorts
    .filter(({ cohort }) => cohort < asOf.slice(0, 7))
    .map((row) => ({ ...row, cells: row.cells.slice(0, -1) }));
}

function wholePercent(share: number): number {
  return Math.round(share * 100) / 100;
}
