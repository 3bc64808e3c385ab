import { type Format, type Locale, makeFormat } from "../pages/texts/format.ts";
import { textsOf } from "../pages/texts/index.ts";
import { SEGMENT_NAMES } from "../pages/texts/segments.ts";
import type { Texts } from "../pages/texts/texts.ts";
import type { Analysis } from "./analysis.ts";

const WORDS = {
  ru: {
    title: "Пульс клиента",
    asOf: "на",
    period: "Период",
    clients: "Клиентов",
    purchases: "Покупок",
    revenue: "Выручка",
    unknown: "неизвестно",
    undefined: "не определено",
    segments: "Сегменты RFM",
    figures: "Показатели",
    pareto: "80 % выручки дают",
    ofClients: "клиентов",
    model: "Прогноз",
    noForecast: "только факты",
    horizon: "Вероятность считаем на",
    quality: "Качество данных",
    rows: "строк",
    lines: "строки",
    risk: "Кому звонить первыми (без покупок дольше обычного, самые ценные)",
    silent: "молчит",
    columns: "Столбцы",
    client: "клиент",
    date: "дата",
    amount: "сумма",
    none: "нет",
  },
  en: {
    title: "Client Pulse",
    asOf: "as of",
    period: "Period",
    clients: "Clients",
    purchases: "Purchases",
    revenue: "Revenue",
    unknown: "unknown",
    undefined: "not defined",
    segments: "RFM segments",
    figures: "Figures",
    pareto: "80 % of revenue comes from",
    ofClients: "of clients",
    model: "Forecast",
    noForecast: "facts only",
    horizon: "Probabilities are for",
    quality: "Data quality",
    rows: "rows",
    lines: "lines",
    risk: "Call first (silent for longer than usual, most valuable)",
    silent: "silent for",
    columns: "Columns",
    client: "client",
    date: "date",
    amount: "amount",
    none: "none",
  },
} as const;

type Words = Readonly<Record<keyof (typeof WORDS)["en"], string>>;

const BAR_WIDTH = 24;
const CALL_FIRST = 10;

/** A summary for a person at a terminal: what is in the file, how the base is doing, whom to call first. */
export function terminalSummary(analysis: Analysis, locale: Locale): string {
  const words: Words = WORDS[locale];
  const format = makeFormat(locale, analysis.currency, `${analysis.asOf}T00:00:00Z`);
  const { guessed, period, revenueMinor } = analysis;
  const { columns } = guessed;
  const amount = columns.amount ?? words.none;
  return [
    `${words.title}: ${words.asOf} ${analysis.asOf}`,
    "",
    `${words.columns}: ${words.client} = ${columns.client}, ${words.date} = ${columns.date}, ${words.amount} = ${amount} (${guessed.encoding}, "${guessed.delimiter === "\t" ? "tab" : guessed.delimiter}")`,
    `${words.period}: ${period.from} .. ${period.to}`,
    `${words.clients}: ${format.int(analysis.clients)}   ${words.purchases}: ${format.int(analysis.purchases)}   ${words.revenue}: ${revenueMinor === null ? words.unknown : format.moneyExact(revenueMinor)}`,
    ...paretoLine(analysis, words, format),
    "",
    words.figures,
    ...figureLines(analysis, textsOf(locale), words, format),
    "",
    words.segments,
    ...segmentLines(analysis, locale, format),
    "",
    ...modelLines(analysis, textsOf(locale), words, format),
    ...callFirst(analysis, words, format),
    ...qualityLines(analysis, words, format),
  ].join("\n");
}

function paretoLine(analysis: Analysis, words: Words, format: Format): string[] {
  const share = analysis.pareto.clientsShareFor80;
  return share === null ? [] : [`${words.pareto} ${format.percent(share)} ${words.ofClients}`];
}

function figureLines(analysis: Analysis, texts: Texts, words: Words, format: Format): string[] {
  const names: Readonly<Record<string, { readonly name: string } | undefined>> =
    texts.overview.kpis;
  return Object.entries(analysis.kpis).map(([code, kpi]) => {
    const name = names[code]?.name ?? code;
    return `  ${name.padEnd(44)} ${figure(kpi.value, kpi.unit, words, format)}`;
  });
}

function figure(value: number | null, unit: string, words: Words, format: Format): string {
  if (value === null) return words.undefined;
  switch (unit) {
    case "money":
      return format.moneyExact(Math.round(value));
    case "share":
      return format.percent(value);
    case "days":
      return format.days(Math.round(value));
    case "count":
      return format.int(value);
    default:
      return format.ratio(value);
  }
}

function segmentLines(analysis: Analysis, locale: Locale, format: Format): string[] {
  const names: Readonly<Record<string, string | undefined>> = SEGMENT_NAMES[locale];
  const widest = Math.max(...analysis.segments.map((segment) => segment.share), 1e-9);
  return analysis.segments.map((segment) => {
    const bar = "█".repeat(Math.max(1, Math.round((segment.share / widest) * BAR_WIDTH)));
    const name = (names[segment.code] ?? segment.code).padEnd(26);
    const count = format.int(segment.clients).padStart(8);
    return `  ${name}${count}  ${format.percent(segment.share).padStart(6)}  ${bar}`;
  });
}

function modelLines(analysis: Analysis, texts: Texts, words: Words, format: Format): string[] {
  const { model } = analysis;
  if (model.name === null) {
    const reasons: Readonly<Record<string, string | undefined>> = texts.overview.tierReasons;
    return [`${words.model}: ${words.noForecast}. ${reasons[model.reason ?? ""] ?? ""}`, ""];
  }
  return [
    `${words.model}: ${model.name}, n = ${format.int(model.n)}. ${words.horizon} ${format.days(model.horizonDays)}.`,
    "",
  ];
}

function callFirst(analysis: Analysis, words: Words, format: Format): string[] {
  const rows = analysis.clientsTable
    .filter((row) => row.lifecycle === "at_risk")
    .sort((left, right) => worth(right) - worth(left) || left.id.localeCompare(right.id))
    .slice(0, CALL_FIRST);
  if (rows.length === 0) return [];
  return [
    words.risk,
    ...rows.map(
      (row) =>
        `  ${row.id.padEnd(24)} ${format.purchases(row.purchases).padEnd(14)} ${format.moneyExact(row.totalMinor).padStart(18)}   ${words.silent} ${format.days(row.recencyDays)}`,
    ),
    "",
  ];
}

/** What is at stake: the expected money where we dare to expect any, else the money so far. */
function worth(row: Analysis["clientsTable"][number]): number {
  return row.ltvMinor ?? row.totalMinor;
}

function qualityLines(analysis: Analysis, words: Words, format: Format): string[] {
  if (analysis.dataQuality.length === 0) return [];
  return [
    words.quality,
    ...analysis.dataQuality.map((row) => {
      const lines =
        row.lines.length === 0
          ? ""
          : ` (${words.lines} ${row.lines.join(", ")}${row.count > row.lines.length ? ", …" : ""})`;
      return `  ${row.code}: ${format.int(row.count)} ${words.rows}${lines}`;
    }),
    "",
  ];
}
