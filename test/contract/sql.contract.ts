import { describe, expect, it } from "vitest";
import { MIGRATIONS, migrate } from "../../src/portal/migrations.ts";
import type { Sql, SqlValue } from "../../src/portal/sql.ts";

/** What both engines must do alike. `withSql` hands over an empty database for the length of the body. */
export type WithSql = (body: (sql: Sql) => void | Promise<void>) => Promise<void>;

const TABLE = "create table thing (id text primary key not null, n integer, x real, b blob) strict";

function caught(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  return null;
}

function values(sql: Sql): void {
  sql.run(TABLE);
  sql.run("insert into thing values (?, ?, ?, ?)", "a", 7, 1.5, new Uint8Array([1, 2, 255]));
  sql.run("insert into thing values (?, ?, ?, ?)", "ё", null, 2, null);
  const [first, second] = sql.all<{ id: string; n: number | null; x: number; b: Uint8Array }>(
    "select * from thing order by n desc",
  );
  expect(first).toEqual({ id: "a", n: 7, x: 1.5, b: new Uint8Array([1, 2, 255]) });
  expect(first?.b.constructor).toBe(Uint8Array);
  expect(second).toEqual({ id: "ё", n: null, x: 2, b: null });
  expect(sql.get("select * from thing where id = ?", "none")).toBeUndefined();
}

function refusals(sql: Sql): void {
  sql.run(TABLE);
  const insert = "insert into thing (id, n) values (?, ?)";
  const bad: unknown[] = [true, undefined, 1n, Number.NaN, Infinity, new Date(0), {}, 2 ** 53];
  for (const value of bad) {
    expect(
      caught(() => sql.run(insert, "a", value as SqlValue)),
      String(value),
    ).toBeInstanceOf(TypeError);
  }
  for (const query of [
    "select 1; select 2",
    "begin",
    "savepoint one",
    "pragma user_version",
    "vacuum",
    "select ?1",
    "select :name",
  ]) {
    expect(
      caught(() => sql.all(query)),
      query,
    ).toBeInstanceOf(TypeError);
  }
  const args = Array.from({ length: 101 }, (_, n) => n);
  const marks = args.map(() => "?").join(", ");
  expect(caught(() => sql.all(`select ${marks}`, ...args))).toBeInstanceOf(TypeError);
  const fewer = args.slice(1);
  expect(sql.all(`select ${marks.slice(3)}`, ...fewer)).toHaveLength(1);
  expect(sql.get("select ';' as text;")).toEqual({ text: ";" });
  expect(sql.all("select id from thing")).toEqual([]);
}

function transactions(sql: Sql): void {
  sql.run(TABLE);
  const lazy = (id: string) =>
    sql.transaction(() => sql.run("insert into thing (id, n) values (?, 1)", id), "lazy");
  lazy("lazy");
  sql.transaction(() => lazy("lazy inside"));
  expect(caught(() => lazy("lazy"))).toBeInstanceOf(Error);
  expect(sql.all("select id from thing order by id")).toEqual([
    { id: "lazy" },
    { id: "lazy inside" },
  ]);
  sql.run("delete from thing");
  const add = (id: string) => sql.run("insert into thing (id) values (?)", id);
  const ids = () => sql.all<{ id: string }>("select id from thing order by id").map(({ id }) => id);
  const five = sql.transaction(() => {
    add("kept");
    return 5;
  });
  expect(five).toBe(5);
  const outer = caught(() =>
    sql.transaction(() => {
      add("lost");
      throw new Error("stop");
    }),
  );
  expect(String(outer)).toContain("stop");
  sql.transaction(() => {
    add("outer");
    caught(() =>
      sql.transaction(() => {
        add("inner");
        throw new Error("inner");
      }),
    );
  });
  expect(ids()).toEqual(["kept", "outer"]);
  const promised = caught(() =>
    sql.transaction((() => {
      add("half");
      return Promise.resolve();
    }) as unknown as () => number),
  );
  expect(promised).toBeInstanceOf(TypeError);
  expect(ids()).toEqual(["kept", "outer"]);
}

