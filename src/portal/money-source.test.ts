import { describe, expect, it } from "vitest";
import { DAY_MS } from "../../test/support/actor-parts.ts";
import { aCompany, aDeal, aPayment } from "../../test/support/fake-crm.ts";
import { makeMirrorDesk } from "../../test/support/mirror-desk.ts";
import type { SettingsDraft } from "../crm/settings.ts";
import { convertMinor } from "./exchange.ts";
import { writeSettings } from "./setting-store.ts";

const CHOICES: SettingsDraft = {
  moneySource: "deals",
  pipelines: null,
  clientRule: "company_first",
  countsZeroSums: true,
  rates: [],
};

function aDesk(choices: Partial<SettingsDraft> = {}) {
  const desk = makeMirrorDesk();
  let version = 0;
  const choose = (more: Partial<SettingsDraft>) => {
    version += 1;
    writeSettings(desk.sql, { ...CHOICES, ...more }, { version, at: 0, by: "1" });
  };
  choose(choices);
  const purchases = () =>
    desk.sql.all<{ id: string; client_key: string; base_minor: number | null }>(
      "select id, client_key, base_minor from purchase order by id",
    );
  return { ...desk, choose, purchases };
}

describe("payments as the money source", () => {
  it("a paid record of the chosen kind is its payer's purchase, on the day of the portal's zone", () => {
    const { put, purchase, now } = aDesk({ moneySource: "invoice" });
    put(
      aDeal({ id: "1" }),
      aPayment({ id: "5", client: { kind: "contact", id: "7" }, paidAt: now, amountMinor: 900 }),
      aPayment({ id: "6", kind: "transaction" }),
      aPayment({ id: "7", paidAt: null }),
    );
    expect(purchase("payment:5")).toMatchObject({
      client_key: "contact:7",
      at: now,
      day: Math.floor(now / DAY_MS),
      base_minor: 900,
      moment: "paid",
    });
    for (const id of ["1", "payment:6", "payment:7"]) expect(purchase(id)).toBeUndefined();
  });

  it("without a payer it is the purchase of the deal's client, and follows the deal", () => {
    const { put, purchases } = aDesk({ moneySource: "payment" });
    put(aPayment({ id: "5", kind: "payment", client: null, dealId: "1", amountMinor: 900 }));
    expect(purchases()).toEqual([]);
    put(aDeal({ id: "1", outcome: "open", companyId: "4", closedAt: null }));
    const row = { id: "payment:5", base_minor: 900 };
    expect(purchases()).toEqual([{ ...row, client_key: "company:4" }]);
    put(aDeal({ id: "1", outcome: "open", companyId: "8", updatedAt: 3_000, closedAt: null }));
    expect(purchases()).toEqual([{ ...row, client_key: "company:8" }]);
    put(aDeal({ id: "1", companyId: null, updatedAt: 4_000 }));
    expect(purchases()).toEqual([]);
  });

  it("a refund is money back and no purchase, a deletion takes the purchase away", () => {
    const { put, bury, figures, overview, purchases, now } = aDesk({ moneySource: "invoice" });
    put(
      aPayment({ id: "1", paidAt: now, amountMinor: 900 }),
      aPayment({ id: "2", paidAt: now, amountMinor: -300 }),
    );
    const value = (code: string) => figures().kpis.find((kpi) => kpi.code === code)?.value;
    expect(overview()).toMatchObject({ clients: 1, purchases: 1, revenueMinor: 600 });
    expect(value("average_order")).toBe(600);
    put(aPayment({ id: "1", paidAt: null, updatedAt: 3_000 }));
    expect(purchases().map(({ id }) => id)).toEqual(["payment:2"]);
    bury("payment", "2");
    expect(purchases()).toEqual([]);
  });

  it("parts of one deal are one purchase of the day of the first, money back apart", () => {
    const { put, purchases, overview, now } = aDesk({ moneySource: "invoice" });
    const part = (id: string, days: number, amountMinor: number, more = {}) =>
      aPayment({ id, dealId: "1", paidAt: now - days * DAY_MS, amountMinor, ...more });
    put(
      part("5", 20, 300),
      part("6", 30, 200),
      part("7", 10, -50),
      part("8", 1, 70, { dealId: null }),
    );
    expect(purchases().map(({ id, base_minor }) => [id, base_minor])).toEqual([
      ["payment:6", 500],
      ["payment:7", -50],
      ["payment:8", 70],
    ]);
    expect(overview()).toMatchObject({ clients: 1, purchases: 2, revenueMinor: 520 });
    put(part("6", 30, 200, { dealId: "2", updatedAt: 3_000 }));
    expect(purchases().map(({ id, base_minor }) => [id, base_minor])).toEqual([
      ["payment:5", 300],
      ["payment:6", 200],
      ["payment:7", -50],
      ["payment:8", 70],
    ]);
    put(part("5", 20, 300, { paidAt: null, updatedAt: 3_000 }));
    expect(purchases()).toHaveLength(3);
  });

  it("of a client who was merged count for the survivor, though the CRM still names the old one", () => {
    const { put, bury, purchases, now } = aDesk({ moneySource: "invoice" });
    const paid = { paidAt: now, client: { kind: "company", id: "1" } } as const;
    put(aCompany({ id: "1" }), aCompany({ id: "2" }), aDeal({ id: "1", companyId: "1" }));
    put(aPayment({ id: "5", ...paid }));
    bury("company", "1");
    put(aDeal({ id: "1", companyId: "2", updatedAt: 3_000 }));
    expect(purchases().map((row) => row.client_key)).toEqual(["company:2"]);
    put(aPayment({ id: "5", ...paid, amountMinor: 77, updatedAt: 3_000 }));
    expect(purchases()).toEqual([{ id: "payment:5", client_key: "company:2", base_minor: 77 }]);
  });

  it("without anybody who has paid are listed with their money and in no figure", () => {
    const { put, overview, purchases, now } = aDesk({ moneySource: "invoice" });
    put(aPayment({ id: "5", client: null, paidAt: now, amountMinor: 900 }));
    expect(purchases()).toEqual([]);
    expect(overview().dataQuality).toContainEqual(
      expect.objectContaining({ code: "payments_without_client", count: 1, amountMinor: 900 }),
    );
  });

  it("the portal's own company pays nobody", () => {
    const { put, purchases } = aDesk({ moneySource: "invoice" });
    put(aPayment({ id: "1" }));
    put(aCompany({ id: "1", isOwn: true }));
    expect(purchases()).toEqual([]);
    put(aCompany({ id: "1", isOwn: false, updatedAt: 3_000 }));
    expect(purchases()).toHaveLength(1);
  });
});

