import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestCell, testWorkbook } from "../../src/hosts/files/test-workbook.ts";
import { regularBase } from "./fixtures.ts";
import { inPairs, runPulse } from "./run-pulse.ts";

let folder = "";
const write = (name: string, content: string | Uint8Array) =>
  writeFileSync(join(folder, name), content);
const pulse = (...args: string[]) => runPulse(folder, args);

/** The base of `base.csv` as a workbook with a title, real dates and numbers. */
function baseWorkbook(): Uint8Array {
  const [header = "", ...lines] = regularBase(80).trim().split("\n");
  const rows = lines.map((line): TestCell[] => {
    const [client = "", date = "", amount = ""] = line.split(",");
    return [client, { serial: Date.parse(date) / 86_400_000 + 25_569 }, Number(amount)];
  });
  const notes = { name: "Notes", rows: [["How to use this file"]] };
  const sales = { name: "Sales", rows: [["Sales 2023"], [], header.split(","), ...rows] };
  return testWorkbook([notes, sales]);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-cli-"));
  write("base.csv", regularBase(80));
  write("base.xlsx", baseWorkbook());
  // The first command after a change builds; that is nobody's test time.
  await pulse("version");
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Without what may differ: how the file was read and how long it took. */
function figures(stdout: string): Record<string, unknown> {
  const {
    guessed: _,
    dataQuality: __,
    ms: ___,
    ...rest
  } = JSON.parse(stdout) as Record<string, unknown>;
  return rest;
}

describe("a workbook", () => {
  it("gives the same figures as the same table in CSV, to every command", async () => {
    const commands: string[][] = [
      ["analyze"],
      ["backtest"],
      ["fit", "--model", "mbgnbd"],
      ["fit", "--model", "gammagamma"],
    ];
    for (const [command = "", ...args] of commands) {
      const [csv, xlsx] = await Promise.all(
        ["base.csv", "base.xlsx"].map((file) => pulse(command, file, ...args, "--json")),
      );
      expect(xlsx?.code, xlsx?.stderr).toBe(0);
      expect(figures(xlsx?.stdout ?? "")).toEqual(figures(csv?.stdout ?? ""));
    }
  });

  it("says which sheet and columns were taken", async () => {
    const { stdout } = await pulse("analyze", "base.xlsx", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      guessed: {
        encoding: "xlsx",
        delimiter: null,
        sheet: "Sales",
        columns: { client: "client", date: "date", amount: "amount", margin: null },
      },
      dataQuality: [{ code: "before_table", count: 1, lines: [1] }],
    });
    expect((await pulse("analyze", "base.xlsx")).stdout).toContain('xlsx, sheet "Sales"');
  });

  it("that cannot be used is one line with the way out, and exit code 1", async () => {
    const good = testWorkbook([
      {
        name: "S",
        rows: [
          ["client", "date"],
          ["A", "soon"],
        ],
      },
    ]);
    const ole = (text: string) =>
      Buffer.concat([Buffer.from("d0cf11e0a1b11ae1", "hex"), Buffer.from(text, "utf16le")]);
    write("large.xlsx", good);
    truncateSync(join(folder, "large.xlsx"), 25 * 1024 * 1024 + 1);
    const bad: Record<string, readonly [Uint8Array | null, RegExp]> = {
      "large.xlsx": [null, /larger than 25 MB; save as CSV/],
      "old.xls": [ole("Workbook"), /old Excel workbook \(\.xls\); save it as \.xlsx or as CSV/],
      "locked.xlsx": [ole("EncryptedPackage"), /password.*as CSV/],
      "named.csv": [ole("Workbook"), /old Excel workbook.*as CSV/],
      "table.ods": [Buffer.from("x"), /OpenDocument table/],
      "renamed.xlsx": [
        zipSync({ mimetype: Buffer.from("x"), "content.xml": Buffer.from("x") }),
        /OpenDocument table/,
      ],
      "binary.xlsb": [Buffer.from("x"), /binary Excel workbook/],
      "cut.xlsx": [baseWorkbook().subarray(0, 3000), /the workbook is damaged/],
      "photos.xlsx": [zipSync({ "a.jpg": Buffer.from("x") }), /is an archive, not a workbook/],
      "blank.xlsx": [testWorkbook([{ name: "S", rows: [] }]), /no sheet has a row/],
      "words.xlsx": [good, /sheet "S": row 1: no column holds dates of purchase/],
      "text.xlsx": [Buffer.from("client,date\nA,2025-01-01\n"), /is no workbook/],
    };
    await inPairs(Object.entries(bad), async ([name, [content, expected]]) => {
      if (content !== null) write(name, content);
      const { code, stdout, stderr } = await pulse("analyze", name, "--json");
      expect({ code, stdout }, name).toEqual({ code: 1, stdout: "" });
      expect(stderr, name).toMatch(/^pulse: [^\n]+\n$/);
      expect(stderr, name).toContain(name);
      expect(stderr, name).toMatch(expected);
    });
  });
});

describe("pulse analyze --spend", () => {
  it("adds what new clients cost, from a table of its own", async () => {
    write("spend.csv", "Месяц;Канал;Сумма\nянварь 2023;Реклама;8000,00\nмарт 2023;Реклама;мало\n");
    const { code, stdout, stderr } = await pulse(
      "analyze",
      "base.csv",
      "--spend",
      "spend.csv",
      "--json",
    );
    expect(code, stderr).toBe(0);
    expect(stderr).toBe("pulse: spend.csv: line 3 has no amount that is a number: left out\n");
    const { kpis } = JSON.parse(stdout) as { kpis: Record<string, { value: number | null }> };
    const without = JSON.parse(
      (await pulse("analyze", "base.csv", "--json")).stdout,
    ) as typeof kpis;
    expect(without).toHaveProperty("kpis.cac_marketing.value", null);
    // 51 clients bought first in January, for 8 000.00 of marketing.
    expect(kpis.cac_marketing?.value).toBe(Math.round(800_000 / 51));
  });

  it("is refused in one line where the table does not tell", async () => {
    write("none.csv", "a,b\nc,d\n");
    const { code, stdout, stderr } = await pulse("analyze", "base.csv", "--spend", "none.csv");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^pulse: none\.csv: line 1: no column holds months; [^\n]+\n$/);
    const over = await pulse("analyze", "base.csv", "--spend", "none.csv", "--html", "none.csv");
    expect(over.code).toBe(2);
  });
});
