import { AppError } from "../../crm/error.ts";
import type { Sql } from "../../portal/sql.ts";
import { systemRandom } from "../system-ports.ts";
import { type MasterKey, makeVault } from "../vault.ts";

const TABLE =
  "create table if not exists key_check (id text primary key not null, sealed text not null) strict";
const PLACE = "directory/key_check/sealed";
const TEXT = "the right key";

/**
 * Remembers a proof of every key that the folder has been used with. A server with a wrong key would run, find no token
 * readable, and stand still portal by portal: it had better not start. Throws AppError `config.invalid`.
 */
export async function checkKeys(
  sql: Sql,
  keys: readonly MasterKey[],
  hasPortals: boolean,
): Promise<void> {
  sql.run(TABLE);
  const known = new Map(
    sql
      .all<{ id: string; sealed: string }>("select id, sealed from key_check order by id")
      .map(({ id, sealed }) => [id, sealed]),
  );
  if (hasPortals && known.size > 0) {
    for (const key of keys) {
      const sealed = known.get(key.id);
      if (sealed !== undefined && !(await opens(key, sealed))) {
        throw invalid(`key ${key.id} is not the one that DATA_DIR was written with.`);
      }
    }
    if (!keys.some(({ id }) => known.has(id))) {
      const ids = [...known.keys()].join(", ");
      throw invalid(`has none of the keys that DATA_DIR was written with: ${ids}.`);
    }
  }
  for (const key of keys) {
    if (hasPortals && known.has(key.id)) continue;
    const sealed = await makeVault([key], systemRandom).seal(TEXT, PLACE);
    sql.run("insert or replace into key_check (id, sealed) values (?, ?)", key.id, sealed);
  }
}

async function opens(key: MasterKey, sealed: string): Promise<boolean> {
  try {
    return (await makeVault([key], systemRandom).open(sealed, PLACE)) === TEXT;
  } catch {
    return false;
  }
}

function invalid(why: string): AppError {
  return new AppError("config.invalid", {
    message: `PULSE_KEYS ${why}`,
    details: { variable: "PULSE_KEYS" },
  });
}
