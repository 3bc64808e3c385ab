import { describe, expect, it } from "vitest";
import { historyOf } from "./history.ts";
import { LAYER_FEATURES, layerFeatures } from "./layer-features.ts";

const named = (rows: readonly (readonly [number, number])[], asOf: number) => {
  const history = historyOf(
    "c",
    rows.map(([day, amountMinor]) => ({ day, amountMinor })),
  );
  const values = layerFeatures(history, asOf, 60, { gapDays: 40 });
  expect(values).toHaveLength(LAYER_FEATURES.length);
  return (name: (typeof LAYER_FEATURES)[number]) => values[LAYER_FEATURES.indexOf(name)] ?? 0;
};

describe("features of the layer", () => {
  it("measure silence against the own rhythm, which one more gap of the base's length steadies", () => {
    const of = named(
      [
        [0, 100],
        [20, 100],
        [40, 100],
      ],
      100,
    );
    expect(of("ownGap")).toBeCloseTo(Math.log(80 / 3), 12);
    expect(of("recencyOverGap")).toBeCloseTo(Math.log(61 / (80 / 3)), 12);
    expect(of("recencyOverLongestGap")).toBeCloseTo(Math.log(61 / 21), 12);
    expect(of("purchasesInH")).toBe(0);
    expect(of("purchasesIn2H")).toBeCloseTo(Math.log1p(3), 12);
  });

  it("make the silence of a clockwork buyer weigh more", () => {
    const regular = named(
      [
        [0, 1],
        [30, 1],
        [60, 1],
        [90, 1],
        [120, 1],
      ],
      180,
    );
    const random = named(
      [
        [0, 1],
        [3, 1],
        [60, 1],
        [62, 1],
        [120, 1],
      ],
      180,
    );
    expect(regular("ownGap")).toBe(random("ownGap"));
    expect(regular("regularSilence")).toBeGreaterThan(random("regularSilence"));
  });

  it("say nothing of last year before the client was one, and nothing of money without sums", () => {
    const young = named(
      [
        [100, Number.NaN],
        [140, Number.NaN],
      ],
      400,
    );
    for (const name of ["sameSeasonLastYear", "meanSum", "lastSum", "sumInH"] as const) {
      expect(young(name)).toBeNaN();
    }
    const old = named(
      [
        [0, 100],
        [50, 300],
        [400, 500],
      ],
      410,
    );
    expect(old("sameSeasonLastYear")).toBeCloseTo(Math.log1p(1), 12);
    expect(old("meanSum")).toBeCloseTo(Math.log(300), 12);
    expect(old("lastSum")).toBeCloseTo(Math.log(500 / 300), 12);
    expect(old("sumInH")).toBeCloseTo(Math.log1p(500 / 300), 12);
  });
});
