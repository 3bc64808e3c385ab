import type { Flow } from "./flow-world.ts";

/** A hook as somebody writes it; what is not said is right. */
export interface HookClaim {
  readonly accountId?: string;
  readonly secret?: string;
  readonly event?: string;
  /** More pairs, starting with `&`. */
  readonly extra?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const NO_SECRET = "no-secret-is-known-here";

/** Path of the hook address, with the portal's secret where the host has it there. */
export function eventPath(flow: Flow, secret?: string): string {
  const { native } = flow.world.site;
  if (native.product === "bitrix24") return "/bitrix24/events";
  const destination = native.portal.webhooks()[0]?.destination;
  const known = destination ? new URL(destination).pathname.split("/").at(-1) : NO_SECRET;
  return `/amocrm/events/${secret ?? known}`;
}

export function hookBody(flow: Flow, claim: HookClaim): string {
  const { native } = flow.world.site;
  const accountId = claim.accountId ?? native.portal.accountId;
  const id = flow.crm.truth().deals[0]?.id ?? "1";
  if (native.product === "amocrm") {
    return `account[id]=${accountId}&account[subdomain]=simulation&leads[update][0][id]=${id}`;
  }
  const secret = claim.secret ?? native.portal.applicationToken();
  const event = claim.event ?? "ONCRMDEALUPDATE";
  return `event=${event}&data[FIELDS][ID]=${id}&auth[member_id]=${accountId}&auth[application_token]=${secret}`;
}

export function postHook(flow: Flow, claim: HookClaim): Promise<Response> {
  return flow.ask(eventPath(flow, claim.secret), {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...claim.headers },
    body: `${hookBody(flow, claim)}${claim.extra ?? ""}`,
  });
}

/** Deliveries that the portal has taken. */
export function storedHooks(flow: Flow): number {
  const row = flow.world.sql.get<{ value: number }>(
    "select value from counter where name = 'hooks.accepted'",
  );
  return row?.value ?? 0;
}
