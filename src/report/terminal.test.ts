import { describe, expect, it } from "vitest";
import { QUALITY_CODES } from "./analysis.ts";
import { alignColumns, plainText } from "./columns.ts";
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
