import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Backtest, backtest } from "./backtest.ts";
import { scoreBase } from "./scoring.ts";
import { seededRandom, simulateBase } from "./simulate.ts";
import { makeSnapshot } from "./snapshot.ts";
import type { PurchaseLog } from "./types.ts";

const HORIZON = 60;
const BASE = simulateBase({ clients: 900, days: 800, seed: 5, refunds: 0.02 });
const RESULT = backtest(BASE, { horizonDays: HORIZON, draws: 60 });

type Row = readonly [client: number, day: number, minor: number];

function logOf(rows: readonly Row[], clients: number): PurchaseLog {
  const sorted = [...rows].sort((left, right) => left[0] - right[0] || left[1] - right[1]);
  return {
    clients: Array.from({ length: clients }, (_, at) => `c${at}`),
    client: Int32Array.from(sorted, ([client]) => client),
    day: Int32Array.from(sorted, ([, day]) => day),
    amountMinor: Float64Array.from(sorted, ([, , minor]) => minor),
  };
}

const rowsOf = (log: PurchaseLog): Row[] =>
  Array.from(log.client, (client, at) => [client, log.day[at] ?? 0, log.amountMinor[at] ?? 0]);

/** Everybody the same, nobody ever leaves: nothing to foretell. */
function withoutSignal(clients: number, days: number): PurchaseLog {
  const random = seededRandom(9);
  const rows: Row[] = [];
  for (let client = 0; client < clients; client += 1) {
    for (let day = Math.floor(40 * random()); day < days; ) {
      rows.push([client, day, 1000]);
      day += 1 + Math.floor(-60 * Math.log(1 - random()));
    }
  }
  return logOf(rows, clients);
}

function oddNumbers(value: unknown, path = ""): string[] {
  if (typeof value === "number") return Number.isFinite(value) ? [] : [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => oddNumbers(inner, `${path}.${key}`));
}

describe("backtest", () => {
  it("finds the signal of a base whose clients leave, and beats the silence rule on those who can still be called", () => {
    expect(RESULT).toMatchObject({
      signal: "usable",
      reason: null,
      horizonDays: HORIZON,
      sampled: 900,
    });
    const end = RESULT.end;
    expect(RESULT.windows.map(({ cutoff }) => end - cutoff)).toEqual([60, 90, 120]);
    for (const { populations, calibration, rangeCoverage, warning } of RESULT.windows) {
      for (const { chosen, hiatus, baseRate } of [populations.all, populations.active]) {
        expect(chosen.logLoss).toBeLessThan(hiatus.logLoss ?? 0);
        expect(chosen.logLoss).toBeLessThan(baseRate.logLoss ?? 0);
        expect(chosen.aucLow).toBeGreaterThan(0.5);
        expect(baseRate.auc).toBe(0.5);
      }
      expect(populations.active.chosen.n).toBeLessThan(populations.all.chosen.n);
      expect(populations.all.chosen.ece).toBeLessThan(0.06);
      expect(calibration.all.reduce((sum, { n }) => sum + n, 0)).toBe(populations.all.chosen.n);
      expect(rangeCoverage.active).toBeGreaterThan(0.78);
      expect(warning.clients).toBeGreaterThan(10);
      expect(warning.earlier).toBeLessThanOrEqual(warning.clients);
    }
  });

  it("says `none` where everybody is the same", () => {
    const found = backtest(withoutSignal(400, 700), { horizonDays: 60, draws: 60 });
    expect(found.signal).toBe("none");
    expect(["ranking_is_chance", "no_better_than_base_rate"]).toContain(found.reason);
  });

  it("refuses to rank a base that is too small, where nobody returns, or that is too young", () => {
    const once = logOf(
      Array.from({ length: 600 }, (_, at): Row => [at, at % 300, 100]),
      600,
    );
    expect(backtest(once)).toMatchObject({
      signal: "refused",
      reason: "nobody_returns",
      windows: [],
      chosen: null,
    });
    expect(backtest(simulateBase({ clients: 49, days: 600, seed: 2 }))).toMatchObject({
      reason: "few_clients",
    });
    expect(backtest(BASE, { horizonDays: 3000 })).toMatchObject({
      signal: "refused",
      reason: "short_history",
    });
    expect(backtest(logOf([], 0))).toMatchObject({ signal: "refused", clients: 0 });
  });

  it("tests the product itself: a snapshot of that day says the same of everybody", () => {
    for (const window of RESULT.windows) {
      const snapshot = makeSnapshot(BASE, window.cutoff, { horizonDays: HORIZON });
      expect(snapshot.churn?.method).toBe(window.method);
      const said = scoreBase(BASE, new Map(), window.cutoff, snapshot);
      expect(said.map(({ id }) => id)).toEqual(window.predictions.map(({ id }) => id));
      said.forEach(({ forecast }, at) => {
        const row = window.predictions[at];
        expect(forecast?.pChurn).toBeCloseTo(row?.pNoPurchase ?? Number.NaN, 9);
        expect(forecast?.expectedPurchases).toBeCloseTo(row?.expectedPurchases ?? Number.NaN, 9);
      });
    }
  });

  it("says things about one client that do not contradict each other", () => {
    for (const { predictions, populations } of RESULT.windows) {
      expect(predictions).toHaveLength(populations.all.chosen.n);
      for (const row of predictions) {
        expect(row.pAlive).toBeGreaterThanOrEqual(1 - row.pNoPurchase - 1e-12);
        expect(row.pAlive).toBeLessThanOrEqual(1);
        expect(row.expectedPurchases).toBeGreaterThanOrEqual(1 - row.pNoPurchase - 1e-9);
        expect(row.low80).toBeLessThanOrEqual(row.high80);
        if (row.pNoPurchase < 0.1) expect(row.low80).toBeGreaterThan(0);
        if (row.pNoPurchase > 0.9) expect(row.high80).toBe(0);
      }
    }
  });

  it("takes a sample of whole clients on demand and gives the same figures for the same seed", () => {
    const options = {
      horizonDays: HORIZON,
      draws: 20,
      maxClients: 300,
      cutoffs: [RESULT.end - HORIZON],
    };
    const once = backtest(BASE, options);
    expect(once).toMatchObject({ clients: RESULT.clients, sampled: 300 });
    expect(backtest(BASE, options)).toEqual(once);
  });
});

