import { backtest } from "../../analytics/backtest.ts";
import { dayText } from "../../analytics/calendar.ts";
import type { Day } from "../../analytics/types.ts";
import { AppError } from "../../crm/error.ts";
import { backtestDocument, backtestTable, predictionsCsv } from "../../report/backtest-report.ts";
import { readDay, readDays } from "./options.ts";
import type { Progress } from "./progress.ts";
import { readPurchases } from "./read-purchases.ts";
import { checkTargets, writeWhole } from "./write-whole.ts";

export interface BacktestCommandOptions {
  readonly file: string;
  readonly horizon: string | null;
  /** None = three, half a horizon apart. */
  readonly cutoffs: readonly string[];
  readonly predictionsFile: string | null;
  readonly isJson: boolean;
  /** Where notes go that are not the result. */
  readonly note: (text: string) => void;
  readonly progress: Progress;
}

/** More clients would not make the figures surer, only the wait longer. */
const MOST_CLIENTS = 50_000;

/** `pulse backtest`: one purchase table in, the accuracy of forecasts on its own past out. */
export async function backtestFile(options: BacktestCommandOptions): Promise<string> {
  const horizonDays = readDays("--horizon", options.horizon);
  const cutoffs = options.cutoffs.flatMap((text) => readDay("--cutoff", text) ?? []);
  checkTargets(options.file, { "--predictions": options.predictionsFile });
  const { table } = await readPurchases(options.file, {
    currency: null,
    progress: options.progress,
  });
  const { log } = table;
  const result = backtest(log, {
    maxClients: MOST_CLIENTS,
    ...(horizonDays === null ? {} : { horizonDays }),
    ...(cutoffs.length === 0 ? {} : { cutoffs }),
  });
  const late = cutoffs.find((cutoff) => cutoff + result.horizonDays > result.end);
  if (late !== undefined) throw notOver(options.file, late, result);
  if (options.predictionsFile !== null) {
    writeWhole([{ file: options.predictionsFile, text: predictionsCsv(result) }]);
    options.note(`the predictions are in ${options.predictionsFile}`);
  }
  if (result.sampled > 0 && result.sampled < log.clients.length) {
    options.note(`tested on an even sample of ${result.sampled} clients`);
  }
  const leftOut = table.problems.reduce((sum, { count }) => sum + count, 0);
  if (leftOut > 0) options.note(`rows left out: ${leftOut}; pulse analyze names their lines`);
  for (const cutoff of cutoffs) {
    if (result.signal !== "refused" && !result.windows.some((window) => window.cutoff === cutoff)) {
      options.note(`${dayText(cutoff)} is left out: the base was too small to be modelled then`);
    }
  }
  const document = backtestDocument(result);
  return options.isJson ? JSON.stringify(document) : backtestTable(document);
}

function notOver(
  name: string,
  cutoff: Day,
  result: { readonly horizonDays: number; readonly end: Day },
): AppError {
  const last = dayText(result.end);
  const latest = dayText(result.end - result.horizonDays);
  return new AppError("input.invalid", {
    message: `${name}: the ${result.horizonDays} days after --cutoff ${dayText(cutoff)} are not over by the last purchase of ${last}; choose ${latest} or earlier, or a shorter --horizon`,
  });
}
