import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LayerModel } from "./churn-types.ts";
import {
  applyLayer,
  clipCore,
  type LayerExamples,
  type LayerRows,
  makeExplainer,
  makeLayerPath,
  sigmoid,
} from "./layer.ts";
import { seededRandom } from "./simulate.ts";

/** Clients whose odds the core sees, but for a V-shaped effect of `x`; `noise` has none. */
function examples(size: number, seed: number, effect = 2): LayerExamples {
  const random = seededRandom(seed);
  const values = new Float64Array(2 * size);
  const coreLogit = new Float64Array(size);
  const labels = new Uint8Array(size);
  for (let row = 0; row < size; row += 1) {
    const x = 4 * random() - 2;
    values.set([x, random()], 2 * row);
    coreLogit[row] = 3 * random() - 1.5;
    labels[row] = random() < sigmoid((coreLogit[row] ?? 0) + effect * (Math.abs(x) - 1)) ? 1 : 0;
  }
  return {
    features: ["x", "noise"],
    values,
    coreLogit,
    labels,
    weight: new Float64Array(size).fill(1),
  };
}

/** One row with its contributions by feature. */
function explainRow(model: LayerModel, rows: LayerRows, row: number) {
  const width = rows.features.length;
  const contributions = new Float64Array(width);
  const values = rows.values.subarray(row * width, (row + 1) * width);
  const said = makeExplainer(model, rows.features)(rows.coreLogit[row] ?? 0, values, contributions);
  return { ...said, contributions };
}

const fitOne = (rows: LayerExamples, ridge: number) => makeLayerPath(rows, [ridge])(0);

function lossOf(p: Float64Array, labels: Uint8Array): number {
  return (
    p.reduce((sum, said, at) => sum - Math.log(labels[at] === 1 ? said : 1 - said), 0) / p.length
  );
}

describe("the layer", () => {
  it("finds what the core does not see, and leaves alone what is noise", () => {
    const model = fitOne(examples(4000, 1), 10);
    const fresh = examples(2000, 2);
    const truth = Float64Array.from(fresh.coreLogit, (core, row) =>
      sigmoid(core + 2 * (Math.abs(fresh.values[2 * row] ?? 0) - 1)),
    );
    const core = fresh.coreLogit.map(sigmoid);
    expect(lossOf(applyLayer(model, fresh), fresh.labels)).toBeLessThan(
      lossOf(truth, fresh.labels) + 0.01,
    );
    expect(lossOf(core, fresh.labels)).toBeGreaterThan(lossOf(truth, fresh.labels) + 0.1);
    const noise = fresh.labels.reduce((most, _, row) => {
      const [, part = 0] = explainRow(model, fresh, row).contributions;
      return Math.max(most, Math.abs(part));
    }, 0);
    expect(noise).toBeLessThan(0.35);
  });

  it("explains every client exactly: core and contributions add up to the log-odds", () => {
    const rows = examples(600, 3);
    const model = fitOne(rows, 30);
    const p = applyLayer(model, rows);
    for (let row = 0; row < 600; row += 1) {
      const { core, contributions, logit } = explainRow(model, rows, row);
      const sum = contributions.reduce((total, logOdds) => total + logOdds, core);
      expect(sum).toBeCloseTo(logit, 12);
      expect(sigmoid(sum)).toBeCloseTo(p[row] ?? Number.NaN, 12);
      expect(core).toBeCloseTo(model.slope * (rows.coreLogit[row] ?? 0) + model.intercept, 12);
    }
    const mean = [0, 1].map((at) =>
      rows.labels.reduce(
        (sum, _, row) => sum + (explainRow(model, rows, row).contributions[at] ?? 0),
        0,
      ),
    );
    // Contributions say how a client differs from the average one.
    for (const sum of mean) expect(Math.abs(sum / 600)).toBeLessThan(1e-9);
  });

  it("gives the core back under a heavy ridge, but for the level", () => {
    const rows = examples(500, 4);
    const model = fitOne(rows, 1e9);
    expect(model.slope).toBeCloseTo(1, 4);
    expect(
      model.parts.flatMap(({ coefficients }) => coefficients).every((c) => Math.abs(c) < 1e-4),
    ).toBe(true);
    expect(
      fitOne({ ...rows, labels: new Uint8Array(0), coreLogit: new Float64Array(0) }, 1),
    ).toMatchObject({
      slope: 1,
      intercept: 0,
      parts: [],
    });
  });

  it("reaches a minimum: the level of the training rows is met, and a path of ridges ends where a direct fit does", () => {
    const rows = examples(800, 5);
    const path = makeLayerPath(rows, [1000, 100, 10])(2);
    const direct = fitOne(rows, 10);
    const p = applyLayer(direct, rows);
    const away = rows.labels.reduce((sum, label) => sum + label, 0);
    expect(p.reduce((sum, said) => sum + said, 0)).toBeCloseTo(away, 0);
    const other = applyLayer(path, rows);
    p.forEach((said, at) => {
      expect(Math.abs(said - (other[at] ?? 0))).toBeLessThan(0.003);
    });
  });

  it("takes an unknown value as the average one and does not extrapolate", () => {
    const rows = examples(500, 6);
    const model = fitOne(rows, 10);
    const odd = { ...rows, values: Float64Array.from(rows.values, () => Number.NaN) };
    for (const logOdds of explainRow(model, odd, 0).contributions) expect(logOdds).toBe(0);
    const far = (x: number) =>
      explainRow(model, { ...rows, values: Float64Array.from(rows.values, () => x) }, 0).logit;
    expect(far(1e9)).toBe(far(1e6));
    expect(clipCore(Number.POSITIVE_INFINITY)).toBe(5);
  });

  it("stays finite on any rows", () => {
    const row = fc.record({
      x: fc.oneof(fc.double(), fc.constantFrom(Number.NaN, 0, 1, -1e6, 1e6)),
      core: fc.oneof(
        fc.double({ min: -40, max: 40, noNaN: true }),
        fc.constantFrom(Number.POSITIVE_INFINITY, Number.NaN),
      ),
      label: fc.nat(1),
    });
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 40 }),
        fc.constantFrom(1e-3, 1, 1000),
        (list, ridge) => {
          const rows: LayerExamples = {
            features: ["x"],
            values: Float64Array.from(list, ({ x }) => Math.max(-1e9, Math.min(1e9, x))),
            coreLogit: Float64Array.from(list, ({ core }) => core),
            labels: Uint8Array.from(list, ({ label }) => label),
            weight: new Float64Array(list.length).fill(1),
          };
          for (const p of applyLayer(fitOne(rows, ridge), rows))
            expect(p >= 0 && p <= 1).toBe(true);
        },
      ),
      { seed: 11, numRuns: 200 },
    );
  });
});
