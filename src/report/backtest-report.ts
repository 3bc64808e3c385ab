import type { Backtest, BacktestWindow } from "../analytics/backtest.ts";
import type { ChurnMetrics } from "../analytics/backtest-metrics.ts";
import { dayText } from "../analytics/calendar.ts";
import type { Method } from "../analytics/choose.ts";
import type { Population } from "../analytics/churn-types.ts";
import { alignColumns } from "./columns.ts";
import { csvLine } from "./csv-line.ts";

/** What `pulse backtest --json` prints: days as `YYYY-MM-DD`, no single clients. */
export interface BacktestDocument extends Omit<Backtest, "end" | "windows" | "testableFrom"> {
  readonly version: 1;
  /** Where the history is too short: the day from which a window can be tested. */
  readonly testableFrom: string | null;
  /** Last purchase day. */
  readonly asOf: string;
  /** Newest first. */
  readonly cutoffs: readonly BacktestCutoff[];
}

interface BacktestCutoff
  extends Omit<BacktestWindow, "cutoff" | "populations" | "predictions">,
    Readonly<Record<Population, Readonly<Record<Method, ChurnMetrics>>>> {
  readonly cutoff: string;
}

export function backtestDocument({
  end,
  windows,
  testableFrom,
  ...facts
}: Backtest): BacktestDocument {
  return {
    version: 1,
    asOf: dayText(end),
    ...facts,
    testableFrom: testableFrom === null ? null : dayText(testableFrom),
    cutoffs: windows.map(({ cutoff, populations, predictions: _, ...window }) => ({
      cutoff: dayText(cutoff),
      ...populations,
      ...window,
    })),
  };
}

const HEADER = ["cutoff", "id", "pNoPurchase", "pAlive", "expectedPurchases", "low80", "high80"];

/** What was said about every client at every cutoff, numbers to full length. */
export function predictionsCsv(backtest: Backtest): string {
  const rows = backtest.windows.flatMap(({ cutoff, predictions }) =>
    predictions.map((row) => [
      dayText(cutoff),
      row.id,
      ...[row.pNoPurchase, row.pAlive, row.expectedPurchases, row.low80, row.high80].map(String),
    ]),
  );
  return `${[HEADER, ...rows].map((cells) => csvLine(cells)).join("\r\n")}\r\n`;
}

const COLUMNS = ["logLoss", "brier", "auc", "aucLow", "aucHigh", "ece", "precisionAtK"] as const;

/** The same for a person: one line a cutoff, population and method. */
export function backtestTable(document: BacktestDocument): string {
  const { signal, reason, chosen, horizonDays, clients, repeatBuyers } = document;
  const rows = document.cutoffs.flatMap((window) =>
    (["all", "active"] as const).flatMap((population) =>
      Object.entries(window[population]).map(([method, metrics]) => [
        window.cutoff,
        population,
        method === "chosen" ? `chosen (${window.method})` : method,
        String(metrics.n),
        ...COLUMNS.map((column) => metrics[column]?.toFixed(4) ?? "-"),
      ]),
    ),
  );
  const head = ["cutoff", "population", "method", "n", ...COLUMNS];
  const sides = head.map((_, at) => (at < 3 ? ("left" as const) : ("right" as const)));
  return [
    `signal    ${signal}${reason === null ? "" : ` (${reason})`}`,
    `chosen    ${chosen ?? "-"}`,
    `horizon   ${horizonDays} days`,
    `base      ${clients} clients, ${repeatBuyers} bought again`,
    ...(rows.length === 0 ? [] : ["", ...alignColumns([head, ...rows], sides)]),
  ].join("\n");
}
