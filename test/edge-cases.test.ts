import { describe, expect, it } from "vitest";
import { dayOf } from "../src/analytics/calendar.ts";
import { cohortTable } from "../src/analytics/cohorts.ts";
import { buildHistories } from "../src/analytics/history.ts";
import { figuresOf, logOf, rowsOf } from "../src/analytics/kpi/test-log.ts";
import { monthTable } from "../src/analytics/months.ts";
import { scoreBase } from "../src/analytics/scoring.ts";
import { simulateBase } from "../src/analytics/simulate.ts";
import { makeSnapshot } from "../src/analytics/snapshot.ts";
import type { ClientRecord } from "../src/crm/records.ts";
import { DAY_MS } from "./support/actor-parts.ts";
import { aCompany, aDeal, aStageEntry } from "./support/fake-crm.ts";
import { makeMirrorDesk } from "./support/mirror-desk.ts";

/** Eighteen cases in which figures of a CRM are often wrong, each with what we decided. */

const AT = Date.UTC(2026, 8, 10, 12);
const DAY = AT / DAY_MS - 0.5;
const won = (id: string, at: number) => ({ id, closedAt: at, updatedAt: at });

describe("deals", () => {
  it("1: money in another currency is never taken at face value, nor for zero; the row says which currency it was", () => {
    const desk = makeMirrorDesk();
    desk.put(
      aDeal({ ...won("1", AT), amountMinor: 10_000 }),
      aDeal({ ...won("2", AT), companyId: "2", amountMinor: 777, currency: "USD" }),
    );
    expect(desk.purchase("2")).toMatchObject({
      amount_minor: 777,
      currency: "USD",
      base_minor: null,
    });
    const document = desk.overview();
    expect(document).toMatchObject({ clients: 2, purchases: 2, revenueMinor: 10_000 });
    expect(desk.kpi("average_order")).toMatchObject({ value: 10_000, population: 1, excluded: 1 });
    expect(document.dataQuality).toContainEqual({
      code: "missing_rates",
      amounts: [{ currency: "USD", amountMinor: 777 }],
      count: 1,
      amountMinor: null,
      effect: null,
    });
  });

  it("2: a later refund restates the value of the cohort and is booked as revenue of its own month", () => {
    const log = logOf(
      rowsOf("a 2025-01-10 1000", "a 2025-03-15 400", "a 2025-04-02 -300", "a 2025-09-01 -700"),
    );
    const months = monthTable(log, dayOf("2025-12-31"));
    const booked = Object.fromEntries(months.map((row) => [row.month, row.revenueMinor]));
    expect(booked).toMatchObject({
      "2025-01": 1000,
      "2025-03": 400,
      "2025-04": -300,
      "2025-09": -700,
    });
    // April's 300 undoes March's purchase; of September's 700 the last 100 of March and 600 of January.
    const { cohortLtv, by } = figuresOf(log, { asOf: "2025-12-31" });
    const at = (days: number) =>
      cohortLtv.find(({ horizonDays }) => horizonDays === days)?.totalMinor;
    expect([at(30), at(90)]).toEqual([400, 400]);
    expect(by.ltv_historic?.value).toBe(400);
  });

  it("3: a deal paid in parts is one purchase of the day of the first payment with the sum that is paid", () => {
    const desk = makeMirrorDesk();
    const entry = (id: string, stageId: string, at: number) =>
      aStageEntry({ id, dealId: "1", stageId, outcome: "won", enteredAt: at });
    desk.put(
      aDeal({ ...won("1", AT), stageId: "advance", amountMinor: 3000 }),
      entry("1", "advance", AT),
    );
    expect(desk.purchase("1")).toMatchObject({ day: DAY, base_minor: 3000 });
    desk.put(
      aDeal({ ...won("1", AT + 9 * DAY_MS), stageId: "paid", amountMinor: 10_000 }),
      entry("2", "paid", AT + 9 * DAY_MS),
    );
    expect(desk.purchase("1")).toMatchObject({ day: DAY, base_minor: 10_000 });
    expect(desk.overview()).toMatchObject({ purchases: 1, revenueMinor: 10_000 });
  });

  it("4: a won deal that is reopened or lost is no purchase any more", () => {
    const desk = makeMirrorDesk();
    desk.put(aDeal(won("1", AT)), aDeal({ ...won("2", AT), companyId: "2" }));
    expect(desk.overview()).toMatchObject({ clients: 2, revenueMinor: 20_000 });
    desk.put(
      aDeal({ ...won("1", AT + DAY_MS), outcome: "open", closedAt: null }),
      aDeal({ ...won("2", AT + DAY_MS), outcome: "lost" }),
    );
    expect(desk.purchase("1")).toBeUndefined();
    expect(desk.overview()).toMatchObject({ clients: 0, purchases: 0, revenueMinor: 0 });
  });

  it("5: a won deal without a sum counts for rhythm, never for money, and is listed", () => {
    const desk = makeMirrorDesk();
    desk.put(
      aDeal({ ...won("1", AT), amountMinor: 5000 }),
      aDeal({ ...won("2", AT + 10 * DAY_MS), amountMinor: 0 }),
      aDeal({ ...won("3", AT + 20 * DAY_MS), amountMinor: null, currency: null }),
    );
    expect(desk.kpi("average_order")).toMatchObject({ value: 5000, population: 1, excluded: 2 });
    expect(desk.kpi("median_interval")).toMatchObject({ value: 10, population: 1 });
    expect(desk.overview().dataQuality).toContainEqual({
      code: "zero_sums",
      count: 2,
      amountMinor: null,
      effect: { kpi: "average_order", from: 5000, to: 1667 },
    });
  });

  it("6: a won deal without a client is in no figure and is listed with its money", () => {
    const desk = makeMirrorDesk();
    desk.put(
      aDeal({ ...won("1", AT), amountMinor: 4000 }),
      aDeal({ ...won("2", AT), companyId: null, amountMinor: 8000 }),
    );
    const document = desk.overview();
    expect(document).toMatchObject({ clients: 1, revenueMinor: 4000 });
    expect(document.dataQuality).toContainEqual({
      code: "deals_without_client",
      count: 1,
      amountMinor: 8000,
      effect: { kpi: "average_order", from: 4000, to: 6000 },
    });
  });

  it("9: several deals of one day are one purchase day with the sum of all of them", () => {
    const desk = makeMirrorDesk();
    desk.put(
      aDeal({ ...won("1", AT), amountMinor: 1000 }),
      aDeal({ ...won("2", AT + 3_600_000), amountMinor: 500 }),
      aDeal({ ...won("3", AT + 7 * DAY_MS), amountMinor: 600 }),
    );
    expect(desk.kpi("repeat_purchase_rate")?.inputs).toEqual({ repeatClients: 1 });
    expect(desk.kpi("median_interval")).toMatchObject({ value: 7 });
    expect(desk.kpi("median_order")).toMatchObject({ value: 1050, population: 2 });
    expect(desk.overview().revenueMinor).toBe(2100);
  });

  it("10: templates, deleted deals and deals of the own company are in no figure", () => {
    const desk = makeMirrorDesk();
    desk.put(
      aCompany({ id: "9", isOwn: true }),
      aDeal(won("1", AT)),
      aDeal({ ...won("2", AT), companyId: "9" }),
      aDeal({ ...won("3", AT), companyId: "3", isTemplate: true }),
      aDeal({ ...won("4", AT), companyId: "4" }),
    );
    desk.bury("deal", "4");
    expect(desk.overview()).toMatchObject({ clients: 1, purchases: 1, revenueMinor: 10_000 });
    expect(desk.kpi("repeat_purchase_rate")?.population).toBe(1);
  });

  it("11: a day begins at midnight of the portal's zone", () => {
    const late = Date.UTC(2026, 8, 10, 22, 30);
    const dayIn = (timeZone: string) => {
      const desk = makeMirrorDesk({ timeZone });
      desk.put(aDeal(won("1", late)));
      return desk.purchase("1")?.day;
    };
    expect(dayIn("Europe/Moscow")).toBe(DAY + 1);
    expect(dayIn("UTC")).toBe(DAY);
    expect(dayIn("America/New_York")).toBe(DAY);
  });

  it("16: a deal dated in the future is in no figure until its day, and is listed", () => {
    const desk = makeMirrorDesk();
    desk.put(
      aDeal({ ...won("1", AT), amountMinor: 4000 }),
      aDeal({ ...won("2", AT), companyId: "2", closedAt: desk.now + 40 * DAY_MS }),
    );
    const document = desk.overview();
    expect(document).toMatchObject({ clients: 1, purchases: 1, revenueMinor: 4000 });
    expect(document.dataQuality).toContainEqual({
      code: "future_dates",
      count: 1,
      amountMinor: 10_000,
      effect: { kpi: "average_order", from: 4000, to: 7000 },
    });
    expect(desk.figures().kpis.every(({ period }) => (period.from ?? "") < "2027")).toBe(true);
  });
});

