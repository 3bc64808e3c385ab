import type { MonthRow } from "../../analytics/months.ts";
import { TableHead } from "../../pages/table-head.tsx";
import { fill } from "../../pages/texts/fill.ts";
import type { ComparisonDocument } from "../comparison.ts";
import { isMonthOpen, Section } from "./blocks.tsx";
import { Bars } from "./charts.tsx";
import type { Part } from "./part.ts";

const MONTHS_SHOWN = 24;

/** What the base brings: two periods side by side, and month by month. */
export function Money(part: Part) {
  const { analysis, texts } = part;
  return (
    <Section code="money" texts={texts}>
      {analysis.revenueMinor === null ? <p>{texts.money.noSums}</p> : null}
      <Comparison {...part} />
      <Months {...part} />
    </Section>
  );
}

type Period = ComparisonDocument["current"];

function Comparison({ analysis, texts, format }: Part) {
  const { comparison } = analysis;
  const { current, previous, days } = comparison;
  const { columns, money } = texts;
  const range = ({ from, to }: Period) =>
    fill(money.range, { from: format.dayYear(from), to: format.dayYear(to) });
  const span = { days: format.days(days) };
  const int = (value: number) => format.int(value);
  const rows: readonly {
    readonly name: string;
    readonly value: (period: Period) => number | null;
    readonly show: (value: number) => string;
  }[] = [
    { name: columns.revenue, value: (one) => one.revenueMinor, show: format.money },
    { name: columns.purchases, value: (one) => one.purchases, show: int },
    { name: columns.buyers, value: (one) => one.buyers, show: int },
    { name: columns.newClients, value: (one) => one.newClients, show: int },
    {
      name: columns.averageOrder,
      value: (one) =>
        one.revenueMinor === null || one.purchasesWithSum === 0
          ? null
          : one.revenueMinor / one.purchasesWithSum,
      show: format.money,
    },
  ];
  return (
    <>
      <table class="comparison">
        <caption class="sr">{texts.sections.money.title}</caption>
        <TableHead
          columns={[
            { name: columns.figure },
            {
              name: fill(previous === null ? money.whole : columns.current, span),
              isNumber: true,
            },
            { name: fill(columns.previous, span), isNumber: true, isHidden: !previous },
            { name: columns.change, isNumber: true, isHidden: !previous },
          ]}
        />
        <tbody>
          {rows
            .filter(({ value }) => value(current) !== null)
            .map(({ name, value, show }) => (
              <tr>
                <th scope="row">{name}</th>
                <td class="num strong">{show(value(current) ?? 0)}</td>
                {previous === null ? null : (
                  <>
                    <td class="num quiet">{shown(value(previous), show, texts.unknown)}</td>
                    <td class="num">
                      {changeText(value(current), value(previous), format.percent)}
                    </td>
                  </>
                )}
              </tr>
            ))}
        </tbody>
      </table>
      <p class="quiet note">
        {previous === null
          ? `${range(current)}. ${money.noPrevious}`
          : `${fill(money.against, { now: range(current), before: range(previous) })} ${days < 365 ? money.season : ""}`}
      </p>
    </>
  );
}

function shown(value: number | null, show: (value: number) => string, unknown: string): string {
  return value === null ? unknown : show(value);
}

/** With a sign and an arrow: never colour alone. A change from nothing is no percentage. */
function changeText(
  now: number | null,
  before: number | null,
  percent: (share: number) => string,
): string {
  if (now === null || before === null || !(before > 0)) return "–";
  const change = now / before - 1;
  if (Math.abs(change) < 0.005) return "=";
  return change > 0 ? `▲ +${percent(change)}` : `▼ −${percent(-change)}`;
}

function Months({ analysis, texts, format }: Part) {
  const { money, columns } = texts;
  const rows = analysis.months.slice(-MONTHS_SHOWN);
  const hasMoney = analysis.revenueMinor !== null;
  const value = (row: MonthRow) => (hasMoney ? row.revenueMinor : row.purchases);
  const text = (row: MonthRow) =>
    `${format.month(row.month)}: ${hasMoney ? format.moneyExact(row.revenueMinor) : format.purchases(row.purchases)}`;
  const best = rows.reduce<MonthRow | null>(
    (top, row) => (top === null || value(row) > value(top) ? row : top),
    null,
  );
  if (best === null) return null;
  const title = hasMoney ? money.chart : money.chartPurchases;
  const isPartial = isMonthOpen(analysis.asOf) && rows.at(-1)?.month === analysis.asOf.slice(0, 7);
  return (
    <>
      <h3>{title}</h3>
      <Bars
        id="months"
        title={title}
        description={fill(money.best, {
          month: format.month(best.month),
          value: hasMoney ? format.money(best.revenueMinor) : format.int(best.purchases),
        })}
        rows={rows.map((row) => ({
          label: format.month(row.month),
          value: value(row),
          text: text(row),
        }))}
        isLastPartial={isPartial}
        tickText={(tick) => (tick === 0 ? "0" : hasMoney ? format.money(tick) : format.int(tick))}
      />
      {isPartial ? <p class="quiet note">{money.partial}</p> : null}
      <details>
        <summary>{texts.showTable}</summary>
        <table>
          <caption class="sr">{title}</caption>
          <TableHead
            columns={[
              { name: columns.month },
              { name: columns.revenue, isNumber: true, isHidden: !hasMoney },
              { name: columns.purchases, isNumber: true },
              { name: columns.newClients, isNumber: true },
            ]}
          />
          <tbody>
            {rows.map((row) => (
              <tr>
                <th scope="row">{format.month(row.month)}</th>
                {hasMoney ? <td class="num">{format.moneyExact(row.revenueMinor)}</td> : null}
                <td class="num">{format.int(row.purchases)}</td>
                <td class="num">{format.int(row.newClients)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}
