import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dayOfDate, makeZone } from "./zone.ts";

const DAY_MS = 86_400_000;

describe("days of a zone", () => {
  it("have 23, 24 or 25 hours and start where the calendar does", () => {
    const berlin = makeZone("Europe/Berlin");
    const lengthOf = (date: string) => {
      const day = dayOfDate(date) ?? 0;
      return (berlin.startOf(day + 1) - berlin.startOf(day)) / 3_600_000;
    };
    expect(lengthOf("2026-03-29")).toBe(23);
    expect(lengthOf("2026-10-25")).toBe(25);
    expect(lengthOf("2026-07-01")).toBe(24);
  });

  it("contain their own start and end in every zone", () => {
    const zones = [
      "Europe/Moscow",
      "America/Sao_Paulo",
      "Asia/Kathmandu",
      "Australia/Lord_Howe",
      "Pacific/Apia",
      "UTC",
    ].map(makeZone);
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 11_000, max: 30_000 }),
        (zone, day) => {
          // Samoa skipped a whole day when it crossed the date line.
          fc.pre(!(zone.name === "Pacific/Apia" && day === dayOfDate("2011-12-30")));
          const start = zone.startOf(day);
          expect(zone.dayOf(start)).toBe(day);
          expect(zone.dayOf(start - 1)).toBeLessThan(day);
          expect(zone.dayOf(start + DAY_MS / 2)).toBe(day);
        },
      ),
      { numRuns: 400, seed: 5 },
    );
  });

  it("are read from dates, and nothing else is a date", () => {
    expect(dayOfDate("1970-01-02")).toBe(1);
    for (const text of ["", "2026-13-01", "2026-1-1", "2026-02-30T00:00", "x"]) {
      expect(dayOfDate(text)).toBeNull();
    }
  });
});