describe("clients", () => {
  const aPerson = (fields: Partial<ClientRecord> & { id: string }): ClientRecord => ({
    ...aCompany(fields),
    kind: "contact",
  });

  it("7: a company buys where there is one; a person who changes company leaves the past with the old one", () => {
    const desk = makeMirrorDesk();
    desk.put(
      aPerson({ id: "5", companyId: "1" }),
      aDeal({ ...won("1", AT), companyId: "1", contactIds: ["5"] }),
      aDeal({ ...won("2", AT), companyId: null, contactIds: ["6"] }),
    );
    desk.put(
      aPerson({ id: "5", companyId: "2", updatedAt: AT }),
      aDeal({ ...won("3", AT + DAY_MS), companyId: "2", contactIds: ["5"] }),
    );
    expect(["1", "2", "3"].map((id) => desk.purchase(id)?.client_key)).toEqual([
      "company:1",
      "contact:6",
      "company:2",
    ]);
  });

  it("8: a merged client's purchases belong to the survivor, the old id is remembered, and a replay changes nothing", () => {
    const desk = makeMirrorDesk();
    const records = [
      aCompany({ id: "1" }),
      aCompany({ id: "2" }),
      aDeal({ ...won("5", AT), companyId: "1" }),
      aDeal({ ...won("6", AT + DAY_MS), companyId: "2" }),
    ];
    const merged = aDeal({ ...won("5", AT), companyId: "2" });
    desk.put(...records);
    desk.bury("company", "1");
    desk.put(merged);
    const state = () => ({
      purchases: desk.sql.all(
        "select id as deal_id, client_key, day, base_minor from purchase order by 1",
      ),
      alias: desk.sql.get("select merged_into from client where id = '1'"),
      figures: desk.figures().kpis.map(({ code, value }) => [code, value]),
    });
    const before = state();
    expect(before.alias).toEqual({ merged_into: "company:2" });
    expect(desk.overview()).toMatchObject({ clients: 1, purchases: 2 });
    expect(desk.kpi("repeat_purchase_rate")?.value).toBe(1);
    desk.put(merged, records[3] as (typeof records)[number]);
    expect(state()).toEqual(before);
  });

  it("12: clients of the base's first month may have bought before it, and their cohort says so", () => {
    const log = logOf(rowsOf("a 2025-01-10 100", "b 2025-01-20 100", "c 2025-02-01 100"));
    const asOf = dayOf("2025-03-01");
    const cohorts = cohortTable(buildHistories(log, asOf), asOf);
    expect(cohorts.map(({ cohort, isLeftCensored }) => [cohort, isLeftCensored])).toEqual([
      ["2025-01", true],
      ["2025-02", false],
    ]);
  });

  it("15: clients of a control group stay in every figure", () => {
    const desk = makeMirrorDesk();
    desk.put(aDeal(won("1", AT)), aDeal({ ...won("2", AT), companyId: "2" }));
    const before = desk.overview();
    desk.sql.run(
      "insert into assignment (playbook, client_key, arm, stratum, at) values ('at_risk', 'company:2', 'holdout', 'A', 0)",
    );
    const after = desk.overview();
    expect(after.kpis).toEqual(before.kpis);
    expect(after.details).toEqual(before.details);
  });

  it("17: contracts and purchases at need in one base are two populations with figures of their own", () => {
    const months = Array.from({ length: 12 }, (_, at) => `2025-${String(at + 1).padStart(2, "0")}`);
    const contracts = Array.from({ length: 10 }, (_, n) => months.map((m) => `s${n} ${m}-05 50`));
    const trade = Array.from({ length: 30 }, (_, n) => `t${n} 2025-06-15 900`);
    const { populations, by } = figuresOf(logOf(rowsOf(...contracts.flat(), ...trade)), {
      asOf: "2025-12-31",
    });
    expect(populations).toMatchObject([
      { code: "recurring", clients: 10, averageOrderMinor: 50, repeatPurchaseRate: 1 },
      { code: "one_off", clients: 30, averageOrderMinor: 900, repeatPurchaseRate: 0 },
    ]);
    expect(by.nrr).toMatchObject({ population: 0, excluded: 40, note: "not_recurring" });
  });
});

