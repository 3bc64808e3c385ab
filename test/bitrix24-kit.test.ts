import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { drawLogo } from "../scripts/amocrm-logo.ts";
import { ICON_PX } from "../scripts/bitrix24-icon.ts";
import { placeChanges } from "../src/hosts/bitrix24/bindings.ts";
import { STRIP_TYPE } from "../src/hosts/bitrix24/client-field-setup.ts";
import { CATALOGUE } from "../src/sandbox/bitrix24/execute.ts";
import { expectProvenLines } from "./support/checklist.ts";
import { expectListedPictures } from "./support/listing.ts";

const ROOT = new URL("..", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), "utf8");
const manifest = JSON.parse(read("manifests/bitrix24/manifest.json"));
const PUBLIC_URL = "https://pulse.example.com";
const setup = { hookUrl: PUBLIC_URL, publicUrl: PUBLIC_URL, locale: "ru", userId: "1" };

/** Methods that the adapter names, whatever the kind of record in them. */
function calledMethods(): string[] {
  const folder = new URL("src/hosts/bitrix24/", ROOT);
  const code = readdirSync(folder)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => readFileSync(new URL(file, folder), "utf8"))
    .join("\n");
  const names = [...code.matchAll(/["`]((?:[a-z]+\.)[\w.${}]+)["`]/g)].map(([, name = ""]) =>
    name.replace(/\$\{\w+\}/g, "contact").toLowerCase(),
  );
  return names.filter((name) => CATALOGUE.has(name));
}

test("every scope is one that a call of ours needs, and no call needs another", () => {
  const called = calledMethods();
  expect(called.length).toBeGreaterThan(30);
  const declared = Object.keys(manifest.scopes);
  for (const scope of declared) {
    const users = called.filter((name) => CATALOGUE.get(name)?.scopes.includes(scope));
    expect(users, scope).not.toEqual([]);
    expect(manifest.scopes[scope].length, scope).toBeGreaterThan(30);
  }
  for (const name of called) {
    const needed = CATALOGUE.get(name)?.scopes ?? [];
    expect(needed.length === 0 || needed.some((one) => declared.includes(one)), name).toBe(true);
  }
});

test("the places that are declared are the ones that are bound, with titles in both languages", () => {
  const changes = placeChanges(setup, []);
  expect(changes.map(({ params }) => params.PLACEMENT).sort()).toEqual(
    [...manifest.placements].sort(),
  );
  for (const { params } of changes) {
    expect(params.LANG_ALL).toMatchObject({
      ru: { TITLE: manifest.name.ru },
      en: { TITLE: manifest.name.en },
    });
  }
  expect(manifest.fieldType).toBe(STRIP_TYPE);
});

test("the icon is a square PNG of an allowed size", () => {
  const png = Buffer.from(drawLogo(ICON_PX, ICON_PX));
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([ICON_PX, ICON_PX]);
  expect(ICON_PX).toBeGreaterThanOrEqual(250);
  expect(ICON_PX).toBeLessThanOrEqual(650);
});

test.each(["listing", "privacy", "terms"])("%s is written in Russian and in English", (name) => {
  expect(read(`manifests/bitrix24/${name}.ru.md`)).toMatch(/[а-я]{5}/);
  const english = read(`manifests/bitrix24/${name}.en.md`);
  expect(english.length).toBeGreaterThan(300);
  expect(english).not.toMatch(/[а-яё]/i);
});

test("every picture of the listing is one that `npm run screenshots -- --listing` makes", () => {
  expectListedPictures("bitrix24");
});

test("every line of the checklist names files and tests that exist", () => {
  expectProvenLines("manifests/bitrix24/moderation.md");
});
