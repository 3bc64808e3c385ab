import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { Pool } from "undici";
import { demoLog, seedFromLog } from "../../sandbox/generator.ts";
import type { Bench, BenchResult } from "./bench-command.ts";
import { projectRoot } from "./project-root.ts";
import { type Site, type Sites, startSites } from "./sandbox-sites.ts";

/** A hook must be answered within this, or the CRM counts it as failed and switches it off in the end. */
const ANSWER_LIMIT_MS = 2_000;
const CLIENTS = 100;
const SEED = 1;
/** As in life: the polls that the hooks call for must not be forty times as many. */
const SPEED = 1;
const READY_LIMIT_MS = 120_000;
const LOOK_MS = 200;

/** So many hooks a second, sent on time whether or not the last ones were answered. */
const RATE = 1_000;
const RATE_SECONDS = 15;
const RATE_CONNECTIONS = 128;

const MAX_SECONDS = 10;
const MAX_CONNECTIONS = 64;

/** A person edits so many records in one go; the CRM calls once a record. */
const BULK = 10_000;
/** A caller that keeps no connections opens one for every hook; so many are under way at once. */
const BULK_CONNECTIONS = 256;

type Load = (target: Target) => Promise<BenchResult>;

/** Hooks of amoCRM's kind against a real server process on loopback, with its disk commits. */
export function hooksBench(load: Load): Bench {
  return {
    measure: async (folder) => {
      const sites = await startSites({
        speed: SPEED,
        seed: SEED,
        makeSeed: ({ offsetMinutes, users }) =>
          seedFromLog(demoLog(CLIENTS, SEED), {
            ...{ now: Date.now(), offsetMinutes, currency: "RUB", users, seed: SEED },
            hasExtras: true,
          }),
      });
      const server = startServerProcess(sites, folder);
      try {
        return withServerUse(await load(await installed(sites)), server.pid ?? 0);
      } finally {
        server.kill("SIGKILL");
        await sites.close();
      }
    },
  };
}