function upserts(sql: Sql): void {
  sql.run(TABLE);
  const upsert = `insert into thing (id, n) values (?, ?)
    on conflict (id) do update set n = excluded.n where excluded.n > thing.n returning id, n`;
  expect(sql.all(upsert, "a", 1)).toEqual([{ id: "a", n: 1 }]);
  expect(sql.all(upsert, "a", 1)).toEqual([]);
  expect(sql.get(upsert, "a", 2)).toEqual({ id: "a", n: 2 });
  sql.run(upsert, "a", 3);
  expect(sql.get("select n from thing")).toEqual({ n: 3 });
}

function lists(sql: Sql): void {
  sql.run(TABLE);
  const rows = Array.from({ length: 500 }, (_, n) => ({ id: `i${n}`, n }));
  sql.run(
    `insert into thing (id, n)
     select value ->> 'id', value ->> 'n' from json_each(?)`,
    JSON.stringify(rows),
  );
  const picked = sql.all<{ id: string }>(
    "select id from thing where id in (select value from json_each(?)) order by n",
    JSON.stringify(["i499", "i3", "none"]),
  );
  expect(picked.map(({ id }) => id)).toEqual(["i3", "i499"]);
  let sum = 0;
  for (const row of sql.iterate<{ n: number }>("select n from thing where n < ?", 10)) sum += row.n;
  expect(sum).toBe(45);
  for (const row of sql.iterate<{ n: number }>("select n from thing order by n")) {
    if (row.n === 3) break;
  }
  sql.run("delete from thing where n >= ?", 1);
  expect(sql.get("select count(*) as count from thing")).toEqual({ count: 1 });
}

function strictness(sql: Sql): void {
  sql.run(TABLE);
  expect(caught(() => sql.run("insert into thing (id, n) values ('a', 'x')"))).not.toBeNull();
  expect(caught(() => sql.run("insert into thing (id, n) values ('a', ?)", 1.5))).not.toBeNull();
  sql.run("insert into thing (id, n) values ('a', ?)", 2 ** 52 + 1);
  expect(sql.get("select n, typeof(n) as kind from thing")).toEqual({
    n: 2 ** 52 + 1,
    kind: "integer",
  });
  expect(caught(() => sql.run("insert into thing (id) values ('a')"))).not.toBeNull();
}

function migrations(sql: Sql): void {
  migrate(sql, 1_000);
  migrate(sql, 2_000);
  expect(sql.all("select id, applied_at from migration order by id")).toEqual(
    MIGRATIONS.map(({ id }) => ({ id, applied_at: 1_000 })),
  );
  const half = {
    id: MIGRATIONS.length + 1,
    name: "half",
    statements: ["create table half (id text primary key not null) strict", "no such statement"],
  };
  expect(caught(() => migrate(sql, 3_000, [...MIGRATIONS, half]))).not.toBeNull();
  expect(sql.get("select name from sqlite_master where name = 'half'")).toBeUndefined();
  const whole = { ...half, statements: half.statements.slice(0, 1) };
  migrate(sql, 4_000, [...MIGRATIONS, whole]);
  expect(sql.all("select id from migration")).toHaveLength(MIGRATIONS.length + 1);
  expect(String(caught(() => migrate(sql, 5_000)))).toContain("newer");
}

export function sqlContract(withSql: WithSql): void {
  describe("the Sql port", () => {
    it("gives back texts, integers, reals, nulls and bytes as they were stored", () =>
      withSql(values));
    it("refuses values and statements that the engines treat differently", () => withSql(refusals));
    it("commits all or nothing, nests, and refuses a promise", () => withSql(transactions));
    it("upserts with a guard and reports what it changed", () => withSql(upserts));
    it("takes lists as one JSON argument and iterates", () => withSql(lists));
    it("keeps the types of strict tables and unique keys", () => withSql(strictness));
    it("migrates once, whole steps only, and refuses a newer database", () => withSql(migrations));
  });
}
