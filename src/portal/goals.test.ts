import { expect, it } from "vitest";
import { DAY_MS } from "../../test/support/actor-parts.ts";
import { aDeal } from "../../test/support/fake-crm.ts";
import { makeMirrorDesk } from "../../test/support/mirror-desk.ts";
import { dayText } from "../analytics/calendar.ts";
import { overviewDocument } from "../crm/overview.ts";
import { makeGoals } from "./goals.ts";

function aDesk() {
  const desk = makeMirrorDesk();
  const sold = (id: string, minor: number) =>
    desk.put(aDeal({ id, companyId: id, closedAt: desk.now - DAY_MS, amountMinor: minor }));
  sold("1", 10_000);
  const clock = { now: desk.now };
  const goals = makeGoals({
    sql: desk.sql,
    clock: { now: () => clock.now },
    overview: () => desk.overview(),
  });
  const inDays = (days: number) => dayText(Math.floor(desk.now / DAY_MS) + days);
  return { desk, sold, goals, clock, inDays };
}

it("a goal keeps the value it was set at, and the overview says where it stands", () => {
  const { desk, sold, goals, inDays } = aDesk();
  const goal = { code: "average_order", dueOn: inDays(365), change: 0.2 };
  const [set] = goals.set(goal, "7").goals;
  expect(set).toMatchObject({ code: "average_order", unit: "money", state: "on_track" });
  expect(set).toMatchObject({ startValue: 10_000, targetValue: 12_000, currentValue: 10_000 });
  sold("2", 11_000);
  const document = desk.overview();
  expect(overviewDocument.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
  expect(document.goals?.[0]).toMatchObject({
    currentValue: 10_500,
    progress: 0.25,
    state: "ahead",
  });
  // Setting it again starts from today's value.
  const [again] = goals.set({ ...goal, change: 0.1 }, "7").goals;
  expect(again?.startValue).toBe(10_500);
  expect(again?.targetValue).toBeCloseTo(11_550, 6);
  expect(desk.sql.all("select code, set_by from goal")).toEqual([
    { code: "average_order", set_by: "7" },
  ]);
});

it("a goal may be a value, and is taken off without complaint twice", () => {
  const { goals, inDays } = aDesk();
  const goal = { code: "repeat_purchase_rate", dueOn: inDays(30), value: 0.5 };
  expect(goals.set(goal, "7").goals[0]).toMatchObject({ targetValue: 0.5, startValue: 0 });
  expect(goals.remove("repeat_purchase_rate")).toEqual({ goals: [] });
  expect(goals.remove("repeat_purchase_rate")).toEqual({ goals: [] });
});

it("a figure that is not defined, an unknown one and a day that is past are refused", () => {
  const { goals, inDays } = aDesk();
  const refused = (code: string, days: number) => () =>
    goals.set({ code, dueOn: inDays(days), change: 0.1 }, "7");
  expect(refused("cac_full", 30)).toThrow(expect.objectContaining({ code: "input.invalid" }));
  expect(refused("nonsense", 30)).toThrow(expect.objectContaining({ code: "input.invalid" }));
  expect(refused("average_order", 0)).toThrow(expect.objectContaining({ code: "input.invalid" }));
});
