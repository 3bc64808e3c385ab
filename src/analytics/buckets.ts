/** When each client bought, as columns in whole days; the field's x, t_x and T (Fader, Hardie & Lee 2005). */
export interface Timings {
  /** Repeat purchase days: the first one is not counted. */
  readonly frequency: Int32Array;
  /** Age of the client at the last purchase; 0 without a repeat. */
  readonly recency: Int32Array;
  /** Age of the client now: days since the first purchase. */
  readonly age: Int32Array;
  /** Sum over all clients of the natural logarithms of the gaps in days; only models with k > 1 need it. */
  readonly logGapSum: number;
}

/** Timings with what tells regular buyers from random ones. */
export interface GapTimings extends Timings {
  /** By client: sum of the natural logarithms of the gaps in days; 0 without a repeat. */
  readonly logGaps: Float64Array;
}

/** Clients with equal numbers, counted: the likelihood needs every distinct triple only once. */
export interface Buckets {
  readonly size: number;
  readonly clients: number;
  readonly frequency: Int32Array;
  readonly recency: Int32Array;
  readonly age: Int32Array;
  readonly weight: Int32Array;
  readonly logGapSum: number;
}

/** Counts equal (frequency, recency, age) triples. Linear in clients: open addressing, no strings. */
export function makeBuckets(timings: Timings): Buckets {
  const { frequency, recency, age } = timings;
  const clients = frequency.length;
  const mask = tableSize(clients) - 1;
  const slots = new Int32Array(mask + 1).fill(-1);
  const firstClient = new Int32Array(clients);
  const weight = new Int32Array(clients);
  let size = 0;
  for (let client = 0; client < clients; client += 1) {
    const x = frequency[client] as number;
    const t = recency[client] as number;
    const T = age[client] as number;
    let slot = mix(x, t, T) & mask;
    for (;;) {
      const group = slots[slot] as number;
      if (group < 0) {
        slots[slot] = size;
        firstClient[size] = client;
        weight[size] = 1;
        size += 1;
        break;
      }
      const other = firstClient[group] as number;
      if (age[other] === T && recency[other] === t && frequency[other] === x) {
        weight[group] = (weight[group] as number) + 1;
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
  const pick = (column: Int32Array) =>
    Int32Array.from({ length: size }, (_, group) => column[firstClient[group] as number] as number);
  return {
    size,
    clients,
    frequency: pick(frequency),
    recency: pick(recency),
    age: pick(age),
    weight: weight.slice(0, size),
    logGapSum: timings.logGapSum,
  };
}

function tableSize(clients: number): number {
  let size = 16;
  while (size < clients * 2) size *= 2;
  return size;
}

function mix(x: number, t: number, T: number): number {
  let hash = Math.imul(x, 0x9e3779b1) ^ Math.imul(t, 0x85ebca6b) ^ Math.imul(T, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
