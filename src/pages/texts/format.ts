import { currencyDecimals } from "../../crm/money.ts";

export type Locale = "ru" | "en";

/** Numbers, money and dates of one language, one currency and one "now". Pure: the same arguments give the same text. */
export interface Format {
  readonly locale: Locale;
  int(value: number): string;
  /** With a sign and a real minus: `+4`, `−31`, `0`. */
  signed(value: number): string;
  /** `34 дня`. */
  days(value: number): string;
  /** How long since: `сегодня`, `вчера`, `3 дня назад`. */
  daysAgo(value: number): string;
  /** A rhythm: `раз в 7 дней`, `каждый день`. */
  everyDays(value: number): string;
  purchases(value: number): string;
  clients(value: number): string;
  records(value: number): string;
  tasks(value: number): string;
  /** `3 прошлых окна`: times a forecast was tested. */
  windows(value: number): string;
  /** Abbreviated: `412 тыс. ₽`. Minor units in. */
  money(minor: number): string;
  /** To the last minor unit, for `title`. */
  moneyExact(minor: number): string;
  /** A range in one unit: `9–78 тыс. ₽`. */
  moneyRange(lowMinor: number, highMinor: number): string;
  /** A share 0..1 as percent. */
  percent(share: number): string;
  ratio(value: number): string;
  /** Three decimals: `0,571`. */
  precise(value: number): string;
  /** ISO day; the year only when it is not the year of "now". */
  day(isoDay: string): string;
  /** The same with its year, whatever year it is. */
  dayYear(isoDay: string): string;
  /** The same with a short month, for ranges. */
  dayShort(isoDay: string): string;
  /** `2026-01` as `янв. 2026`. */
  month(isoMonth: string): string;
  /** `2026-01` as `янв`. */
  monthShort(isoMonth: string): string;
  /** A length of time in its largest fitting unit: `4 минуты`. */
  duration(seconds: number): string;
}

/** Locale of a page from what a host tells (`ru`, `en`, `br`, `ru-RU`); Russian for the languages of the Russian zones. */
export function pickLocale(text: string | null | undefined): Locale {
  const language = (text ?? "").slice(0, 2).toLowerCase();
  return ["ru", "by", "be", "kz", "kk", "uz", "ky"].includes(language) ? "ru" : "en";
}

type Forms = Readonly<Record<"one" | "few" | "many" | "other", string>>;

const form = (one: string, few: string, many: string, other = few): Forms => ({
  one,
  few,
  many,
  other,
});
const english = (one: string, other: string): Forms => form(one, other, other, other);

const UNITS = {
  ru: {
    day: form("день", "дня", "дней"),
    purchase: form("покупка", "покупки", "покупок"),
    client: form("клиент", "клиента", "клиентов"),
    record: form("запись", "записи", "записей"),
    task: form("задача", "задачи", "задач"),
    window: form("прошлое окно", "прошлых окна", "прошлых окон"),
    second: form("секунда", "секунды", "секунд"),
    minute: form("минута", "минуты", "минут"),
    hour: form("час", "часа", "часов"),
  },
  en: {
    day: english("day", "days"),
    purchase: english("purchase", "purchases"),
    client: english("client", "clients"),
    record: english("record", "records"),
    task: english("task", "tasks"),
    window: english("past window", "past windows"),
    second: english("second", "seconds"),
    minute: english("minute", "minutes"),
    hour: english("hour", "hours"),
  },
} as const;

/**
 * @param currency ISO 4217; anything else is shown as a bare number.
 * @param nowIso the instant the page is true for; decides whether a year is worth showing.
 */
