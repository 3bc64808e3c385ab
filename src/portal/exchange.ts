import { currencyDecimals } from "../crm/money.ts";
import type { SqlReader } from "./sql.ts";

/**
 * Where the rate of a purchase comes from: the CRM's snapshot of its day; what the administrator gave, where there is none;
 * the CRM's first snapshot, which is younger than the purchase.
 */
export type RateBasis = "day" | "given" | "install";

export interface Rate {
  /** Price of one unit in the portal's currency. */
  readonly perUnit: number;
  readonly basis: RateBasis;
}

export interface RateBook {
  /** null = the CRM has never told a rate of this currency. */
  on(currency: string, day: number): Rate | null;
}

/** The daily snapshots of the host's rates in `base`, and given ones; a day without its own uses the one before. */
export function makeRateBook(
  sql: SqlReader,
  base: string,
  given: readonly { readonly currency: string; readonly perUnit: number }[],
): RateBook {
  const givenOf = new Map(given.map(({ currency, perUnit }) => [currency, perUnit]));
  const known = new Map<string, Rate | null>();
  const find = (currency: string, day: number): Rate | null => {
    const query = "select per_unit from rate where currency = ? and base_currency = ?";
    const own = sql.get<{ per_unit: number }>(
      `${query} and day <= ? order by day desc limit 1`,
      currency,
      base,
      day,
    );
    if (own) return { perUnit: own.per_unit, basis: "day" };
    const perUnit = givenOf.get(currency);
    if (perUnit !== undefined) return { perUnit, basis: "given" };
    const first = sql.get<{ per_unit: number }>(`${query} order by day limit 1`, currency, base);
    return first ? { perUnit: first.per_unit, basis: "install" } : null;
  };
  return {
    on(currency, day) {
      const place = `${currency} ${day}`;
      let rate = known.get(place);
      if (rate === undefined) {
        rate = find(currency, day);
        known.set(place, rate);
      }
      return rate;
    },
  };
}

/** Minor units of `from` in minor units of `to`, half away from zero; null beyond the safe integers. */
export function convertMinor(
  minor: number,
  from: string,
  to: string,
  perUnit: number,
): number | null {
  const scale = 10 ** (currencyDecimals(to) - currencyDecimals(from));
  const exact = Math.abs(minor) * perUnit * scale;
  // A product like 1.005 * 100 falls just below its half.
  const rounded = Math.round(exact + exact * Number.EPSILON);
  if (!Number.isSafeInteger(rounded)) return null;
  return minor < 0 ? -rounded : rounded;
}
