import type { AmocrmPortal } from "../../../src/sandbox/amocrm/index.ts";
import { api, openApp } from "../browser.ts";
import type { Flow } from "../flow-world.ts";

/** The account as only amoCRM has it. */
export function accountOf(flow: Flow): AmocrmPortal {
  const { native } = flow.world.site;
  if (native.product !== "amocrm") throw new Error("another product");
  return native.portal;
}

/** Calls of the token route in the account's own journal: their statuses. */
export function tokenCalls(flow: Flow): readonly number[] {
  return flow.crm
    .journal()
    .filter(({ call }) => call.endsWith("/oauth2/access_token"))
    .map(({ status }) => status);
}

/** A question of the dashboard, asked by the account's administrator. */
export async function asAdmin(
  flow: Flow,
  path: string,
  method: "GET" | "POST" | "PUT" = "GET",
  body: unknown = undefined,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const { session } = await openApp(flow);
  return await api(flow, session, path, method, body);
}

export interface Overview {
  readonly portalState: string;
  readonly warnings: readonly string[];
}

export async function overviewOf(flow: Flow): Promise<Overview> {
  return (await asAdmin(flow, "/api/overview")).body as Overview;
}

/** What the widget's script gets for its token; the status and the body. */
export async function askSession(
  flow: Flow,
  question: unknown,
  userIndex = 0,
  token?: string,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const account = accountOf(flow);
  const response = await flow.ask("/amocrm/session", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-auth-token": token ?? (await flow.run(account.disposableToken(userIndex))),
      origin: account.origin(),
    },
    body: JSON.stringify(question),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