export function makeFormat(locale: Locale, currency: string, nowIso: string): Format {
  const tag = locale === "ru" ? "ru-RU" : "en-GB";
  const units = UNITS[locale];
  const rules = new Intl.PluralRules(tag);
  const number = (options: Intl.NumberFormatOptions = {}) => new Intl.NumberFormat(tag, options);
  const whole = number({ maximumFractionDigits: 0 });
  const count = (value: number, forms: Forms): string => {
    const rounded = Math.round(value);
    const rule = rules.select(rounded);
    const word = rule === "one" || rule === "few" || rule === "many" ? forms[rule] : forms.other;
    return `${minus(whole.format(rounded))}\u00a0${word}`;
  };
  const date = (iso: string, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(tag, { timeZone: "UTC", ...options }).format(new Date(iso));
  const day = (iso: string, month: "long" | "short"): string =>
    date(iso, {
      day: "numeric",
      month,
      ...(iso.slice(0, 4) === nowIso.slice(0, 4) ? {} : { year: "numeric" }),
    }).replace(" г.", "");
  const cash = moneyTexts(tag, currency);
  return {
    locale,
    int: (value) => minus(whole.format(value)),
    signed: (value) => (value > 0 ? `+${whole.format(value)}` : minus(whole.format(value))),
    days: (value) => count(value, units.day),
    ...since(locale, (value) => count(value, units.day)),
    purchases: (value) => count(value, units.purchase),
    clients: (value) => count(value, units.client),
    records: (value) => count(value, units.record),
    tasks: (value) => count(value, units.task),
    windows: (value) => count(value, units.window),
    ...cash,
    percent: (share) =>
      number({ style: "percent", maximumFractionDigits: share < 0.1 && share > 0 ? 1 : 0 }).format(
        share,
      ),
    ratio: (value) => number({ maximumFractionDigits: value < 10 ? 1 : 0 }).format(value),
    precise: (value) =>
      number({ minimumFractionDigits: 3, maximumFractionDigits: 3 }).format(value),
    day: (iso) => day(iso, "long"),
    dayYear: (iso) =>
      date(iso, { day: "numeric", month: "long", year: "numeric" }).replace(" г.", ""),
    dayShort: (iso) => day(iso, "short"),
    month: (iso) => date(`${iso}-01`, { month: "short", year: "numeric" }).replace(" г.", ""),
    monthShort: (iso) => date(`${iso}-01`, { month: "short" }).replace(".", ""),
    duration: (seconds) => {
      if (seconds < 90) return count(Math.max(1, seconds), units.second);
      if (seconds < 90 * 60) return count(seconds / 60, units.minute);
      if (seconds < 48 * 3600) return count(seconds / 3600, units.hour);
      return count(seconds / 86_400, units.day);
    },
  };
}

/** Nobody says "0 days ago" or "every 1 day". */
function since(
  locale: Locale,
  days: (value: number) => string,
): Pick<Format, "daysAgo" | "everyDays"> {
  const isRussian = locale === "ru";
  return {
    daysAgo: (value) => {
      if (value < 0.5) return isRussian ? "сегодня" : "today";
      if (value < 1.5) return isRussian ? "вчера" : "yesterday";
      return isRussian ? `${days(value)} назад` : `${days(value)} ago`;
    },
    everyDays: (value) => {
      if (value < 1.5) return isRussian ? "каждый день" : "every day";
      return isRussian ? `раз в ${days(value)}` : `every ${days(value)}`;
    },
  };
}

/** Intl writes a hyphen in front of negative numbers in English; a minus is what is meant. */
function minus(text: string): string {
  return text.replace("-", "−");
}

function moneyTexts(
  tag: string,
  currency: string,
): Pick<Format, "money" | "moneyExact" | "moneyRange"> {
  const isCurrency = /^[A-Z]{3}$/.test(currency);
  const style: Intl.NumberFormatOptions = isCurrency
    ? { style: "currency", currency, currencyDisplay: "narrowSymbol" }
    : {};
  const scale = 10 ** (isCurrency ? currencyDecimals(currency) : 2);
  const compact = new Intl.NumberFormat(tag, {
    ...style,
    notation: "compact",
    maximumSignificantDigits: 3,
  });
  const plain = new Intl.NumberFormat(tag, { ...style, maximumFractionDigits: 0 });
  const exact = new Intl.NumberFormat(tag, style);
  const short = (minor: number): Intl.NumberFormat =>
    Math.abs(minor / scale) >= 10_000 ? compact : plain;
  return {
    money: (minor) => minus(short(minor).format(minor / scale)),
    moneyExact: (minor) => minus(exact.format(minor / scale)),
    moneyRange: (low, high) =>
      low >= high
        ? minus(short(high).format(high / scale))
        : minus(
            short(high)
              .formatRange(low / scale, high / scale)
              .replace(/\s–\s/, "–"),
          ),
  };
}
