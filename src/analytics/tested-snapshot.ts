import { type Backtest, type BacktestOptions, backtest } from "./backtest.ts";
import { baseGaps, buildBase, buyersOf } from "./base.ts";
import type { ModelQuality } from "./churn-types.ts";
import { proposeHorizon } from "./lifecycle.ts";
import { makePast, type Past } from "./past.ts";
import { medianOfWhole } from "./quantile.ts";
import { sampleLog } from "./sample.ts";
import { makeSnapshot } from "./snapshot.ts";
import type { Day, PurchaseLog, Snapshot } from "./types.ts";

export interface TestedOptions extends Pick<BacktestOptions, "calls" | "draws"> {
  readonly id?: string;
  /** Default: proposed from the base's rhythm. */
  readonly horizonDays?: number;
  /** What of the test goes into the snapshot. */
  readonly qualityOf: (test: Backtest) => ModelQuality;
}

/**
 * Clients whose past is looked at: a twentieth of the base, at least and at most so many. More would make the test surer than
 * the choice needs, at a cost above that of the scores themselves.
 */
const SHARE = 20;
const LEAST_CLIENTS = 2_000;
const MOST_CLIENTS = 5_000;
const THRIFT = { regularityClients: 1_000, mostExamples: 10_000 } as const;

/**
 * A test on the base's own past and the snapshot that it speaks for. Both look at the same past, which is most of the work.
 */
export function testedSnapshot(
  log: PurchaseLog,
  asOf: Day,
  options: TestedOptions,
): { readonly test: Backtest; readonly snapshot: Snapshot } {
  const horizonDays = options.horizonDays ?? horizonOf(log, asOf);
  const past = sampledPast(log, horizonDays);
  const { calls, draws } = options;
  const test = backtest(log, {
    asOf,
    completeUntil: asOf,
    horizonDays,
    past,
    cutoffs: cutoffsFor(asOf, horizonDays),
    intervals: SHOWN,
    ...(calls === undefined ? {} : { calls }),
    ...(draws === undefined ? {} : { draws }),
  });
  const quality = options.qualityOf(test);
  const id = options.id === undefined ? {} : { id: options.id };
  return { test, snapshot: makeSnapshot(log, asOf, { ...id, horizonDays, quality, past }) };
}

const WINDOWS = 3;
/** What a snapshot keeps of a test. */
const SHOWN = ["chosen", "hiatus", "baseRate"] as const;

/**
 * Three windows side by side, the newest one just closed. They are steps of the layer's snapshots, so that a test looks at the
 * very days that the layer learns from.
 */
function cutoffsFor(asOf: Day, horizonDays: number): Day[] {
  return Array.from({ length: WINDOWS }, (_, at) => asOf - (at + 1) * horizonDays);
}

/** The past of a base as a night can afford to look at it. */
export function sampledPast(log: PurchaseLog, horizonDays: number): Past {
  const clients = Math.min(MOST_CLIENTS, Math.max(LEAST_CLIENTS, log.clients.length / SHARE));
  return makePast(sampleLog(log, clients), horizonDays, THRIFT);
}

function horizonOf(log: PurchaseLog, asOf: Day): number {
  const base = buildBase(log, asOf);
  return proposeHorizon(medianOfWhole(baseGaps(base, buyersOf(base))));
}
