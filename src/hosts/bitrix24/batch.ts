import { AppError } from "../../crm/error.ts";
import type { HostLink } from "../../crm/host.ts";
import {
  type CallTime,
  failureError,
  methodRequest,
  noteTime,
  type Params,
  type ParamValue,
  readAnswer,
  sendOrBlock,
  toCallTime,
} from "./api.ts";
import { marked } from "./connector.ts";
import { type Failure, failureOf } from "./judge.ts";
import { toFields, toNumber } from "./values.ts";

/** Six windows of the vendor; a portal that names a later end is wrong, or does not mean well. */
const LONGEST_BLOCK_MS = 3_600_000;

/** The vendor's limit for one batch. */
export const BATCH_COMMANDS = 50;

export interface Command {
  readonly method: string;
  readonly params: Params;
}

export type Outcome =
  | { readonly kind: "ok"; readonly result: unknown; readonly total: number | null }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** Not carried out because an earlier command failed. */
  | { readonly kind: "skipped" };

export interface BatchAnswer {
  /** In the order of the commands. */
  readonly outcomes: readonly Outcome[];
  readonly time: CallTime;
  readonly endpoint: string;
}

/**
 * Runs at most 50 commands one after the other in one request. A command may use an earlier one's result by
 * `$result[p0]...`: its key is `p` and its position. The caller has asked the budget. Throws AppError `host.*` when the
 * whole request fails.
 */
export async function callBatch(
  link: HostLink,
  commands: readonly Command[],
  options: { readonly halt: boolean },
): Promise<BatchAnswer> {
  const cmd: Record<string, string> = {};
  for (const [at, { method, params }] of commands.entries()) {
    cmd[`p${at}`] = `${method}?${encodeParams(marked(link.memo, method, params))}`;
  }
  let endpoint = link.address.endpoint;
  const response = await sendOrBlock(link, "batch", (current) => {
    endpoint = current;
    return methodRequest(current, "batch", { halt: options.halt ? 1 : 0, cmd });
  });
  const { result, time } = readAnswer(response, endpoint);
  const body = toFields(result);
  const outcomes = readOutcomes(commands, body);
  noteOutcomes(link, commands, outcomes, toFields(body.result_time));
  return { outcomes, time, endpoint };
}

/** The result of one command. Throws AppError when it failed. */
export function resultOf(outcome: Outcome | undefined): unknown {
  if (outcome?.kind === "ok") return outcome.result;
  if (outcome?.kind === "failed") throw failureError(outcome.failure);
  throw new AppError("host.bad_answer", { details: { reason: "command_missing" } });
}

function readOutcomes(commands: readonly Command[], body: Record<string, unknown>): Outcome[] {
  const results = toFields(body.result);
  const errors = toFields(body.result_error);
  const totals = toFields(body.result_total);
  const times = toFields(body.result_time);
  return commands.map((_, at) => {
    const key = `p${at}`;
    if (key in errors) {
      const error = { time: times[key], ...toFields(errors[key]) };
      return { kind: "failed", failure: failureOf(null, error) };
    }
    if (!(key in results)) return { kind: "skipped" };
    return { kind: "ok", result: results[key], total: toNumber(totals[key]) };
  });
}

/** `operating` accumulates, so a method's last command tells where it stands. */
function noteOutcomes(
  link: HostLink,
  commands: readonly Command[],
  outcomes: readonly Outcome[],
  times: Record<string, unknown>,
): void {
  const seen = new Map<string, { time: CallTime; calls: number }>();
  for (const [at, { method }] of commands.entries()) {
    const outcome = outcomes[at];
    if (outcome?.kind === "ok") {
      seen.set(method, {
        time: toCallTime(times[`p${at}`]),
        calls: (seen.get(method)?.calls ?? 0) + 1,
      });
    }
    if (outcome?.kind === "failed" && outcome.failure.details.isMethodLimit === true) {
      const now = link.clock.now();
      const resetAt = seen.get(method)?.time.resetAt ?? 0;
      const until = Math.max(resetAt, now + (outcome.failure.retryAfterMs ?? 0));
      link.budget.block(method, until > now ? Math.min(until, now + LONGEST_BLOCK_MS) : null);
    }
  }
  for (const [method, { time, calls }] of seen) noteTime(link, method, time, calls);
}

/** PHP bracket notation, as the inner query strings of a batch want it. */
export function encodeParams(params: Params): string {
  const pairs: string[] = [];
  const walk = (name: string, value: ParamValue): void => {
    if (typeof value === "object") {
      for (const [key, inner] of Object.entries(value)) {
        walk(name === "" ? key : `${name}[${key}]`, inner);
      }
      return;
    }
    const text = typeof value === "boolean" ? (value ? "1" : "0") : String(value);
    pairs.push(`${encodeURIComponent(name)}=${encodeValue(text)}`);
  };
  walk("", params);
  return pairs.join("&");
}

/** References to earlier results stay readable, as in the vendor's samples. */
function encodeValue(text: string): string {
  return /^\$result(\[\w+\])+$/.test(text) ? text : encodeURIComponent(text);
}
