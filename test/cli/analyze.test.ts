import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { regularBase, table, utf16, windows1251 } from "./fixtures.ts";
import { inPairs, type Outcome, runPulse } from "./run-pulse.ts";

let folder = "";
const write = (name: string, content: string | Buffer) =>
  writeFileSync(join(folder, name), content);
const pulse = (...args: string[]): Promise<Outcome> => runPulse(folder, args);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-cli-"));
  write("base.csv", regularBase(80));
  write("small.csv", table(";"));
  // The first command after a change builds; that is nobody's test time.
  await pulse("version");
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nullable = z.number().nullable();
const kpi = z.object({ value: nullable, definition: z.string(), population: z.number() });
const analysis = z.object({
  version: z.literal(1),
  asOf: z.iso.date(),
  currency: z.string(),
  clients: z.number(),
  purchases: z.number(),
  revenueMinor: nullable,
  period: z.object({ from: z.iso.date(), to: z.iso.date() }),
  guessed: z.object({
    columns: z.object({ client: z.string(), date: z.string(), amount: z.string().nullable() }),
    delimiter: z.string().nullable(),
    encoding: z.string(),
    sheet: z.string().nullable(),
  }),
  dataQuality: z.array(
    z.object({ code: z.string(), count: z.number(), lines: z.array(z.number()) }),
  ),
  kpis: z.record(z.string(), kpi),
  segments: z.array(
    z.object({
      code: z.string(),
      clients: z.number(),
      share: z.number(),
      revenueMinor: z.number(),
    }),
  ),
  pareto: z.object({ clientsShareFor80: nullable }),
  cohorts: z.array(z.unknown()).nonempty(),
  model: z.object({
    tier: z.number(),
    name: z.string().nullable(),
    params: z.record(z.string(), z.number()).nullable(),
    logLikelihood: nullable,
    n: z.number(),
  }),
  backtest: z.object({
    signal: z.enum(["usable", "none", "refused"]),
    chosen: z.string().nullable(),
    cutoffs: z.array(z.object({ cutoff: z.iso.date(), method: z.string() })),
  }),
  clientsTable: z.array(
    z.object({
      id: z.string(),
      recencyDays: z.number(),
      purchases: z.number(),
      totalMinor: z.number(),
      rfm: z.string().regex(/^[1-5]{3}$/),
      segment: z.string(),
      abc: z.string().nullable(),
      lifecycle: z.string(),
      pAlive: nullable,
      pChurn: nullable,
      expectedPurchases: nullable,
      ltvMinor: nullable,
      nextPurchase: z.unknown(),
      health: nullable,
    }),
  ),
});

async function analyzed(...args: string[]): Promise<z.infer<typeof analysis>> {
  const { code, stdout, stderr } = await pulse("analyze", ...args, "--json");
  expect(code, stderr).toBe(0);
  return analysis.parse(JSON.parse(stdout));
}

describe("pulse analyze --json", () => {
  it("prints one document with everything the figures are made of", async () => {
    const document = await analyzed("base.csv");
    expect(document.clients).toBe(80);
    expect(document.model).toMatchObject({ n: 80, params: { r: expect.any(Number) } });
    expect(document.segments.reduce((sum, segment) => sum + segment.clients, 0)).toBe(80);
    expect(document.clientsTable).toHaveLength(80);
    expect(document.backtest.cutoffs).toHaveLength(3);
  });

  it("gives the same figures for every dialect of the same table", async () => {
    const dialects: Record<string, string | Buffer> = {
      "comma.csv": table(","),
      "tab.csv": table("\t"),
      "pipe.csv": table("|"),
      "unix.csv": table(";", "\n"),
      "mac.csv": table(";", "\r"),
      "mark.csv": `\ufeff${table(";")}`,
      "excel.csv": `sep=;\r\n${table(";")}`,
      "title.csv": `Продажи за 2025 год\r\n\r\n${table(";")}`,
      "cyrillic.csv": windows1251(table(";")),
      "little.csv": utf16(table("\t"), false),
      "big.csv": utf16(table("\t"), true),
      "unmarked.csv": utf16(table("\t"), false).subarray(2),
      "packed.csv.gz": gzipSync(table(";")),
    };
    const { guessed: _, dataQuality: __, ...expected } = await analyzed("small.csv");
    expect(expected).toMatchObject({ clients: 3, purchases: 4, revenueMinor: 1_128_446 });
    await inPairs(Object.entries(dialects), async ([name, content]) => {
      write(name, content);
      const { guessed: ___, dataQuality: ____, ...found } = await analyzed(name);
      expect(found, name).toEqual(expected);
    });
  });

  it("names every row it could not use by the line it starts on, also behind cells of several lines", async () => {
    write(
      "lines.csv",
      'client;note;date;amount\r\nA;"two\r\nlines";2025-01-01;10\r\nA;"""said""\r\nhe";2025-02-01;1O\r\nB;ok;32.13.2025;5\r\n;ok;2025-02-03;5\r\nB;ok;2025-02-03;5\r\n',
    );
    expect((await analyzed("lines.csv")).dataQuality).toEqual([
      { code: "unreadable_amount", count: 1, lines: [4] },
      { code: "unreadable_date", count: 1, lines: [6] },
      { code: "no_client", count: 1, lines: [7] },
    ]);
  });

  it("reads Excel's serial days, tables without a header and names no object may have", async () => {
    write("serials.csv", "A,45658,10.00\n__proto__,45700,20.00\nA,45690,5.00\n");
    const document = await analyzed("serials.csv");
    expect(document.period).toEqual({ from: "2025-01-01", to: "2025-02-12" });
    expect(document.clientsTable.map((row) => row.id).toSorted()).toEqual(["A", "__proto__"]);
  });
});

