import { ERROR_CODES } from "../../crm/error.ts";
import type { Memo } from "../../crm/host.ts";
import type { Command, Outcome } from "./batch.ts";
import { isYes, toFields } from "./values.ts";

/** What the portal's plan allows of its queue of changes; asked with every set-up and remembered. */

/** Names our channel: changes that carry it do not enter our own queue. */
const CONNECTOR = "client_pulse";
const QUEUE_MEMO = "queue";
const CONNECTOR_MEMO = "connector";

/** Confirmed reading of the queue, and a queue of our own for each channel. */
export const FEATURE_PROBE: readonly Command[] = [
  { method: "feature.get", params: { CODE: "rest_offline_extended" } },
  { method: "feature.get", params: { CODE: "rest_auth_connector" } },
];

/** A portal that does not know the question has neither; what passes by itself changes nothing. */
export function readFeatures(queue: Outcome | undefined, connector: Outcome | undefined): Memo {
  if (isPassing(queue) || isPassing(connector)) return {};
  const hasConnector = isGiven(queue) && isGiven(connector);
  return {
    [QUEUE_MEMO]: isGiven(queue) ? "yes" : "no",
    [CONNECTOR_MEMO]: hasConnector ? CONNECTOR : "",
  };
}

export function withoutQueue(memo: Memo): Memo {
  return { ...memo, [QUEUE_MEMO]: "no", [CONNECTOR_MEMO]: "" };
}

export function hasQueue(memo: Memo): boolean {
  return memo[QUEUE_MEMO] === "yes";
}

/** null where the plan has none: the parameter is left out then. */
export function connectorOf(memo: Memo): string | null {
  return memo[CONNECTOR_MEMO] || null;
}

function isPassing(outcome: Outcome | undefined): boolean {
  if (outcome?.kind === "failed") return ERROR_CODES[outcome.failure.code].retry;
  return outcome?.kind !== "ok";
}

function isGiven(outcome: Outcome | undefined): boolean {
  return outcome?.kind === "ok" && isYes(toFields(outcome.result).value ?? outcome.result);
}

/** Changes of records; what registers the app itself never enters a queue of records. */
const RECORD_CHANGE =
  /^(?:crm\.(?:item|activity|timeline)\.(?:\w+\.)?|tasks\.task\.)(?:add|update|delete)$/;

/** The method's own parameters, and our channel where the call changes records and the plan knows channels. */
export function marked<T extends object>(memo: Memo, method: string, params: T): T {
  const connector = connectorOf(memo);
  if (connector === null || !RECORD_CHANGE.test(method)) return params;
  return { ...params, auth_connector: connector };
}
