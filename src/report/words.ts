import type { Locale } from "../pages/texts/format.ts";
import type { DataQualityRow, OptionalColumn } from "./analysis.ts";

/** Texts of the terminal summary that the pages do not have. */
interface Words {
  readonly title: string;
  readonly asOf: string;
  readonly file: string;
  readonly columns: string;
  readonly client: string;
  readonly date: string;
  readonly amount: string;
  readonly optionalColumns: Readonly<Record<OptionalColumn, string>>;
  readonly none: string;
  readonly tab: string;
  readonly sheet: string;
  readonly period: string;
  readonly base: string;
  readonly revenue: string;
  readonly unknown: string;
  readonly undefined: string;
  readonly segments: string;
  readonly figures: string;
  readonly model: string;
  readonly noForecast: string;
  /** `{n}` clients, `{days}` of the horizon. */
  readonly modelLine: string;
  readonly check: string;
  /** `{windows}` past windows of `{days}`, `{share}` of active clients misjudged. */
  readonly checkWrong: string;
  readonly checkRule: string;
  readonly noSignal: string;
  readonly noCheck: string;
  /** Reasons the pages have no text for. */
  readonly checkReasons: Readonly<
    Record<"ranking_is_chance" | "no_better_than_base_rate" | "short_history", string>
  >;
  readonly quality: string;
  readonly allGood: string;
  readonly line: string;
  readonly lines: string;
  readonly callFirst: string;
  readonly head: {
    readonly client: string;
    readonly purchases: string;
    readonly total: string;
    readonly expected: string;
    readonly silent: string;
  };
  readonly qualityReasons: Readonly<Record<DataQualityRow["code"], string>>;
}

export const WORDS: Readonly<Record<Locale, Words>> = {
  ru: {
    title: "Пульс клиента",
    asOf: "на",
    file: "Файл",
    columns: "Столбцы",
    client: "клиент",
    date: "дата",
    amount: "сумма",
    optionalColumns: {
      margin: "маржа",
      cost: "себестоимость",
      source: "источник",
      group: "группа товаров",
      status: "статус",
      currency: "валюта",
    },
    none: "нет",
    tab: "табуляция",
    sheet: "лист",
    period: "Период",
    base: "База",
    revenue: "выручка",
    unknown: "неизвестна",
    undefined: "не определено",
    segments: "Сегменты RFM",
    figures: "Показатели",
    model: "Прогноз",
    noForecast: "только факты",
    modelLine: "модель {name} по {n}; вероятность ухода считаем на {days}",
    check: "Проверка",
    checkWrong:
      "на своём прошлом (окон: {windows}, горизонт {days}) ошиблись бы в {share} активных клиентов",
    checkRule: "правило молчания, только дни с последней покупки, ошиблось бы в {share}",
    noSignal: "пригодного сигнала нет, на вероятности полагаться нельзя",
    noCheck: "на прошлом не проверяется",
    checkReasons: {
      ranking_is_chance: "порядок активных клиентов не отличить от случайного",
      no_better_than_base_rate: "вероятности не точнее одной общей доли на всех",
      short_history: "история слишком коротка: прошлое окно целиком в неё не помещается",
    },
    quality: "Качество данных",
    allGood: "все строки прочитаны",
    line: "строка",
    lines: "строки",
    callFirst: "Кому звонить первыми: молчат дольше обычного, самые ценные сверху",
    head: {
      client: "клиент",
      purchases: "покупок",
      total: "принёс всего",
      expected: "ждём за год",
      silent: "молчит",
    },
    qualityReasons: {
      before_table: "текст над таблицей, пропущено",
      no_client: "не указан клиент, не учтено",
      no_date: "нет даты, не учтено",
      unreadable_date: "дата не читается, не учтено",
      unreadable_amount: "сумма не читается, не учтено",
      error_cell: "ошибка таблицы вместо значения (#Н/Д и подобные), не учтено",
      not_won: "сделка не завершена продажей (по статусу), не учтено",
      other_currency: "другая валюта: суммы в разных валютах не складываем, не учтено",
      broken_text: "повреждённые символы, учтено как есть",
      without_sum: "покупка без суммы: учтена в ритме, но не в деньгах",
      after_as_of: "позже даты расчёта, не учтено",
      refunds_only: "клиенты, которым вернули всё: клиентами не считаем",
      suspected_duplicates: "возможные дубли: номер отличается только пробелами или регистром",
      missing_sources: "клиенты без источника",
    },
  },
  en: {
    title: "Client Pulse",
    asOf: "as of",
    file: "File",
    columns: "Columns",
    client: "client",
    date: "date",
    amount: "amount",
    optionalColumns: {
      margin: "margin",
      cost: "cost",
      source: "source",
      group: "product group",
      status: "status",
      currency: "currency",
    },
    none: "none",
    tab: "tab",
    sheet: "sheet",
    period: "Period",
    base: "Base",
    revenue: "revenue",
    unknown: "unknown",
    undefined: "not defined",
    segments: "RFM segments",
    figures: "Figures",
    model: "Forecast",
    noForecast: "facts only",
    modelLine: "model {name} from {n}; chance of leaving is for {days}",
    check: "Check",
    checkWrong:
      "on its own past (windows: {windows}, horizon {days}) wrong about {share} of active clients",
    checkRule: "the silence rule, days since the last purchase alone, wrong about {share}",
    noSignal: "no usable signal, do not rely on the probabilities",
    noCheck: "cannot be checked on the past",
    checkReasons: {
      ranking_is_chance: "the order of active clients cannot be told from chance",
      no_better_than_base_rate: "the probabilities are no better than one rate for everybody",
      short_history: "the history is too short to hold a whole past window",
    },
    quality: "Data quality",
    allGood: "every row was read",
    line: "line",
    lines: "lines",
    callFirst: "Call first: silent for longer than usual, most valuable on top",
    head: {
      client: "client",
      purchases: "purchases",
      total: "total so far",
      expected: "expected a year",
      silent: "silent for",
    },
    qualityReasons: {
      before_table: "text above the table, skipped",
      no_client: "no client, left out",
      no_date: "no date, left out",
      unreadable_date: "date cannot be read, left out",
      unreadable_amount: "amount cannot be read, left out",
      error_cell: "an error of the spreadsheet in place of a value (#N/A), left out",
      not_won: "no completed sale by its status, left out",
      other_currency: "another currency: sums of different currencies are not added, left out",
      broken_text: "damaged characters, taken as they are",
      without_sum: "purchase without a sum: counts for rhythm, not for money",
      after_as_of: "later than the day of the figures, left out",
      refunds_only: "clients who got everything back: not counted as clients",
      suspected_duplicates: "possible duplicates: ids differ only in spaces or letter case",
      missing_sources: "clients without a source",
    },
  },
};
