import { expect, it } from "vitest";
import { dayOf } from "../calendar.ts";
import { buildHistories } from "../history.ts";
import { averageEffect, logFindings, takingsOf } from "./quality.ts";
import { figuresOf, logOf, type TestRow } from "./test-log.ts";

const ROWS: readonly TestRow[] = [
  { id: "Anna", date: "2025-01-10", minor: 1000, source: "referral" },
  { id: "anna ", date: "2025-02-10", minor: 500 },
  { id: "boris", date: "2025-01-20", minor: 300, source: "ads" },
  { id: "boris", date: "2025-03-20", minor: 0 },
  { id: "clara", date: "2025-02-01", minor: 700 },
  { id: "clara", date: "2025-02-09", minor: -700 },
  { id: "dan", date: "2025-06-01", minor: 9000 },
];
const AS_OF = "2025-04-01";

function findings(rows: readonly TestRow[]) {
  const log = logOf(rows);
  const clients = buildHistories(log, dayOf(AS_OF)).filter(({ days }) => days.length > 0);
  return logFindings(log, clients, dayOf(AS_OF));
}

it("each finding has its money and what it does to a figure", () => {
  // 1800 from three purchases: with the future one 10800 / 4, with the zero one 1800 / 4.
  expect(findings(ROWS)).toEqual([
    {
      code: "after_as_of",
      count: 1,
      amountMinor: 9000,
      effect: { kpi: "average_order", from: 600, to: 2700 },
    },
    {
      code: "without_sum",
      count: 1,
      amountMinor: null,
      effect: { kpi: "average_order", from: 600, to: 450 },
    },
    {
      code: "refunds_only",
      count: 1,
      amountMinor: 0,
      effect: { kpi: "ltv_historic", from: 600, to: 450 },
    },
    {
      code: "suspected_duplicates",
      count: 1,
      amountMinor: 1500,
      effect: { kpi: "repeat_purchase_rate", from: 1 / 3, to: 1 },
    },
    {
      code: "missing_sources",
      count: 1,
      amountMinor: 500,
      effect: { kpi: "referral_share", from: 1 / 2, to: 1 / 3 },
    },
  ]);
});

it("the effect of duplicates is what the figure is once they are one client", () => {
  const merged = ROWS.map((row) => ({ ...row, id: row.id.trim().toLowerCase() }));
  const { by } = figuresOf(logOf(merged), { asOf: AS_OF });
  const finding = findings(ROWS).find(({ code }) => code === "suspected_duplicates");
  expect(finding?.effect?.to).toBe(by.repeat_purchase_rate?.value);
  expect(findings(merged).map(({ code }) => code)).not.toContain("suspected_duplicates");
});

it("clean rows have nothing to find, and an average of nothing has no effect", () => {
  expect(findings([{ id: "a", date: "2025-01-10", minor: 1000 }])).toEqual([]);
  expect(averageEffect(takingsOf([]), { minor: 5, orders: 1 })).toBeNull();
});
