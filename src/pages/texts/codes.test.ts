import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MODEL_FACTORS } from "../../analytics/health-factors.ts";
import {
  CHANGE_CODES,
  CHANGED_FACTORS,
  FACTOR_CODES,
  REASON_CODES,
  WARNING_CODES,
} from "./codes.ts";
import { makeFormat, pickLocale } from "./format.ts";
import { textsOf } from "./index.ts";
import { lookUp, say } from "./params.ts";

const source = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** Quoted codes inside the text between two marks. */
function codesIn(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].flatMap((match) => (match[1] ? [match[1]] : []));
}

test("every reason, factor and change that the analytics can say has words", () => {
  const reasons = source("analytics/scoring.ts").split("function reasonOf")[1] ?? "";
  const body = reasons.split("\n}\n")[0] ?? "";
  const said = [
    ...codesIn(body, /code: "(\w+)"/g),
    ...codesIn(body, /\? "(\w+)" : "\w+"/g),
    ...codesIn(body, /\? "\w+" : "(\w+)"/g),
  ];
  expect(said.length).toBeGreaterThan(3);
  expect(said.filter((code) => !REASON_CODES.some((known) => known === code))).toEqual([]);
  const health = source("analytics/health.ts");
  const factors = [
    ...codesIn(health, /code: "(\w+)", points/g),
    ...codesIn(health, /code: [\w.]+ \? "(\w+)" : "\w+"/g),
    ...codesIn(health, /code: [\w.]+ \? "\w+" : "(\w+)"/g),
    ...MODEL_FACTORS,
  ];
  expect(factors.length).toBeGreaterThan(MODEL_FACTORS.length + 4);
  expect(factors.filter((code) => !FACTOR_CODES.some((known) => known === code))).toEqual([]);
  const changes = [
    ...codesIn(health, /const code = at === CALL \? "(\w+)" : "\w+"/g),
    ...codesIn(health, /const code = at === CALL \? "\w+" : "(\w+)"/g),
  ];
  expect(changes).toHaveLength(2);
  expect(changes.filter((code) => !CHANGE_CODES.some((known) => known === code))).toEqual([]);
});

test("every factor that a change of the score is told by has words", () => {
  const families = source("analytics/health-change.ts").split("const FAMILY")[1]?.split("};")[0];
  const told = [...MODEL_FACTORS, ...codesIn(families ?? "", /: "(\w+)"/g)];
  expect(told.length).toBeGreaterThan(MODEL_FACTORS.length + 3);
  expect(told.filter((code) => !CHANGED_FACTORS.some((known) => known === code))).toEqual([]);
});

test("every warning of a host's set-up has words", () => {
  const hosts = new URL("../../hosts/", import.meta.url);
  const warnings = readdirSync(hosts).flatMap((host) => {
    const path = readdirSync(new URL(`${host}/`, hosts)).find((file) => file === "prepare.ts");
    if (!path) return [];
    const text = source(`hosts/${host}/${path}`);
    return [
      ...codesIn(text, /warnings\.push\("([\w.]+)"/g),
      ...codesIn(text, /"((?:hooks|places|fields)[._][\w]+)"/g),
    ];
  });
  expect(warnings.length).toBeGreaterThan(4);
  expect(warnings.filter((code) => !WARNING_CODES.some((known) => known === code))).toEqual([]);
});

test("a sentence whose number is missing gives way to the neutral text", () => {
  const format = makeFormat("ru", "RUB", "2026-11-22");
  const sentence = textsOf("ru").card.reasons.silent_longer_than_usual;
  expect(say(sentence, { usualDays: 34 }, format)).toBeNull();
  expect(say(sentence, { usualDays: 34, silentDays: Number.NaN }, format)).toBeNull();
  expect(say(sentence, { usualDays: 34, silentDays: 71 }, format)).toBe(
    "Обычно покупает раз в 34\u00a0дня, сейчас молчит 71\u00a0день",
  );
});

test("a code cannot reach into the prototype", () => {
  expect(lookUp(textsOf("ru").card.segments, "constructor")).toBeNull();
});

test("numbers, money and plural forms follow the language", () => {
  const ru = makeFormat("ru", "RUB", "2026-11-22");
  const en = makeFormat("en", "USD", "2026-11-22");
  const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
  expect([1, 2, 5, 11, 21, 112].map((days) => plain(ru.days(days)))).toEqual([
    "1 день",
    "2 дня",
    "5 дней",
    "11 дней",
    "21 день",
    "112 дней",
  ]);
  expect(plain(ru.money(41_200_000))).toBe("412 тыс. ₽");
  expect(plain(ru.moneyExact(41_200_050))).toBe("412 000,50 ₽");
  expect(plain(en.money(41_200_000))).toBe("$412k");
  expect(plain(makeFormat("en", "JPY", "2026").moneyExact(1_500))).toContain("1,500");
  expect(plain(makeFormat("ru", "", "2026").money(150_000))).toBe("1 500");
  expect(ru.signed(-31)).toBe("−31");
  expect(ru.day("2026-12-12")).toBe("12 декабря");
  expect(plain(ru.day("2027-02-11"))).toBe("11 февраля 2027");
  expect(plain(ru.duration(435))).toBe("7 минут");
});

test("a locale of a host becomes one of ours", () => {
  expect(["ru", "ru-RU", "kz", "by"].map(pickLocale)).toEqual(["ru", "ru", "ru", "ru"]);
  expect(["en", "br", "de", "", null].map(pickLocale)).toEqual(["en", "en", "en", "en", "en"]);
});

test("nobody reads of 0 days ago or of every 1 day", () => {
  const [ru, en] = [makeFormat("ru", "RUB", "2026-01-01"), makeFormat("en", "RUB", "2026-01-01")];
  const plain = (text: string) => text.replaceAll("\u00a0", " ");
  expect([0, 1, 3].map(ru.daysAgo).map(plain)).toEqual(["сегодня", "вчера", "3 дня назад"]);
  expect([0, 1, 3].map(en.daysAgo).map(plain)).toEqual(["today", "yesterday", "3 days ago"]);
  expect([1, 7].map(ru.everyDays).map(plain)).toEqual(["каждый день", "раз в 7 дней"]);
  expect([1, 7].map(en.everyDays).map(plain)).toEqual(["every day", "every 7 days"]);
});