describe("counted pipelines and sums of nothing", () => {
  it("only won deals of counted pipelines are purchases", () => {
    const { put, purchases } = aDesk({ pipelines: ["1"] });
    put(aDeal({ id: "1" }), aDeal({ id: "2", pipelineId: "2" }));
    expect(purchases().map(({ id }) => id)).toEqual(["1"]);
    put(aDeal({ id: "1", pipelineId: "2", updatedAt: 3_000 }));
    expect(purchases()).toEqual([]);
  });

  it("deals without a sum can be switched off", () => {
    const { put, choose, purchases } = aDesk();
    const deals = [
      aDeal({ id: "1", amountMinor: 0 }),
      aDeal({ id: "2", amountMinor: null, currency: null }),
    ];
    put(...deals);
    expect(purchases()).toHaveLength(2);
    choose({ countsZeroSums: false });
    put(...deals.map((deal) => ({ ...deal, updatedAt: 3_000 })));
    expect(purchases()).toEqual([]);
  });
});

describe("purchases in another currency", () => {
  const usd = (perUnit: number) => ({ entity: "rate", currency: "USD", perUnit }) as const;
  const dollars = (id: string, closedAt: number, more = {}) =>
    aDeal({ id, currency: "USD", amountMinor: 10_00, closedAt, ...more });

  it("take the snapshot of their day; older ones the first, and are marked so", () => {
    const { put, purchase, now, overview } = aDesk();
    put(usd(80.5));
    put(dollars("1", now), dollars("2", now - 9 * DAY_MS), dollars("3", now + 2 * DAY_MS));
    expect(purchase("1")).toMatchObject({ base_minor: 805_00, rate: 80.5, rate_basis: "day" });
    expect(purchase("2")).toMatchObject({ base_minor: 805_00, rate_basis: "install" });
    expect(purchase("3")).toMatchObject({ base_minor: 805_00, rate_basis: "day" });
    expect(overview().dataQuality).toContainEqual(
      expect.objectContaining({ code: "install_day_rates", count: 1, amountMinor: 805_00 }),
    );
  });

  it("keep their rate whatever the CRM says later, and take another with another day", () => {
    const { sql, put, purchase, now } = aDesk();
    put(usd(80));
    put(dollars("1", now));
    sql.run("update rate set per_unit = 90");
    put(dollars("1", now, { amountMinor: 20_00, updatedAt: 3_000 }));
    expect(purchase("1")).toMatchObject({ base_minor: 1_600_00, rate: 80 });
    put(dollars("1", now - DAY_MS, { updatedAt: 4_000 }));
    expect(purchase("1")).toMatchObject({ base_minor: 900_00, rate: 90, rate_basis: "install" });
  });

  it("older than the CRM's rates take what the administrator gave, and follow its change", () => {
    const { put, choose, purchase, now } = aDesk({ rates: [{ currency: "USD", perUnit: 60 }] });
    put(usd(80));
    put(dollars("1", now), dollars("2", now - 9 * DAY_MS));
    expect(purchase("1")).toMatchObject({ rate: 80, rate_basis: "day" });
    expect(purchase("2")).toMatchObject({ base_minor: 600_00, rate: 60, rate_basis: "given" });
    choose({ rates: [{ currency: "USD", perUnit: 70 }] });
    put(
      dollars("1", now, { updatedAt: 3_000 }),
      dollars("2", now - 9 * DAY_MS, { updatedAt: 3_000 }),
    );
    expect(purchase("1")).toMatchObject({ rate: 80, rate_basis: "day" });
    expect(purchase("2")).toMatchObject({ base_minor: 700_00, rate: 70 });
    choose({});
    put(dollars("2", now - 9 * DAY_MS, { updatedAt: 4_000 }));
    expect(purchase("2")).toMatchObject({ rate: 80, rate_basis: "install" });
  });

  it("without a rate are listed with their money and counted when the CRM tells one", () => {
    const { sql, put, purchase, now, overview } = aDesk();
    put(dollars("1", now), aDeal({ id: "2", currency: "KWD", amountMinor: 1_500, closedAt: now }));
    expect(purchase("1")).toMatchObject({ base_minor: null, rate: null });
    expect(overview().dataQuality).toContainEqual(
      expect.objectContaining({
        code: "missing_rates",
        count: 2,
        amountMinor: null,
        amounts: [
          { currency: "KWD", amountMinor: 1_500 },
          { currency: "USD", amountMinor: 10_00 },
        ],
      }),
    );
    put(usd(80));
    expect(sql.get("select state from scan where job = 'purchases'")).toEqual({ state: "waiting" });
  });

  it("are converted exactly to minor units", () => {
    expect(convertMinor(1_500, "KWD", "RUB", 260.5)).toBe(390_75);
    expect(convertMinor(1_000, "JPY", "RUB", 0.55)).toBe(550_00);
    expect(convertMinor(10_01, "USD", "JPY", 150)).toBe(1_502);
    expect(convertMinor(-1_01, "USD", "RUB", 0.5)).toBe(-51);
    expect(convertMinor(100, "USD", "RUB", 1.005)).toBe(101);
    expect(convertMinor(Number.MAX_SAFE_INTEGER, "USD", "RUB", 80)).toBeNull();
  });
});
