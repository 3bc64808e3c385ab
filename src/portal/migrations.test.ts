import { describe, expect, it } from "vitest";
import { seedPortal } from "../../test/support/actor-parts.ts";
import { openSqlite } from "../runtime/node/sqlite.ts";
import { MIGRATIONS, migrate } from "./migrations.ts";
import { readSettings } from "./setting-store.ts";

/** A portal's database as the step before made it, with purchases and choices in it. */
function anOlderDatabase() {
  const { sql } = openSqlite(":memory:");
  const older = MIGRATIONS.filter(({ id }) => id <= 9);
  migrate(sql, 1, older);
  seedPortal(sql);
  sql.run("update portal set client_rule = 'contact'");
  sql.run("insert into setting (name, value) values ('writing', '{\"task\":\"task\"}')");
  const buy = (id: string, currency: string, base: number | null) =>
    sql.run(
      `insert into purchase (deal_id, client_key, at, day, amount_minor, currency, base_minor, moment)
       values (?, 'company:1', 5, 0, 700, ?, ?, 'closed')`,
      id,
      currency,
      base,
    );
  return { sql, buy };
}

describe("a database of an older version", () => {
  it("keeps its purchases and choices", () => {
    const { sql, buy } = anOlderDatabase();
    buy("9", "RUB", 700);
    migrate(sql, 2);
    expect(sql.all("select * from purchase")).toEqual([
      {
        id: "9",
        deal_id: "9",
        client_key: "company:1",
        at: 5,
        day: 0,
        amount_minor: 700,
        currency: "RUB",
        base_minor: 700,
        moment: "closed",
        rate: null,
        rate_basis: null,
      },
    ]);
    expect(sql.get("select value from setting where name = 'writing'")).toEqual({
      value: '{"task":"task"}',
    });
    expect(readSettings(sql)).toEqual({
      version: 0,
      moneySource: "deals",
      pipelines: null,
      clientRule: "contact",
      countsZeroSums: true,
      rates: [],
    });
    expect(sql.get("select 1 from scan where job = 'purchases'")).toBeUndefined();
  });

  it("counts purchases again where money of another currency was left out", () => {
    const { sql, buy } = anOlderDatabase();
    buy("9", "USD", null);
    migrate(sql, 2);
    expect(sql.get("select state from scan where job = 'purchases'")).toEqual({ state: "waiting" });
  });
});
