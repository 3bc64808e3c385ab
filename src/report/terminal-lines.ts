import { showValue } from "../pages/kpi-text.ts";
import { fill } from "../pages/texts/fill.ts";
import type { Format, Locale } from "../pages/texts/format.ts";
import { textsOf } from "../pages/texts/index.ts";
import { SEGMENT_NAMES } from "../pages/texts/segments.ts";
import { accuracyOf, hasChances } from "./accuracy.ts";
import { type Analysis, OPTIONAL_COLUMNS } from "./analysis.ts";
import { type CallList, worth } from "./call-list.ts";
import { alignColumns, plainText } from "./columns.ts";
import { MONDAY_CALLS } from "./story.ts";
import type { ReportTexts } from "./texts/texts.ts";
import type { WORDS } from "./words.ts";

/** What every part of the summary is given. */
export interface TerminalPage {
  readonly analysis: Analysis;
  readonly locale: Locale;
  readonly words: (typeof WORDS)[Locale];
  readonly texts: ReportTexts;
  readonly format: Format;
  readonly list: CallList;
}

const NAME_WIDTH = 28;
const COLUMN_WIDTH = 20;
const PROBLEMS_SHOWN = 6;
const LINES_SHOWN = 3;

/** The figures an owner asks for first; all of them are in the JSON and in the report. */
const FIGURES = [
  "average_order",
  "repeat_purchase_rate",
  "ltv_historic",
  "median_interval",
  "retention_rate",
  "churn_rate",
  "pareto_share",
  "expected_revenue_30",
] as const;

/** What a spend table adds. */
const SPEND_FIGURES = ["cac_marketing", "cac_full", "ltv_cac", "payback_months", "romi"] as const;

export function baseLine({ analysis, words, format }: TerminalPage): string {
  const { period, revenueMinor } = analysis;
  const revenue = revenueMinor === null ? words.unknown : format.moneyExact(revenueMinor);
  return `${format.clients(analysis.clients)}, ${format.purchases(analysis.purchases)}, ${words.revenue} ${revenue}; ${period.from} .. ${period.to}`;
}

/** Which columns were taken; one that had no name to go by is marked as a guess. */
export function readingLine({ analysis, words }: TerminalPage): string {
  const { guessed } = analysis;
  const { columns, foundBy } = guessed;
  const roles = ["client", "date", "amount", ...OPTIONAL_COLUMNS] as const;
  const taken = roles.flatMap((role) => {
    const name = columns[role] ?? null;
    const label =
      role === "client" || role === "date" || role === "amount"
        ? words[role]
        : words.optionalColumns[role];
    if (name === null) return role === "amount" ? [`${label} = ${words.none}`] : [];
    const guess = foundBy[role] === "values" ? ` ${words.guessed}` : "";
    return [`${label} = ${plainText(name, COLUMN_WIDTH)}${guess}`];
  });
  return `${words.columns}: ${taken.join(", ")}; ${fileText(guessed, words)}`;
}

/** Encoding and delimiter of a file, or the sheet of a workbook. */
export function fileText(guessed: Analysis["guessed"], words: TerminalPage["words"]): string {
  const { delimiter, encoding, sheet } = guessed;
  if (delimiter === null) {
    return sheet ? `${encoding}, ${words.sheet} "${plainText(sheet, NAME_WIDTH)}"` : encoding;
  }
  return `${encoding}, ${delimiter === "\t" ? words.tab : `"${delimiter}"`}`;
}

/** The first calls of the list that the report shows in full. */
export function callTable({ list, words, format }: TerminalPage): string[] {
  if (list.rows.length === 0) return [];
  const hasMoney = list.basis !== "purchases";
  const head = [
    words.client,
    words.usual,
    words.silent,
    list.basis === "stake" ? words.stake : words.usualMoney,
  ];
  const rows = list.rows
    .slice(0, MONDAY_CALLS)
    .map((row) => [
      plainText(row.id, NAME_WIDTH),
      row.usualDays === null ? words.once : format.everyDays(row.usualDays),
      format.days(row.recencyDays),
      format.money(worth(row, list.basis)),
    ]);
  const shown = [head, ...rows].map((cells) => (hasMoney ? cells : cells.slice(0, -1)));
  return alignColumns(shown, ["left", "left", "left", "right"]);
}

/** Two figures a line. */
export function figureTable({ analysis, locale, words, format }: TerminalPage): string[] {
  const { kpis: names, kpiWords } = textsOf(locale).overview;
  const hasSpend = analysis.acquisition.rows.length > 0;
  const cells = [...FIGURES, ...(hasSpend ? SPEND_FIGURES : [])].flatMap((code) => {
    const figure = analysis.kpis[code];
    if (figure === undefined || figure.note === "no_forecast") return [];
    if (code === "expected_revenue_30" && !hasChances(analysis)) return [];
    const value =
      figure.value === null
        ? words.undefined
        : showValue(figure.value, figure.unit, format, kpiWords);
    return [[names[code].name, value]];
  });
  const half = Math.ceil(cells.length / 2);
  const rows = cells.slice(0, half).map((cell, at) => [...cell, "", ...(cells[half + at] ?? [])]);
  return alignColumns(rows, ["left", "right", "left", "left", "right"]);
}

export function segmentLine({ analysis, locale, format }: TerminalPage): string {
  const names = SEGMENT_NAMES[locale];
  const order = Object.keys(names);
  return analysis.segments
    .toSorted((left, right) => order.indexOf(left.code) - order.indexOf(right.code))
    .map(({ code, clients, share }) => {
      const name = Object.entries(names).find(([known]) => known === code)?.[1] ?? code;
      return `${name}\u00a0${format.int(clients)}\u00a0(${format.percent(share)})`;
    })
    .join(", ");
}

/** How often the forecasts were wrong on past windows and how often silence alone; or why that cannot be said. */
export function checkLines({ analysis, texts, words, format }: TerminalPage): string[] {
  const { signal, reason, horizonDays } = analysis.backtest;
  const { accuracy } = texts;
  const why = reason === null ? "" : accuracy.reasons[reason];
  if (signal === "refused") return [why === "" ? words.noCheck : `${words.noCheck}: ${why}`];
  if (signal === "none") return [`${words.noSignal}: ${why}`];
  const { windows, wrong, ruleWrong } = accuracyOf(analysis);
  if (wrong === null || ruleWrong === null) return [words.noCheck];
  return [
    `${fill(accuracy.usable, {
      windows: format.windows(windows),
      days: format.days(horizonDays),
      share: format.percent(wrong),
    })} ${fill(accuracy.rule, { share: format.percent(ruleWrong) })}`,
  ];
}

/** What is wrong, how often and where, at most six kinds; the others are counted. */
export function qualityLines({ analysis, words, format }: TerminalPage): string[] {
  const { dataQuality } = analysis;
  if (dataQuality.length === 0) return [words.allGood];
  const rows = dataQuality.slice(0, PROBLEMS_SHOWN).map((row) => {
    const shown = row.lines.slice(0, LINES_SHOWN);
    const more = row.count > shown.length ? ", …" : "";
    const place = row.count === 1 ? words.line : words.lines;
    const lines = shown.length === 0 ? "" : ` (${place} ${shown.join(", ")}${more})`;
    return `${format.int(row.count)}\u00a0× ${words.qualityReasons[row.code]}${lines}`;
  });
  const rest = dataQuality.length - rows.length;
  return rest === 0 ? rows : [...rows, fill(words.moreProblems, { n: format.int(rest) })];
}
