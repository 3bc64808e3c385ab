import { describe, expect, it } from "vitest";
import type { MasterKey } from "../vault.ts";
import { checkKeys } from "./key-check.ts";
import { openSqlite } from "./sqlite.ts";

const key = (id: string, fill: number): MasterKey => ({ id, bytes: new Uint8Array(32).fill(fill) });

describe("the keys of a data folder", () => {
  it("are refused when they are others than those it was written with, and named", async () => {
    const { sql } = openSqlite(":memory:");
    await checkKeys(sql, [key("k1", 1)], false);
    await checkKeys(sql, [key("k1", 1)], true);
    await expect(checkKeys(sql, [key("k1", 2)], true)).rejects.toMatchObject({
      code: "config.invalid",
      message: "PULSE_KEYS key k1 is not the one that DATA_DIR was written with.",
    });
    await expect(checkKeys(sql, [key("k2", 1)], true)).rejects.toMatchObject({
      message: "PULSE_KEYS has none of the keys that DATA_DIR was written with: k1.",
    });
  });

  it("can be rotated", async () => {
    const { sql } = openSqlite(":memory:");
    await checkKeys(sql, [key("k1", 1)], true);
    await checkKeys(sql, [key("k2", 2), key("k1", 1)], true);
    await expect(checkKeys(sql, [key("k2", 2)], true)).resolves.toBeUndefined();
  });

  it("may change while no portal has been installed", async () => {
    const { sql } = openSqlite(":memory:");
    await checkKeys(sql, [key("k1", 1)], false);
    await checkKeys(sql, [key("k1", 2)], false);
    await expect(checkKeys(sql, [key("k1", 2)], true)).resolves.toBeUndefined();
  });
});