describe("pulse analyze for a person", () => {
  it("prints a plain summary in the language asked for, and notes beside it", async () => {
    const russian = await pulse("analyze", "small.csv", "--locale", "ru");
    expect(russian.stdout).toContain("3 клиента, 4 покупки, выручка 11 284,46 ₽");
    expect(russian.stdout).toContain("покупка без суммы");
    expect(russian.stdout).not.toContain("\u001b");
    const english = await pulse("analyze", "lines.csv");
    expect(english.stdout).toMatch(/date cannot be read, left out \(line 6\)/);
    expect(english.stderr).toBe(
      "pulse: rows left out: 3; the data quality names the first lines, --problems OUT.csv all of them\n",
    );
  });

  it("names every row left out, with its line and reason, in a file of its own", async () => {
    const bad = Array.from({ length: 1_500 }, (_, at) => `C${at},someday,10`);
    const good = Array.from({ length: 300 }, () => "A,2025-01-01,10,RUB");
    const lines = ["client,date,amount,currency", ...good, "B,2025-02-02,7,USD", ...bad];
    write("bad.csv", [...lines, ",2025-01-03,5,RUB"].join("\n"));
    const run = await pulse("analyze", "bad.csv", "--json", "--problems", "left-out.csv");
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("left-out.csv") });
    const rows = readFileSync(join(folder, "left-out.csv"), "utf8").split("\r\n");
    expect(rows[0]).toBe("\ufeffline,code,reason");
    expect(rows[1]).toMatch(/^302,other_currency,/);
    expect(rows[2]).toMatch(/^303,unreadable_date,"?date cannot be read/);
    expect(rows.at(-2)).toMatch(/^1803,no_client,/);
    expect(rows).toHaveLength(1 + 1 + 1_500 + 1 + 1);
    const document = JSON.parse(run.stdout) as { dataQuality: { code: string; lines: number[] }[] };
    const { lines: named = [] } =
      document.dataQuality.find(({ code }) => code === "unreadable_date") ?? {};
    expect(named).toHaveLength(1_000);
  });

  it("writes the clients whole: nothing is left beside the file, and none when it cannot", async () => {
    write("evil.csv", "client,date,amount\n=cmd|'x'!A0,2025-01-01,10\nB,2025-01-02,5\n");
    expect((await pulse("analyze", "evil.csv", "--clients", "out.csv")).code).toBe(0);
    const rows: string[][] = parse(readFileSync(join(folder, "out.csv"), "utf8"), { bom: true });
    expect(rows.map((row) => row[0])).toEqual(["id", "'=cmd|'x'!A0", "B"]);
    const before = readdirSync(folder);
    expect(await pulse("analyze", "evil.csv", "--clients", "nowhere/out.csv")).toMatchObject({
      code: 1,
      stdout: "",
      stderr: "pulse: nowhere/out.csv: its folder does not exist; create it first\n",
    });
    expect((await pulse("analyze", "evil.csv", "--clients", "./evil.csv")).code).toBe(2);
    expect(readdirSync(folder)).toEqual(before);
  });

  it.each(["ru", "en"])("writes clients that can be read back: %s", async (locale) => {
    const { stdout } = await pulse(
      "analyze",
      "base.csv",
      "--json",
      "--clients",
      "back.csv",
      "--locale",
      locale,
    );
    const written = analysis.parse(JSON.parse(stdout));
    const read = await analyzed("back.csv");
    expect(read.guessed.columns).toMatchObject({
      client: "id",
      date: "last_purchase",
      amount: "total",
    });
    expect(read).toMatchObject({ clients: written.clients, revenueMinor: written.revenueMinor });
    expect(read.clientsTable.map(({ id, totalMinor }) => [id, totalMinor])).toEqual(
      written.clientsTable.map(({ id, totalMinor }) => [id, totalMinor]),
    );
  });

  it("writes the report to its file and the document to stdout", async () => {
    const args = ["analyze", "base.csv", "--json", "--html", "report.html", "--locale", "ru"];
    const { code, stdout, stderr } = await pulse(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "pulse: the report is in report.html\n" });
    const document = analysis.parse(JSON.parse(stdout));
    const html = readFileSync(join(folder, "report.html"), "utf8");
    const parts = [/^<!doctype html><html lang="ru">/, /<style>.{4000,}<\/style>/s];
    expect(parts.map((part) => part.test(html))).toEqual([true, true]);
    expect(html.includes(`${document.clients}\u00a0клиентов`)).toBe(true);
    expect(/https?:|<script/.test(html)).toBe(false);
  });

  it("writes both files or none", async () => {
    const before = readdirSync(folder);
    mkdirSync(join(folder, "taken.csv"));
    const both = (html: string, clients: string) =>
      pulse("analyze", "small.csv", "--html", html, "--clients", clients);
    expect(await both("whole.html", "taken.csv")).toMatchObject({
      code: 1,
      stdout: "",
      stderr: "pulse: taken.csv: is a folder; name a file in it\n",
    });
    expect((await both("nowhere/whole.html", "whole.csv")).code).toBe(1);
    expect((await both("whole.csv", "whole.csv")).stderr).toMatch(/both name whole\.csv/);
    linkSync(join(folder, "small.csv"), join(folder, "twin.csv"));
    expect(await both("twin.csv", "whole.csv")).toMatchObject({ code: 2, stdout: "" });
    expect(readFileSync(join(folder, "twin.csv"), "utf8")).toBe(table(";"));
    expect(readdirSync(folder)).toEqual([...before, "taken.csv", "twin.csv"].toSorted());
  });
});

