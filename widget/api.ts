import { isRenewed, type RenewedSession } from "./frame.ts";

/** Calls to our own API with the page's session. The token lives in memory only; a spent one is renewed once. */

const RENEW_BEFORE_MS = 60_000;

let session: RenewedSession | null = readSession();
let renewal: Promise<boolean> | null = null;

function readSession(): RenewedSession | null {
  const block = document.getElementById("pulse-session");
  try {
    const value: unknown = JSON.parse(block?.textContent ?? "null");
    return isRenewed(value) ? value : null;
  } catch {
    return null;
  }
}

/** One renewal at a time: two calls that meet a spent token share it. */
function renew(): Promise<boolean> {
  renewal ??= (async () => {
    const fresh = await window.pulseFrame?.renew(session?.token ?? "").catch(() => null);
    renewal = null;
    if (!fresh) return false;
    session = fresh;
    return true;
  })();
  return renewal;
}

export type ApiAnswer =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly status: number; readonly body: unknown };

/** Status 0 = no answer, 401 = the session is over and could not be renewed. Never rejects. */
export async function call(
  method: "GET" | "POST" | "PUT",
  path: string,
  body?: unknown,
): Promise<ApiAnswer> {
  if (session && session.expiresAt - Date.now() < RENEW_BEFORE_MS) await renew();
  const first = await send(method, path, body);
  if (first.ok || first.status !== 401 || !(await renew())) return first;
  return send(method, path, body);
}

async function send(method: string, path: string, body: unknown): Promise<ApiAnswer> {
  try {
    const response = await fetch(path, {
      method,
      headers: {
        accept: "application/json",
        ...(session ? { authorization: `Bearer ${session.token}` } : {}),
        ...(method === "GET" ? {} : { "content-type": "application/json" }),
      },
      ...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) }),
    });
    if (!response.ok) {
      return { ok: false, status: response.status, body: await response.json().catch(() => null) };
    }
    return { ok: true, body: await response.json() };
  } catch {
    return { ok: false, status: 0, body: null };
  }
}
