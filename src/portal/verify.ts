import { errorCode } from "../crm/error.ts";
import type { Host, HostLink } from "../crm/host.ts";
import { found, type PortalCheck } from "../crm/portal-check.ts";
import type { Vault } from "../crm/ports.ts";
import { readSetup } from "./installer.ts";
import { readPortal } from "./portal-row.ts";
import type { SqlReader } from "./sql.ts";

export interface VerifyParts {
  readonly sql: SqlReader;
  readonly host: Host;
  readonly link: HostLink;
  readonly vault: Vault;
  readonly publicUrl: string;
}

/**
 * Looks at what the portal needs from its CRM: the connection first, and when that works what the adapter knows of besides.
 * Nothing is written there; an access token that has run out is renewed. Never rejects.
 */
export async function verifyPortal(parts: VerifyParts): Promise<readonly PortalCheck[]> {
  const { sql, host, link } = parts;
  const portal = readPortal(sql);
  if (!portal) return [];
  try {
    const account = await host.check(link);
    if (!account.isPaid) return [found("connection", "host.payment_required")];
    const setup = await readSetup(parts, portal);
    return [found("connection", null), ...((await host.verify?.(link, setup)) ?? [])];
  } catch (error) {
    return [found("connection", errorCode(error))];
  }
}
