import { dayText } from "../analytics/calendar.ts";
import type { Insight, RfmSegmentCode } from "../analytics/types.ts";
import { currencyDecimals } from "../crm/money.ts";
import { SEGMENT_NAMES } from "../crm/segment-names.ts";
import type { PlanContext } from "./rule.ts";

/** Words that go into the CRM. The client's own numbers, never anybody's name. */

type Words = Pick<PlanContext, "locale" | "currency">;

interface TaskWords {
  readonly title: string;
  readonly text: string;
}

/** Russian for the languages of the Russian zones, as the pages do. */
export function pickTaskLocale(text: string | null | undefined): "ru" | "en" {
  const language = (text ?? "").slice(0, 2).toLowerCase();
  return ["ru", "by", "be", "kz", "kk", "uz", "ky"].includes(language) ? "ru" : "en";
}

/** Throws a TypeError for a code without words: a mistake in the catalogue, never data. */
export function taskText(code: string, insight: Insight, words: Words): TaskWords {
  if (code !== "at_risk") throw new TypeError(`No words for the task ${code}.`);
  return words.locale === "ru" ? callRu(insight, words) : callEn(insight, words);
}

function callRu(insight: Insight, words: Words): TaskWords {
  const { daysSinceLast, usualDays, purchases, forecast } = insight;
  const lines = [
    usualDays === null
      ? `Последняя покупка: ${dayRu(insight.lastDay)}, прошло ${daysRu(daysSinceLast)}.`
      : `Обычно покупает раз в ${daysRu(Math.round(usualDays))}, сейчас молчит ${daysRu(daysSinceLast)} (последняя покупка ${dayRu(insight.lastDay)}).`,
    `Всего покупок: ${purchases}${sumWords(insight, words, " на ", "средняя")}.`,
    ...(forecast === null
      ? []
      : [
          `Вероятность, что не купит в ближайшие ${daysRu(forecast.horizonDays)}: около ${percent(forecast.pChurn)} %.`,
        ]),
    "Узнайте, что изменилось и что нужно клиенту сейчас. Договоритесь о следующем шаге и дате.",
  ];
  return { title: `Позвонить клиенту: молчит ${daysRu(daysSinceLast)}`, text: lines.join("\n") };
}

function callEn(insight: Insight, words: Words): TaskWords {
  const { daysSinceLast, usualDays, purchases, forecast } = insight;
  const last = dayText(insight.lastDay);
  const lines = [
    usualDays === null
      ? `Last purchase: ${last}, ${daysEn(daysSinceLast)} ago.`
      : `Usually buys every ${daysEn(Math.round(usualDays))}, silent for ${daysEn(daysSinceLast)} now (last purchase ${last}).`,
    `Purchases so far: ${purchases}${sumWords(insight, words, " for ", "average")}.`,
    ...(forecast === null
      ? []
      : [
          `Chance of no purchase within ${daysEn(forecast.horizonDays)}: about ${percent(forecast.pChurn)} %.`,
        ]),
    "Find out what has changed and what the client needs now. Agree on the next step and its date.",
  ];
  return { title: `Call the client: silent for ${daysEn(daysSinceLast)}`, text: lines.join("\n") };
}

function sumWords(insight: Insight, words: Words, joint: string, average: string): string {
  if (insight.averageMinor === null) return "";
  const total = money(insight.totalMinor, words);
  return `${joint}${total} (${average} ${money(insight.averageMinor, words)})`;
}

function money(minor: number, { locale, currency }: Words): string {
  const amount = minor / 10 ** currencyDecimals(currency);
  return new Intl.NumberFormat(locale === "ru" ? "ru-RU" : "en-GB", {
    style: "currency",
    currency,
    maximumFractionDigits: 0,
  }).format(amount);
}

function percent(share: number): number {
  return Math.round(share * 100);
}

function dayRu(day: number): string {
  return dayText(day).split("-").reverse().join(".");
}

const RU_FORMS: Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> = {
  one: "день",
  few: "дня",
};

function daysRu(days: number): string {
  return `${days} ${RU_FORMS[new Intl.PluralRules("ru").select(days)] ?? "дней"}`;
}

function daysEn(days: number): string {
  return `${days} ${days === 1 ? "day" : "days"}`;
}

const TAG_LABELS: Readonly<Record<"ru" | "en", Readonly<Record<RfmSegmentCode, string>>>> =
  SEGMENT_NAMES;

/** What a person reads for each of our tags; tags without words are left out. */
export function tagLabels(tags: readonly string[], locale: "ru" | "en"): Record<string, string> {
  const known: Readonly<Record<string, string>> = TAG_LABELS[locale];
  const labels: Record<string, string> = {};
  for (const tag of tags) {
    const label = known[tag.slice(tag.indexOf(":") + 1)];
    if (label !== undefined) labels[tag] = label;
  }
  return labels;
}
