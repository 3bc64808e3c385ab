import { type Format, type Locale, makeFormat } from "../pages/texts/format.ts";
import { textsOf } from "../pages/texts/index.ts";
import { SEGMENT_NAMES } from "../pages/texts/segments.ts";
import { type Analysis, OPTIONAL_COLUMNS } from "./analysis.ts";
import { alignColumns, plainText } from "./columns.ts";
import { segmentationLines } from "./segment-lines.ts";
import { WORDS } from "./words.ts";

const BAR_WIDTH = 24;
const CALL_FIRST = 10;
const NAME_WIDTH = 28;

const MODEL_NAMES: Readonly<Record<string, string | undefined>> = {
  bgnbd: "BG/NBD",
  mbgnbd: "MBG/NBD",
};

/** Figures about something the file does not hold are not worth a line each. */
const NOT_ASKED: ReadonlySet<string> = new Set([
  "no_spend",
  "no_sources",
  "no_margin",
  "not_recurring",
]);

interface Page {
  readonly analysis: Analysis;
  readonly locale: Locale;
  readonly words: (typeof WORDS)[Locale];
  readonly format: Format;
}

/**
 * A summary for a person at a terminal: what is in the file, how the base is doing, whom to call first.
 * Plain text; with `hasStyle` headings are bold.
 */
export function terminalSummary(analysis: Analysis, locale: Locale, hasStyle = false): string {
  const words = WORDS[locale];
  const format = makeFormat(locale, analysis.currency, `${analysis.asOf}T00:00:00Z`);
  const page: Page = { analysis, locale, words, format };
  const heading = (text: string) => (hasStyle ? `\u001b[1m${text}\u001b[22m` : text);
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ["", heading(title), ...lines.map((line) => `  ${line}`)];
  return [
    heading(`${words.title}, ${words.asOf} ${analysis.asOf}`),
    "",
    ...factLines(page),
    ...section(words.figures, figureLines(page)),
    ...section(words.segments, [
      ...segmentLines(page),
      ...segmentationLines(analysis.segmentation, locale, format),
    ]),
    ...section(words.callFirst, callFirst(page)),
    ...section(words.quality, qualityLines(page)),
  ]
    .join("\n")
    .replaceAll(/[\u00a0\u202f]/g, " ");
}

function factLines({ analysis, locale, words, format }: Page): string[] {
  const { guessed, period, revenueMinor, model } = analysis;
  const { columns } = guessed;
  const name = (text: string | null) => (text === null ? words.none : plainText(text, NAME_WIDTH));
  const reasons: Readonly<Record<string, string | undefined>> =
    textsOf(locale).overview.tierReasons;
  const [kind = "", k = ""] = (model.name ?? "").split("-");
  const modelText =
    model.name === null
      ? `${words.noForecast}. ${reasons[model.reason ?? ""] ?? ""}`.trim()
      : words.modelLine
          .replace("{name}", `${MODEL_NAMES[kind] ?? kind}${k === "1" ? "" : `, k = ${k}`}`)
          .replace("{n}", format.clients(model.n))
          .replace("{days}", format.days(model.horizonDays));
  const revenue = revenueMinor === null ? words.unknown : format.moneyExact(revenueMinor);
  return alignColumns(
    [
      [
        words.columns,
        `${words.client} = ${name(columns.client)}, ${words.date} = ${name(columns.date)}, ${words.amount} = ${name(columns.amount)}${optionalColumns(columns, words)}`,
      ],
      [words.file, fileText(guessed, words)],
      [words.period, `${period.from} .. ${period.to}`],
      [
        words.base,
        `${format.clients(analysis.clients)}, ${format.purchases(analysis.purchases)}, ${words.revenue} ${revenue}`,
      ],
      [words.model, modelText],
      ...checkLines({ analysis, locale, words, format }).map((line, at) => [
        at === 0 ? words.check : "",
        line,
      ]),
    ],
    ["left", "left"],
  );
}

/** Columns beside client, date and sum, where the file has them. */
function optionalColumns(columns: Analysis["guessed"]["columns"], words: Page["words"]): string {
  return OPTIONAL_COLUMNS.map((role) => {
    const name = columns[role] ?? null;
    return name === null ? "" : `, ${words.optionalColumns[role]} = ${plainText(name, NAME_WIDTH)}`;
  }).join("");
}

function fileText(guessed: Analysis["guessed"], words: Page["words"]): string {
  const { delimiter, encoding, sheet } = guessed;
  if (delimiter === null) {
    return sheet ? `${encoding}, ${words.sheet} "${plainText(sheet, NAME_WIDTH)}"` : encoding;
  }
  return `${encoding}, ${delimiter === "\t" ? words.tab : `"${delimiter}"`}`;
}

