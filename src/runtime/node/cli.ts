import { parseArgs } from "node:util";
import { AppError } from "../../crm/error.ts";
import { PLANTED_FAULTS } from "../../simulation/plant.ts";
import { readConfig } from "../config.ts";
import { VERSION } from "../version.ts";
import { analyzeFile } from "./analyze-command.ts";
import { backtestFile } from "./backtest-command.ts";
import { BENCHES, benchCommand, benchStep, STEP } from "./bench-command.ts";
import { demo } from "./demo-command.ts";
import { fitFile } from "./fit-command.ts";
import { readChoice, UsageError } from "./options.ts";
import { portalsCommand } from "./portals-command.ts";
import { makeProgress, type Progress } from "./progress.ts";
import { startServer } from "./server.ts";
import { isPlantedFault, simulateCommand } from "./simulate-command.ts";

const HELP = `Client Pulse ${VERSION}

pulse serve                     the server, configured by environment
pulse demo [--purchases FILE] [--exit]
                                sandbox CRMs, install, first sync, addresses
pulse analyze FILE [--as-of DATE] [--horizon DAYS] [--json] [--html OUT.html]
              [--clients OUT.csv] [--problems OUT.csv] [--rule FILE.json|RECIPE]
              [--rfm-thresholds LIMITS] [--spend FILE] [--currency RUB] [--locale ru|en]
                                figures and segments of a table of purchases (.csv, .csv.gz, .xlsx);
                                --html writes one report to read, forward and print,
                                --problems names every row left out, with its line and reason,
                                --spend reads what channels cost by month
pulse backtest FILE [--horizon DAYS] [--cutoff DATE]... [--predictions OUT.csv] [--json]
                                how right the forecasts would have been on the table's own
                                past, beside simple rules
pulse fit FILE --model bgnbd|mbgnbd|gammagamma [--k 1|2|4|8] [--prior 0|1]
              [--until DATE] [--unit week|day] [--predict DAYS --clients OUT.csv]
              [--currency RUB] [--json]
                                one purchase model fitted to a table, plain maximum
                                likelihood unless --prior 1
pulse simulate [--seed S] [--count N]
                                deterministic simulation, prints violations
pulse portals list|show|pause|resume|resync [PORTAL] [--json]
                                the CRM accounts of this server, named like amocrm:28805383
pulse portals verify PORTAL [--json]
                                what the account lacks: connection, rights, hooks, fields;
                                changes nothing, exit code 1 when something is wrong
pulse portals add [ADDRESS]     connects the account of a long-lived token read from stdin;
                                ADDRESS such as example.amocrm.ru
pulse bench [NAME...]           measurements, one JSON object a line
pulse help, pulse version

Exit code 0 = done, 1 = failure, 2 = the command was not understood. --debug shows where an error came from.
`;

/** The demo's CRMs and our limiter run so many times faster than life: its sync takes seconds, not minutes. */
const DEMO_SPEED = 40;

/** For what is still to be written to stdout. */
const LAST_WORDS_MS = 500;

type Command = (args: string[]) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  serve,
  analyze,
  backtest,
  fit,
  demo: demoCommand,
  simulate: simulateCli,
  bench: benchCli,
  portals: portalsCli,
  help: async () => print(HELP),
  version: async () => print(VERSION),
};

/** Runs one command; the exit code: 0, 1 for failure, 2 for usage. Never a stack trace without `--debug`. */
export async function main(argv: readonly string[]): Promise<number> {
  const isDebug = argv.includes("--debug");
  const [word = "help", ...args] = argv.filter((part) => part !== "--debug");
  const name = args.includes("--help") ? "help" : word.replace(/^--/, "");
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) return fail(`unknown command ${word}; see pulse help`, 2);
  endQuietlyWhenNobodyReads();
  try {
    return await command(args);
  } catch (thrown) {
    if (isDebug && thrown instanceof Error) process.stderr.write(`${thrown.stack}\n`);
    return fail(sentence(thrown), isUsage(thrown) ? 2 : 1);
  }
}

async function portalsCli(args: string[]): Promise<number> {
  const { text, code } = await portalsCommand(args, process.env);
  print(text);
  return code;
}

async function serve(): Promise<number> {
  const server = await startServer(readConfig(process.env));
  await new Promise<void>((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
  await server.close();
  // A request to a slow CRM would keep the process for its whole time-out.
  setTimeout(() => process.exit(), LAST_WORDS_MS).unref();
  return 0;
}

async function analyze(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      "as-of": { type: "string" },
      horizon: { type: "string" },
      json: { type: "boolean", default: false },
      clients: { type: "string" },
      html: { type: "string" },
      problems: { type: "string" },
      rule: { type: "string" },
      "rfm-thresholds": { type: "string" },
      spend: { type: "string" },
      currency: { type: "string" },
      locale: { type: "string" },
    },
  });
  refuseEmpty(values);
  const languages = process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || "en";
  const isEnglish = /^(?:en|C$|C\.|POSIX)/.test(languages);
  return print(
    await analyzeFile({
      file: onlyFile("analyze", positionals),
      asOf: values["as-of"] ?? null,
      horizon: values.horizon ?? null,
      isJson: values.json,
      rule: values.rule ?? null,
      rfmThresholds: values["rfm-thresholds"] ?? null,
      clientsFile: values.clients ?? null,
      htmlFile: values.html ?? null,
      problemsFile: values.problems ?? null,
      spendFile: values.spend ?? null,
      currency: values.currency ?? null,
      locale: readChoice("--locale", values.locale ?? (isEnglish ? "en" : "ru"), ["ru", "en"]),
      hasStyle: process.stdout.isTTY === true && !process.env.NO_COLOR,
      note: (text) => void fail(text, 0),
      progress: progress(),
    }),
  );
}

