import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { simulateBase } from "../../src/analytics/simulate.ts";
import { renderReport } from "../../src/report/html/report.tsx";
import { sampleAnalysis } from "../../src/report/test-analysis.ts";
import { readAssets } from "../../src/runtime/node/assets.ts";
import { launch } from "./kit.ts";

/** A4 at 96 dots an inch, less its margins. */
const A4_WIDTH = 703;
const PHONE = 360;
const DESK = 1280;

let browser: Browser;
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-report-"));
  browser = await launch();
  const base = simulateBase({
    clients: 400,
    days: 900,
    seed: 3,
    startDay: 19_000,
    medianMinor: 90_000_000,
  });
  const long = base.clients.map((id, at) =>
    at % 3 === 0 ? `${"длинное-имя-".repeat(16)}${id}` : id,
  );
  const analysis = sampleAnalysis([{ code: "no_date", count: 12, lines: [2, 5, 9] }], {
    ...base,
    clients: long,
  });
  const { styles } = readAssets().pages;
  for (const locale of ["ru", "en"] as const) {
    const html = await renderReport(analysis, {
      locale,
      file: "продажи.csv",
      version: "0.1.0",
      styles: styles.report,
    });
    writeFileSync(join(folder, `${locale}.html`), html);
  }
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Looks {
  readonly locale: "ru" | "en";
  readonly width: number;
  readonly colorScheme: "light" | "dark";
}

/** Opens the file as a person would, from disk; nothing may go wrong in it and nothing may be asked for. */
async function open(looks: Looks, look: (page: Page) => Promise<void>): Promise<void> {
  const { locale, width, colorScheme } = looks;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const problems: string[] = [];
  const requests: string[] = [];
  const address = pathToFileURL(join(folder, `${locale}.html`)).href;
  context.on("console", (line) => problems.push(line.text()));
  context.on("weberror", (error) => problems.push(error.error().message));
  context.on("request", (request) => requests.push(request.url()));
  try {
    const page = await context.newPage();
    await page.goto(address);
    await look(page);
    expect(problems).toEqual([]);
    expect(requests.filter((url) => !url.startsWith("data:"))).toEqual([address]);
  } finally {
    await context.close();
  }
}

function overflow(page: Page): Promise<number> {
  return page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
}

describe.each([PHONE, DESK])("the report %i px wide", (width) => {
  test.each([
    ["ru", "light"],
    ["en", "dark"],
  ] as const)("has its styles and never scrolls sideways: %s, %s", async (locale, colorScheme) => {
    await open({ locale, width, colorScheme }, async (page) => {
      expect(await overflow(page)).toBe(0);
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(ground).toBe(colorScheme === "light" ? "rgb(238, 242, 244)" : "rgb(18, 23, 28)");
      for (const summary of await page.locator("summary").all()) await summary.click();
      await page.locator("details[open] table").first().waitFor();
      expect(await overflow(page)).toBe(0);
      const sideways = await page
        .locator(".wide")
        .evaluateAll((boxes) =>
          boxes.filter((box) => box.scrollWidth > box.clientWidth && !box.hasAttribute("tabindex")),
        );
      expect(sideways).toEqual([]);
    });
  });
});

test("what matters is on the first screen of a phone and of a desk", async () => {
  for (const width of [PHONE, DESK]) {
    await open({ locale: "ru", width, colorScheme: "light" }, async (page) => {
      const bottoms = await page
        .locator(".verdict")
        .evaluateAll((verdicts) =>
          verdicts.slice(0, 2).map((verdict) => verdict.getBoundingClientRect().bottom),
        );
      expect(bottoms).toHaveLength(2);
      for (const bottom of bottoms) expect(bottom).toBeLessThan(900);
    });
  }
});

test("on paper everything is open, light and inside the sheet", async () => {
  await open({ locale: "ru", width: A4_WIDTH, colorScheme: "dark" }, async (page) => {
    await page.emulateMedia({ media: "print" });
    expect(await overflow(page)).toBe(0);
    const facts = await page.evaluate(() => ({
      ground: getComputedStyle(document.body).backgroundColor,
      hidden: [...document.querySelectorAll("details table")].filter(
        (table) => table.getBoundingClientRect().height === 0,
      ).length,
      folded: document.querySelectorAll("details table").length,
      clipped: [...document.querySelectorAll("table")].filter(
        (table) => table.getBoundingClientRect().right > window.innerWidth + 1,
      ).length,
      nav: document.querySelector("nav")?.checkVisibility(),
    }));
    expect(facts).toMatchObject({
      ground: "rgb(255, 255, 255)",
      hidden: 0,
      clipped: 0,
      nav: false,
    });
    expect(facts.folded).toBeGreaterThan(1);
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
  });
});
