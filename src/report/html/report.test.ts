import { beforeAll, describe, expect, it } from "vitest";
import { simulateBase } from "../../analytics/simulate.ts";
import type { PurchaseLog } from "../../analytics/types.ts";
import { makeFormat } from "../../pages/texts/format.ts";
import { type Analysis, QUALITY_CODES } from "../analysis.ts";
import { callList } from "../call-list.ts";
import { sampleAnalysis } from "../test-analysis.ts";
import { renderReport } from "./report.tsx";
import { sampleReport } from "./sample-report.ts";
import { readPage, type TestPage } from "./test-page.ts";

const STYLES = "body{margin:0}";
const START = 19_000;
const LOCALES = ["ru", "en"] as const;

async function pageOf(analysis: Analysis, locale: "ru" | "en" = "ru"): Promise<TestPage> {
  return readPage(await htmlOf(analysis, locale));
}

function htmlOf(analysis: Analysis, locale: "ru" | "en" = "ru"): Promise<string> {
  return renderReport(analysis, { locale, file: "продажи.csv", version: "0.1.0", styles: STYLES });
}

function logOf(rows: readonly (readonly [string, number, number])[]): PurchaseLog {
  const clients = [...new Set(rows.map(([id]) => id))].sort();
  const sorted = rows.toSorted(
    (left, right) => clients.indexOf(left[0]) - clients.indexOf(right[0]) || left[1] - right[1],
  );
  return {
    clients,
    client: Int32Array.from(sorted, ([id]) => clients.indexOf(id)),
    day: Int32Array.from(sorted, ([, day]) => day),
    amountMinor: Float64Array.from(sorted, ([, , minor]) => minor),
  };
}

const base = simulateBase({ clients: 600, days: 1000, seed: 5, startDay: START });
const noise: PurchaseLog = (() => {
  const random = simulateBase({
    clients: 200,
    days: 900,
    seed: 9,
    leave: [0.01, 50],
    startDay: START,
  });
  return random;
})();
const once = logOf(
  Array.from({ length: 49 }, (_, at) => [`k${at}`, START + at, 1000 + at] as const),
);

/** Bases that break careless pages: the tiny, the moneyless, the single day, the strange names. */
const HARD: Readonly<Record<string, PurchaseLog>> = {
  "one client, one purchase": logOf([["один", START, 5000]]),
  "no sums at all": { ...base, amountMinor: base.amountMinor.map(() => Number.NaN) },
  "everything on one day": logOf(
    Array.from({ length: 60 }, (_, at) => [`d${at}`, START, 100] as const),
  ),
  "49 clients": once,
  "zero sums": logOf([
    ["a", START, 0],
    ["a", START + 5, 0],
    ["b", START + 9, 0],
  ]),
  "mostly refunds": logOf([
    ["a", START, 100],
    ["a", START + 40, -90],
    ["b", START, 100],
    ["b", START + 41, -100],
    ["c", START + 2, -500],
  ]),
  "hardly any signal": noise,
};

const HOSTILE = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "</style><script>1</script>",
  "a&amp;b & c",
  "=cmd|'/C calc'!A0",
  "+7 900 000-00-00",
  "-1+1",
  "@SUM(A1)",
  "\u202egnp.exe",
  "שלום עולם",
  "👩‍👩‍👧 Семья",
  "x".repeat(200),
  "\u0000\u0007nul",
  "__proto__",
  "constructor",
];

