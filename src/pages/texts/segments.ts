import type { RfmSegmentCode } from "./codes.ts";
import type { Locale } from "./format.ts";

/** Names of the eleven RFM segments, in the order from best to worst. */
export const SEGMENT_NAMES: Readonly<Record<Locale, Readonly<Record<RfmSegmentCode, string>>>> = {
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
};
