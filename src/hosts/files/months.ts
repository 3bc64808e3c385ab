/** Stems of month names as they stand in tables, Russian and English; January first. */
const STEMS = [
  /^(?:янв|jan)/,
  /^(?:фев|feb)/,
  /^(?:мар|mar)/,
  /^(?:апр|apr)/,
  /^(?:ма[йя]|may)/,
  /^(?:июн|jun)/,
  /^(?:июл|jul)/,
  /^(?:авг|aug)/,
  /^(?:сен|sep)/,
  /^(?:окт|oct)/,
  /^(?:ноя|nov)/,
  /^(?:дек|dec)/,
] as const;

/** 1..12 of `янв`, `января`, `Jan`, `January`; 0 = no month. */
export function monthOfName(word: string): number {
  const text = word.toLowerCase();
  return STEMS.findIndex((stem) => stem.test(text)) + 1;
}
