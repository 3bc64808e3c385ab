import type { Analysis } from "./analysis.ts";

/** Cells that a spreadsheet would run as a formula. */
const FORMULA_START = /^[=+\-@\t\r\0]/;
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
];

/** Clients with what we say of each, to load back into any CRM. UTF-8 with a byte order mark, RFC 4180. */
export function clientsCsv(analysis: Analysis): string {
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
  ]);
  return `\ufeff${[HEADER, ...rows].map(csvLine).join("\r\n")}\r\n`;
}

/** One line; safe against formula injection, quoted where needed. Plain negative numbers stay numbers. */
export function csvLine(cells: readonly string[]): string {
  return cells
    .map((cell) => {
      const isNumber = /^-?\d+(?:\.\d+)?$/.test(cell);
      const safe = FORMULA_START.test(cell) && !isNumber ? `'${cell}` : cell;
      return /[",\r\n;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    })
    .join(",");
}

function money(minor: number): string {
  const sign = minor < 0 ? "-" : "";
  const digits = String(Math.abs(minor)).padStart(3, "0");
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function decimal(value: number | null): string {
  return value === null ? "" : value.toFixed(4);
}