describe("a table that cannot be used", () => {
  const gzip = gzipSync(table(";").repeat(100));
  const bad: Record<string, readonly [string | Buffer, RegExp]> = {
    "empty.csv": ["", /is empty/],
    "header.csv": ["client,date,amount\n", /line 1: .*no row below/],
    "dates.csv": ["date\n2025-01-01\n", /line 1: no column says who bought; name it "client"/],
    "column.csv": ["x\ny\n", /line 1: no column holds dates/],
    "blank.csv": ["\n \n\r\n", /is empty/],
    "currency.csv": [
      "client,date,amount,currency\nA,2025-01-01,10,USD\n",
      /no row is in the currency asked for; choose --currency of these: USD/,
    ],
    "words.csv": ["a;b\nc;d\n", /line 1: no column holds dates of purchase; name it "date"/],
    "unusable.csv": ["client,date\n,2025-01-01\n", /line 2 has no client/],
    "refunds.csv": ["client,date,amount\nA,2025-01-01,-10\n", /every row is a refund.*"amount"/],
    "cut.csv.gz": [gzip.subarray(0, gzip.length - 20), /gzip data is cut off; copy/],
    "binary.csv": [
      Buffer.from(Array.from({ length: 999 }, (_, at) => (at * 7919) % 256)),
      /binary/,
    ],
    "workbook.csv": ["PK\u0003\u0004rest", /workbook.*save the table as CSV/],
    "sheet.xlsx": ["x", /is no workbook, or a damaged one; save it again, or save as CSV/],
    "notes.txt": ["x", /only \.csv, \.csv\.gz and \.xlsx.*save the table as CSV/],
    "quote.csv": ['client,date\nA,2025-01-01\n\nB,"2025-01-02\nC,2025-01-03\n', /line 4: a quote/],
    "quotes.csv": [
      'client,date\n"A,2025-01-01\n"B",2025-01-02\n"C",2025-01-03\n',
      /line 2: a quote/,
    ],
  };

  it("is one line that names the file, the line and the remedy, and exit code 1", async () => {
    await inPairs(Object.entries(bad), async ([name, [content, expected]]) => {
      write(name, content);
      const options = ["--json", "--clients", "none.csv", "--currency", "RUB"];
      expectRefusal(await pulse("analyze", name, ...options), name, expected);
    });
    // A file that cannot be read by anybody, the administrator included.
    symlinkSync("/proc/self/mem", join(folder, "memory.csv"));
    expectRefusal(await pulse("analyze", "memory.csv"), "memory.csv", /cannot be read; copy it/);
    mkdirSync(join(folder, "folder.csv"));
    expectRefusal(await pulse("analyze", "folder.csv"), "folder.csv", /is a folder; name a file/);
    expectRefusal(await pulse("analyze", "missing.csv"), "missing.csv", /no such file; check/);
    const early = await pulse("analyze", "small.csv", "--as-of", "2020-01-01");
    expectRefusal(early, "small.csv", /first purchase is of 2025-02-01, choose a later --as-of/);
    expect(readdirSync(folder)).not.toContain("none.csv");
  });

  it("shows where the error came from with --debug only", async () => {
    const { code, stderr } = await pulse("analyze", "missing.csv", "--debug");
    expect(code).toBe(1);
    expect(stderr).toMatch(/\n\s+at /);
  });
});

function expectRefusal(outcome: Outcome, name: string, expected: RegExp): void {
  expect(outcome, name).toMatchObject({ code: 1, stdout: "" });
  expect(outcome.stderr, name).toMatch(/^pulse: [^\n]+\n$/);
  expect(outcome.stderr, name).toContain(name);
  expect(outcome.stderr, name).toMatch(expected);
}
