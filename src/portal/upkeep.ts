import type { Host } from "../crm/host.ts";
import type { Clock, Instant, Log } from "../crm/ports.ts";
import { API_USE_KEPT_MS, forgetCalls } from "./api-use.ts";
import { API_CALLS_KEPT_MS } from "./link.ts";
import { ERASE_WISH, readPortal, setState } from "./portal-row.ts";
import { STATE_RULES } from "./portal-state.ts";
import { purge } from "./purge.ts";
import type { Sql } from "./sql.ts";
import { readToken, type Tokens } from "./tokens.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A confirmed uninstallation with a wish to erase: time to undo a slip. */
const ERASE_AFTER_MS = 48 * HOUR_MS;
/** Nobody renewed a dead connection: the uninstallation was probably not told to us. */
const SILENT_AFTER_MS = 14 * DAY_MS;
const PURGE_AFTER_MS = 30 * DAY_MS;
const PRUNE_EVERY_MS = HOUR_MS;
/** A list of changes that nobody approved lives for a day and may be a megabyte. */
const DRAFT_KEPT_MS = 7 * DAY_MS;

export interface UpkeepParts {
  readonly sql: Sql;
  readonly host: Host;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Upkeep {
  /** Housekeeping that is due; the instant of the next, or null. */
  step(): Promise<Instant | null>;
}

export function makeUpkeep({ sql, host, tokens, clock, log }: UpkeepParts): Upkeep {
  let prunedAt = Number.NEGATIVE_INFINITY;
  let keepAliveNotBefore = 0;

  const keepAlive = async (): Promise<void> => {
    const token = readToken(sql);
    const now = clock.now();
    if (!token || token.is_static === 1) return;
    if (now < token.refreshed_at + host.limits.tokenKeepAliveMs) return;
    if (now < keepAliveNotBefore) return;
    keepAliveNotBefore = now + HOUR_MS;
    await tokens.refresh(token.version);
  };
  const prune = (): void => {
    const now = clock.now();
    if (now < prunedAt + PRUNE_EVERY_MS) return;
    prunedAt = now;
    sql.run("delete from api_call where at < ?", now - API_CALLS_KEPT_MS);
    forgetCalls(sql, now - API_USE_KEPT_MS);
    sql.run("delete from pause where until_at < ?", now - DAY_MS);
    sql.run("delete from run where state <> 'approved' and made_at < ?", now - DRAFT_KEPT_MS);
  };
  /** The instant at which a dead portal goes one step further; null for a living one. */
  const age = (): Instant | null => {
    const portal = readPortal(sql);
    if (!portal) return null;
    const { state, state_reason: reason, state_since_at: since } = portal;
    const now = clock.now();
    if (state === "reconnect") {
      if (now < since + SILENT_AFTER_MS) return since + SILENT_AFTER_MS;
      setState(sql, "suspended", "silent", now);
      log.warn("portal.state", { portal: portal.key, state: "suspended", reason: "silent" });
      return now + PURGE_AFTER_MS;
    }
    if (state !== "suspended") return null;
    const purgeAt = since + (reason === ERASE_WISH ? ERASE_AFTER_MS : PURGE_AFTER_MS);
    if (now < purgeAt) return purgeAt;
    purge(sql, now);
    log.info("portal.purged", { portal: portal.key });
    return null;
  };

  return {
    async step() {
      prune();
      const state = readPortal(sql)?.state;
      const agesAt = age();
      if (!state || !STATE_RULES[state].mayCall) return agesAt;
      await keepAlive();
      const token = readToken(sql);
      if (!token || token.is_static === 1) return null;
      return Math.max(keepAliveNotBefore, token.refreshed_at + host.limits.tokenKeepAliveMs);
    },
  };
}