/**
 * How often the forecasts were wrong on past windows and how often silence alone; or why that cannot be said. Judged is the
 * core, because its probabilities are the ones this summary is made of.
 */
function checkLines({ analysis, words, format }: Page): string[] {
  const { signal, reason, cutoffs, horizonDays } = analysis.backtest;
  const why = Object.entries(words.checkReasons).find(([code]) => code === reason)?.[1] ?? "";
  if (signal === "refused") return [why === "" ? words.noCheck : `${words.noCheck}: ${why}`];
  if (signal === "none") return [words.noSignal, why];
  const wrong = (method: "core" | "hiatus") =>
    cutoffs.reduce((sum, { active }) => sum + (active[method].errorRate ?? 0), 0) / cutoffs.length;
  return [
    words.checkWrong
      .replace("{windows}", format.int(cutoffs.length))
      .replace("{days}", format.days(horizonDays))
      .replace("{share}", format.percent(wrong("core"))),
    words.checkRule.replace("{share}", format.percent(wrong("hiatus"))),
  ];
}

function figureLines({ analysis, locale, words, format }: Page): string[] {
  const names: Readonly<Record<string, { readonly name: string } | undefined>> =
    textsOf(locale).overview.kpis;
  const figure = (value: number | null, unit: string): string => {
    if (value === null) return words.undefined;
    if (unit === "money") return format.moneyExact(Math.round(value));
    if (unit === "share" || unit === "percent") return format.percent(value);
    if (unit === "days") return format.days(value);
    return unit === "count" ? format.int(value) : format.ratio(value);
  };
  return alignColumns(
    Object.entries(analysis.kpis)
      .filter(([, kpi]) => !NOT_ASKED.has(kpi.note ?? ""))
      .map(([code, kpi]) => [names[code]?.name ?? code, figure(kpi.value, kpi.unit)]),
    ["left", "right"],
  );
}

function segmentLines({ analysis, locale, format }: Page): string[] {
  const names: Readonly<Record<string, string | undefined>> = SEGMENT_NAMES[locale];
  const widest = analysis.segments.reduce((most, { share }) => Math.max(most, share), 1e-9);
  return alignColumns(
    analysis.segments.map((segment) => [
      names[segment.code] ?? segment.code,
      format.int(segment.clients),
      format.percent(segment.share),
      "█".repeat(Math.max(1, Math.round((segment.share / widest) * BAR_WIDTH))),
    ]),
    ["left", "right", "right", "left"],
  );
}

function callFirst({ analysis, words, format }: Page): string[] {
  const rows = analysis.clientsTable
    .filter((row) => row.lifecycle === "at_risk")
    .sort((left, right) => worth(right) - worth(left) || left.id.localeCompare(right.id))
    .slice(0, CALL_FIRST);
  if (rows.length === 0) return [];
  const { head } = words;
  const hasMoney = analysis.revenueMinor !== null;
  const hasExpected = rows.some((row) => row.ltvMinor !== null);
  const cells = rows.map((row) => ({
    always: [plainText(row.id, NAME_WIDTH), format.int(row.purchases)],
    total: format.moneyExact(row.totalMinor),
    expected: row.ltvMinor === null ? "" : format.moneyExact(Math.round(row.ltvMinor)),
    silent: format.days(row.recencyDays),
  }));
  const table = [{ always: [head.client, head.purchases], ...head }, ...cells].map((row) => [
    ...row.always,
    ...(hasMoney ? [row.total] : []),
    ...(hasExpected ? [row.expected] : []),
    row.silent,
  ]);
  return alignColumns(table, ["left", "right", "right", "right", "right"]);
}

/** What is at stake: the expected money where we dare to expect any, else the money so far, else the habit. */
function worth(row: Analysis["clientsTable"][number]): number {
  return row.ltvMinor ?? (row.totalMinor || row.purchases);
}

function qualityLines({ analysis, words, format }: Page): string[] {
  if (analysis.dataQuality.length === 0) return [words.allGood];
  return alignColumns(
    analysis.dataQuality.map((row) => {
      const more = row.count > row.lines.length ? ", …" : "";
      const place = row.count === 1 ? words.line : words.lines;
      const lines = row.lines.length === 0 ? "" : ` (${place} ${row.lines.join(", ")}${more})`;
      return [format.int(row.count), `${words.qualityReasons[row.code]}${lines}`];
    }),
    ["right", "left"],
  );
}
