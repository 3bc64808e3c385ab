import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BAND_FROM, bandsOf } from "./bands.ts";
import type { CalibrationBin } from "./churn-types.ts";

/** Bins of equally many clients; said and seen shares of clients who buy. */
const bins = (...rows: readonly (readonly [said: number, seen: number])[]): CalibrationBin[] =>
  rows.map(([said, seen]) => ({ n: 100, predicted: 1 - said, observed: 1 - seen }));

describe("limits of the bands", () => {
  it("stay where they are when scores came true", () => {
    const table = bins([0.1, 0.1], [0.4, 0.4], [0.5, 0.5], [0.65, 0.65], [0.75, 0.75], [0.9, 0.9]);
    expect(bandsOf(table)).toEqual({ good: 70, watch: 45, risk: 0 });
  });

  it("move up where clients bought less often than was said, and down where more often", () => {
    const lower = bins([0.1, 0.05], [0.5, 0.4], [0.6, 0.5], [0.8, 0.7], [0.9, 0.8]);
    expect(bandsOf(lower)).toEqual({ good: 80, watch: 55, risk: 0 });
    const higher = bins([0.1, 0.2], [0.3, 0.4], [0.4, 0.5], [0.6, 0.7], [0.9, 0.95]);
    expect(bandsOf(higher)).toEqual({ good: 60, watch: 35, risk: 0 });
  });

  it("are the usual ones where nothing was tested or all lies on one side", () => {
    expect(bandsOf([])).toEqual(BAND_FROM);
    expect(bandsOf(bins([0.01, 0.02], [0.1, 0.1]))).toEqual(BAND_FROM);
    expect(bandsOf(bins([0.8, 0.9], [0.9, 0.95]))).toEqual(BAND_FROM);
  });

  it("keep their order and their distance from the usual ones, whatever the table", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const table = fc.array(
      fc.record({ n: fc.integer({ min: 1, max: 500 }), predicted: share, observed: share }),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(table, (rows) => {
        const { good, watch, risk } = bandsOf(rows);
        expect(risk).toBe(0);
        expect(watch).toBeLessThan(good);
        expect(Math.abs(good - BAND_FROM.good)).toBeLessThanOrEqual(15);
        expect(watch).toBeGreaterThanOrEqual(BAND_FROM.watch - 15);
        expect(watch).toBeLessThanOrEqual(BAND_FROM.watch + 15);
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});
