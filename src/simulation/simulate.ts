import type { Log, Random } from "../crm/ports.ts";
import type { Sql } from "../portal/sql.ts";
import type { Edit, SandboxPortal } from "../sandbox/contract.ts";
import { demoLog, seedFromLog } from "../sandbox/generator.ts";
import { diagnose } from "./diagnosis.ts";
import { type Billing, checkPurchases, makeBilling } from "./money.ts";
import {
  checkAccepted,
  checkBans,
  checkMirror,
  checkTasks,
  checkTokens,
  type Violation,
} from "./oracles.ts";
import type { PlantedFault } from "./plant.ts";
import { makeSeededRandom } from "./seeded-random.ts";
import { SIMULATED_PRODUCTS, type SimulatedProduct } from "./site.ts";
import type { Settle } from "./virtual-clock.ts";
import { makeWorld, type World } from "./world.ts";

export interface SimulationParts {
  readonly settle: Settle;
  /** An empty database in memory, new for each schedule. */
  readonly openSql: () => { readonly sql: Sql; close(): void };
}

export interface Schedule {
  readonly seed: number;
  readonly product: SimulatedProduct;
  readonly violations: readonly Violation[];
  /** What the portal was about to do, when there are violations. */
  readonly diagnosis: readonly string[];
  /** Of everything the CRM saw, in order and with its virtual time: two runs of a seed have the same. */
  readonly traceHash: string;
  readonly virtualMinutes: number;
  readonly crashes: number;
  readonly tasks: number;
  readonly acceptedEvents: number;
}

const CLIENTS = 60;
const OFFSET_MINUTES = 180;
const INSTALL_MINUTES = 4;
const TROUBLE_MINUTES = 25;
const CALM_MINUTES = 8;
const MINUTE_MS = 60_000;
const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * One schedule: install and first sync, a playbook approved, then trouble (lost, doubled and late hooks, dead tokens,
 * errors, cut connections, late writes, crashes) while people work in the CRM and the money source changes, then calm and one repair cycle.
 */
export async function simulate(
  seed: number,
  parts: SimulationParts,
  fault: PlantedFault | null = null,
): Promise<Schedule> {
  const product = SIMULATED_PRODUCTS[seed % SIMULATED_PRODUCTS.length] ?? "bitrix24";
  const random = makeSeededRandom(seed * 7919 + 17);
  const disk = parts.openSql();
  const world = makeWorld({
    product,
    random,
    settle: parts.settle,
    sql: disk.sql,
    fault,
    log: QUIET,
  });
  const startedAt = world.clock.now();
  seedPortal(world, seed);
  await world.clock.run(world.site.portal.install());
  await passMinutes(world, INSTALL_MINUTES);
  await approvePlaybook(world);
  const billing = makeBilling(world, makeSeededRandom(seed * 104_729 + 5));
  const crashes = await trouble(world, random, billing);
  await calm(world, fault);
  const violations = [
    ...checkAccepted(world),
    ...checkTasks(world),
    ...checkTokens(world),
    ...checkBans(world),
    ...(isDisconnected(world) ? [] : checkMirror(world)),
    ...checkPurchases(world),
  ];
  const schedule: Schedule = {
    seed,
    product,
    violations,
    diagnosis: violations.length === 0 ? [] : diagnose(world),
    traceHash: traceHash(world.site.portal),
    virtualMinutes: (world.clock.now() - startedAt) / MINUTE_MS,
    crashes,
    tasks: world.site.portal.tasks().length,
    acceptedEvents: world.ledger.accepted,
  };
  world.crash();
  disk.close();
  return schedule;
}

function seedPortal(world: World, seed: number): void {
  const data = seedFromLog(demoLog(CLIENTS, seed + 1), {
    now: world.clock.now(),
    offsetMinutes: OFFSET_MINUTES,
    currency: "RUB",
    users: 3,
    seed: seed + 1,
    hasExtras: true,
  });
  world.site.portal.seed(data);
}

/** The head of sales approves "at risk: owner calls" once the first sync is done. */
async function approvePlaybook(world: World): Promise<void> {
  const { portal } = world.instance();
  const run = await world.clock.run(portal.dryRun("at_risk", "1"));
  await world.clock.run(portal.approve(run.runId, "1"));
}

