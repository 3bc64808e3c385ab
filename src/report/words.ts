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
  readonly revenue: string;
  readonly unknown: string;
  readonly undefined: string;
  readonly segments: string;
  readonly figures: string;
  readonly check: string;
  readonly noSignal: string;
  readonly noCheck: string;
  readonly quality: string;
  readonly allGood: string;
  readonly line: string;
  readonly lines: string;
  /** `{n}` kinds of problems that have no line. */
  readonly moreProblems: string;
  /** Behind a column that was found by what is in it. */
  readonly guessed: string;
  readonly usual: string;
  readonly silent: string;
  readonly once: string;
  readonly stake: string;
  readonly usualMoney: string;
  /** Where to read on. */
  readonly next: string;
  readonly qualityReasons: Readonly<Record<DataQualityRow["code"], string>>;
}

export const WORDS: Readonly<Record<Locale, Words>> = {
  ru: {
    title: "Пульс клиента",
    asOf: "на",
    file: "Файл",
    columns: "столбцы",
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
      order: "заказ (строки одного заказа — одна покупка)",
      quantity: "количество (умножено на цену)",
    },
    none: "нет",
    tab: "табуляция",
    sheet: "лист",
    revenue: "выручка",
    unknown: "неизвестна",
    undefined: "не определено",
    segments: "Сегменты RFM",
    figures: "Показатели",
    check: "Проверка",
    noSignal: "пригодного сигнала нет, на вероятности полагаться нельзя",
    noCheck: "на прошлом не проверяется",
    quality: "Данные",
    allGood: "все строки прочитаны",
    line: "строка",
    lines: "строки",
    moreProblems: "и другие замечания: {n}, все они в отчёте и в JSON",
    guessed: "(угадан)",
    usual: "обычно",
    silent: "молчит",
    once: "купил один раз",
    stake: "на кону",
    usualMoney: "обычно приносит",
    next: "Дальше: --html ОТЧЁТ.html (всё подробно), --clients КЛИЕНТЫ.csv (для CRM)",
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
    columns: "columns",
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
      order: "order (its lines are one purchase)",
      quantity: "quantity (times the price)",
    },
    none: "none",
    tab: "tab",
    sheet: "sheet",
    revenue: "revenue",
    unknown: "unknown",
    undefined: "not defined",
    segments: "RFM segments",
    figures: "Figures",
    check: "Check",
    noSignal: "no usable signal, do not rely on the probabilities",
    noCheck: "cannot be checked on the past",
    quality: "Data",
    allGood: "every row was read",
    line: "line",
    lines: "lines",
    moreProblems: "and other remarks: {n}, all of them are in the report and in JSON",
    guessed: "(guessed)",
    usual: "usually",
    silent: "silent for",
    once: "bought once",
    stake: "at stake",
    usualMoney: "usually brings",
    next: "Next: --html REPORT.html (all in detail), --clients CLIENTS.csv (for a CRM)",
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
