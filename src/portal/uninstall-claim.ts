import { type ErrorCode, errorCode, isRetryable } from "../crm/error.ts";
import type { Host, HostLink } from "../crm/host.ts";
import type { Clock, Instant, Log } from "../crm/ports.ts";
import { readCounter, readPortal, setCounter } from "./portal-row.ts";
import type { Sql } from "./sql.ts";

const CLAIMED = "uninstall_claimed";
/** Values of that counter; 0 = no claim. */
const PLAIN = 1;
const WITH_ERASURE = 2;
const RETRY_MS = 60_000;
/** For troubles that people have to end: an unpaid plan, a lost right, a key that is not there. */
const SLOW_RETRY_MS = 3_600_000;
/** Only these say that our token opens nothing any more; every other failure says nothing about an installation. */
const PROOFS: ReadonlySet<ErrorCode> = new Set(["host.token_revoked", "host.portal_deleted"]);

export interface UninstallClaimParts {
  readonly sql: Sql;
  readonly host: Host;
  readonly link: HostLink;
  readonly clock: Clock;
  readonly log: Log;
  readonly uninstall: (options: { readonly erase: boolean }) => void;
}

export interface UninstallClaim {
  note(options: { readonly erase: boolean }): void;
  /** Asks the host with our own token, when there is a claim. The instant of the next try, or null. */
  step(): Promise<Instant | null>;
}

/**
 * An uninstallation told by a message that may be an old one, sent again after a reinstallation. Nothing is dropped on its
 * word: while our token still opens the portal, we are installed.
 */
export function makeUninstallClaim(parts: UninstallClaimParts): UninstallClaim {
  const { sql, host, link, clock, log } = parts;
  let notBefore = 0;
  return {
    note({ erase }) {
      // A repeated message does not take back the wish to erase.
      setCounter(sql, CLAIMED, Math.max(readCounter(sql, CLAIMED), erase ? WITH_ERASURE : PLAIN));
      notBefore = 0;
    },
    async step() {
      const portal = readPortal(sql);
      if (!portal || readCounter(sql, CLAIMED) === 0) return null;
      if (portal.state === "suspended" || portal.state === "purged") {
        setCounter(sql, CLAIMED, 0);
        return null;
      }
      if (clock.now() < notBefore) return notBefore;
      try {
        await host.check(link);
        log.warn("portal.uninstall_refuted", { portal: portal.key });
      } catch (thrown) {
        const code = errorCode(thrown);
        if (!PROOFS.has(code)) {
          notBefore = clock.now() + (isRetryable(thrown) ? RETRY_MS : SLOW_RETRY_MS);
          return notBefore;
        }
        log.info("portal.uninstall_confirmed", { portal: portal.key, code });
        parts.uninstall({ erase: readCounter(sql, CLAIMED) === WITH_ERASURE });
      }
      setCounter(sql, CLAIMED, 0);
      return null;
    },
  };
}
