import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { expectProvenLines } from "./support/checklist.ts";
import { expectListedPictures } from "./support/listing.ts";

const read = (name: string) =>
  readFileSync(new URL(`../manifests/amocrm/${name}`, import.meta.url), "utf8");

test.each(["listing", "privacy"])("%s is written in Russian and in English", (name) => {
  expect(read(`${name}.ru.md`)).toMatch(/[а-я]{5}/);
  const english = read(`${name}.en.md`);
  expect(english.length).toBeGreaterThan(300);
  expect(english.replaceAll(/[«»]/g, "")).not.toMatch(/[а-яё]/i);
});

test("the script clicks nothing and touches no object or style of the page", () => {
  const script = read("script.js");
  expect(script).not.toMatch(/\.click\(|MouseEvent|\.trigger\(|\.prototype|innerHTML|eval\(/);
  // The one field that we fill in is ours, and the CRM's form has to hear of it.
  expect(script.match(/.*dispatchEvent.*/g)).toEqual([
    "            input.dispatchEvent(new Event(name, { bubbles: true }));",
  ]);
  expect(script).toContain(`querySelectorAll('input[name="pulse_key"]')`);
  expect(script).toContain('for (const name of ["input", "change"])');
  expect(script).not.toMatch(/createElement\("(?:style|script|link)"\)/);
  expect(script).not.toMatch(/(?:window\.)?(?:AMOCRM|APP)(?:\.\w+)*\s*=[^=]/);
});

test.each(["ru", "en", "es", "pt"])("the texts in %s advertise nobody", (locale) => {
  const texts = JSON.parse(read(`i18n/${locale}.json`)) as Record<string, Record<string, string>>;
  const all = Object.values(texts).flatMap((section) => Object.values(section));
  expect(all.length).toBeGreaterThan(10);
  for (const text of all) expect(text).not.toMatch(/https?:|www\.|@/);
});

test("every picture of the listing is one that `npm run screenshots -- --listing` makes", () => {
  expectListedPictures("amocrm");
});

test("every line of the checklist names files and tests that exist", () => {
  expectProvenLines("manifests/amocrm/moderation.md");
});
