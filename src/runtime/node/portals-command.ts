import { parseArgs } from "node:util";
import { AppError, ERROR_CODES, type ErrorCode } from "../../crm/error.ts";
import type { PortalCheck } from "../../crm/portal-check.ts";
import type { Log } from "../../crm/ports.ts";
import { makeDesk } from "../../http/desk.ts";
import { makeErrands } from "../../http/errands.ts";
import {
  makeOperation,
  type Operation,
  PORTAL_ACTIONS,
  type PortalReport,
} from "../../http/operation.ts";
import { makeSessions } from "../../http/sessions.ts";
import type { PortalSummary } from "../../portal/portal-api.ts";
import { readConfig, type ServerConfig } from "../config.ts";
import { makeSystemClock, systemRandom } from "../system-ports.ts";
import { openDataFolder } from "./data-folder.ts";
import { findOperatorAddress, type OperatorAddress } from "./operator-address.ts";
import { UsageError } from "./options.ts";

export interface PortalsAnswer {
  readonly text: string;
  /** 1 when a portal that was looked at lacks something. */
  readonly code: 0 | 1;
}

/** `pulse portals ...`: through the running server, or on the folder itself when nobody runs one. */
export async function portalsCommand(
  args: string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<PortalsAnswer> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "boolean", default: false } },
  });
  const isJson = values.json;
  const [verb = "list", ...rest] = positionals;
  const isAction = PORTAL_ACTIONS.some((one) => one === verb);
  const most = verb === "list" ? 0 : 1;
  if (!isAction && !["list", "show", "add", "verify"].includes(verb)) {
    throw new UsageError(
      `portals ${verb} is not one of list, show, add, pause, resume, resync, verify`,
    );
  }
  if (rest.length > most || (verb !== "list" && verb !== "add" && rest.length === 0)) {
    throw new UsageError(
      `portals ${verb} takes ${most === 0 ? "no" : "one"} portal; see pulse help`,
    );
  }
  const config = readConfig(environment);
  const entered = verb === "add" ? await readEntered(rest[0] ?? null) : null;
  return await withOperation(config, async (operation) => {
    const key = rest[0] ?? "";
    const done = <Value>(value: Value, lines: (value: Value) => readonly string[]) =>
      ({ text: told(isJson, value, lines), code: 0 }) as const;
    if (entered) return done(await operation.add(entered), summaryLines);
    if (verb === "list") return done(await operation.list(), listLines);
    if (verb === "show") return done(await operation.show(key), reportLines);
    if (verb === "verify") {
      const checks = await operation.verify(key);
      const isWrong = checks.some(({ state }) => state === "wrong");
      return { text: told(isJson, checks, checkLines), code: isWrong ? 1 : 0 };
    }
    const action = PORTAL_ACTIONS.find((one) => one === verb) ?? "resume";
    return done(await operation.act(key, action), summaryLines);
  });
}

/** The token comes by stdin, so that no list of processes and no history of a shell shows it. */
async function readEntered(address: string | null) {
  let text = "";
  for await (const chunk of process.stdin) text += String(chunk);
  const words = text.split(/\s+/).filter((word) => word !== "");
  const token = words.at(-1) ?? "";
  if (token === "" || words.length > 2) {
    throw new UsageError("portals add reads one long-lived token from stdin");
  }
  return { token, address: address ?? (words.length === 2 ? (words[0] ?? null) : null) };
}

async function withOperation<Result>(
  config: ServerConfig,
  body: (operation: Operation) => Promise<Result>,
): Promise<Result> {
  const address = findOperatorAddress(config.dataFolder);
  if (address && (await answers(address))) return await body(remoteOperation(address));
  const clock = makeSystemClock(() => new Promise((resolve) => setImmediate(resolve)));
  const folder = await openDataFolder(config, { clock, log: QUIET });
  // Nothing but what was asked for: the server reads the CRM when it runs.
  folder.drain();
  try {
    return await body(localOperation(config, folder, clock));
  } finally {
    await folder.close();
  }
}

