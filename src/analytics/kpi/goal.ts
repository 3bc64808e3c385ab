import type { Day } from "../types.ts";

/** What a company wants of a figure: a change against the day it was set, or a value, by a day. */
export interface KpiGoal {
  readonly code: string;
  readonly setOn: Day;
  readonly dueOn: Day;
  /** +0.2 = a fifth more than on the day it was set. */
  /** The figure's value when the goal was set; default what the history says of that day. */
  readonly startValue?: number;
  readonly target: { readonly change: number } | { readonly value: number };
}

export interface GoalProgress {
  readonly state: "reached" | "ahead" | "on_track" | "behind" | "missed" | "unknown";
  readonly startValue: number | null;
  readonly targetValue: number | null;
  readonly currentValue: number | null;
  /** What a straight line from start to target says for today. */
  readonly expectedValue: number | null;
  /** Share of the way done, 1 = there; below 0 = further away than at the start. */
  readonly progress: number | null;
  /** Change a month (365/12 days) that still leads there; null when there is no time or nothing left to do. */
  readonly neededPerMonth: number | null;
}

/** Within this share of the whole way around the line is "on track". */
const TOLERANCE = 0.1;
const MONTH_DAYS = 365 / 12;

/**
 * Where a goal stands: the figure's history (rising days, null = not defined) against the straight line from the value when
 * it was set to the target. The value on a day is the latest known one up to it. Lower targets work the same way.
 */
export function goalProgress(
  history: readonly { readonly day: Day; readonly value: number | null }[],
  goal: KpiGoal,
  asOf: Day,
): GoalProgress {
  const startValue = goal.startValue ?? valueOn(history, goal.setOn);
  const currentValue = valueOn(history, asOf);
  const targetValue = targetOf(goal, startValue);
  const unknown = { startValue, targetValue, currentValue, expectedValue: null, progress: null };
  if (startValue === null || currentValue === null || targetValue === null) {
    return { ...unknown, state: "unknown", neededPerMonth: null };
  }
  const whole = targetValue - startValue;
  const length = goal.dueOn - goal.setOn;
  const passed = length > 0 ? Math.min(1, Math.max(0, (asOf - goal.setOn) / length)) : 1;
  const expectedValue = startValue + passed * whole;
  // A goal to stay where one is is met by not falling below.
  const progress =
    whole === 0 ? (currentValue >= startValue ? 1 : 0) : (currentValue - startValue) / whole;
  const monthsLeft = (goal.dueOn - asOf) / MONTH_DAYS;
  const isThere = progress >= 1;
  return {
    startValue,
    targetValue,
    currentValue,
    expectedValue,
    progress,
    neededPerMonth: isThere || monthsLeft <= 0 ? null : (targetValue - currentValue) / monthsLeft,
    state: isThere ? "reached" : asOf >= goal.dueOn ? "missed" : paceOf(progress - passed),
  };
}

function paceOf(lead: number): "ahead" | "on_track" | "behind" {
  if (lead > TOLERANCE) return "ahead";
  return lead < -TOLERANCE ? "behind" : "on_track";
}

function targetOf(goal: KpiGoal, startValue: number | null): number | null {
  if ("value" in goal.target) return goal.target.value;
  return startValue === null ? null : startValue * (1 + goal.target.change);
}

function valueOn(
  history: readonly { readonly day: Day; readonly value: number | null }[],
  day: Day,
): number | null {
  let value: number | null = null;
  for (const point of history) {
    if (point.day <= day && point.value !== null) value = point.value;
  }
  return value;
}
