import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { baseGaps, baseSpending, baseTimings, buildBase, buyersOf, historyAt } from "./base.ts";
import { gapsOf, historyOf, type Row, spendingOf, timingsOf } from "./history.ts";
import { medianOf, medianOfWhole } from "./quantile.ts";
import type { ClientHistory, PurchaseLog } from "./types.ts";

/** Sums around zero, so that days and clients are paid back now and then; NaN and 0 are no sums. */
const anyMinor = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(Number.NaN), fc.double());
const anyRow = fc.tuple(fc.nat({ max: 5 }), fc.integer({ min: -4, max: 12 }), anyMinor);

/** Six clients, some without a row. */
function logOf(rows: readonly (readonly [number, number, number])[]): PurchaseLog {
  return {
    clients: ["a", "b", "c", "d", "e", "f"],
    client: Int32Array.from(rows, ([client]) => client),
    day: Int32Array.from(rows, ([, day]) => day),
    amountMinor: Float64Array.from(rows, ([, , minor]) => minor),
  };
}

/** The same by the rules for one client. */
function oneByOne(log: PurchaseLog, asOf: number): ClientHistory[] {
  return log.clients.map((id, client) => {
    const rows: Row[] = [];
    log.client.forEach((owner, row) => {
      const day = log.day[row] ?? 0;
      if (owner === client && day <= asOf) {
        rows.push({ day, amountMinor: log.amountMinor[row] ?? 0 });
      }
    });
    return historyOf(
      id,
      rows.toSorted((left, right) => left.day - right.day),
    );
  });
}

const plain = (history: ClientHistory) => ({
  ...history,
  days: [...history.days],
  dayAmountMinor: [...history.dayAmountMinor],
});

describe("buildBase", () => {
  it("says of every client what its own history says, whatever the rows and their order", () => {
    fc.assert(
      fc.property(
        fc.array(anyRow, { maxLength: 40 }),
        fc.boolean(),
        fc.option(fc.integer({ min: -5, max: 13 })),
        (drawn, isSorted, cut) => {
          const rows = isSorted
            ? drawn.toSorted((left, right) => left[0] - right[0] || left[1] - right[1])
            : drawn;
          const log = logOf(rows);
          const asOf = cut ?? Number.POSITIVE_INFINITY;
          const base = buildBase(log, asOf);
          const expected = oneByOne(log, asOf);
          expect(base.clients.map((_, at) => plain(historyAt(base, at)))).toEqual(
            expected.map(plain),
          );

          const buyers = buyersOf(base);
          const bought = expected.filter(({ days }) => days.length > 0);
          expect(Array.from(buyers, (at) => base.clients[at])).toEqual(bought.map(({ id }) => id));
          const today = 13;
          expect(baseTimings(base, buyers, today)).toEqual(timingsOf(expected, today));
          expect(baseSpending(base)).toEqual(spendingOf(expected));
          expect([...baseGaps(base, buyers)]).toEqual(bought.flatMap(({ days }) => gapsOf(days)));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("counts a median as sorting would", () => {
    const anyNumbers = fc.array(fc.integer({ min: -30, max: 30 }), { maxLength: 25 });
    fc.assert(
      fc.property(anyNumbers, fc.boolean(), (numbers, isFar) => {
        const all = Int32Array.from(isFar ? [...numbers, 2 ** 31 - 1] : numbers);
        expect(medianOfWhole(all)).toBe(medianOf(all));
      }),
    );
  });

  it("gives an empty base for an empty log", () => {
    const base = buildBase({ ...logOf([]), clients: [] });
    expect(buyersOf(base)).toHaveLength(0);
    expect(baseTimings(base, buyersOf(base), 5).age).toHaveLength(0);
    expect(baseSpending(base).purchases).toHaveLength(0);
    expect(baseGaps(base, buyersOf(base))).toHaveLength(0);
  });
});
