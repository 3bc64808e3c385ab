import { describe, expect, it } from "vitest";
import { aCompany, aDeal, aStageEntry } from "../../test/support/fake-crm.ts";
import type { DealRecord } from "../crm/records.ts";
import { openSqlite } from "../runtime/node/sqlite.ts";
import { migrate } from "./migrations.ts";
import { makeMirror } from "./mirror.ts";
import type { PurchaseRow } from "./purchases.ts";

const DAY_MS = 86_400_000;
const AT = Date.UTC(2026, 2, 10, 22, 30);

function aMirror(timeZone = "Europe/Moscow") {
  const { sql } = openSqlite(":memory:");
  migrate(sql, 0);
  sql.run(
    `insert into portal (id, key, product, account_id, endpoint, token_server, state, state_reason, state_since_at,
       installer_id, scopes, locale, time_zone, currency, client_rule, is_finished, memo, warnings,
       hook_secret_hash, hook_secret_sealed, installed_at, prepared_at)
     values (1, 'fake:1', 'fake', '1', '', null, 'active', null, 0, '', '[]', 'ru', ?, 'RUB', 'company_first', 1,
       '{}', '[]', '', '', 0, 0)`,
    timeZone,
  );
  const mirror = makeMirror(sql);
  let seq = 0;
  const apply = (...records: Parameters<typeof mirror.apply>[0]) => {
    seq += 1;
    return sql.transaction(() => mirror.apply(records, seq, AT));
  };
  const bury = (
    ...args: Parameters<typeof mirror.bury> extends [infer E, infer I, ...unknown[]]
      ? [E, I]
      : never
  ) => {
    seq += 1;
    return sql.transaction(() => mirror.bury(args[0], args[1], seq, AT));
  };
  const purchase = (id: string) => sql.get<PurchaseRow>("select * from purchase where id = ?", id);
  const stale = () => {
    const keys = sql.all<{ client_key: string }>("delete from stale_client returning client_key");
    return keys.map(({ client_key }) => client_key).toSorted();
  };
  return { sql, apply, bury, purchase, stale };
}

describe("purchases", () => {
  it("happen at the first entry of the current unbroken won period", () => {
    const { apply, purchase } = aMirror();
    apply(aDeal({ id: "1", closedAt: AT + 9 * DAY_MS }));
    expect(purchase("1")).toMatchObject({ moment: "closed", at: AT + 9 * DAY_MS });
    apply(
      aStageEntry({ id: "1", dealId: "1", outcome: "open", enteredAt: AT - 5 * DAY_MS }),
      aStageEntry({ id: "2", dealId: "1", outcome: "won", enteredAt: AT - 4 * DAY_MS }),
      aStageEntry({ id: "3", dealId: "1", outcome: "open", enteredAt: AT - 3 * DAY_MS }),
      aStageEntry({ id: "10", dealId: "1", outcome: "won", enteredAt: AT }),
    );
    expect(purchase("1")).toMatchObject({ moment: "history", at: AT });
    apply(
      aStageEntry({
        id: "11",
        dealId: "1",
        stageId: "paid",
        outcome: "won",
        enteredAt: AT + DAY_MS,
      }),
    );
    expect(purchase("1")).toMatchObject({ moment: "history", at: AT });
  });

  it("vanish when the deal is reopened and come back with the new period", () => {
    const { apply, purchase, stale } = aMirror();
    apply(aDeal({ id: "1" }), aStageEntry({ id: "1", dealId: "1", enteredAt: AT }));
    stale();
    apply(
      aDeal({ id: "1", outcome: "open", updatedAt: 3_000, closedAt: null }),
      aStageEntry({ id: "2", dealId: "1", outcome: "open", enteredAt: AT + DAY_MS }),
    );
    expect(purchase("1")).toBeUndefined();
    expect(stale()).toEqual(["company:1"]);
    apply(
      aDeal({ id: "1", updatedAt: 4_000 }),
      aStageEntry({ id: "3", dealId: "1", enteredAt: AT + 2 * DAY_MS }),
    );
    expect(purchase("1")).toMatchObject({ at: AT + 2 * DAY_MS });
  });

  it("fall back to the closing moment while the history still ends elsewhere, then to the flagged close day", () => {
    const { apply, purchase } = aMirror();
    apply(
      aDeal({ id: "1", closedAt: AT }),
      aStageEntry({ id: "1", dealId: "1", outcome: "open", enteredAt: AT - DAY_MS }),
      aDeal({ id: "2", closedAt: null, closeDay: "2026-03-11" }),
    );
    expect(purchase("1")).toMatchObject({ moment: "closed", at: AT });
    const day = Date.UTC(2026, 2, 11) / DAY_MS;
    expect(purchase("2")).toMatchObject({ moment: "close_day", day });
    expect(purchase("2")?.at).toBe(Date.UTC(2026, 2, 10, 21));
  });

  it("lie on the day of the portal's zone", () => {
    const utcDay = Date.UTC(2026, 2, 10) / DAY_MS;
    for (const [zone, day] of [
      ["Europe/Moscow", utcDay + 1],
      ["UTC", utcDay],
      ["America/Los_Angeles", utcDay],
      ["Nowhere/Nothing", utcDay],
    ] as const) {
      const { apply, purchase } = aMirror(zone);
      apply(aDeal({ id: "1", closedAt: AT }));
      expect(purchase("1")?.day, zone).toBe(day);
    }
  });

  it("are not made by templates, lost, deleted and clientless deals nor by the portal's own companies", () => {
    const { sql, apply, bury, purchase } = aMirror();
    const excluded: Partial<DealRecord>[] = [
      { isTemplate: true },
      { outcome: "lost" },
      { companyId: null },
      { companyId: "9" },
    ];
    apply(aCompany({ id: "9", isOwn: true }));
    excluded.forEach((fields, n) => {
      apply(aDeal({ id: String(n), ...fields }));
    });
    apply(aDeal({ id: "7" }));
    bury("deal", ["7"]);
    expect(sql.get("select count(*) as n from purchase")).toEqual({ n: 0 });
    apply(aCompany({ id: "9", isOwn: false, updatedAt: 3_000 }));
    expect(purchase("3")).toMatchObject({ client_key: "company:9" });
    apply(aCompany({ id: "9", isOwn: true, updatedAt: 4_000 }));
    expect(purchase("3")).toBeUndefined();
  });

  it("keep rhythm without a sum, and money only in the portal's currency", () => {
    const { apply, purchase } = aMirror();
    apply(
      aDeal({ id: "1", amountMinor: null, currency: null }),
      aDeal({ id: "2", amountMinor: 0 }),
      aDeal({ id: "3", amountMinor: 500, currency: "USD" }),
      aDeal({ id: "4", amountMinor: -700 }),
      aDeal({ id: "5", companyId: null, contactIds: ["8", "9"] }),
    );
    expect(purchase("1")).toMatchObject({ amount_minor: null, base_minor: null });
    expect(purchase("2")).toMatchObject({ amount_minor: 0, base_minor: 0 });
    expect(purchase("3")).toMatchObject({ amount_minor: 500, currency: "USD", base_minor: null });
    expect(purchase("4")).toMatchObject({ base_minor: -700 });
    expect(purchase("5")).toMatchObject({ client_key: "contact:8" });
  });
});

