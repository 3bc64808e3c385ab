/** How people and exports write currencies beside a sum or in a column, by ISO 4217 code. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  RUB: ["₽", "р", "руб", "рубль", "рубля", "рублей", "рос руб", "rub", "rur", "643", "810"],
  USD: ["$", "us$", "usd", "долл", "доллар", "доллары", "долларов", "840"],
  EUR: ["€", "eur", "евро", "978"],
  KZT: ["₸", "kzt", "тг", "тенге"],
  BYN: ["byn", "br", "бел руб"],
  UAH: ["₴", "uah", "грн"],
  GBP: ["£", "gbp"],
  CNY: ["cny", "rmb", "юань", "юаней", "юани"],
  TRY: ["₺", "try"],
  GEL: ["₾", "gel"],
  AZN: ["₼", "azn"],
  AMD: ["֏", "amd"],
  UZS: ["uzs", "сум"],
  KGS: ["kgs", "сом"],
  ILS: ["₪", "ils"],
  INR: ["₹", "inr"],
  PLN: ["zł", "pln"],
  JPY: ["jpy"],
  CHF: ["chf"],
  AED: ["aed"],
};

const CODES: ReadonlyMap<string, string> = new Map(
  Object.entries(SPELLINGS).flatMap(([code, spellings]) =>
    spellings.map((spelling): [string, string] => [spelling, code]),
  ),
);

/** The ISO 4217 code of `₽`, `руб.`, `RUR`, `usd`, `$`; null = not a currency we know. */
export function currencyOf(text: string): string | null {
  const plain = text
    .toLowerCase()
    .replace(/\./g, " ")
    .replace(/[\s\u00a0\u202f]+/g, " ")
    .trim();
  return CODES.get(plain) ?? null;
}

/** ISO 4217 for "no currency": what a column calls something we do not know. */
const UNKNOWN = "XXX";

/** The code of a currency column's cell; null = empty. */
export function currencyCode(cell: string): string | null {
  const text = cell.trim().toUpperCase();
  if (text === "") return null;
  return currencyOf(text) ?? (/^[A-Z]{3}$/.test(text) ? text : UNKNOWN);
}
