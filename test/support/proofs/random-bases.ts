import { seededRandom, simulateBase } from "../../../src/analytics/simulate.ts";
import type { PurchaseLog } from "../../../src/analytics/types.ts";

/** One row of a client: day and minor units; NaN = no sum, negative = refund. */
export type RandomRow = readonly [day: number, minor: number];

/** What all clients of a base have in common. */
interface Habit {
  readonly name: string;
  readonly rows: (draw: Draw, client: number) => readonly RandomRow[];
}

interface Draw {
  /** Whole number from 0 up to, not including, `below`. */
  whole(below: number): number;
  next(): number;
}

const SPAN = 900;
/** Bases are looked at from here: some purchases may lie in the future. */
export const LAST_DAY = SPAN + 50;

const minorOf = ({ next, whole }: Draw): number => {
  const kind = next();
  if (kind < 0.05) return Number.NaN;
  if (kind < 0.08) return 0;
  if (kind < 0.1) return 1 + whole(1_000_000_000);
  return Math.round(10_000 * Math.exp(3 * next()));
};
const chain = (draw: Draw, from: number, count: number, gap: () => number): RandomRow[] => {
  const rows: RandomRow[] = [];
  for (let day = from; rows.length < count && day <= SPAN; day += Math.max(0, Math.round(gap()))) {
    rows.push([day, minorOf(draw)]);
  }
  return rows;
};

/** From bases as they are to ones nobody has: everybody alike, all at once, only refunds, only one day. */
const HABITS: readonly Habit[] = [
  {
    name: "random buyers",
    rows: (draw) =>
      chain(draw, draw.whole(SPAN), 1 + draw.whole(12), () => -40 * Math.log(1 - draw.next())),
  },
  {
    name: "regular buyers",
    rows: (draw) => chain(draw, draw.whole(SPAN), 1 + draw.whole(30), () => 30 + draw.whole(3)),
  },
  {
    name: "with refunds",
    rows: (draw) =>
      chain(draw, draw.whole(SPAN), 1 + draw.whole(6), () => draw.whole(60)).flatMap(
        ([day, minor]): RandomRow[] =>
          draw.next() < 0.4
            ? [
                [day, minor],
                [day + draw.whole(5), -Math.abs(minor)],
              ]
            : [[day, minor]],
      ),
  },
  { name: "everybody once", rows: (draw) => [[draw.whole(SPAN), minorOf(draw)]] },
  { name: "everybody on one day", rows: () => [[400, 5_000]] },
  {
    name: "everybody twice alike",
    rows: () => [
      [100, 5_000],
      [130, 5_000],
    ],
  },
  { name: "every day", rows: (draw) => chain(draw, 0, 60, () => 1) },
  { name: "without sums", rows: (draw) => [[draw.whole(SPAN), Number.NaN]] },
  { name: "only refunds", rows: (draw) => [[draw.whole(SPAN), -1 - draw.whole(9_999)]] },
  {
    name: "one whale",
    rows: (draw, client) =>
      client === 0
        ? chain(draw, 0, 400, () => 2)
        : [[draw.whole(SPAN), client % 3 === 0 ? 100 : Number.NaN]],
  },
  {
    name: "huge and tiny sums",
    rows: (draw) =>
      chain(draw, draw.whole(SPAN), 3, () => 20).map(([day]) => [day, 10 ** draw.whole(15)]),
  },
  { name: "nobody bought", rows: () => [] },
  {
    name: "a century apart",
    rows: (draw) => [
      [-36_000 + draw.whole(100), 5_000],
      [draw.whole(SPAN), 5_000],
    ],
  },
];

function drawOf(seed: number): Draw {
  const next = seededRandom(seed);
  return { next, whole: (below) => Math.floor(next() * below) };
}

/** A client of a random kind; same seed, same client. */
export function randomRows(seed: number): readonly RandomRow[] {
  const draw = drawOf(seed);
  const habit = HABITS[draw.whole(HABITS.length)];
  return habit?.rows(draw, 1 + draw.whole(9)) ?? [];
}

/**
 * A base of 1 to `most` clients, small ones more often: one habit for all, a mixture of two, or a simulated shop. Same seed,
 * same base.
 */
export function randomBase(seed: number, most: number): { name: string; log: PurchaseLog } {
  const draw = drawOf(seed);
  const clients = Math.max(1, Math.floor(Math.exp(draw.next() * Math.log(most + 1))));
  if (draw.next() < 0.2) {
    const options = { clients, days: 30 + draw.whole(SPAN), seed, withoutSum: 0.05, refunds: 0.1 };
    return { name: "a shop", log: simulateBase(options) };
  }
  const one = HABITS[draw.whole(HABITS.length)] as Habit;
  const other = draw.next() < 0.5 ? one : (HABITS[draw.whole(HABITS.length)] as Habit);
  const rows = Array.from({ length: clients }, (_, client) =>
    (draw.next() < 0.5 ? one : other)
      .rows(draw, client)
      .map(([day, minor]) => ({ client, day, minor }))
      .sort((left, right) => left.day - right.day),
  ).flat();
  return {
    name: one === other ? one.name : `${one.name}, ${other.name}`,
    log: {
      clients: Array.from(
        { length: clients },
        (_, client) => `c${String(client).padStart(4, "0")}`,
      ),
      client: Int32Array.from(rows, (row) => row.client),
      day: Int32Array.from(rows, (row) => row.day),
      amountMinor: Float64Array.from(rows, (row) => row.minor),
    },
  };
}
