import { type FitOptions, type FitResult, fitModel, predictClients } from "../../analytics/fit.ts";
import type { PurchaseLog, SpendModel } from "../../analytics/types.ts";
import { AppError } from "../../crm/error.ts";
import { currencyDecimals } from "../../crm/money.ts";
import { fitCsv } from "../../report/fit-csv.ts";
import { readChoice, readCurrency, readDay, readDays, UsageError } from "./options.ts";
import type { Progress } from "./progress.ts";
import { readPurchases } from "./read-purchases.ts";
import { checkTargets, writeWhole } from "./write-whole.ts";

export interface FitCommandOptions {
  readonly file: string;
  readonly model: string | null;
  readonly k: string;
  readonly prior: string;
  readonly until: string | null;
  readonly unit: string;
  readonly predict: string | null;
  readonly clientsFile: string | null;
  /** null = the currency of most rows. */
  readonly currency: string | null;
  readonly isJson: boolean;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
  readonly progress: Progress;
}

const REGULARITIES = { "1": 1, "2": 2, "4": 4, "8": 8 } as const;

/** What `pulse fit --json` prints; `v` of Gamma-Gamma in major units of money. */
export interface FitDocument
  extends Pick<
    FitResult,
    "model" | "params" | "logLikelihood" | "clients" | "unit" | "iterations"
  > {
  readonly ms: number;
}

/** `pulse fit`: one model fitted to one table, and forecasts of its clients when asked for. */
export async function fitFile(options: FitCommandOptions): Promise<string> {
  const wanted = readFitOptions(options);
  const days = readDays("--predict", options.predict);
  if ((days === null) !== (options.clientsFile === null)) {
    throw new UsageError("--predict DAYS and --clients OUT.csv go together");
  }
  checkTargets(options.file, { "--clients": options.clientsFile });
  const currency = options.currency === null ? null : readCurrency(options.currency);
  const { progress } = options;
  const { table } = await readPurchases(options.file, { currency, progress });
  const { log } = table;
  const request = { ...wanted, minorPerMajor: 10 ** currencyDecimals(table.currency) };
  const before = options.elapsed();
  const fit = fitModel(log, request);
  const ms = Math.round(options.elapsed() - before);
  if (fit.clients === 0) throw nothingToFit(options.file, request);
  if (days !== null && options.clientsFile !== null) {
    const spend = fit.spend ?? spendModel(log, request);
    const rows = predictClients(log, fit, spend, days, request.minorPerMajor);
    writeWhole([{ file: options.clientsFile, text: fitCsv(rows) }]);
  }
  const { model, params, logLikelihood, clients, unit, iterations } = fit;
  const document: FitDocument = { model, params, logLikelihood, clients, unit, iterations, ms };
  return options.isJson ? JSON.stringify(document) : readable(document);
}

function readFitOptions(options: FitCommandOptions): Omit<FitOptions, "minorPerMajor"> {
  if (options.model === null) throw new UsageError("fit needs --model bgnbd|mbgnbd|gammagamma");
  return {
    model: readChoice("--model", options.model, ["bgnbd", "mbgnbd", "gammagamma"]),
    k: REGULARITIES[readChoice("--k", options.k, ["1", "2", "4", "8"])],
    prior: readChoice("--prior", options.prior, ["0", "1"]) === "1",
    until: readDay("--until", options.until),
    unit: readChoice("--unit", options.unit, ["day", "week"]),
  };
}

function spendModel(log: PurchaseLog, request: FitOptions): SpendModel | null {
  return fitModel(log, { ...request, model: "gammagamma" }).spend;
}

function nothingToFit(name: string, request: FitOptions): AppError {
  const message =
    request.model === "gammagamma"
      ? `${name}: nobody bought twice with a sum above zero by --until; gammagamma needs repeated sums`
      : `${name}: nobody had bought by --until; choose a later day`;
  return new AppError("input.invalid", { message });
}

function readable(fit: FitDocument): string {
  const rows: [string, string][] = [
    ["model", fit.model],
    ...Object.entries(fit.params).map(([name, value]): [string, string] => [
      name,
      value.toFixed(8),
    ]),
    ["log-likelihood", fit.logLikelihood.toFixed(4)],
    ["clients", String(fit.clients)],
    ["unit", fit.unit],
    ["iterations", String(fit.iterations)],
    ["ms", String(fit.ms)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(16)}${value}`).join("\n");
}
