import type { Prediction } from "../analytics/fit.ts";
import { csvLine } from "./csv-line.ts";

const HEADER = ["id", "x", "tx", "T", "pAlive", "expectedPurchases", "meanSpend"];

/** Forecasts of a fitted model, one client a line, numbers to full length; what a model does not know is empty. */
export function fitCsv(predictions: readonly Prediction[]): string {
  const rows = predictions.map((row) => [
    row.id,
    ...[row.x, row.tx, row.T, row.pAlive, row.expectedPurchases, row.meanSpend].map(numberText),
  ]);
  return `${[HEADER, ...rows].map((cells) => csvLine(cells)).join("\r\n")}\r\n`;
}

function numberText(value: number | null): string {
  return value === null ? "" : String(value);
}
