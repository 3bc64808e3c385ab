import { TableHead } from "../../pages/table-head.tsx";
import { fill } from "../../pages/texts/fill.ts";
import { lookUp } from "../../pages/texts/params.ts";
import { hasChances } from "../accuracy.ts";
import { percentOf, Section } from "./blocks.tsx";
import type { Part } from "./part.ts";

/** A level nearer to 1 is no season. */
const SEASON_WORTH_SAYING = 0.05;
const LENGTHS_DAYS = [30, 90] as const;

interface Expected {
  readonly days: number;
  readonly minor: number;
  readonly low: number;
  readonly high: number;
}

/** What today's clients will probably bring, as a range; nothing where the forecasts were not tested. */
export function Forecast(part: Part) {
  const { texts } = part;
  const rows = expectedOf(part);
  return (
    <Section code="forecast" texts={texts}>
      {rows.length === 0 ? <NoForecast {...part} /> : <Ranges part={part} rows={rows} />}
    </Section>
  );
}

function expectedOf({ analysis }: Part): Expected[] {
  if (!hasChances(analysis)) return [];
  return LENGTHS_DAYS.flatMap((days) => {
    const figure = analysis.kpis[`expected_revenue_${days}`];
    const { value, range } = figure ?? {};
    if (value === undefined || value === null || range === undefined) return [];
    return [{ days, minor: value, low: range.low, high: range.high }];
  });
}

function NoForecast({ analysis, texts, overview }: Part) {
  const { forecast } = texts;
  const note = analysis.kpis.expected_revenue_30?.note ?? null;
  return (
    <p class="empty">
      {analysis.revenueMinor === null || hasChances(analysis)
        ? fill(forecast.noMoney, { why: (note && lookUp(overview.kpiWords.notes, note)) ?? "" })
        : forecast.noChances}
    </p>
  );
}

function Ranges({ part, rows }: { readonly part: Part; readonly rows: readonly Expected[] }) {
  const { texts, format } = part;
  const { forecast, columns } = texts;
  const { seasonLevel } = part.analysis.model;
  const most = Math.max(1, ...rows.map(({ high }) => high));
  return (
    <>
      <table class="cards ranges">
        <caption class="sr">{texts.sections.forecast.title}</caption>
        <TableHead
          columns={[
            { name: columns.next },
            { name: columns.range, isNumber: true },
            { name: "" },
            { name: columns.likely, isNumber: true },
          ]}
        />
        <tbody>
          {rows.map((row) => (
            <tr>
              <th scope="row">{fill(forecast.next, { days: format.days(row.days) })}</th>
              <td class="num strong" data-label={columns.range}>
                {format.moneyRange(row.low, row.high)}
              </td>
              <td class="bars-cell">
                <svg class="range-bar" width="100%" height="14" aria-hidden="true">
                  <line x1="0" x2="100%" y1="7" y2="7" />
                  <rect
                    x={percentOf(row.low / most)}
                    width={percentOf((row.high - row.low) / most)}
                    height="14"
                    rx="3"
                  />
                </svg>
              </td>
              <td class="num" data-label={columns.likely}>
                {format.money(row.minor)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet note">
        {forecast.hint}{" "}
        {Math.abs(seasonLevel - 1) < SEASON_WORTH_SAYING
          ? null
          : fill(forecast.season, { level: format.percent(seasonLevel) })}
      </p>
    </>
  );
}
