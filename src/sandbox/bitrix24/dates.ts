/** Text of moments and days the way a portal writes and reads them. Offsets are minutes east of UTC. */

export function offsetText(offsetMinutes: number): string {
  const sign = offsetMinutes < 0 ? "-" : "+";
  const minutes = Math.abs(offsetMinutes);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** `2024-08-30T14:29:00+03:00` */
export function isoTime(at: number, offsetMinutes: number): string {
  const local = new Date(at + offsetMinutes * 60_000).toISOString().slice(0, 19);
  return `${local}${offsetText(offsetMinutes)}`;
}

/** Date-only fields carry a time part that is not midnight, which catches off-by-one readers. */
export function isoDay(day: string, offsetMinutes: number): string {
  return `${day}T03:00:00${offsetText(offsetMinutes)}`;
}

const LOCAL =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;
const RUSSIAN = /^(\d{2})\.(\d{2})\.(\d{4})(?: (\d{2}):(\d{2})(?::(\d{2}))?)?$/;

function zoneMinutes(zone: string | undefined, fallback: number): number {
  if (zone === undefined) return fallback;
  if (zone === "Z") return 0;
  const digits = zone.slice(1).replace(":", "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4));
  return zone.startsWith("-") ? -minutes : minutes;
}

/** Unix milliseconds, or null for text that is no date. Text without a zone is in the portal's offset. */
export function parseTime(text: string, offsetMinutes: number): number | null {
  const trimmed = text.trim();
  const iso = LOCAL.exec(trimmed);
  if (iso !== null) {
    const [, year, month, day, hour, minute, second, zone] = iso;
    const utc = Date.UTC(
      Number(year),
      Number(month) - 1,
      Number(day),
      Number(hour ?? 0),
      Number(minute ?? 0),
      Number(second ?? 0),
    );
    return utc - zoneMinutes(zone, offsetMinutes) * 60_000;
  }
  const russian = RUSSIAN.exec(trimmed);
  if (russian === null) return null;
  const [, day, month, year, hour, minute, second] = russian;
  const utc = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
  );
  return utc - offsetMinutes * 60_000;
}

/** `YYYY-MM-DD` as written by the caller (a day is not shifted between zones), or null. */
export function parseDay(text: string): string | null {
  const iso = /^\d{4}-\d{2}-\d{2}/.exec(text.trim());
  if (iso !== null) return iso[0];
  const russian = RUSSIAN.exec(text.trim());
  return russian === null ? null : `${russian[3]}-${russian[2]}-${russian[1]}`;
}
