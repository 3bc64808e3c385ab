import type { Kpi } from "../types.ts";
import { figure, hasSums, type KpiBase, ratio } from "./figure.ts";
import { sumOf } from "./ledger.ts";

/** What clients leave after the cost of goods: only where rows have a margin. */
export function profitKpis(base: KpiBase): { ltvProfit: Kpi; unprofitable: Kpi } {
  const { ledger } = base;
  const known = base.clients.filter(hasSums);
  const hasMargin = ledger.basis === "margin";
  // With one average share for everybody nobody can be told to be unprofitable.
  const hasOwn = ledger.ownRows > 0;
  let money = 0;
  let unprofitable = 0;
  let lost = 0;
  for (const client of hasMargin ? known : []) {
    const margin = sumOf(ledger.flow(client));
    money += margin;
    if (margin >= 0) continue;
    unprofitable += 1;
    lost += margin;
  }
  const exclusions = { clients_without_sums: base.clients.length - known.length };
  return {
    ltvProfit: figure("ltv_profit", base.asOf, {
      unit: "money",
      value: hasMargin ? ratio(money, known.length) : null,
      population: hasMargin ? known.length : 0,
      exclusions: hasMargin ? exclusions : { unknown_margin: base.clients.length },
      note: hasMargin ? null : "no_margin",
      basis: ledger.basis,
      inputs: hasMargin
        ? {
            totalMinor: money,
            rowsWithAverageMargin: ledger.filledRows,
            marginShare: ledger.marginShare ?? 1,
          }
        : {},
    }),
    unprofitable: figure("unprofitable_clients", base.asOf, {
      unit: "count",
      value: hasOwn && known.length > 0 ? unprofitable : null,
      population: hasOwn ? known.length : 0,
      exclusions: hasOwn ? exclusions : { unknown_margin: base.clients.length },
      note: hasOwn ? null : "no_margin",
      basis: ledger.basis,
      inputs: hasOwn ? { totalMinor: lost } : {},
    }),
  };
}
