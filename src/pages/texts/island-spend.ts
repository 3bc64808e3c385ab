import type { SpendFlaw } from "../../analytics/spend-text.ts";
import type { Locale } from "./format.ts";

/** What the editor of the spend table says while it is used. */
export interface SpendIslandTexts {
  readonly loading: string;
  readonly unsaved: string;
  readonly saving: string;
  readonly saved: string;
  readonly conflict: string;
  /** `{added}` rows are new, `{replaced}` took the place of the same month, channel and kind. */
  readonly taken: string;
  /** `{line}`: what is wrong. */
  readonly flaw: string;
  readonly flaws: Readonly<Record<SpendFlaw, string>>;
  readonly moreFlaws: string;
  readonly removeRow: string;
}

const ru: SpendIslandTexts = {
  loading: "Загружаем таблицу…",
  unsaved: "Есть несохранённые изменения.",
  saving: "Сохраняем…",
  saved: "Сохранено, показатели пересчитаны.",
  conflict:
    "Таблицу тем временем изменил кто-то другой. Скопируйте своё, обновите страницу и внесите ещё раз.",
  taken: "Новых строк: {added}, заменено: {replaced}. Проверьте и сохраните.",
  flaw: "Строка {line}: {reason}",
  flaws: {
    cells: "нужны месяц, канал и сумма через точку с запятой или табуляцию",
    month: "месяц не прочитать, пишите 2026-01 или 01.2026",
    channel: "название канала длиннее 100 знаков",
    amount: "сумму не прочитать, пишите 50000 или 50000,50",
    kind: "вид расхода: маркетинг или продажи",
    twice: "такой месяц, канал и вид уже есть выше",
    empty: "здесь пока ничего нет",
    too_many: "в таблице не больше 1000 строк",
  },
  moreFlaws: "И ещё строк с ошибками: {n}",
  removeRow: "Убрать строку: {month}, {channel}",
};

const en: SpendIslandTexts = {
  loading: "Reading the table…",
  unsaved: "There are unsaved changes.",
  saving: "Saving…",
  saved: "Saved, the figures are counted anew.",
  conflict:
    "Somebody else has changed the table in the meantime. Copy what is yours, reload the page and enter it again.",
  taken: "New rows: {added}, replaced: {replaced}. Look them over and save.",
  flaw: "Row {line}: {reason}",
  flaws: {
    cells: "a month, a channel and an amount are needed, parted by semicolons or tabs",
    month: "the month cannot be read, write 2026-01 or 01.2026",
    channel: "the channel's name is longer than 100 characters",
    amount: "the amount cannot be read, write 50000 or 50000.50",
    kind: "the kind is either marketing or sales",
    twice: "this month, channel and kind are above already",
    empty: "there is nothing here yet",
    too_many: "a table has at most 1000 rows",
  },
  moreFlaws: "Rows with mistakes besides: {n}",
  removeRow: "Remove the row: {month}, {channel}",
};

/** A module of its own, so that a browser loads only these. */
export function spendIslandTexts(locale: Locale): SpendIslandTexts {
  return locale === "ru" ? ru : en;
}