async function trouble(world: World, random: Random, billing: Billing): Promise<number> {
  const { portal } = world.site;
  const chance = (share: number) => random.next() < share;
  portal.setHookTrouble({
    drop: chance(0.2) ? 1 : random.next() * 0.6,
    double: random.next() * 0.5,
    reorder: random.next() * 0.5,
    maxDelayMs: 5 * MINUTE_MS,
  });
  world.setLatency(chance(0.5) ? 100 : 1_500);
  plantTaskTrouble(world, random);
  let crashes = 0;
  for (let minute = 0; minute < TROUBLE_MINUTES; minute += 1) {
    for (let change = 0; change < 3; change += 1) {
      makeEdit(portal, random);
      await passMinutes(world, 0.2 + random.next() * 0.2);
    }
    billing.bill();
    await billing.choose();
    if (chance(0.25)) portal.expireTokens("access");
    if (chance(0.15)) portal.addFault(someFault(random));
    if (chance(0.12)) world.crash();
    else if (chance(0.1)) world.crashAfterNextAnswer(true);
    if (world.isDown()) {
      crashes += 1;
      await passMinutes(world, random.next() * 1.5);
      world.restart();
    }
  }
  return crashes;
}

/** Tasks are what must not exist twice: their answers are lost, and some are carried out long after we gave up. */
function plantTaskTrouble(world: World, random: Random): void {
  const { portal, taskCall } = world.site;
  const times = 1 + Math.floor(random.next() * 3);
  const kinds = [
    { kind: "cutAfterCommit" as const },
    { kind: "lateCommit" as const, ms: 5_000 + random.next() * 50_000 },
    { kind: "cutBefore" as const },
  ];
  for (const fault of kinds) portal.addFault({ match: taskCall, times, fault });
}

function someFault(random: Random) {
  const status = [500, 502, 503, 429][Math.floor(random.next() * 4)] ?? 500;
  const times = 1 + Math.floor(random.next() * 4);
  return random.next() < 0.6
    ? { match: "", times, fault: { kind: "status" as const, status } }
    : { match: "", times, fault: { kind: "delay" as const, ms: random.next() * 20_000 } };
}

function makeEdit(portal: SandboxPortal, random: Random): void {
  const truth = portal.truth();
  const pick = <T>(rows: readonly T[]): T | undefined =>
    rows[Math.floor(random.next() * rows.length)];
  const deal = pick(truth.deals);
  const client = pick(truth.clients);
  const other = pick(truth.clients.filter((one) => one.kind === client?.kind && one !== client));
  if (!deal || !client) return;
  const clientRef = { clientId: client.id, clientKind: client.kind };
  const edits: Edit[] = [
    { kind: "createDeal", ...clientRef, amountMinor: Math.round(random.next() * 1_000) * 100 },
    { kind: "winDeal", dealId: deal.id },
    { kind: "loseDeal", dealId: deal.id },
    { kind: "reopenDeal", dealId: deal.id },
    { kind: "setAmount", dealId: deal.id, amountMinor: Math.round(random.next() * 500) * 100 },
    { kind: "setClient", dealId: deal.id, ...clientRef },
    { kind: "createClient", clientKind: client.kind },
    { kind: "addActivity", ...clientRef, activity: "call" },
    { kind: "deleteDeal", dealId: deal.id },
  ];
  if (random.next() < 0.1) edits.push({ kind: "deleteClient", ...clientRef });
  if (other && random.next() < 0.3) {
    edits.push({
      kind: "mergeClients",
      winnerId: other.id,
      loserId: client.id,
      clientKind: client.kind,
    });
  }
  const edit = pick(edits);
  if (edit) portal.edit(edit, random.next() < 0.2 ? -1 : 0);
}

/** Faults stop; the hooks still held back arrive; one repair cycle runs. */
async function calm(world: World, fault: PlantedFault | null): Promise<void> {
  const { portal } = world.site;
  world.crashAfterNextAnswer(false);
  if (world.isDown()) world.restart();
  portal.clearFaults();
  portal.setHookTrouble(null);
  world.setLatency(80);
  await world.clock.run(portal.flushHooks());
  await passMinutes(world, CALM_MINUTES);
  if (fault !== "no-reconcile") {
    await world.instance().portal.repair();
    world.instance().wake();
  }
  await passMinutes(world, CALM_MINUTES);
}

function isDisconnected(world: World): boolean {
  return world.sql.get<{ state: string }>("select state from portal")?.state === "reconnect";
}

async function passMinutes(world: World, minutes: number): Promise<void> {
  await world.clock.runTo(world.clock.now() + minutes * MINUTE_MS);
}

/** FNV-1a over the CRM's journal. */
function traceHash(portal: SandboxPortal): string {
  let hash = 0x811c9dc5;
  for (const entry of portal.journal()) {
    const line = `${entry.at} ${entry.call} ${entry.status}\n`;
    for (let at = 0; at < line.length; at += 1) {
      hash = Math.imul(hash ^ line.charCodeAt(at), 0x01000193);
    }
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
