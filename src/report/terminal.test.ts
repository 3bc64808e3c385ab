import { describe, expect, it } from "vitest";
import { simulateBase } from "../analytics/simulate.ts";
import { QUALITY_CODES } from "./analysis.ts";
import { callList } from "./call-list.ts";
import { alignColumns, plainText, wrapText } from "./columns.ts";
import { terminalSummary } from "./terminal.ts";
import { sampleAnalysis } from "./test-analysis.ts";

const quality = QUALITY_CODES.map((code, at) => ({ code, count: at + 1, lines: [at + 2] }));

describe("the summary at a terminal", () => {
  it("speaks Russian or English and mixes neither", () => {
    const russian = terminalSummary(sampleAnalysis(quality), "ru");
    const english = terminalSummary(sampleAnalysis(quality), "en");
    expect(russian).toContain("Пульс клиента, на 2025-02-17");
    expect(russian).toContain("3 клиента, 4 покупки, выручка 11 284,46 ₽");
    expect(english).toContain("Client Pulse, as of 2025-02-17");
    expect(english).toContain("3 clients, 4 purchases, revenue ₽11,284.46");
    expect(english.replace(/Клиент|Дата|Сумма|Альфа, ООО|Бета|Гамма/g, "")).not.toMatch(/[а-яё]/i);
  });

  it("says what is wrong with rows in words, with their lines, and never in codes", () => {
    for (const locale of ["ru", "en"] as const) {
      const text = terminalSummary(sampleAnalysis(quality), locale);
      for (const code of QUALITY_CODES) expect(text).not.toContain(code);
      expect(text).toContain(locale === "ru" ? "(строка 2)" : "(line 2)");
    }
  });

  it("says that every row was read when it was", () => {
    const log = {
      clients: ["a"],
      client: Int32Array.of(0),
      day: Int32Array.of(20_089),
      amountMinor: Float64Array.of(100),
    };
    expect(terminalSummary(sampleAnalysis([], log), "en")).toContain("every row was read");
  });

  it.each(["ru", "en"] as const)("fits a small terminal: %s", (locale) => {
    const base = simulateBase({ clients: 600, days: 1000, seed: 5, startDay: 19_000 });
    for (const log of [base, { ...base, amountMinor: base.amountMinor.map(() => Number.NaN) }]) {
      const lines = terminalSummary(sampleAnalysis([], log), locale).split("\n");
      expect(lines.length).toBeLessThanOrEqual(40);
      expect(lines.length).toBeGreaterThanOrEqual(24);
      for (const line of lines) expect([...line].length, line).toBeLessThanOrEqual(80);
    }
    for (const line of terminalSummary(sampleAnalysis(quality), locale).split("\n")) {
      expect([...line].length, line).toBeLessThanOrEqual(80);
    }
  });

  it("says whom to call first, and where to read on", () => {
    const base = simulateBase({ clients: 600, days: 1000, seed: 5, startDay: 19_000 });
    const analysis = sampleAnalysis([], base);
    const text = terminalSummary(analysis, "en");
    const ids = callList(analysis)
      .rows.slice(0, 5)
      .map(({ id }) => id);
    const at = ids.map((id) => text.indexOf(`\n  ${id} `));
    expect(at).toEqual(at.toSorted((left, right) => left - right));
    expect(at[0]).toBeGreaterThan(0);
    expect(text).toContain("--html");
    expect(text).toContain("--clients");
  });

  it("says which columns were guessed by what is in them", () => {
    const analysis = sampleAnalysis();
    const { guessed } = analysis;
    const found = { ...guessed, foundBy: { ...guessed.foundBy, client: "values" } };
    expect(terminalSummary({ ...analysis, guessed: found }, "en").replace(/\n\s+/g, " ")).toContain(
      "client = Клиент (guessed), date = Дата, amount",
    );
  });

  it("carries no control character of ours or of the file", () => {
    expect(terminalSummary(sampleAnalysis(), "ru")).not.toMatch(/[^\P{Cc}\n]/u);
    expect(terminalSummary(sampleAnalysis(), "en", true)).toContain("\u001b[1mFigures\u001b[22m");
    expect(plainText("a\u001b[31mb\u202ec\n", 20)).toBe("a?[31mb?c?");
  });

  it("ends names that are too long with an ellipsis", () => {
    expect(plainText("abcdef", 4)).toBe("abc…");
    expect(plainText("abcd", 4)).toBe("abcd");
  });
});

describe("lines", () => {
  it("break at spaces and never inside what belongs together", () => {
    expect(wrapText("one two three", 7)).toEqual(["one two", "three"]);
    expect(wrapText("12\u00a0days ago", 8)).toEqual(["12\u00a0days", "ago"]);
    expect(wrapText("", 8)).toEqual([]);
  });

  it("cut a word that is longer than a line", () => {
    const lines = wrapText("x".repeat(50), 20);
    expect(lines.join("")).toBe("x".repeat(50));
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(20);
  });
});

describe("columns", () => {
  it("line up, numbers to the right, wide letters counted as two", () => {
    const rows = [
      ["a", "1"],
      ["日本", "10"],
      ["é", "5"],
    ];
    expect(alignColumns(rows, ["left", "right"])).toEqual(["a      1", "日本  10", "é      5"]);
  });
});
