import type { FaultRule } from "../contract.ts";
import type { Portal, World } from "./model.ts";
import { json } from "./reply.ts";

type Fault = FaultRule["fault"];
export type StatusFault = Extract<Fault, { kind: "status" }>;

/** The connection died: nobody sees an answer. A server turns this into a destroyed socket. */
export class ConnectionCut extends Error {
  override readonly name = "ConnectionCut";
}

/** The fault for this call, if a rule applies; counts it. */
export function takeFault(
  portal: Portal,
  description: string,
  accepts: (rule: FaultRule) => boolean = () => true,
): Fault | null {
  for (const state of portal.faults) {
    const { rule } = state;
    if (state.applied >= rule.times || !description.includes(rule.match) || !accepts(rule))
      continue;
    if (state.skipped < (rule.after ?? 0)) {
      state.skipped += 1;
      continue;
    }
    state.applied += 1;
    return rule.fault;
  }
  return null;
}

const CODES: Readonly<Record<number, readonly [code: string, text: string]>> = {
  401: ["expired_token", "The access token provided has expired"],
  403: ["ACCESS_DENIED", "REST API is available only on commercial plans"],
  429: ["OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit."],
  500: ["INTERNAL_SERVER_ERROR", "Internal server error"],
  503: ["QUERY_LIMIT_EXCEEDED", "Too many requests"],
};

/** Body of an error inside a batch, or of a whole answer when the rule names none. */
export function faultBody(fault: StatusFault): Record<string, unknown> {
  const [error, text] = CODES[fault.status] ?? CODES[500] ?? ["", ""];
  return { error, error_description: text };
}

const NGINX = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";

function faultResponse(fault: StatusFault): Response {
  if (fault.body !== undefined) {
    const type = fault.contentType ?? "application/json; charset=utf-8";
    return new Response(fault.body, { status: fault.status, headers: { "content-type": type } });
  }
  if (fault.status === 502 || fault.status === 504) {
    return new Response(NGINX, { status: fault.status, headers: { "content-type": "text/html" } });
  }
  return json(faultBody(fault), fault.status);
}

/** What the server in front of the portal says when the portal takes too long. */
export function gatewayTimeout(): Response {
  return faultResponse({ kind: "status", status: 504 });
}

/** Rules named after a method inside a batch: a status is that command's error, everything else hits the request. */
function takeInnerFault(portal: Portal, inner: readonly string[]): Fault | null {
  for (const command of inner) {
    const fault = takeFault(
      portal,
      command,
      (rule) => rule.match !== "" && rule.fault.kind !== "status",
    );
    if (fault !== null) return fault;
  }
  return null;
}

/** Carries a call out under the rules of the portal. Rejects with ConnectionCut when the rule says so. */
export async function underFaults(
  world: World,
  portal: Portal,
  description: string,
  run: () => Promise<Response>,
  inner: readonly string[] = [],
): Promise<Response> {
  const fault = takeFault(portal, description) ?? takeInnerFault(portal, inner);
  if (fault === null) return run();
  const note = (status: number): void => {
    const call = description.split(" ").at(-1) ?? description;
    portal.journal.push({
      at: world.clock.now(),
      portal: portal.name,
      call,
      status,
      isWrite: false,
    });
  };
  switch (fault.kind) {
    case "status":
      note(fault.status);
      return faultResponse(fault);
    case "delay":
      await world.clock.sleep(fault.ms);
      return run();
    case "cutBefore":
      note(0);
      throw new ConnectionCut("connection died before the call");
    case "cutAfterCommit":
      await run();
      throw new ConnectionCut("connection died after the call");
    case "lateCommit":
      world.clock
        .sleep(fault.ms)
        .then(run)
        .catch(() => undefined);
      throw new ConnectionCut("connection died, the call goes on");
    default:
      return fault satisfies never;
  }
}