describe("the report of a base with habits", () => {
  let analysis: Analysis;
  let page: TestPage;
  beforeAll(async () => {
    analysis = sampleAnalysis([], base);
    page = await pageOf(analysis);
  });

  it("is one file: no scripts, nothing loaded, only its own styles allowed", async () => {
    const html = await htmlOf(analysis);
    expect(page.mistakes).toEqual([]);
    expect(/https?:\/\/|@import|url\(|<script|\sstyle=|\son\w+=/i.exec(html)).toBeNull();
    const meta = page.elements.find(
      ({ attributes }) => attributes.get("http-equiv") === "content-security-policy",
    );
    expect(meta?.attributes.get("content")).toMatch(
      /^default-src &#39;none&#39;; style-src &#39;sha256-[\w+/]{43}=&#39;; img-src data:;/,
    );
    expect(page.elements.filter(({ attributes }) => attributes.has("src"))).toEqual([]);
    expect(html.length).toBeLessThan(200_000);
  });

  it("has one title, sections with names, tables with captions and charts with descriptions", () => {
    const named = (name: string) => page.elements.filter((element) => element.name === name);
    expect(named("h1")).toHaveLength(1);
    expect(named("main")).toHaveLength(1);
    const sections = named("section").flatMap(({ attributes }) => attributes.get("id") ?? []);
    expect(sections).toEqual([
      "leaving",
      "money",
      "people",
      "loyalty",
      "forecast",
      "accuracy",
      "figures",
      "quality",
      "method",
    ]);
    expect(named("caption")).toHaveLength(named("table").length);
    expect(named("th").filter(({ attributes }) => !attributes.has("scope"))).toEqual([]);
    const pictures = named("svg").filter(({ attributes }) => !attributes.has("aria-hidden"));
    expect(pictures.length).toBeGreaterThanOrEqual(3);
    for (const { attributes } of pictures) expect(attributes.get("role")).toBe("img");
    expect(named("desc")).toHaveLength(pictures.length);
  });

  it("says the numbers of the document", () => {
    const format = makeFormat("ru", "RUB", `${analysis.asOf}T00:00:00Z`);
    const said = page.text.replace(/\s+/g, " ");
    const expectSaid = (text: string) => expect(said).toContain(text.replace(/\s+/g, " "));
    expectSaid(format.clients(analysis.clients));
    expectSaid(format.moneyExact(analysis.revenueMinor ?? Number.NaN));
    expectSaid(format.money(analysis.comparison.current.revenueMinor ?? Number.NaN));
    for (const segment of analysis.segments) {
      expectSaid(`${format.int(segment.clients)} ${format.percent(segment.share)}`);
      expectSaid(format.money(segment.revenueMinor));
    }
    const list = callList(analysis);
    expectSaid(`Молчат дольше обычного: ${format.clients(list.rows.length)}`);
    for (const row of list.rows.slice(0, 20)) expectSaid(row.id);
    expect(list.rows.length).toBeGreaterThan(0);
    for (const kpi of Object.values(analysis.kpis)) expectSaid(format.int(kpi.population));
    for (const { cells, clients } of analysis.cohorts.slice(-4, -1)) {
      for (const cell of cells.slice(1, -1))
        expectSaid(`${Math.round((100 * cell.clients) / clients)} %`);
    }
  });

  it("shows twenty to fifty clients to call, whatever the size of the base", () => {
    const rows = page.elements.filter(
      ({ name, inside }) => name === "tr" && inside.includes("tbody"),
    );
    const listed = callList(analysis).rows.length;
    expect(listed).toBeGreaterThan(30);
    const ids = new Set(
      callList(analysis)
        .rows.slice(30)
        .map((row) => row.id),
    );
    expect(rows.length).toBeGreaterThan(30);
    // 5 % of 600 are 30: the thirty-first is not in it.
    expect(page.text).toContain(callList(analysis).rows[29]?.id);
    const calls = page.text.slice(
      page.text.indexOf("Почему он здесь"),
      page.text.indexOf("Деньги и рост Сколько"),
    );
    for (const id of ids) expect(calls.split(" ")).not.toContain(id);
  });

  it("speaks one language", async () => {
    const english = await pageOf(analysis, "en");
    expect(english.text.replaceAll(/продажи\.csv|Клиент|Дата|Сумма/g, "")).not.toMatch(/[а-яё]/i);
    expect(english.mistakes).toEqual([]);
    expect(english.elements.map(({ name }) => name)).toEqual(page.elements.map(({ name }) => name));
  });
});

describe("the report in the pictures", () => {
  it.each(LOCALES)("is whole: %s", async (locale) => {
    const page = readPage(await sampleReport(locale, STYLES));
    expect(page.mistakes).toEqual([]);
    expect(page.text).toContain(locale === "ru" ? "400 клиентов" : "400 clients");
  });
});

describe("the report of a hard base", () => {
  it.each(Object.entries(HARD))("stays whole and says no nonsense: %s", async (_, log) => {
    const quality = QUALITY_CODES.map((code, at) => ({ code, count: at + 1, lines: [at + 2] }));
    const analysis = sampleAnalysis(quality, log);
    expect(analysis.clients).toBeGreaterThan(0);
    for (const locale of LOCALES) {
      const page = await pageOf(analysis, locale);
      expect(page.mistakes).toEqual([]);
      expect(page.text).not.toMatch(/\bNaN\b|undefined|\bnull\b|Infinity|∞|\{\w+\}|Invalid Date/);
      for (const { attributes } of page.elements) {
        for (const value of attributes.values())
          expect(value).not.toMatch(/NaN|undefined|Infinity/);
      }
    }
  });

  it("shows no money where no sum is known", async () => {
    const page = await pageOf(sampleAnalysis([], HARD["no sums at all"]));
    expect(page.text).toContain("В файле нет сумм");
    expect(page.text).not.toContain("₽");
  });

  it("gives no chances where they were not tested", async () => {
    const page = await pageOf(sampleAnalysis([], once));
    expect(page.text).toContain("Данных мало для проверки");
    expect(page.text).toContain("в базе меньше 50 клиентов".replace("в базе", "В базе"));
    expect(page.text).not.toMatch(/Сам не купит|На кону:/);
  });
});

describe("a report with hostile names", () => {
  const log = logOf(
    HOSTILE.flatMap((id, at) =>
      [0, 10, 20, 30].map((day) => [id, START + day + at, 10_000 * (at + 1)] as const),
    ).concat([["late", START + 85, 100]]),
  );

  it("shows each of them as a text and nothing else", async () => {
    const analysis = sampleAnalysis([], log);
    const html = await htmlOf({
      ...analysis,
      guessed: {
        ...analysis.guessed,
        columns: {
          client: "<b>Клиент</b>",
          date: "\u202eДата",
          amount: "Сумма & НДС",
        },
      },
    });
    const page = readPage(html);
    expect(page.mistakes).toEqual([]);
    const listed = callList(analysis).rows.map((row) => row.id);
    expect(listed.toSorted()).toEqual(HOSTILE.toSorted());
    const names = page.elements.map(({ name }) => name);
    for (const name of ["script", "img", "b", "iframe", "object"])
      expect(names).not.toContain(name);
    for (const id of listed.filter((one) => one.length < 100)) {
      expect(page.text).toContain(
        id
          .replace(/\p{Cc}/gu, " ")
          .replace(/\s+/g, " ")
          .trim(),
      );
    }
    expect(page.text).toContain("<b>Клиент</b>");
    expect(html).not.toMatch(/[^\P{Cc}\n]/u);
    const isolated = page.elements.filter(({ name }) => name === "bdi").length;
    expect(isolated).toBeGreaterThanOrEqual(listed.length);
  });
});
