import type { Clock, Random } from "../crm/ports.ts";
import { type Lock, makeLock } from "./lock.ts";
import type { Sql } from "./sql.ts";

/** Longer than a token call and its one repetition; what a dead process holds is free after this. */
const LEASE_MS = 45_000;
const LOOK_MS = 250;
const OWNER_BYTES = 8;

/**
 * One refresh at a time over all processes that have this database open, not only within this one: a one-time token spent
 * twice at once loses the installation. The place is taken in the token's own row before the call and given back after the
 * commit.
 */
export function makeTokenLock(sql: Sql, clock: Clock, random: Random): Lock {
  const within = makeLock();
  const owner = [...random.bytes(OWNER_BYTES)].map((byte) => byte.toString(16)).join("-");

  const take = (): boolean => {
    const now = Math.round(clock.now());
    const isThere = sql.get("select id from token") !== undefined;
    if (!isThere) return true;
    const taken = sql.get(
      `update token set lease_owner = ?, lease_until_at = ?
       where lease_owner is null or lease_owner = ? or lease_until_at <= ? returning id`,
      owner,
      now + LEASE_MS,
      owner,
      now,
    );
    return taken !== undefined;
  };
  const give = (): void => {
    sql.run("update token set lease_owner = null where lease_owner = ?", owner);
  };

  return {
    run: (body) =>
      within.run(async () => {
        while (!take()) await clock.sleep(LOOK_MS);
        try {
          return await body();
        } finally {
          give();
        }
      }),
  };
}
