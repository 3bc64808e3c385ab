import { expect, test } from "vitest";
import { ownRhythm } from "./rhythm.ts";

function daysAfter(gaps: readonly number[]): number[] {
  const days = [100];
  for (const gap of gaps) days.push((days.at(-1) ?? 0) + gap);
  return days;
}

test("the usual pause is the middle of the client's own gaps", () => {
  expect(ownRhythm(daysAfter([30, 40, 20, 35, 90]))).toEqual({
    fromDays: 28,
    usualDays: 35,
    toDays: 50,
    gaps: 5,
  });
});

test("four gaps are the least that is called a rhythm", () => {
  expect(ownRhythm(daysAfter([7, 7, 7, 7]))?.usualDays).toBe(7);
  expect(ownRhythm(daysAfter([7, 7, 7]))).toBeNull();
  expect(ownRhythm([])).toBeNull();
});