async function backtest(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      horizon: { type: "string" },
      cutoff: { type: "string", multiple: true, default: [] },
      predictions: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  refuseEmpty(values);
  return print(
    await backtestFile({
      file: onlyFile("backtest", positionals),
      horizon: values.horizon ?? null,
      cutoffs: values.cutoff,
      predictionsFile: values.predictions ?? null,
      isJson: values.json,
      note: (text) => void fail(text, 0),
      progress: progress(),
    }),
  );
}

async function fit(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      model: { type: "string" },
      k: { type: "string", default: "1" },
      prior: { type: "string", default: "0" },
      until: { type: "string" },
      unit: { type: "string", default: "week" },
      predict: { type: "string" },
      clients: { type: "string" },
      currency: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  refuseEmpty(values);
  return print(
    await fitFile({
      file: onlyFile("fit", positionals),
      model: values.model ?? null,
      k: values.k,
      prior: values.prior,
      until: values.until ?? null,
      unit: values.unit,
      predict: values.predict ?? null,
      clientsFile: values.clients ?? null,
      currency: values.currency ?? null,
      isJson: values.json,
      elapsed: () => performance.now(),
      progress: progress(),
    }),
  );
}

function progress(): Progress {
  return makeProgress({
    write: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    elapsed: () => performance.now(),
  });
}

function refuseEmpty(values: Readonly<Record<string, unknown>>): void {
  const empty = Object.keys(values).find((name) => [values[name]].flat().includes(""));
  if (empty !== undefined) throw new UsageError(`--${empty} has no value; see pulse help`);
}

function onlyFile(command: string, positionals: readonly string[]): string {
  const [file, ...more] = positionals;
  if (file && more.length === 0) return file;
  throw new UsageError(`${command} takes one FILE (.csv, .csv.gz or .xlsx); see pulse help`);
}

async function demoCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      purchases: { type: "string" },
      exit: { type: "boolean", default: false },
      clients: { type: "string", default: "4000" },
      runtime: { type: "string", default: "node" },
    },
  });
  if (values.runtime !== "node") throw new UsageError("--runtime: only node can run the demo yet");
  const clients = Number(values.clients);
  if (!Number.isInteger(clients) || clients < 1 || clients > 200_000) {
    throw new UsageError("--clients is a number from 1 to 200000");
  }
  return demo({
    purchasesFile: values.purchases ?? null,
    isExit: values.exit,
    clients,
    speed: DEMO_SPEED,
  });
}

async function simulateCli(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "10" },
      plant: { type: "string" },
    },
  });
  const seed = Number(values.seed);
  const count = Number(values.count);
  if (!Number.isSafeInteger(seed) || !Number.isInteger(count) || count < 1) {
    throw new UsageError("--seed and --count are whole numbers");
  }
  const fault = values.plant ?? null;
  if (fault !== null && !isPlantedFault(fault)) {
    throw new UsageError(`--plant is one of ${PLANTED_FAULTS.join(", ")}`);
  }
  return simulateCommand({ seed, count, fault });
}

async function benchCli(args: string[]): Promise<number> {
  if (args[0] === STEP) return benchStep(args.slice(1));
  const unknown = args.find((name) => !(name in BENCHES));
  if (unknown)
    throw new UsageError(`no bench ${unknown}; there are ${Object.keys(BENCHES).join(", ")}`);
  return benchCommand(args.length === 0 ? Object.keys(BENCHES) : args);
}

function print(text: string): number {
  process.stdout.write(`${text.trimEnd()}\n`);
  return 0;
}

/** One line on stderr, whatever a file's name or cell may hold. */
function fail(message: string, code: number): number {
  const line = message.replaceAll(/\s+/g, " ").replaceAll(/[\p{Cc}\p{Cf}]/gu, "?");
  process.stderr.write(`pulse: ${line}\n`);
  return code;
}

/** `pulse analyze ... | head` closes our stdout early; that is no failure of ours. */
function endQuietlyWhenNobodyReads(): void {
  process.stdout.once("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

function isUsage(thrown: unknown): boolean {
  if (thrown instanceof UsageError) return true;
  return (
    thrown instanceof TypeError &&
    "code" in thrown &&
    String(thrown.code).startsWith("ERR_PARSE_ARGS")
  );
}

function sentence(thrown: unknown): string {
  if (thrown instanceof AppError || thrown instanceof UsageError) return thrown.message;
  if (isUsage(thrown)) {
    // The rest of the parser's message is about options that look like files.
    return `${(thrown as Error).message.split(/\.\s/, 1)[0]}; see pulse help`;
  }
  const code = thrown instanceof Error && "code" in thrown ? ` (${String(thrown.code)})` : "";
  return `something went wrong on our side${code}; run again with --debug and report it`;
}
