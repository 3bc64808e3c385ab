import { currencyDecimals } from "../crm/money.ts";
import type { Analysis } from "./analysis.ts";
import { csvLine } from "./csv-line.ts";

const HEADER = [
  "id",
  "segment",
  "rfm",
  "abc",
  "lifecycle",
  "recency_days",
  "purchases",
  "total",
  "p_churn",
  "expected_purchases",
  "ltv",
  "health",
  "xyz",
  "template",
  "value_tier",
  "rules",
];

/** Clients with what we say of each, to load back into any CRM. UTF-8 with a byte order mark, RFC 4180. */
export function clientsCsv(analysis: Analysis): string {
  const money = (minor: number) => decimalOfMinor(Math.round(minor), analysis.currency);
  const rows = analysis.clientsTable.map((row) => [
    row.id,
    row.segment,
    row.rfm,
    row.abc ?? "",
    row.lifecycle,
    String(row.recencyDays),
    String(row.purchases),
    money(row.totalMinor),
    decimal(row.pChurn),
    decimal(row.expectedPurchases),
    row.ltvMinor === null ? "" : money(row.ltvMinor),
    row.health === null ? "" : String(row.health),
    row.xyz ?? "",
    row.template,
    row.valueTier,
    row.custom.join(" "),
  ]);
  return `\ufeff${[HEADER, ...rows].map(csvLine).join("\r\n")}\r\n`;
}

/** An exact decimal of minor units, with as many decimals as the currency has. */
export function decimalOfMinor(minor: number, currency: string): string {
  const decimals = currencyDecimals(currency);
  const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const sign = minor < 0 ? "-" : "";
  return decimals === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-decimals)}`;
}

function decimal(value: number | null): string {
  return value === null ? "" : value.toFixed(4);
}
