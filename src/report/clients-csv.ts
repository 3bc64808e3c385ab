import { currencyDecimals } from "../crm/money.ts";
import type { Locale } from "../pages/texts/format.ts";
import type { Analysis } from "./analysis.ts";
import { type ClientRow, hasKnownSum } from "./client-row.ts";
import { csvLine } from "./csv-line.ts";

interface Writer {
  readonly money: (minor: number | null) => string;
  readonly number: (value: number | null) => string;
}

/** Stable codes in the order of importance; the README says what each holds. Unknown is empty, never 0. */
const COLUMNS: readonly (readonly [string, (row: ClientRow, write: Writer) => string])[] = [
  ["id", (row) => row.id],
  ["segment", (row) => row.segment],
  ["lifecycle", (row) => row.lifecycle],
  ["rfm", (row) => row.rfm],
  ["abc", (row) => row.abc ?? ""],
  ["xyz", (row) => row.xyz ?? ""],
  ["template", (row) => row.template],
  ["value_tier", (row) => row.valueTier],
  ["health", (row) => (row.health === null ? "" : String(row.health))],
  ["p_churn", (row, { number }) => number(row.pChurn)],
  ["expected_purchases", (row, { number }) => number(row.expectedPurchases)],
  ["ltv", (row, { money }) => money(row.ltvMinor)],
  ["next_from", (row) => row.nextPurchase?.p20 ?? ""],
  ["next_likely", (row) => row.nextPurchase?.p50 ?? ""],
  ["next_to", (row) => row.nextPurchase?.p80 ?? ""],
  ["last_purchase", (row) => row.lastPurchase],
  ["recency_days", (row) => String(row.recencyDays)],
  ["purchases", (row) => String(row.purchases)],
  ["total", (row, { money }) => money(hasKnownSum(row) ? row.totalMinor : null)],
  ["at_stake", (row, { money }) => money(row.playbook === null ? null : row.stakeMinor)],
  ["next_step", (row) => row.step ?? ""],
  ["rules", (row) => row.custom.join(" ")],
];

/**
 * Clients with what we say of each, to load back into any CRM. UTF-8 with a byte order mark, CRLF. Russian spreadsheets read
 * semicolons and decimal commas, all others commas and decimal points.
 */
export function clientsCsv(analysis: Analysis, locale: Locale = "en"): string {
  const delimiter = locale === "ru" ? ";" : ",";
  const mark = (text: string) => (locale === "ru" ? text.replace(".", ",") : text);
  const write: Writer = {
    money: (minor) =>
      minor === null ? "" : mark(decimalOfMinor(Math.round(minor), analysis.currency)),
    number: (value) => (value === null ? "" : mark(value.toFixed(4))),
  };
  const rows = analysis.clientsTable.map((row) => COLUMNS.map(([, cell]) => cell(row, write)));
  const lines = [COLUMNS.map(([name]) => name), ...rows].map((cells) => csvLine(cells, delimiter));
  return `\ufeff${lines.join("\r\n")}\r\n`;
}

/** An exact decimal of minor units, with as many decimals as the currency has. */
export function decimalOfMinor(minor: number, currency: string): string {
  const decimals = currencyDecimals(currency);
  const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const sign = minor < 0 ? "-" : "";
  return decimals === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-decimals)}`;
}
