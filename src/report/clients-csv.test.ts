import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientsCsv, decimalOfMinor } from "./clients-csv.ts";
import { csvLine } from "./csv-line.ts";
import { fitCsv } from "./fit-csv.ts";
import { sampleAnalysis } from "./test-analysis.ts";

describe("money in a table", () => {
  it("is exact to the last minor unit of its currency", () => {
    expect(decimalOfMinor(123456, "RUB")).toBe("1234.56");
    expect(decimalOfMinor(5, "RUB")).toBe("0.05");
    expect(decimalOfMinor(-5, "RUB")).toBe("-0.05");
    expect(decimalOfMinor(0, "RUB")).toBe("0.00");
    expect(decimalOfMinor(1234, "JPY")).toBe("1234");
    expect(decimalOfMinor(1234, "KWD")).toBe("1.234");
  });

  it("adds up to the revenue, refunds included", () => {
    const analysis = sampleAnalysis();
    const rows: string[][] = parse(clientsCsv(analysis), { bom: true });
    const at = (rows[0] ?? []).indexOf("total");
    const totals = rows.slice(1).map((row) => BigInt((row[at] ?? "").replace(".", "")));
    expect(totals.reduce((sum, total) => sum + total, 0n)).toBe(BigInt(analysis.revenueMinor ?? 0));
    expect(analysis.revenueMinor).toBe(123456 + 9990 + 1000000 - 5000);
  });
});

describe("a table of clients", () => {
  it("starts with a byte order mark and its header and ends every line with CRLF", () => {
    const text = clientsCsv(sampleAnalysis());
    expect(text).toMatch(/^\ufeffid,segment,lifecycle,rfm,abc,/);
    expect(text.replaceAll("\r\n", "")).not.toContain("\n");
    expect(text).toMatch(/\r\n$/);
  });

  it("speaks the dialect of a Russian spreadsheet", () => {
    const analysis = sampleAnalysis();
    const [head = [], ...rows]: string[][] = parse(clientsCsv(analysis, "ru"), {
      bom: true,
      delimiter: ";",
    });
    const english: string[][] = parse(clientsCsv(analysis, "en"), { bom: true });
    expect(head).toEqual(english[0]);
    expect(rows.map((row) => row.map((cell) => cell.replace(/^(-?\d+),(\d+)$/, "$1.$2")))).toEqual(
      english.slice(1),
    );
    expect(rows[0]?.[head.indexOf("total")]).toBe("11234,56");
  });

  it("leaves empty what is not known, also the money of a table without sums", () => {
    const log = {
      clients: ["a"],
      client: Int32Array.of(0),
      day: Int32Array.of(20_089),
      amountMinor: Float64Array.of(Number.NaN),
    };
    const [head = [], row = []]: string[][] = parse(clientsCsv(sampleAnalysis([], log)), {
      bom: true,
    });
    const cell = (name: string) => row[head.indexOf(name)];
    for (const name of ["total", "abc", "ltv", "p_churn", "health", "next_from", "at_stake"]) {
      expect(cell(name), name).toBe("");
    }
    expect(cell("last_purchase")).toBe("2025-01-01");
  });

  it("runs nothing in a spreadsheet, whatever a client is called", () => {
    for (const name of [
      "=1+1",
      "+7 900",
      "-cmd",
      "@SUM(A1)",
      "\t=1",
      "\r=1",
      "\n=1",
      " =1",
      "＝1",
    ]) {
      expect(csvLine([name]).replace(/^"/, ""), JSON.stringify(name)).toMatch(/^'/);
    }
    expect(csvLine(["-12.50", "1e-7", "-1.2e+21"])).toBe("-12.50,1e-7,-1.2e+21");
    expect(csvLine(["-12,50", "=a;b", "x,y"], ";")).toBe('-12,50;"\'=a;b";"x,y"');
  });

  it("keeps every text in its own cell", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), fc.string(), (left, right) => {
        const [cells]: string[][] = parse(csvLine(["1", left, right]));
        const plain = (cell?: string) => cell?.replace(/^'/, "");
        expect(cells?.map(plain)).toEqual(["1", left, right].map(plain));
      }),
    );
  });

  it("leaves empty what a model does not know", () => {
    const row = { id: "a;b", x: 2, tx: 1.5, T: 3, pAlive: null, expectedPurchases: null };
    expect(fitCsv([{ ...row, meanSpend: 10.5 }])).toBe(
      'id,x,tx,T,pAlive,expectedPurchases,meanSpend\r\n"a;b",2,1.5,3,,,10.5\r\n',
    );
  });
});
