import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { dayText } from "../../src/analytics/calendar.ts";
import { simulateBase } from "../../src/analytics/simulate.ts";
import { table } from "./fixtures.ts";
import { runPulse } from "./run-pulse.ts";

let folder = "";
const pulse = (...args: string[]) => runPulse(folder, args);

/** 300 clients over two years who leave for good now and then; days from 2023-01-01. */
function leavingBase(): string {
  const base = simulateBase({ clients: 300, days: 730, seed: 12, startDay: 19_358 });
  const lines = Array.from(base.client, (client, row) => {
    const sum = ((base.amountMinor[row] ?? 0) / 100).toFixed(2);
    return `${base.clients[client]},${dayText(base.day[row] ?? 0)},${sum}`;
  });
  return `client,date,amount\n${lines.join("\n")}\n`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-backtest-"));
  writeFileSync(join(folder, "base.csv"), leavingBase());
  writeFileSync(join(folder, "small.csv"), table(","));
  // The first command after a change builds; that is nobody's test time.
  await pulse("version");
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const metrics = z.object({
  auc: z.number(),
  aucLow: z.number(),
  aucHigh: z.number(),
  brier: z.number(),
  logLoss: z.number(),
  ece: z.number(),
  precisionAtK: z.number(),
  k: z.number(),
  n: z.number(),
  baseRate: z.number(),
});
const methods = z.object({
  chosen: metrics,
  core: metrics,
  hiatus: metrics,
  ownGap: metrics,
  baseRate: metrics,
});
const document = z.object({
  version: z.literal(1),
  signal: z.enum(["usable", "none", "refused"]),
  chosen: z.string().nullable(),
  horizonDays: z.number(),
  cutoffs: z.array(
    z.object({ cutoff: z.iso.date(), method: z.string(), all: methods, active: methods }),
  ),
});

async function tested(...args: string[]): Promise<z.infer<typeof document>> {
  const { code, stdout, stderr } = await pulse("backtest", ...args, "--json");
  expect(code, stderr).toBe(0);
  return document.parse(JSON.parse(stdout));
}

describe("pulse backtest", () => {
  it("prints every method's figures for every cutoff, and the predictions they are made of", async () => {
    const cutoffs = ["2024-06-01", "2024-08-15"];
    const found = await tested(
      "base.csv",
      "--horizon",
      "90",
      ...cutoffs.flatMap((cutoff) => ["--cutoff", cutoff]),
      "--predictions",
      "out.csv",
    );
    expect(found).toMatchObject({ signal: "usable", horizonDays: 90 });
    expect(found.cutoffs.map(({ cutoff }) => cutoff)).toEqual(cutoffs.toReversed());
    const rows: Record<string, string>[] = parse(readFileSync(join(folder, "out.csv"), "utf8"), {
      columns: true,
    });
    rmSync(join(folder, "out.csv"));
    expect(Object.keys(rows[0] ?? {}).join()).toBe(
      "cutoff,id,pNoPurchase,pAlive,expectedPurchases,low80,high80",
    );
    for (const { cutoff, all } of found.cutoffs) {
      const own = rows.filter((row) => row.cutoff === cutoff);
      expect(own).toHaveLength(all.chosen.n);
      for (const row of own) {
        expect(Number(row.pNoPurchase)).toBeGreaterThanOrEqual(0);
        expect(Number(row.pNoPurchase)).toBeLessThanOrEqual(1);
        expect(Number(row.low80)).toBeLessThanOrEqual(Number(row.high80));
      }
    }
  });

  it("gives what a person can read without --json", async () => {
    const { code, stdout } = await pulse("backtest", "base.csv");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^signal {4}usable\nchosen/);
    expect(stdout).toMatch(/ active +hiatus /);
    const summary = await pulse("analyze", "base.csv");
    const said = summary.stdout.replace(/\s+/g, " ");
    expect(said).toMatch(
      /Check Tested on 3 past windows .* wrong about [\d.]+% of active clients\./,
    );
    expect(said).toMatch(/The simple rule .* would have been wrong about [\d.]+%\./);
  });

  it("refuses to judge a base of three clients, in words", async () => {
    expect(await tested("small.csv")).toMatchObject({
      signal: "refused",
      chosen: null,
      cutoffs: [],
    });
    expect((await pulse("analyze", "small.csv")).stdout).toMatch(/Check\n +cannot be checked/);
  });

  it("asks for a cutoff whose window is over, and never writes over the table", async () => {
    const before = readdirSync(folder);
    const late = await pulse("backtest", "base.csv", "--horizon", "90", "--cutoff", "2024-12-20");
    expect(late).toMatchObject({ code: 1, stdout: "" });
    expect(late.stderr).toMatch(
      /^pulse: base\.csv: the 90 days after --cutoff 2024-12-20 [^\n]+ or earlier[^\n]*\n$/,
    );
    const over = await pulse("backtest", "base.csv", "--predictions", "base.csv");
    expect(over).toMatchObject({ code: 2, stdout: "" });
    expect(over.stderr).toContain("--predictions base.csv would overwrite");
    expect((await pulse("backtest", "base.csv", "--cutoff", "soon")).code).toBe(2);
    expect(readdirSync(folder)).toEqual(before);
  });
});
