import type { Instant } from "../crm/ports.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const QUARTER_MS = HOUR_MS / 4;
/** More than a century of days. */
const MAX_CACHED = 50_000;

/** Calendar days of one time zone. A day is the number of whole days since 1970-01-01 there. */
export interface Zone {
  readonly name: string;
  dayOf(at: Instant): number;
  /** First instant of the day; where midnight does not exist, the first one after it. */
  startOf(day: number): Instant;
}

/**
 * An unknown zone counts as UTC. Offsets are cached by day, and by quarter of an hour on the few days on which they change:
 * no zone changes its offset inside a quarter, or changes it and takes that back within a day.
 */
export function makeZone(name: string): Zone {
  const format = formatOf(name);
  const lookUp = (at: Instant) => (format ? readOffset(format, at) : 0);
  const quarters = makeCache((quarter) => lookUp(quarter * QUARTER_MS));
  const days = makeCache((day) => {
    const offset = lookUp(day * DAY_MS);
    return offset === lookUp((day + 1) * DAY_MS) ? offset : null;
  });
  const offsetAt = (at: Instant): number =>
    days(Math.floor(at / DAY_MS)) ?? quarters(Math.floor(at / QUARTER_MS));
  const dayOf = (at: Instant) => Math.floor((at + offsetAt(at)) / DAY_MS);
  return {
    name: format ? name : "UTC",
    dayOf,
    startOf(day) {
      const local = day * DAY_MS;
      const guess = local - offsetAt(local);
      const exact = local - offsetAt(guess);
      return dayOf(exact) === day ? exact : exact + HOUR_MS;
    },
  };
}

/** A function of whole numbers that remembers. */
function makeCache<Value>(make: (at: number) => Value): (at: number) => Value {
  const known = new Map<number, Value>();
  return (at) => {
    const before = known.get(at);
    if (before !== undefined) return before;
    const value = make(at);
    if (known.size >= MAX_CACHED) known.clear();
    known.set(at, value);
    return value;
  };
}

/** `YYYY-MM-DD` as a day number; null when it is not a date. */
export function dayOfDate(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(at) ? null : at / DAY_MS;
}

function formatOf(name: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return null;
  }
}

function readOffset(format: Intl.DateTimeFormat, at: Instant): number {
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(at)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - at;
}
