import { expect, it } from "vitest";
import { DAY_MS } from "../../test/support/actor-parts.ts";
import { aDeal } from "../../test/support/fake-crm.ts";
import { makeMirrorDesk } from "../../test/support/mirror-desk.ts";
import { overviewDocument } from "../crm/overview.ts";
import { makeOverview } from "./overview.ts";
import { readProgress } from "./progress.ts";
import { makeSpend } from "./spend.ts";

/** Two clients of this month, one from each source; the overview of a base so busy that it is never counted twice by itself. */
function aDesk() {
  const desk = makeMirrorDesk();
  const { sql, now } = desk;
  const sold = (id: string, sourceId: string, minor: number) =>
    desk.put(aDeal({ id, companyId: id, closedAt: now - DAY_MS, amountMinor: minor, sourceId }));
  sold("1", "WEB", 100_000);
  sold("2", "Fair", 300_000);
  let ticks = 0;
  const clock = {
    now: () => now,
    monotonic: () => {
      ticks += 1;
      return ticks;
    },
  };
  const page = makeOverview({
    sql,
    host: { clientUrl: () => "https://crm.example/" },
    clock,
    progress: () => readProgress(sql, now),
  });
  const month = new Date(now - DAY_MS).toISOString().slice(0, 7);
  const overview = () => {
    const document = page.overview();
    expect(overviewDocument.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
    return document;
  };
  const figure = (code: string) => overview().kpis.find((kpi) => kpi.code === code);
  return { sql, spend: makeSpend(sql), month, overview, figure };
}

it("without a table the cost is unknown, with one it is counted at once", () => {
  const { spend, month, overview, figure } = aDesk();
  expect(figure("cac_full")).toMatchObject({ value: null, note: "no_spend" });
  expect(figure("ltv_profit")).toMatchObject({ value: null, note: "no_margin" });
  expect(overview().spend).toEqual({
    rows: 0,
    totalMinor: 0,
    fromMonth: null,
    toMonth: null,
    marginPercent: null,
  });
  const saved = spend.save({ text: `${month};web;500\n${month};Sales team;100;sales` });
  expect(saved).toMatchObject({ ok: true, table: { version: 1, currency: "RUB" } });
  // 600 roubles for two clients, 500 of them marketing.
  expect(figure("cac_full")).toMatchObject({ value: 30_000, population: 2 });
  expect(figure("cac_marketing")).toMatchObject({ value: 25_000 });
  expect(figure("romi")).toMatchObject({ value: (400_000 - 50_000) / 50_000, basis: "revenue" });
  expect(figure("payback_months")).toMatchObject({ value: 1 });
  expect(overview().details?.acquisition).toEqual([
    expect.objectContaining({ month, channel: null, newClients: 2, cacFullMinor: 30_000 }),
    expect.objectContaining({ channel: "Sales team", newClients: 0, cacFullMinor: null }),
    expect.objectContaining({ channel: "web", newClients: 1, cacFullMinor: 50_000 }),
  ]);
  expect(overview().spend).toMatchObject({ rows: 2, totalMinor: 60_000, fromMonth: month });

  spend.setMargin(25);
  expect(figure("romi")).toMatchObject({ value: (100_000 - 50_000) / 50_000, basis: "margin" });
  expect(figure("ltv_profit")).toMatchObject({ value: 50_000, note: null });
});

it("no margin, a margin of nothing and an unknown one are three things", () => {
  const { spend, figure } = aDesk();
  expect(spend.setMargin(0).marginPercent).toBe(0);
  expect(figure("ltv_profit")).toMatchObject({ value: 0, basis: "margin" });
  expect(spend.setMargin(33.33).marginPercent).toBe(33.33);
  expect(spend.setMargin(null).marginPercent).toBeNull();
  expect(figure("ltv_profit")).toMatchObject({ value: null, note: "no_margin" });
});

it("with one bad row nothing is saved, and the row is named", () => {
  const { sql, spend, month } = aDesk();
  spend.save({ rows: [{ month, channel: "Ads", amountMinor: 700 }] });
  const before = spend.table();
  expect(spend.save({ text: `${month};Fair;5\n2026-00;Ads;1\n${month};Ads;x` })).toEqual({
    ok: false,
    problems: [
      { line: 2, reason: "month" },
      { line: 3, reason: "amount" },
    ],
  });
  expect(spend.table()).toEqual(before);
  expect(sql.all("select * from spend")).toEqual([
    { month, channel: "Ads", kind: "marketing", amount_minor: 700, currency: "RUB" },
  ]);
  expect(spend.save({ rows: [] })).toMatchObject({ ok: true, table: { rows: [] } });
});

it("two people cannot overwrite each other unseen", () => {
  const { spend, month } = aDesk();
  const { version } = spend.table();
  const mine = { version, rows: [{ month, channel: "Ads", amountMinor: 700 }] };
  expect(spend.save(mine)).toMatchObject({ ok: true });
  expect(() => spend.save({ ...mine, rows: [] })).toThrow(
    expect.objectContaining({ code: "settings.conflict" }),
  );
  expect(spend.table().rows).toHaveLength(1);
});

it("amounts of another currency are not taken for the portal's", () => {
  const { sql, spend, month } = aDesk();
  const row = { month, channel: "Ads", kind: "marketing" as const, amountMinor: 700 };
  spend.save({ rows: [row] });
  const currency = (code: string) => sql.run("update portal set currency = ?", code);
  currency("USD");
  expect(spend.table()).toMatchObject({ currency: "USD", rows: [] });
  spend.save({ rows: [{ ...row, channel: "Fair" }] });
  currency("RUB");
  expect(spend.table().rows).toEqual([row]);
});
