import { en } from "./en.ts";
import type { Locale } from "./format.ts";
import { ru } from "./ru.ts";
import type { Texts } from "./texts.ts";

const DICTIONARIES: Readonly<Record<Locale, Texts>> = { ru, en };

export function textsOf(locale: Locale): Texts {
  return DICTIONARIES[locale];
}
