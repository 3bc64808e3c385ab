import type { Format } from "./format.ts";

/** Parameters of a code as they arrive: numbers and texts by name. */
export type Params = Readonly<Record<string, number | string>>;

/** A sentence made of a code's parameters. */
export type Sentence = (args: Args) => string;

/** Reads the parameters of one code; remembers when one that the sentence needs is not there. */
export interface Args {
  days(name: string): string;
  daysAgo(name: string): string;
  everyDays(name: string): string;
  purchases(name: string): string;
  int(name: string): string;
  money(name: string): string;
  percent(name: string): string;
  day(name: string): string;
  text(name: string): string;
}

/** The sentence, or null when a parameter it needs is missing: the caller then falls back to a neutral text. */
export function say(sentence: Sentence, params: Params, format: Format): string | null {
  let isComplete = true;
  const number = (name: string, show: (value: number) => string): string => {
    const value = params[name];
    if (typeof value === "number" && Number.isFinite(value)) return show(value);
    isComplete = false;
    return "";
  };
  const text = (name: string, show: (value: string) => string): string => {
    const value = params[name];
    if (typeof value === "string" && value !== "") return show(value);
    isComplete = false;
    return "";
  };
  const result = sentence({
    days: (name) => number(name, format.days),
    daysAgo: (name) => number(name, format.daysAgo),
    everyDays: (name) => number(name, format.everyDays),
    purchases: (name) => number(name, format.purchases),
    int: (name) => number(name, format.int),
    money: (name) => number(name, format.money),
    percent: (name) => number(name, format.percent),
    day: (name) =>
      text(name, (value) =>
        Number.isNaN(Date.parse(value)) ? value : format.day(value.slice(0, 10)),
      ),
    text: (name) => text(name, (value) => value),
  });
  return isComplete ? result : null;
}

/** Own keys only: a code such as `constructor` must not find something on the prototype. */
export function lookUp<Value>(table: Readonly<Record<string, Value>>, code: string): Value | null {
  return Object.hasOwn(table, code) ? (table[code] ?? null) : null;
}
