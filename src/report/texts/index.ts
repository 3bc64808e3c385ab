import type { Locale } from "../../pages/texts/format.ts";
import { reportEn } from "./en.ts";
import { reportRu } from "./ru.ts";
import type { ReportTexts } from "./texts.ts";

const DICTIONARIES: Readonly<Record<Locale, ReportTexts>> = { ru: reportRu, en: reportEn };

export function reportTextsOf(locale: Locale): ReportTexts {
  return DICTIONARIES[locale];
}
