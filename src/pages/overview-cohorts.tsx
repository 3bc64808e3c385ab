import type { KpiSections } from "../crm/overview-kpis.ts";
import type { PartProps } from "./overview.tsx";
import type { DetailsTexts } from "./texts/details-texts.ts";
import { fill } from "./texts/fill.ts";
import type { Format } from "./texts/format.ts";

const MEASURES = ["clients", "orders", "revenue"] as const;
type Measure = (typeof MEASURES)[number];
type Row = KpiSections["cohorts"][number];
type Cell = Row["cells"][number];

/** Shades of the heat map; the darkest is everybody, or the most orders there are. */
const SHADES = 10;

/** The heat map is a table; which of three measures is shown is chosen without a script. */
export function Cohorts({ overview, texts, format }: PartProps) {
  const words = texts.details.cohorts;
  const { cohorts = [], cohortStep = "month" } = overview.details ?? {};
  const today = stepIndex(
    cohortStep === "month" ? overview.asOf.slice(0, 7) : quarterOf(overview.asOf),
  );
  return (
    <section class="panel cohorts" aria-labelledby="cohorts">
      <h2 id="cohorts">{words.title}</h2>
      {cohorts.length === 0 ? (
        <p class="empty">{words.empty}</p>
      ) : (
        <>
          <p class="quiet">{words.hint}</p>
          <div class="switch">
            <fieldset>
              <legend class="sr">{words.measure}</legend>
              {MEASURES.map((measure) => (
                <label>
                  <input
                    type="radio"
                    name="cohort-measure"
                    value={measure}
                    checked={measure === "clients"}
                  />
                  <span>{words.measures[measure]}</span>
                </label>
              ))}
            </fieldset>
            {MEASURES.map((measure) => (
              <HeatMap
                measure={measure}
                rows={cohorts}
                today={today}
                words={words}
                format={format}
              />
            ))}
          </div>
          <p class="legend quiet">
            {words.step[cohortStep]}. {words.partial}
          </p>
          {cohorts.some((row) => row.isLeftCensored) ? (
            <p class="legend quiet">{words.leftCensored}</p>
          ) : null}
        </>
      )}
    </section>
  );
}

interface HeatProps {
  readonly measure: Measure;
  readonly rows: readonly Row[];
  /** Number of the month or quarter that is not over. */
  readonly today: number;
  readonly words: DetailsTexts["cohorts"];
  readonly format: Format;
}

function HeatMap({ measure, rows, today, words, format }: HeatProps) {
  const width = Math.max(...rows.map((row) => row.cells.length));
  const top = Math.max(
    1,
    ...rows.flatMap((row) => row.cells.map((cell) => heatOf(row, cell, measure) ?? 0)),
  );
  const caption = `${words.measures[measure]}: ${words.measureHints[measure]}`;
  return (
    // A wide table scrolls in its own box, which the keyboard can reach.
    <section class={`heat heat-${measure}`} tabindex={0} aria-label={caption}>
      <p class="quiet">{caption}</p>
      <table>
        <caption class="sr">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{words.cohort}</th>
            <th scope="col" class="num">
              {words.size}
            </th>
            {Array.from({ length: width }, (_, offset) => (
              <th scope="col" class="num">
                {offset === 0 ? words.start : fill(words.later, { n: offset })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              <th scope="row">
                {cohortName(row.cohort, words, format)}
                {row.isLeftCensored ? words.leftCensoredMark : ""}
              </th>
              <td class="num">{format.int(row.clients)}</td>
              {row.cells.map((cell) => {
                const value = heatOf(row, cell, measure);
                const isPartial = stepIndex(row.cohort) + cell.offset === today;
                return (
                  <td class={`num shade-${shadeOf(value, top)}${isPartial ? " partial" : ""}`}>
                    {value === null
                      ? "–"
                      : measure === "orders"
                        ? format.ratio(value)
                        : format.percent(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Share of the cohort, orders a client, or money against the first period; null where there is nothing to compare with. */
function heatOf(row: Row, cell: Cell, measure: Measure): number | null {
  if (measure === "clients") return row.clients > 0 ? cell.clients / row.clients : null;
  if (measure === "orders") return row.clients > 0 ? cell.orders / row.clients : null;
  const first = row.cells[0]?.revenueMinor ?? 0;
  return first > 0 ? cell.revenueMinor / first : null;
}

function shadeOf(value: number | null, top: number): number {
  if (value === null || !(value > 0)) return 0;
  return Math.max(1, Math.round((Math.min(value, top) / top) * SHADES));
}

function quarterOf(iso: string): string {
  return `${iso.slice(0, 4)}-Q${Math.ceil(Number(iso.slice(5, 7)) / 3)}`;
}

/** Months or quarters since the year 0. */
function stepIndex(cohort: string): number {
  const [year = "", quarter = ""] = cohort.split("-Q");
  return quarter === ""
    ? Number(cohort.slice(0, 4)) * 12 + Number(cohort.slice(5, 7))
    : Number(year) * 4 + Number(quarter);
}

function cohortName(cohort: string, words: DetailsTexts["cohorts"], format: Format): string {
  const [year = "", quarter = ""] = cohort.split("-Q");
  return quarter === "" ? format.month(cohort) : fill(words.quarter, { n: quarter, year });
}
