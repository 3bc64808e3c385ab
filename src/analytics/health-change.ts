import type { ClientHistory, Day, HealthFactor, Insight, SideFacts } from "./types.ts";

type Health = Pick<NonNullable<Insight["health"]>, "score" | "factors">;

/** Facts of the side that exclude each other are one factor of a change. */
const FAMILY: Readonly<Record<string, string>> = {
  no_open_deal: "open_deal",
  open_deal_unknown: "open_deal",
  recent_contact: "contact",
  contact_silence: "contact",
  contact_unknown: "contact",
};

/** What one factor did to the score between two days; whole points. */
export interface FactorChange {
  /** Code of a model's factor, `open_deal` or `contact`. */
  readonly code: string;
  /** behaviour + time. */
  readonly points: number;
  /** By purchases, contacts and deals of the time between. */
  readonly behaviour: number;
  /** By the passing of time alone. */
  readonly time: number;
}

/** Why a score is not what it was. */
export interface HealthChange {
  /** Score now minus score then; the sum of all factors' points, exactly. */
  readonly delta: number;
  /** Sums over the factors. */
  readonly behaviour: number;
  readonly time: number;
  /** Factors that moved, the largest first; equal ones by code. */
  readonly factors: readonly FactorChange[];
}

/**
 * The difference between two scores of one client under one snapshot. `still` is the client on the later day as if nothing
 * had happened since the earlier one: what differs from it is behaviour, the rest is time. All three have the same base, so
 * their factors' differences add up to the difference of the scores.
 */
export function healthChange(then: Health, still: Health, now: Health): HealthChange {
  const [before, passive, after] = [then, still, now].map(({ factors }) => pointsOf(factors));
  const codes = new Set([before, passive, after].flatMap((points) => [...(points?.keys() ?? [])]));
  const factors = [...codes]
    .map((code): FactorChange => {
      const at = (points: ReadonlyMap<string, number> | undefined) => points?.get(code) ?? 0;
      const [time, behaviour] = [at(passive) - at(before), at(after) - at(passive)];
      return { code, points: time + behaviour, behaviour, time };
    })
    .filter(({ behaviour, time }) => behaviour !== 0 || time !== 0)
    .sort(
      (left, right) =>
        Math.abs(right.points) - Math.abs(left.points) || (left.code < right.code ? -1 : 1),
    );
  return {
    delta: now.score - then.score,
    behaviour: now.score - still.score,
    time: still.score - then.score,
    factors,
  };
}

function pointsOf(factors: readonly HealthFactor[]): Map<string, number> {
  const points = new Map<string, number>();
  for (const { code, points: own } of factors) {
    const family = FAMILY[code] ?? code;
    points.set(family, (points.get(family) ?? 0) + own);
  }
  return points;
}

/** A client as known on one day. */
export interface ClientThen {
  readonly history: ClientHistory;
  readonly side: SideFacts;
  readonly day: Day;
}

/**
 * Why `now` differs from the client of an earlier day, scored by the same scorer (`makeScorer` of the snapshot that made
 * `now`). null where there is no score on either day, as in tier 0 and for a client who had not bought by then.
 */
export function changeSince(
  score: (history: ClientHistory, side: SideFacts, asOf: Day) => Insight,
  then: ClientThen,
  now: { readonly health: Health | null; readonly day: Day },
): HealthChange | null {
  const { history, side, day } = then;
  if (now.health === null || history.days.length === 0 || now.day <= day) return null;
  const silentDays = side.silentDays === null ? null : side.silentDays + (now.day - day);
  const before = score(history, side, day).health;
  const still = score(history, { ...side, silentDays }, now.day).health;
  return before === null || still === null ? null : healthChange(before, still, now.health);
}
