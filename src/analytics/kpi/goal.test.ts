import { expect, it } from "vitest";
import { goalProgress, type KpiGoal } from "./goal.ts";

const GOAL: KpiGoal = {
  code: "repeat_order_share",
  setOn: 1000,
  dueOn: 1365,
  target: { change: 0.2 },
};
const history = (...values: readonly (number | null)[]) =>
  values.map((value, at) => ({ day: 1000 + 73 * at, value }));

it("a goal is behind, on track or ahead of the straight line to its target", () => {
  // A fifth of the year has passed: a fifth of +0.08 is expected.
  const at = (value: number) => goalProgress(history(0.4, value), GOAL, 1073);
  expect(at(0.4)).toMatchObject({ state: "behind", targetValue: 0.48, startValue: 0.4 });
  expect(at(0.416)).toMatchObject({ state: "on_track" });
  expect(at(0.416).expectedValue).toBeCloseTo(0.416, 12);
  expect(at(0.44)).toMatchObject({ state: "ahead" });
  expect(at(0.38).progress).toBeCloseTo(-0.25, 12);
  // 0.08 still to go in 292 days of 365/12 each.
  expect(at(0.4).neededPerMonth).toBeCloseTo(0.08 / 9.6, 12);
});

it("a goal that is reached or missed needs no pace", () => {
  expect(goalProgress(history(0.4, 0.5), GOAL, 1073)).toMatchObject({
    state: "reached",
    neededPerMonth: null,
  });
  expect(goalProgress(history(0.4, 0.45), GOAL, 1400)).toMatchObject({
    state: "missed",
    neededPerMonth: null,
  });
});

it("a lower value may be the target", () => {
  const goal: KpiGoal = { ...GOAL, code: "churn_rate", target: { value: 0.2 } };
  expect(goalProgress(history(0.3, 0.25), goal, 1073)).toMatchObject({ state: "ahead" });
  expect(goalProgress(history(0.3, 0.32), goal, 1073)).toMatchObject({ state: "behind" });
});

it("a goal to stay where one is is met by not falling below", () => {
  const goal: KpiGoal = { ...GOAL, target: { change: 0 } };
  expect(goalProgress(history(0.3, 0.3), goal, 1073).state).toBe("reached");
  expect(goalProgress(history(0.3, 0.2), goal, 1073).state).toBe("behind");
});

it("a figure that is not defined cannot be judged, and one that is not defined today keeps its last value", () => {
  expect(goalProgress(history(null, 0.5), GOAL, 1073)).toMatchObject({ state: "unknown" });
  expect(goalProgress([], GOAL, 1073)).toMatchObject({ state: "unknown", targetValue: null });
  expect(goalProgress(history(0.4, null), GOAL, 1073).currentValue).toBe(0.4);
});
