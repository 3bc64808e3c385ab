import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openSqlite } from "./sqlite.ts";

it("leaves no byte of what was deleted in the file", () => {
  const folder = mkdtempSync(join(tmpdir(), "pulse-sqlite-"));
  try {
    const path = join(folder, "portal.sqlite");
    const { sql, close } = openSqlite(path);
    sql.run("create table note (id integer primary key, text text not null) strict");
    for (let n = 0; n < 500; n += 1) {
      sql.run("insert into note (text) values (?)", `canary-${n}-${"x".repeat(n * 10)}`);
    }
    sql.run("delete from note");
    close();
    expect(readFileSync(path).includes("canary")).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