const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };

function localOperation(
  config: ServerConfig,
  folder: Awaited<ReturnType<typeof openDataFolder>>,
  clock: ReturnType<typeof makeSystemClock>,
): Operation {
  const { house, hosts, directory, transport, vault } = folder;
  const errands = makeErrands({ store: directory.errands, hosts, vault, clock, log: QUIET });
  errands.stop();
  const desk = makeDesk({
    ...{ clock, transport, errands, vault },
    random: systemRandom,
    log: QUIET,
    config: config.host,
    region: config.region,
    portals: house,
    once: directory,
    sessions: makeSessions(config.keys, clock),
  });
  return makeOperation({ portals: house, keys: house.list, hosts, desk });
}

async function answers({ port }: OperatorAddress): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
  } catch {
    return false;
  }
}

function remoteOperation({ port, token }: OperatorAddress): Operation {
  const ask = async (path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}/operator/portals${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const said = (await answer.json()) as { readonly code?: string };
    if (answer.ok) return said;
    const { code = "" } = said;
    throw new AppError(code in ERROR_CODES ? (code as ErrorCode) : "internal");
  };
  const place = (key: string) => `/${encodeURIComponent(key)}`;
  return {
    list: async () => ((await ask("")) as { portals: readonly PortalSummary[] }).portals,
    show: async (key) => (await ask(place(key))) as PortalReport,
    verify: async (key) =>
      ((await ask(`${place(key)}/checks`)) as { checks: readonly PortalCheck[] }).checks,
    add: async (entered) => (await ask("", entered)) as PortalSummary,
    act: async (key, action) => (await ask(`${place(key)}/${action}`, {})) as PortalSummary,
  };
}

function told<Value>(
  isJson: boolean,
  value: Value,
  lines: (value: Value) => readonly string[],
): string {
  return isJson ? JSON.stringify(value) : lines(value).join("\n");
}

function listLines(portals: readonly PortalSummary[]): readonly string[] {
  if (portals.length === 0) return ["no portals"];
  return portals.flatMap(summaryLines);
}

function summaryLines(portal: PortalSummary): readonly string[] {
  const state = portal.isPaused ? `${portal.state}, paused` : portal.state;
  const reason = portal.stateReason === null ? "" : ` (${portal.stateReason})`;
  return [`${portal.key}  ${state}${reason}  ${portal.endpoint}`];
}

/** What a person does about each kind of fault. */
const REMEDIES: Readonly<Record<PortalCheck["name"], string>> = {
  connection: "an administrator opens the app in the CRM and connects it again",
  rights: "an administrator of the CRM connects it again, so that the token is theirs",
  hooks:
    "the daily set-up registers them again; a hook that the CRM disabled is switched on in its settings",
  places: "the daily set-up registers them again",
  fields: "made again with the next write; a name that is taken has to be freed in the CRM",
  history: "purchases are dated by the deals themselves",
  filters: "changes are looked for from the newest back, which takes more requests",
};

function checkLines(checks: readonly PortalCheck[]): readonly string[] {
  return checks.map(({ name, state, code }) => {
    const what = code === null ? name : `${name}: ${code}; ${REMEDIES[name]}`;
    return `${state.padEnd(8)}${what}`;
  });
}

function reportLines(report: PortalReport): readonly string[] {
  const today = report.apiUse.days.at(-1);
  return [
    ...summaryLines(report),
    `  clients ${report.clients}, purchases ${report.purchases}, ${report.currency}, ${report.timeZone}`,
    `  sync ${report.sync.phase}`,
    `  requests today ${today?.requests ?? 0}, limit answers ${today?.limited ?? 0}, failed ${today?.failed ?? 0}`,
    ...(report.apiUse.pause
      ? [`  no calls until ${report.apiUse.pause.until}: ${report.apiUse.pause.reason}`]
      : []),
    ...report.warnings.map((code) => `  warning ${code}`),
  ];
}
