/** What is known of a client or lead, by feature; null = unknown, and neutral. */
export type Features = Readonly<Record<string, string | null>>;

export interface LeadExample {
  readonly features: Features;
  /** Has become one of the clients we want more of. */
  readonly isGood: boolean;
  /** So many clients alike; default 1. */
  readonly count?: number;
}

/** One value of a feature: how many clients have it, how many of them are good, and what it moves. */
export interface ScoreWeight {
  readonly feature: string;
  readonly value: string;
  readonly good: number;
  readonly of: number;
  /** Log-odds against the average client; positive speaks for the lead. */
  readonly weight: number;
}

export type Scorecard =
  | { readonly kind: "tooFew"; readonly have: number; readonly need: number }
  | {
      readonly kind: "scorecard";
      readonly good: number;
      readonly of: number;
      readonly baseRate: number;
      /** The strongest first. */
      readonly weights: readonly ScoreWeight[];
    };

export interface LeadScore {
  /** 0..100: how much the lead looks like the good clients; the base rate is what an average one has. */
  readonly score: number;
  /** Every known feature of the lead, the strongest first; the score is their sum on top of the base rate. */
  readonly reasons: readonly ScoreWeight[];
}

/** Fewer good clients (or fewer others) than this have nothing in common but chance. */
const FEWEST = 30;
/** A value is drawn to the average as by so many average clients. */
const SMOOTHING = 10;

/**
 * An additive scorecard: for each value of each feature the smoothed log-odds of being a good client against the base.
 * Refuses below 30 good clients or 30 others. Features are weighed one by one, so two that say the same count twice; it ranks
 * leads, it is not a probability.
 */
export function fitScorecard(examples: readonly LeadExample[]): Scorecard {
  const all = examples.reduce((sum, { count = 1 }) => sum + count, 0);
  const good = examples.reduce((sum, { isGood, count = 1 }) => sum + (isGood ? count : 0), 0);
  const have = Math.min(good, all - good);
  if (have < FEWEST) return { kind: "tooFew", have, need: FEWEST };
  const baseRate = good / all;
  const counts = new Map<string, { feature: string; value: string; good: number; of: number }>();
  for (const { features, isGood, count: alike = 1 } of examples) {
    for (const [feature, value] of Object.entries(features)) {
      if (value === null) continue;
      const key = JSON.stringify([feature, value]);
      const count = counts.get(key) ?? { feature, value, good: 0, of: 0 };
      counts.set(key, count);
      count.of += alike;
      if (isGood) count.good += alike;
    }
  }
  const weights = [...counts.values()]
    .map((count) => ({ ...count, weight: weightOf(count.good, count.of, baseRate) }))
    .sort(byStrength);
  return { kind: "scorecard", good, of: all, baseRate, weights };
}

function weightOf(good: number, of: number, baseRate: number): number {
  const rate = (good + SMOOTHING * baseRate) / (of + SMOOTHING);
  return logit(rate) - logit(baseRate);
}

/** Score of a lead and why. Values that no client has had say nothing. */
export function scoreLead(
  scorecard: Extract<Scorecard, { readonly kind: "scorecard" }>,
  features: Features,
): LeadScore {
  const reasons = scorecard.weights.filter(({ feature, value }) => features[feature] === value);
  const sum = reasons.reduce((all, { weight }) => all + weight, logit(scorecard.baseRate));
  return { score: Math.round(100 / (1 + Math.exp(-sum))), reasons };
}

function logit(share: number): number {
  return Math.log(share / (1 - share));
}

function byStrength(one: ScoreWeight, other: ScoreWeight): number {
  return (
    Math.abs(other.weight) - Math.abs(one.weight) ||
    one.feature.localeCompare(other.feature) ||
    one.value.localeCompare(other.value)
  );
}
