import { simulateBase } from "../../analytics/simulate.ts";
import type { Locale } from "../../pages/texts/format.ts";
import { analyse, type Reading } from "../analysis.ts";
import { renderReport } from "./report.tsx";

const READING: Reading = {
  columns: { client: "client", date: "date", amount: "amount" },
  foundBy: { client: "header", date: "header", amount: "header" },
  hasHeader: true,
  delimiter: ";",
  encoding: "utf-8",
  joinedLines: 0,
  dayOrder: "dayFirst",
  decimalMark: "comma",
};

/** 2023-06-01. */
const FIRST_DAY = 19_509;

/** The report of an invented wholesale shop of 400 clients: for pictures, and to look at while the report is changed. */
export function sampleReport(locale: Locale, styles: string): Promise<string> {
  const base = simulateBase({
    clients: 400,
    days: 1_248,
    seed: 11,
    startDay: FIRST_DAY,
    medianGapDays: 38,
    medianMinor: 1_450_000,
    refunds: 0.01,
  });
  const clients = base.clients.map((id) => id.replace("c", "K-"));
  const analysis = analyse({ ...base, clients }, READING, [], {
    asOf: null,
    horizonDays: null,
    currency: locale === "ru" ? "RUB" : "EUR",
  });
  return renderReport(analysis, { locale, file: "purchases.csv", version: "0.1.0", styles });
}