describe("a backtest never looks ahead", () => {
  const small = simulateBase({ clients: 520, days: 700, seed: 8 });
  const cutoff = 560;
  const tried = (log: PurchaseLog): Backtest =>
    backtest(log, { horizonDays: HORIZON, cutoffs: [cutoff], draws: 5 });
  // A client of its own keeps the last day, so that the window stays closed.
  const base = [...rowsOf(small), [520, 10, 100] as Row, [520, 690, 100] as Row];
  const plain = tried(logOf(base, 521));

  it("what happens after the window changes nothing", () => {
    const change = fc.array(
      fc.tuple(
        fc.nat(519),
        fc.integer({ min: cutoff + HORIZON + 1, max: 690 }),
        fc.constantFrom(500, -90_000_000),
      ),
      {
        maxLength: 200,
      },
    );
    fc.assert(
      fc.property(change, fc.boolean(), (added, isCut) => {
        const kept = isCut
          ? base.filter(([client, day]) => day <= cutoff + HORIZON || client === 520)
          : base;
        expect(tried(logOf([...kept, ...added], 521)).windows).toEqual(plain.windows);
      }),
      { seed: 3, numRuns: 6 },
    );
  });

  it("what happens in the window changes what came true, never what was said", () => {
    const change = fc.array(
      fc.tuple(fc.nat(519), fc.integer({ min: cutoff + 1, max: cutoff + HORIZON })),
      { minLength: 300, maxLength: 400 },
    );
    fc.assert(
      fc.property(change, (days) => {
        const added = days.map(([client, day]): Row => [client, day, 700]);
        const [window] = tried(logOf([...base, ...added], 521)).windows;
        const [before] = plain.windows;
        expect(window?.predictions).toEqual(before?.predictions);
        expect(window?.method).toBe(before?.method);
        expect(window?.populations.all.core.baseRate).not.toBe(
          before?.populations.all.core.baseRate,
        );
      }),
      { seed: 4, numRuns: 4 },
    );
  });
});

describe("backtest on odd bases", () => {
  it("is finite and never throws", () => {
    const bases = fc.integer({ min: 1, max: 80 }).chain((clients) =>
      fc.record({
        clients: fc.constant(clients),
        rows: fc.array(
          fc.tuple(
            fc.nat(clients - 1),
            fc.nat(400),
            fc.constantFrom(Number.NaN, 0, -500, 100, 1e8),
          ),
          { maxLength: 300 },
        ),
        horizonDays: fc.integer({ min: 1, max: 200 }),
      }),
    );
    fc.assert(
      fc.property(bases, ({ clients, rows, horizonDays }) => {
        expect(oddNumbers(backtest(logOf(rows, clients), { horizonDays, draws: 3 }))).toEqual([]);
      }),
      { seed: 7, numRuns: 120 },
    );
  });

  it("is finite where all do exactly the same, in bases large enough for the layer", () => {
    const everybody = Array.from({ length: 510 }, (_, at) => at);
    const bases: Row[][] = [
      everybody.flatMap((client) =>
        Array.from({ length: 20 }, (_, at): Row => [client, 30 * at, 100]),
      ),
      everybody.flatMap((client): Row[] => [
        [client, 0, 100],
        [client, 1, 100],
        [client, 600, 100],
      ]),
      everybody.flatMap((client): Row[] =>
        client < 30
          ? [
              [client, 0, Number.NaN],
              [client, 500, 1],
            ]
          : [[client, client, 5]],
      ),
    ];
    for (const rows of bases) {
      for (const horizonDays of [1, 90]) {
        expect(oddNumbers(backtest(logOf(rows, 510), { horizonDays, draws: 3 }))).toEqual([]);
      }
    }
  });
});