describe("the mirror", () => {
  it("never returns to an older version of a record", () => {
    const { sql, apply } = aMirror();
    apply(aDeal({ id: "1", amountMinor: 2, updatedAt: 5_000 }));
    expect(apply(aDeal({ id: "1", amountMinor: 1, updatedAt: 4_000 }))).toBe(0);
    expect(sql.get("select amount_minor from deal")).toEqual({ amount_minor: 2 });
    expect(apply(aDeal({ id: "1", amountMinor: 3, updatedAt: 5_000 }))).toBe(1);
  });

  it("lets only a later fetch undo a tombstone", () => {
    const { sql } = aMirror();
    const mirror = makeMirror(sql);
    const isDeleted = () => sql.get("select is_deleted from deal")?.is_deleted;
    sql.transaction(() => mirror.apply([aDeal({ id: "1" })], 1, AT));
    sql.transaction(() => mirror.bury("deal", ["1"], 10, AT));
    sql.transaction(() => mirror.apply([aDeal({ id: "1", updatedAt: 9_000 })], 9, AT));
    expect(isDeleted()).toBe(1);
    sql.transaction(() => mirror.apply([aDeal({ id: "1" })], 11, AT));
    expect(isDeleted()).toBe(0);
    sql.transaction(() => mirror.bury("deal", ["1"], 10, AT));
    expect(isDeleted()).toBe(0);
  });

  it("reads the deals of a vanished client again and remembers into whom it was merged", () => {
    const { sql, apply, bury } = aMirror();
    apply(aCompany({ id: "1" }), aCompany({ id: "2" }), aDeal({ id: "5", companyId: "1" }));
    bury("company", ["1"]);
    expect(sql.all("select entity, id from dirty")).toEqual([{ entity: "deal", id: "5" }]);
    apply(aDeal({ id: "5", companyId: "2" }));
    expect(sql.get("select merged_into from client where id = '1'")).toEqual({
      merged_into: "company:2",
    });
    expect(sql.get("select client_key from purchase")).toEqual({ client_key: "company:2" });
  });

  it("changes nothing when the same records come again", () => {
    const { apply, stale } = aMirror();
    const records = [
      aCompany({ id: "1" }),
      aDeal({ id: "1" }),
      aStageEntry({ id: "1", dealId: "1" }),
    ];
    expect(apply(...records)).toBe(3);
    stale();
    expect(apply(...records)).toBe(0);
    expect(stale()).toEqual([]);
  });
});
