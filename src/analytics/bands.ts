import type { CalibrationBin } from "./churn-types.ts";
import type { HealthBand } from "./types.ts";

/** Shares of clients who do buy at the lower ends of the bands: clearly more likely than not, and about as likely. */
const BUYING: Readonly<Record<HealthBand, number>> = { good: 0.7, watch: 0.45, risk: 0 };
/** Limits without a test on the base's own past: a score is then taken at its word. */
export const BAND_FROM: Readonly<Record<HealthBand, number>> = { good: 70, watch: 45, risk: 0 };
/** One test of a small base must not move a limit further than this many points. */
const MOST_MOVED = 15;

/**
 * Lower limits of the bands: the scores at which, in the newest tested window, 70 % and 45 % of the clients did buy. The
 * calibration table is made monotone first (pool adjacent violators); between its bins the limit is interpolated.
 */
export function bandsOf(
  calibration: readonly CalibrationBin[],
): Readonly<Record<HealthBand, number>> {
  const steps = rising(
    calibration.map(({ n, predicted, observed }) => ({
      n,
      score: 1 - predicted,
      buys: 1 - observed,
    })),
  );
  const good = limitAt(steps, "good");
  return { good, watch: Math.min(limitAt(steps, "watch"), good - 1), risk: 0 };
}

interface Step {
  readonly n: number;
  readonly score: number;
  readonly buys: number;
}

/** Pools neighbours until the share who buy never falls with the score. */
function rising(steps: readonly Step[]): Step[] {
  const pooled: Step[] = [];
  for (const step of [...steps].sort((left, right) => left.score - right.score)) {
    let last = step;
    for (let before = pooled.at(-1); before && before.buys >= last.buys; before = pooled.at(-1)) {
      pooled.pop();
      const n = before.n + last.n;
      last = {
        n,
        score: (before.n * before.score + last.n * last.score) / n,
        buys: (before.n * before.buys + last.n * last.buys) / n,
      };
    }
    pooled.push(last);
  }
  return pooled;
}

function limitAt(steps: readonly Step[], band: "good" | "watch"): number {
  const wanted = BUYING[band];
  const usual = BAND_FROM[band];
  const above = steps.findIndex(({ buys }) => buys >= wanted);
  const high = steps[above];
  const low = steps[above - 1];
  // A base that lies wholly on one side of the share tells nothing about the limit.
  if (high === undefined || low === undefined) return usual;
  const share = (wanted - low.buys) / (high.buys - low.buys);
  const found = Math.round(100 * (low.score + share * (high.score - low.score)));
  return Math.min(usual + MOST_MOVED, Math.max(usual - MOST_MOVED, found));
}
