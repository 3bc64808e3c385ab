import type { PurchaseLog } from "../analytics/types.ts";
import { type Analysis, analyse, type DataQualityRow, type Reading } from "./analysis.ts";

export const READING: Reading = {
  columns: { client: "Клиент", date: "Дата", amount: "Сумма" },
  foundBy: { client: "header", date: "header", amount: "header" },
  hasHeader: true,
  delimiter: "\t",
  encoding: "utf-8",
  joinedLines: 0,
  dayOrder: "dayFirst",
  decimalMark: "comma",
};

/** 2025-01-01. */
const FIRST = 20_089;

const LOG: PurchaseLog = {
  clients: ["Альфа, ООО", "Бета\u001b[31m", "Гамма"],
  client: Int32Array.of(0, 0, 1, 1, 2),
  day: Int32Array.of(FIRST, FIRST + 30, FIRST + 14, FIRST + 47, FIRST + 31),
  amountMinor: Float64Array.of(123456, 1000000, 9990, -5000, Number.NaN),
};

/** Three invented clients, four purchases and a refund: what tests of the report print. */
export function sampleAnalysis(
  problems: readonly DataQualityRow[] = [],
  log: PurchaseLog = LOG,
): Analysis {
  const options = { asOf: null, horizonDays: null, currency: "RUB" };
  return analyse(log, READING, problems, options);
}
