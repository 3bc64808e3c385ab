import type { Day, PurchaseLog } from "./types.ts";

export interface SimulationOptions {
  readonly clients: number;
  /** Length of the observed period. */
  readonly days: number;
  /** Same seed, same base. */
  readonly seed: number;
  /** First day of the period; default 0 (1970-01-01). */
  readonly startDay?: Day;
  /** Shares of random (k = 1), fairly regular (2) and regular (4) buyers; default 0.45, 0.3, 0.25. */
  readonly regularity?: readonly [number, number, number];
  /** Median of the clients' mean gaps; default 43 days. */
  readonly medianGapDays?: number;
  /** Beta distribution of the chance to leave after a purchase; default (1.1, 6.4). */
  readonly leave?: readonly [number, number];
  /** Share of clients who buy seasonally, and how strongly (0..1); default 0.3 and 0.6. */
  readonly season?: { readonly share: number; readonly strength: number };
  /** How many times more clients join at the end of the period than at its start; default 3. */
  readonly growth?: number;
  /** Median purchase in minor units; default 450 000. */
  readonly medianMinor?: number;
  /** Shares of purchases without a sum and of purchases paid back in part or in full; default 0. */
  readonly withoutSum?: number;
  readonly refunds?: number;
}

/** A log with the truth behind it, one entry a client. */
export interface SimulatedBase extends PurchaseLog {
  /** Day of the last purchase after which the client is gone for good; NaN = still a client. */
  readonly leftDay: Float64Array;
  readonly regularity: Int32Array;
  readonly meanGapDays: Float64Array;
}

/** Uniform numbers in [0, 1) from a seed (Mulberry32): repeatable everywhere, not for secrets. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * A base that follows MBG/NBD with Erlang gaps: everybody buys once, may leave after every purchase, waits a gap of own
 * length and regularity; some buy seasonally; money is log-normal around the client's own level. The defaults with 4 000
 * clients and 1 277 days give about 28 000 purchases.
 */
export function simulateBase(options: SimulationOptions): SimulatedBase {
  const random = seededRandom(options.seed);
  const rows: { client: number; day: number; minor: number }[] = [];
  const leftDay = new Float64Array(options.clients);
  const regularity = new Int32Array(options.clients);
  const meanGapDays = new Float64Array(options.clients);
  for (let client = 0; client < options.clients; client += 1) {
    const person = drawPerson(options, random);
    const life = live(person, options, random);
    regularity[client] = person.k;
    meanGapDays[client] = person.meanGapDays;
    leftDay[client] = life.hasLeft
      ? (life.rows[life.rows.length - 1]?.day ?? Number.NaN)
      : Number.NaN;
    for (const row of life.rows.concat(refundsOf(life.rows, options, random))) {
      rows.push({ client, ...row });
    }
  }
  rows.sort((left, right) => left.client - right.client || left.day - right.day);
  const width = String(options.clients).length;
  return {
    clients: Array.from(
      { length: options.clients },
      (_, at) => `c${String(at).padStart(width, "0")}`,
    ),
    client: Int32Array.from(rows, (row) => row.client),
    day: Int32Array.from(rows, (row) => row.day),
    amountMinor: Float64Array.from(rows, (row) => row.minor),
    leftDay,
    regularity,
    meanGapDays,
  };
}

interface Person {
  readonly k: number;
  readonly meanGapDays: number;
  readonly pLeave: number;
  readonly seasonStrength: number;
  readonly joined: number;
  readonly medianMinor: number;
}

interface Sale {
  readonly day: Day;
  readonly minor: number;
}

function drawPerson(options: SimulationOptions, random: () => number): Person {
  const [once, twice] = options.regularity ?? [0.45, 0.3];
  const kind = random();
  const [a, b] = options.leave ?? [1.1, 6.4];
  const season = options.season ?? { share: 0.3, strength: 0.6 };
  const growth = options.growth ?? 3;
  // The joining day has a density that rises linearly from 1 to `growth`: invert its integral.
  const u = random();
  const slope = growth - 1;
  const joined = Math.abs(slope) < 1e-9 ? u : (Math.sqrt(1 + slope * (2 + slope) * u) - 1) / slope;
  const x = drawGamma(a, random);
  return {
    k: kind < once ? 1 : kind < once + twice ? 2 : 4,
    meanGapDays: (options.medianGapDays ?? 43) * Math.exp(0.75 * normal(random)),
    pLeave: x / (x + drawGamma(b, random)),
    seasonStrength: random() < season.share ? season.strength : 0,
    joined: Math.floor(joined * options.days),
    medianMinor: (options.medianMinor ?? 450_000) * Math.exp(0.8 * normal(random)),
  };
}

function live(
  person: Person,
  options: SimulationOptions,
  random: () => number,
): { rows: Sale[]; hasLeft: boolean } {
  const start = options.startDay ?? 0;
  const rows: Sale[] = [];
  let time = person.joined;
  for (;;) {
    rows.push({ day: start + Math.floor(time), minor: priceOf(person, options, random) });
    if (random() < person.pLeave) return { rows, hasLeft: true };
    const gap = (person.meanGapDays * drawGamma(person.k, random)) / person.k;
    // Autumn is the high season: gaps shrink there and stretch in spring.
    const phase = Math.cos((2 * Math.PI * (start + time - 319)) / 365.25);
    time += Math.max(1, gap / (1 + person.seasonStrength * phase));
    if (time >= options.days) return { rows, hasLeft: false };
  }
}

function priceOf(person: Person, options: SimulationOptions, random: () => number): number {
  const minor = Math.max(100, Math.round(person.medianMinor * Math.exp(0.4 * normal(random))));
  return random() < (options.withoutSum ?? 0) ? Number.NaN : minor;
}

function refundsOf(
  sales: readonly Sale[],
  options: SimulationOptions,
  random: () => number,
): Sale[] {
  const share = options.refunds ?? 0;
  const end = (options.startDay ?? 0) + options.days - 1;
  return sales.flatMap(({ day, minor }) => {
    if (random() >= share || !(minor > 0)) return [];
    const part = random() < 0.5 ? 1 : random();
    return [
      {
        day: Math.min(end, day + Math.floor(20 * random())),
        minor: -Math.max(1, Math.round(minor * part)),
      },
    ];
  });
}

/** Box & Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A gamma number of scale 1 (Marsaglia & Tsang 2000, boosted below shape 1). */
export function drawGamma(shape: number, random: () => number): number {
  if (shape < 1) return drawGamma(shape + 1, random) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const z = normal(random);
    const v = (1 + c * z) ** 3;
    if (v > 0 && Math.log(1 - random()) < (z * z) / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}
