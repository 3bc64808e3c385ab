import { type Caller, type Done, execute, timeBlock } from "./execute.ts";
import { faultBody, type StatusFault, takeFault } from "./faults.ts";
import { decodeForm, isParams, type Params } from "./form.ts";
import { json, phpMap } from "./reply.ts";
import { RestError } from "./rest-error.ts";

const MAX_COMMANDS = 50;
const REFERENCE = /\$result((?:\[[^\]]*\])+)/g;

function lookUp(path: string, results: Readonly<Record<string, unknown>>): unknown {
  let node: unknown = results;
  for (const [, key = ""] of path.matchAll(/\[([^\]]*)\]/g)) {
    if (Array.isArray(node)) node = node[Number(key)];
    else if (isParams(node)) node = node[key];
    else return undefined;
  }
  return node;
}

/** A reference to nothing becomes empty text: `filter[>id]=` then starts from the beginning of the table. */
function resolve(value: unknown, results: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, results));
  if (isParams(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, resolve(item, results)]),
    );
  }
  if (typeof value !== "string" || !value.includes("$result[")) return value;
  const whole = /^\$result((?:\[[^\]]*\])+)$/.exec(value);
  if (whole !== null) return lookUp(whole[1] ?? "", results) ?? "";
  return value.replace(REFERENCE, (_, path: string) => String(lookUp(path, results) ?? ""));
}

function commandsOf(params: Params): [key: string, command: unknown][] {
  const { cmd } = params;
  return Array.isArray(cmd) || isParams(cmd) ? Object.entries(cmd) : [];
}

/** Method names of the commands, in order. */
export function batchMethods(params: Params): string[] {
  return commandsOf(params).map(([, command]) => String(command).split("?")[0] ?? "");
}

function runCommand(
  caller: Caller,
  command: string,
  index: number,
  results: Readonly<Record<string, unknown>>,
): Done {
  const [rawName = "", ...rest] = command.split("?");
  const name = rawName.trim().toLowerCase();
  if (index >= MAX_COMMANDS) {
    const text = "Max batch length exceeded";
    return { ok: false, error: new RestError(400, "ERROR_BATCH_LENGTH_EXCEEDED", text) };
  }
  if (name === "batch") {
    const text = "Method is not allowed for batch usage";
    return { ok: false, error: new RestError(405, "ERROR_BATCH_METHOD_NOT_ALLOWED", text) };
  }
  // Rules without a name to match are about whole requests.
  const fault = takeFault(
    caller.portal,
    name,
    (rule) => rule.match !== "" && rule.fault.kind === "status",
  );
  if (fault !== null) return faultDone(caller, name, fault as StatusFault);
  const params = resolve(decodeForm(rest.join("?")), results);
  return execute(caller, name, isParams(params) ? params : {}, true);
}

function faultDone(caller: Caller, call: string, fault: StatusFault): Done {
  const { portal, world } = caller;
  const { status } = fault;
  const at = world.clock.now();
  portal.journal.push({ at, portal: portal.name, call, status, isWrite: false, inner: true });
  const body = faultBody(fault);
  const error = new RestError(status, String(body.error), String(body.error_description));
  return { ok: false, error };
}

/** A gapless list of positions leaves PHP as an array, an empty map as `[]`. */
function phpResult(map: Params): unknown {
  const keys = Object.keys(map);
  if (keys.every((key, index) => key === String(index))) return keys.map((key) => map[key]);
  return phpMap(map);
}

/** `batch`: sequential, always HTTP 200, each error in its own map. */
export function runBatch(
  caller: Caller,
  params: Params,
): { readonly response: Response; readonly seconds: number } {
  const { world, portal } = caller;
  const commands = commandsOf(params);
  const isHalting = ["1", "true"].includes(String(params.halt ?? "0"));
  const entry = { at: world.clock.now(), portal: portal.name, call: "batch", status: 200 };
  portal.journal.push({ ...entry, isWrite: false });
  const result: Params = {};
  const errors: Params = {};
  const totals: Params = {};
  const nexts: Params = {};
  const times: Params = {};
  let seconds = 0;
  for (const [index, [key, command]] of commands.entries()) {
    const done = runCommand(caller, String(command), index, result);
    if (!done.ok) {
      errors[key] = done.error.body;
      if (isHalting) break;
      continue;
    }
    result[key] = done.answer.result;
    times[key] = done.time;
    seconds += done.seconds;
    if (done.answer.total !== undefined) totals[key] = done.answer.total;
    if (done.answer.next !== null && done.answer.next !== undefined) nexts[key] = done.answer.next;
  }
  const response = json({
    result: {
      result: phpResult(result),
      result_error: phpResult(errors),
      result_total: phpResult(totals),
      result_next: phpResult(nexts),
      result_time: phpResult(times),
    },
    time: timeBlock(caller, 0, { used: 0, resetAt: portal.operating.resetAt("batch", entry.at) }),
  });
  return { response, seconds };
}
