import { errorCode } from "../../crm/error.ts";
import type { HostLink, PortalSetup } from "../../crm/host.ts";
import { found, limited, type PortalCheck } from "../../crm/portal-check.ts";
import type { ClientKind } from "../../crm/records.ts";
import { readAccount } from "./account.ts";
import { isMissing, isRefusal, readOne } from "./api.ts";
import { areFieldsThere, knownFields } from "./field-setup.ts";
import { lookAtHooks } from "./hooks.ts";
import { probeHistory } from "./prepare.ts";
import { userRow } from "./schema.ts";

/** See `Host.verify`. Only reads. */
export async function verify(link: HostLink, setup: PortalSetup): Promise<readonly PortalCheck[]> {
  const account = await readAccount(link);
  return [
    await rightsOf(link, account.userId),
    await hooksOf(link, setup),
    await fieldsOf(link),
    await historyOf(link),
    account.canFilter ? found("filters", null) : limited("filters", "off"),
  ];
}

/** The token acts as the person who installed: an administrator, or half of what we need is refused. */
async function rightsOf(link: HostLink, userId: string | null): Promise<PortalCheck> {
  if (userId === null) return limited("rights", "not_told");
  try {
    const path = `users/${encodeURIComponent(userId)}`;
    const user = userRow.safeParse(await readOne(link, "users.one", path)).data;
    if (!user) return found("rights", "user_gone");
    if (!user.rights.is_active) return found("rights", "user_dismissed");
    return found("rights", user.rights.is_admin ? null : "not_administrator");
  } catch (error) {
    // Users are for administrators.
    if (isRefusal(error)) return found("rights", "not_administrator");
    return found("rights", errorCode(error));
  }
}

async function hooksOf(link: HostLink, setup: PortalSetup): Promise<PortalCheck> {
  try {
    return found("hooks", await lookAtHooks(link, setup));
  } catch (error) {
    return isRefusal(error) ? limited("hooks", "not_in_plan") : found("hooks", errorCode(error));
  }
}

const KINDS: readonly ClientKind[] = ["contact", "company"];

/** Fields are made when they are first written; only what has been made can be missing. */
async function fieldsOf(link: HostLink): Promise<PortalCheck> {
  try {
    for (const kind of KINDS) {
      const isMade = knownFields(link.memo, kind) !== null;
      if (isMade && !(await areFieldsThere(link, kind))) return found("fields", "missing");
    }
    return found("fields", null);
  } catch (error) {
    return found("fields", isMissing(error) ? "no_rights" : errorCode(error));
  }
}

async function historyOf(link: HostLink): Promise<PortalCheck> {
  try {
    const [missing] = await probeHistory(link);
    return missing === undefined ? found("history", null) : limited("history", "not_in_plan");
  } catch (error) {
    return found("history", errorCode(error));
  }
}
