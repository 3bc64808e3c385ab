import { Behind } from "./behind.tsx";
import { MonthBars, ShareBar, StackBar } from "./charts.tsx";
import type { PartProps } from "./overview.tsx";
import { TableHead } from "./table-head.tsx";
import { fill } from "./texts/fill.ts";
import { lookUp } from "./texts/params.ts";

const MONTHS_SHOWN = 24;

/** Revenue by month; the month that is not over is drawn lighter, so that it does not look like a fall. */
export function Months({ overview, texts, format }: PartProps) {
  const rows = overview.months.slice(-MONTHS_SHOWN);
  const currentMonth = overview.asOf.slice(0, 7);
  return (
    <section class="panel months" aria-labelledby="months">
      <h2 id="months">{texts.sections.months}</h2>
      {rows.length === 0 ? (
        <p class="empty">{texts.empty.months}</p>
      ) : (
        <>
          <MonthBars
            rows={rows}
            currentMonth={currentMonth}
            label={texts.sections.months}
            format={format}
          />
          {rows.some((row) => row.month === currentMonth) ? (
            <p class="legend quiet">
              <svg class="partial-key" width="10" height="10" aria-hidden="true">
                <rect width="10" height="10" rx="2" />
              </svg>
              {texts.partialMonth}
            </p>
          ) : null}
          <details class="as-table">
            <summary>{texts.showTable}</summary>
            <table>
              <caption class="sr">{texts.sections.months}</caption>
              <TableHead
                columns={[
                  { name: texts.columns.month },
                  { name: texts.columns.revenue, isNumber: true },
                  { name: texts.columns.purchases, isNumber: true },
                  { name: texts.columns.newClients, isNumber: true },
                ]}
              />
              <tbody>
                {rows.map((row) => (
                  <tr>
                    <th scope="row">{format.month(row.month)}</th>
                    <td class="num">{format.moneyExact(row.revenueMinor)}</td>
                    <td class="num">{format.int(row.purchases)}</td>
                    <td class="num">{format.int(row.newClients)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        </>
      )}
    </section>
  );
}

/** Two bars a segment: its share of clients and its share of revenue. The table is the chart. */
export function Segments({ overview, texts, names, format }: PartProps) {
  const revenue = overview.segments.reduce((sum, row) => sum + Math.max(0, row.revenueMinor), 0);
  const order = Object.keys(names.segments);
  const rows = [...overview.segments].sort((a, b) => order.indexOf(a.code) - order.indexOf(b.code));
  const largest = Math.max(
    0.01,
    ...rows.flatMap((row) => [row.share, revenue > 0 ? row.revenueMinor / revenue : 0]),
  );
  return (
    <section class="panel segments" aria-labelledby="segments">
      <h2 id="segments">{texts.sections.segments}</h2>
      {rows.length === 0 ? (
        <p class="empty">{texts.empty.segments}</p>
      ) : (
        <>
          {overview.pareto ? (
            <p class="quiet">
              {fill(texts.pareto, { share: format.percent(overview.pareto.clientsShareFor80) })}
            </p>
          ) : null}
          <p class="legend quiet">
            <svg class="share-bar clients" width="10" height="10" aria-hidden="true">
              <rect width="10" height="10" rx="2" />
            </svg>
            {texts.columns.clients}
            <svg class="share-bar money" width="10" height="10" aria-hidden="true">
              <rect width="10" height="10" rx="2" />
            </svg>
            {texts.columns.revenue}
          </p>
          <table>
            <caption class="sr">{texts.sections.segments}</caption>
            <thead>
              <tr>
                <th scope="col">{texts.columns.segment}</th>
                <td class="bars" />
                <th scope="col" class="num">
                  {texts.columns.clients}
                </th>
                <th scope="col" class="num share">
                  {texts.columns.share}
                </th>
                <th scope="col" class="num">
                  {texts.columns.revenue}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr>
                  <th scope="row">{lookUp(names.segments, row.code) ?? names.unknownSegment}</th>
                  <td class="bars" aria-hidden="true">
                    <ShareBar kind="clients" share={row.share / largest} />
                    <ShareBar
                      kind="money"
                      share={revenue > 0 ? row.revenueMinor / revenue / largest : 0}
                    />
                  </td>
                  <td class="num">
                    <Behind
                      when={{ fact: "segment", in: [row.code] }}
                      name={lookUp(names.segments, row.code) ?? names.unknownSegment}
                      clients={row.clients}
                      format={format}
                    />
                  </td>
                  <td class="num share">{format.percent(row.share)}</td>
                  <td class="num" title={format.moneyExact(row.revenueMinor)}>
                    {format.money(row.revenueMinor)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}

export function Lifecycle({ overview, texts, names, format }: PartProps) {
  const total = overview.lifecycle.reduce((sum, row) => sum + row.clients, 0);
  const order = Object.keys(names.lifecycle);
  const rows = overview.lifecycle
    .filter((row) => row.clients > 0)
    .sort((a, b) => order.indexOf(a.code) - order.indexOf(b.code));
  return (
    <section class="panel lifecycle" aria-labelledby="lifecycle">
      <h2 id="lifecycle">{texts.sections.lifecycle}</h2>
      {total === 0 ? (
        <p class="empty">{texts.empty.lifecycle}</p>
      ) : (
        <>
          <StackBar parts={rows.map((row) => ({ code: row.code, share: row.clients / total }))} />
          <ul class="stages">
            {rows.map((row) => (
              <li>
                <svg class="stack" width="10" height="10" aria-hidden="true">
                  <rect class={`stage-${row.code}`} width="10" height="10" rx="2" />
                </svg>
                <span>{lookUp(names.lifecycle, row.code) ?? names.unknownSegment}</span>
                <span class="num">
                  {row.code === "lead" ? (
                    format.int(row.clients)
                  ) : (
                    <Behind
                      when={{ fact: "lifecycle", in: [row.code] }}
                      name={lookUp(names.lifecycle, row.code) ?? names.unknownSegment}
                      clients={row.clients}
                      format={format}
                    />
                  )}
                </span>
                <span class="num quiet">{format.percent(row.clients / total)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
