import { constantTimeEqual } from "../../crm/constant-time.ts";
import type { Desk, Door } from "../../crm/door.ts";
import type { AppRegistration, HostConfig } from "../../crm/host.ts";
import { portalKey } from "../../crm/portal-key.ts";
import { PRODUCTS, productByClientId } from "./place.ts";

/**
 * The integration was switched off in an account. The one signed message of this host: hex HMAC-SHA256 of
 * `client_uuid|account_id` under the client secret. It carries no time, so it is the same at every uninstall of an
 * account and may be replayed: nothing is dropped on its word.
 */
export function uninstallDoor(config: HostConfig): Door {
  return {
    method: "GET",
    path: "/amocrm/uninstall",
    maxBodyBytes: 0,
    async handle(call, desk) {
      const query = call.url.searchParams;
      const clientId = query.get("client_uuid") ?? "";
      const accountId = query.get("account_id") ?? "";
      if (!/^[1-9]\d{0,15}$/.test(accountId)) return { kind: "error", code: "auth.refused" };
      const registration = await registrationOf(clientId, accountId, desk, config);
      if (registration === null) return { kind: "error", code: "auth.refused" };
      const expected = await signature(`${clientId}|${accountId}`, registration.clientSecret);
      if (!constantTimeEqual((query.get("signature") ?? "").toLowerCase(), expected)) {
        return { kind: "error", code: "auth.refused" };
      }
      await desk.uninstall(portalKey(registration.product, accountId), {
        erase: false,
        isReplayable: true,
      });
      return { kind: "empty", status: 200 };
    },
  };
}

/** Keys of an integration that the account made for us are known to its portal only. */
async function registrationOf(
  clientId: string,
  accountId: string,
  desk: Desk,
  config: HostConfig,
): Promise<AppRegistration | null> {
  const shared = productByClientId(clientId, config);
  if (shared !== null) return desk.registration(shared);
  for (const product of PRODUCTS) {
    const own = await desk.ownRegistration(portalKey(product, accountId));
    if (own?.clientId === clientId) return own;
  }
  return null;
}

async function signature(text: string, secret: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
    "sign",
  ]);
  const signed = await crypto.subtle.sign("HMAC", key, encoder.encode(text));
  return Array.from(new Uint8Array(signed), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
