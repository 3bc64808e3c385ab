/** Names of the eleven RFM segments by code, from best to worst: what pages show and what our tags say in the CRM. */
export const SEGMENT_NAMES = {
  ru: {
    champions: "Чемпион",
    loyal: "Лояльный",
    potential_loyalist: "Перспективный лояльный",
    new: "Новый",
    promising: "Многообещающий",
    need_attention: "Требует внимания",
    about_to_sleep: "Засыпает",
    at_risk: "В зоне риска",
    cannot_lose: "Нельзя потерять",
    hibernating: "Спящий",
    lost: "Потерянный",
  },
  en: {
    champions: "Champion",
    loyal: "Loyal",
    potential_loyalist: "Potential loyalist",
    new: "New",
    promising: "Promising",
    need_attention: "Needs attention",
    about_to_sleep: "About to sleep",
    at_risk: "At risk",
    cannot_lose: "Cannot lose",
    hibernating: "Hibernating",
    lost: "Lost",
  },
} as const;

/** What people read for a segment; an unknown code stays as it is. */
export function segmentName(code: string, locale: "ru" | "en"): string {
  const names: Readonly<Record<string, string>> = SEGMENT_NAMES[locale];
  return names[code] ?? code;
}