describe("figures", () => {
  it("13: a seasonal trade is compared with the same season, not with the quarter before", () => {
    const year = (y: number, factor: number) => [
      `a ${y}-12-10 ${1000 * factor}`,
      `a ${y}-07-10 ${100 * factor}`,
    ];
    const log = logOf(rowsOf(...year(2023, 1), ...year(2024, 1), ...year(2025, 1.2)));
    const winter = figuresOf(log, { asOf: "2025-12-31" }).by;
    expect(winter.season_revenue?.value).toBeCloseTo(1.2, 12);
    // The winter is ten times the summer; a year later it is still a fall or a rise of its own.
    const summer = figuresOf(log, { asOf: "2025-08-31" }).by;
    expect(summer.season_revenue?.value).toBeCloseTo(1.2, 12);
  });

  it("14: one large deal is capped where money ranks or forecasts, and whole where money is reported", () => {
    const base = simulateBase({ clients: 300, days: 700, seed: 3 });
    const row = base.client.findIndex((client, at) => at > 0 && client === base.client[at - 1]);
    const id = base.clients[base.client[row] ?? 0];
    const scored = (factor: number) => {
      const amountMinor = base.amountMinor.slice();
      amountMinor[row] = (amountMinor[row] as number) * factor;
      const log = { ...base, amountMinor };
      const insights = scoreBase(log, new Map(), 699, makeSnapshot(log, 699));
      return {
        total: insights.reduce((sum, { totalMinor }) => sum + totalMinor, 0),
        money: amountMinor.reduce((sum, minor) => sum + minor, 0),
        others: insights.filter((one) => one.id !== id).map(({ mScore }) => mScore),
        expected: insights.find((one) => one.id === id)?.forecast?.ltv?.minor ?? 0,
      };
    };
    const [plain, large, larger] = [scored(1), scored(200), scored(2000)];
    expect(large.total).toBe(large.money);
    expect(larger.total).toBe(larger.money);
    // One client in another class shifts a limit by one client, and a larger deal shifts nothing more.
    const moved = large.others.filter((score, at) => score !== plain.others[at]).length;
    expect(moved).toBeLessThanOrEqual(4);
    expect(larger.others).toEqual(large.others);
    // The deal beyond the cap no longer moves what the client is expected to bring.
    expect(larger.expected / large.expected).toBeLessThan(1.2);
  });

  it("18: the cost of a new client without new clients is not defined, neither zero nor infinite", () => {
    const log = logOf(rowsOf("a 2025-01-10 100"));
    const spend = [
      { month: "2025-02", channel: "ads", amountMinor: 5000, kind: "marketing" as const },
    ];
    const { by, acquisition } = figuresOf(log, { asOf: "2025-03-01", spend });
    for (const code of ["cac_marketing", "cac_full", "ltv_cac", "payback_months", "romi"]) {
      expect(by[code], code).toMatchObject({ value: null, note: "no_new_clients" });
    }
    expect(acquisition.rows[0]).toMatchObject({
      newClients: 0,
      cacFullMinor: null,
      note: "no_new_clients",
    });
  });
});