function startServerProcess(sites: Sites, folder: string): ChildProcess {
  return spawn(process.execPath, [join(projectRoot(), "bin", "pulse.mjs"), "serve"], {
    env: {
      ...sites.environment(folder),
      PATH: process.env.PATH ?? "",
      TZ: "UTC",
      LOG_LEVEL: "error",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

interface Target {
  readonly origin: string;
  /** Path of the portal's hook address, its secret inside. */
  readonly path: string;
  body(n: number): string;
}

async function installed(sites: Sites): Promise<Target> {
  const site = sites.sites.find(({ product }) => product === "amocrm");
  if (site?.native.product !== "amocrm") throw new Error("no amoCRM site");
  const { portal } = site.native;
  await until(async () => (await fetch(`${sites.publicUrl}/readyz`)).ok);
  await portal.install();
  await until(async () => portal.webhooks().length > 0 && isQuiet(site));
  const { destination } = portal.webhooks()[0] ?? { destination: "" };
  const deals = portal.truth().deals;
  const account = `account[subdomain]=demo&account[id]=${portal.accountId}&account[_links][self]=${portal.origin()}`;
  return {
    origin: sites.publicUrl,
    path: new URL(destination).pathname,
    body: (n) => `${account}&${leadFields(deals[n % deals.length]?.id ?? "1", n)}`,
  };
}

/** The first sync is over: the app has asked nothing for a while. */
function isQuiet(site: Site): boolean {
  const last = site.portal.journal().at(-1)?.at ?? 0;
  return Date.now() - last > 10 * LOOK_MS;
}

function leadFields(id: string, n: number): string {
  const at = "leads[update][0]";
  const field = (index: number) =>
    `${at}[custom_fields][${index}][id]=${9000 + index}&${at}[custom_fields][${index}][values][0][value]=${n}`;
  return [
    `${at}[id]=${id}&${at}[name]=Bulk&${at}[price]=${n}&${at}[status_id]=142`,
    ...Array.from({ length: 12 }, (_, index) => field(index)),
  ].join("&");
}

async function until(isDone: () => Promise<boolean> | boolean): Promise<void> {
  const endsAt = Date.now() + READY_LIMIT_MS;
  while (!(await Promise.resolve(isDone()).catch(() => false))) {
    if (Date.now() > endsAt) throw new Error("the server is not ready");
    await pause(LOOK_MS);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Connections are opened one after another before anything is measured: Node takes one new connection a turn of its event
 * loop, so many at once beside busy ones would measure how they wait for each other.
 */
async function sender({ origin, path, body }: Target, connections: number) {
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const send = async (n: number): Promise<void> => {
    const answer = await pool.request({ method: "POST", path, headers, body: body(n) });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`a hook was answered ${answer.statusCode}`);
  };
  for (let open = 1; open <= connections; open *= 2) {
    await Promise.all(Array.from({ length: Math.min(open * 2, connections) }, (_, n) => send(n)));
  }
  return { send, close: () => pool.close() };
}

/** The time from when a hook was due to its answer; a client that lags counts against us. */
export const steadyHooks: Load = async (target) => {
  const { send, close } = await sender(target, RATE_CONNECTIONS);
  const total = RATE * RATE_SECONDS;
  const took: number[] = [];
  const sent: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let n = 0; n < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1_000) * RATE) + 1);
    for (; n < due; n += 1) {
      const dueAt = startedAt + (n / RATE) * 1_000;
      sent.push(send(n).then(() => void took.push(performance.now() - dueAt)));
    }
    await pause(1);
  }
  await Promise.all(sent);
  const seconds = (performance.now() - startedAt) / 1_000;
  await close();
  return {
    ...againstLimit(at(took, 0.99), took.length),
    unit: "ms, p99 of the answer",
    baseline: `the host's limit of ${ANSWER_LIMIT_MS} ms; sent ${Math.round(took.length / seconds)} a second, p50 ${at(took, 0.5).toFixed(1)} ms, slowest ${at(took, 1).toFixed(0)} ms`,
  };
};

/** As many as are answered when so many callers wait for each other's answers. */
export const mostHooks: Load = async (target) => {
  const { send, close } = await sender(target, MAX_CONNECTIONS);
  const endsAt = performance.now() + MAX_SECONDS * 1_000;
  let answered = 0;
  const caller = async () => {
    while (performance.now() < endsAt) {
      await send(answered);
      answered += 1;
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: MAX_CONNECTIONS }, caller));
  const seconds = (performance.now() - startedAt) / 1_000;
  await close();
  return { value: answered / seconds, unit: "hooks a second", n: answered };
};

/** One bulk edit: a connection for every hook; what it takes to connect counts against us. */
export const bulkHooks: Load = async (target) => {
  const took: number[] = [];
  let next = 0;
  const caller = async () => {
    while (next < BULK) {
      const body = target.body(next);
      next += 1;
      const sentAt = performance.now();
      const status = await sendAlone(target, body);
      if (status !== 200) throw new Error(`a hook was answered ${status}`);
      took.push(performance.now() - sentAt);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: BULK_CONNECTIONS }, caller));
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    ...againstLimit(at(took, 1), took.length),
    unit: "ms, slowest answer of a bulk edit over new connections",
    baseline: `the host's limit of ${ANSWER_LIMIT_MS} ms; all answered 200 in ${seconds.toFixed(1)} s, p50 ${at(took, 0.5).toFixed(0)} ms, p99 ${at(took, 0.99).toFixed(0)} ms`,
  };
};

/** The status of a hook that is sent over a connection of its own. */
function sendAlone({ origin, path }: Target, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      "content-length": Buffer.byteLength(body),
      connection: "close",
    };
    const call = request(
      `${origin}${path}`,
      { method: "POST", agent: false, headers },
      (answer) => {
        answer.resume().once("end", () => resolve(answer.statusCode ?? 0));
      },
    );
    call.once("error", reject).end(body);
  });
}

function againstLimit(value: number, n: number) {
  return { value, n, ratio: Math.round((ANSWER_LIMIT_MS / value) * 10) / 10 };
}

/** Nearest-rank quantile. */
function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Processor time and memory are the server's, not those of the process that loads it. */
function withServerUse(result: BenchResult, pid: number): BenchResult {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    const ticks = Number(fields[11]) + Number(fields[12]);
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return { ...result, cpuSeconds: ticks / 100, peakMb: Math.round(Number(peak) / 1024) };
  } catch {
    // Not on Linux: then they are those of this process.
    return result;
  }
}
