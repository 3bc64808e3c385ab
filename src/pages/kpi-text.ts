import type { OverviewDocument } from "../crm/overview.ts";
import { fill } from "./texts/fill.ts";
import type { Format } from "./texts/format.ts";
import type { KpiWords } from "./texts/kpi-texts.ts";
import { lookUp } from "./texts/params.ts";

/** A figure in words, for the tile of the dashboard and the table of the report alike. */

type Figure = Omit<OverviewDocument["kpis"][number], "code" | "definition">;

/** How far the figure looks, in short; null where the document does not say. */
export function periodText({ period }: Figure, words: KpiWords, format: Format): string | null {
  if (!period) return null;
  if (period.from === null) return words.allTime;
  const length = daysBetween(period.from, period.to) + 1;
  return length === 365 ? words.year : fill(words.lastDays, { days: format.days(length) });
}

/** First and last day of the figure; null where the document does not say. */
export function daysText({ period }: Figure, words: KpiWords, format: Format): string | null {
  if (!period) return null;
  const to = format.day(period.to);
  if (period.from === null) return fill(words.until, { to });
  return fill(words.fromTo, { from: format.day(period.from), to });
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** What was left out and how many, or that nothing was. */
export function excludedText(figure: Figure, words: KpiWords, format: Format): string {
  if (figure.excluded === 0) return words.nothingExcluded;
  const parts = (figure.exclusions ?? []).map(
    ({ code, count }) =>
      `${lookUp(words.exclusions, code) ?? words.exclusionFallback}: ${format.int(count)}`,
  );
  return parts.length > 0 ? parts.join(", ") : format.int(figure.excluded);
}

/** The numbers that went into the formula, those that have a name. */
export function inputsText({ inputs }: Figure, words: KpiWords, format: Format): string {
  return Object.entries(inputs ?? {})
    .flatMap(([code, value]) => {
      const name = lookUp(words.inputs, code);
      return name === null ? [] : [`${name} ${inputValue(code, value, format)}`];
    })
    .join(", ");
}

/** The unit is the last word of the name. */
function inputValue(code: string, value: number, format: Format): string {
  if (code.endsWith("Minor")) return format.moneyExact(value);
  if (code.endsWith("Days")) return format.days(value);
  if (code.endsWith("Share")) return format.percent(value);
  return Number.isInteger(value) ? format.int(value) : format.ratio(value);
}

/** A figure's value in its unit. */
export function showValue(
  value: number,
  unit: Figure["unit"],
  format: Format,
  words: KpiWords,
): string {
  switch (unit) {
    case "money":
      return format.money(value);
    case "share":
    case "percent":
      return format.percent(value);
    case "days":
      return format.days(value);
    case "months":
      return `${format.int(value)}\u00a0${words.months}`;
    case "count":
      return format.int(value);
    case "ratio":
      return format.ratio(value);
  }
}
