import { seededRandom, simulateBase } from "../analytics/simulate.ts";
import type { PurchaseLog } from "../analytics/types.ts";
import type { SeedActivity, SeedClient, SeedData, SeedDeal } from "./contract.ts";

const MS_PER_DAY = 86_400_000;
const MS_PER_HOUR = 3_600_000;
const OPENING_HOUR = 9;
const WORKING_HOURS = 9;
const COMPANY_SHARE = 0.35;
const OPEN_DEAL_SHARE = 0.06;
const LOST_DEAL_SHARE = 0.1;
const SECOND_PIPELINE_SHARE = 0.2;
const SOURCES = 5;
const ACTIVITY_KINDS = ["call", "email", "meeting", "task"] as const;

export interface SeedOptions {
  /** Unix milliseconds; nothing of the seed lies after it. */
  readonly now: number;
  /** Of the portal's zone, for "today" and working hours. */
  readonly offsetMinutes: number;
  readonly currency: string;
  readonly users: number;
  readonly seed: number;
  /** Open and lost deals and activities around the purchases; false = the purchases alone. */
  readonly hasExtras: boolean;
}

/** The demo's base: regular and irregular buyers, seasons, clients who leave; a few deals without a sum. */
export function demoLog(clients: number, seed: number): PurchaseLog {
  const days = 1277;
  return simulateBase({ clients, days, seed, withoutSum: 0.01, medianGapDays: 38 });
}

/**
 * A CRM's deals and clients made of a purchase log. All dates move by one whole number of days so that the last purchase
 * is today in the portal's zone.
 */
export function seedFromLog(log: PurchaseLog, options: SeedOptions): SeedData {
  const random = seededRandom(options.seed);
  const offsetMs = options.offsetMinutes * 60_000;
  const today = Math.floor((options.now + offsetMs) / MS_PER_DAY);
  const lastDay = log.day.reduce((last, day) => Math.max(last, day), Number.NEGATIVE_INFINITY);
  const shift = Number.isFinite(lastDay) ? today - lastDay : 0;

  const dayStart = (day: number) => (day + shift) * MS_PER_DAY - offsetMs;
  const withinDay = (day: number) => {
    const start = dayStart(day);
    const atWork = start + (OPENING_HOUR + random() * WORKING_HOURS) * MS_PER_HOUR;
    return Math.floor(atWork <= options.now ? atWork : start + random() * (options.now - start));
  };

  const clients = makeClients(log, options, random, (day) => dayStart(day));
  const deals: SeedDeal[] = [];
  for (let row = 0; row < log.day.length; row += 1) {
    const client = clients[log.client[row] ?? 0];
    if (!client) continue;
    const closedAt = withinDay(log.day[row] ?? 0);
    const amount = log.amountMinor[row] ?? Number.NaN;
    deals.push({
      clientKey: client.key,
      amountMinor: Number.isNaN(amount) ? null : amount,
      outcome: "won",
      createdAt: Math.floor(Math.max(client.createdAt, closedAt - random() * 14 * MS_PER_DAY)),
      closedAt,
      responsible: client.responsible,
      pipeline: options.hasExtras && random() < SECOND_PIPELINE_SHARE ? 1 : 0,
      source: options.hasExtras ? Math.floor(random() * SOURCES) : null,
    });
  }
  const extras = options.hasExtras ? makeExtras(clients, options, random) : NO_EXTRAS;
  return {
    currency: options.currency,
    clients: Array.from(clients).sort((left, right) => left.createdAt - right.createdAt),
    deals: deals.concat(extras.deals).sort((left, right) => left.createdAt - right.createdAt),
    activities: extras.activities,
  };
}

function makeClients(
  log: PurchaseLog,
  options: SeedOptions,
  random: () => number,
  dayStart: (day: number) => number,
): SeedClient[] {
  const firstDay = new Float64Array(log.clients.length).fill(Number.POSITIVE_INFINITY);
  log.client.forEach((client, row) => {
    firstDay[client] = Math.min(firstDay[client] ?? Number.POSITIVE_INFINITY, log.day[row] ?? 0);
  });
  return log.clients.map((key, at) => {
    const first = firstDay[at] ?? 0;
    return {
      key,
      kind: options.hasExtras && random() < COMPANY_SHARE ? "company" : "contact",
      createdAt: Math.floor(
        dayStart(Number.isFinite(first) ? first : 0) - random() * 30 * MS_PER_DAY,
      ),
      responsible: Math.floor(random() * options.users),
    };
  });
}

interface Extras {
  readonly deals: readonly SeedDeal[];
  readonly activities: readonly SeedActivity[];
}

const NO_EXTRAS: Extras = { deals: [], activities: [] };

function makeExtras(
  clients: readonly SeedClient[],
  options: SeedOptions,
  random: () => number,
): Extras {
  const deals: SeedDeal[] = [];
  const activities: SeedActivity[] = [];
  const recently = (days: number) => Math.floor(options.now - random() * days * MS_PER_DAY);
  for (const client of clients) {
    const common = {
      clientKey: client.key,
      amountMinor: Math.round(100_000 + random() * 900_000),
      responsible: client.responsible,
      pipeline: 0 as const,
      source: Math.floor(random() * SOURCES),
    };
    if (random() < OPEN_DEAL_SHARE) {
      deals.push({ ...common, outcome: "open", createdAt: recently(30), closedAt: null });
    }
    if (random() < LOST_DEAL_SHARE) {
      const closedAt = recently(400);
      deals.push({ ...common, outcome: "lost", createdAt: closedAt - 7 * MS_PER_DAY, closedAt });
    }
    const contacts = Math.floor(random() * 4);
    for (let contact = 0; contact < contacts; contact += 1) {
      activities.push({
        clientKey: client.key,
        kind: ACTIVITY_KINDS[Math.floor(random() * ACTIVITY_KINDS.length)] ?? "call",
        direction: random() < 0.5 ? "in" : "out",
        at: recently(400),
        isDone: random() < 0.9,
      });
    }
  }
  return { deals, activities };
}
