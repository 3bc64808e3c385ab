import { describe, expect, it } from "vitest";
import { backtest } from "../analytics/backtest.ts";
import { simulateBase } from "../analytics/simulate.ts";
import { backtestDocument, backtestTable, predictionsCsv } from "./backtest-report.ts";

const RESULT = backtest(simulateBase({ clients: 120, days: 500, seed: 4, startDay: 20_089 }), {
  horizonDays: 60,
  draws: 20,
});

describe("a backtest on paper", () => {
  it("says days as dates and holds no client", () => {
    const document = backtestDocument(RESULT);
    expect(document.cutoffs).toHaveLength(3);
    for (const { cutoff, all } of document.cutoffs) {
      expect(cutoff).toMatch(/^20\d\d-\d\d-\d\d$/);
      expect(all.chosen.n).toBeGreaterThan(0);
    }
    expect(JSON.stringify(document)).not.toMatch(/"c\d+"|predictions|populations/);
  });

  it("is a table of all cutoffs, populations and methods", () => {
    const lines = backtestTable(backtestDocument(RESULT)).split("\n");
    expect(lines[0]).toMatch(/^signal {4}(usable|none)/);
    expect(lines.filter((line) => /^\d{4}-/.test(line))).toHaveLength(3 * 2 * 5);
  });

  it("writes one line a client and cutoff", () => {
    const lines = predictionsCsv(RESULT).trimEnd().split("\r\n");
    const clients = RESULT.windows.reduce((sum, { predictions }) => sum + predictions.length, 0);
    expect(lines).toHaveLength(1 + clients);
    expect(lines[1]).toMatch(/^\d{4}-\d\d-\d\d,c\d+(,[\d.e-]+){5}$/);
  });
});
