import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { regularBase } from "./fixtures.ts";
import { inPairs, runPulse } from "./run-pulse.ts";

let folder = "";
const pulse = (...args: string[]) => runPulse(folder, args);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-cli-"));
  writeFileSync(join(folder, "base.csv"), regularBase(80));
  // The first command after a change builds; that is nobody's test time.
  await pulse("version");
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("pulse", () => {
  it("explains itself and names its version", async () => {
    await inPairs([[], ["help"], ["--help"], ["analyze", "--help"]], async (args) => {
      expect(await pulse(...args), args.join(" ")).toMatchObject({ code: 0, stderr: "" });
    });
    expect((await pulse("help")).stdout).toContain("pulse analyze FILE");
    expect((await pulse("version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("ends with 2 and one line when the command is not understood", async () => {
    const mistakes: [string[], RegExp][] = [
      [["bogus"], /unknown command bogus; see pulse help/],
      [["constructor"], /unknown command/],
      [["analyze"], /takes one FILE/],
      [["analyze", "a.csv", "b.csv"], /takes one FILE/],
      [["analyze", "base.csv", "--bogus"], /Unknown option '--bogus'; see pulse help/],
      [["analyze", "base.csv", "--as-of"], /'--as-of <value>' argument missing; see pulse help/],
      [["analyze", "base.csv", "--as-of", "--json"], /'--as-of' argument is ambiguous; see/],
      [["analyze", "base.csv", "--as-of", "2025-13-40"], /--as-of 2025-13-40 is not a date/],
      [["analyze", "base.csv", "--clients="], /--clients has no value; see pulse help/],
      [["analyze", "base.csv", "--json=yes"], /'--json' does not take an argument/],
      [["analyze", "base.csv", "--horizon", "1e2"], /--horizon 1e2 is not a number of days/],
      [["analyze", ""], /takes one FILE/],
      [
        ["analyze", "base.csv", "--html", "o.html", "--clients", "./o.html"],
        /--html and --clients both name/,
      ],
      [["backtest", "base.csv", "--cutoff", "2025-02-30"], /--cutoff 2025-02-30 is not a date/],
      [["backtest", "base.csv", "--predictions", "base.csv"], /would overwrite the table itself/],
      [["analyze", "base.csv", "--as-of", "soon"], /--as-of soon is not a date such as/],
      [["analyze", "base.csv", "--horizon", "0"], /--horizon 0 is not a number of days/],
      [["analyze", "base.csv", "--currency", "rub"], /ISO 4217/],
      [["analyze", "base.csv", "--locale", "fr"], /--locale is one of ru, en/],
      [["fit", "base.csv"], /needs --model/],
      [["fit", "base.csv", "--model", "pareto"], /--model is one of bgnbd, mbgnbd, gammagamma/],
      [["fit", "base.csv", "--model", "bgnbd", "--k", "3"], /--k is one of 1, 2, 4, 8/],
      [["fit", "base.csv", "--model", "bgnbd", "--predict", "9"], /--predict DAYS and --clients/],
    ];
    await inPairs(mistakes, async ([args, expected]) => {
      const { code, stdout, stderr } = await pulse(...args);
      expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/^pulse: [^\n]+\n$/);
      expect(stderr).toMatch(expected);
    });
  });

  it("names a missing variable before the server opens anything", async () => {
    const { code, stderr } = await pulse("serve");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^pulse: [A-Z_]+ is required[^\n]+\n$/);
    expect(readdirSync(folder)).not.toContain("data");
  });

  it("names the port when somebody else listens there", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, () => resolve()));
    const { port } = other.address() as AddressInfo;
    const settings = {
      ...{ NODE_ENV: "test", PORT: String(port), DATA_DIR: join(folder, "taken") },
      PULSE_KEYS: `k1:${Buffer.alloc(32, 7).toString("base64")}`,
    };
    const { code, stderr } = await runPulse(folder, ["serve"], [], settings);
    other.close();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `pulse: PORT ${port} is in use; stop what listens there or set PORT to another one.\n`,
    });
    rmSync(join(folder, "taken"), { recursive: true });
  });

  it("refuses a Node that is too old before it opens anything of ours", async () => {
    const preload = [
      'import { registerHooks } from "node:module";',
      'Object.defineProperty(process.versions, "node", { value: "20.19.0" });',
      "registerHooks({ resolve(name, context, next) {",
      '  if (!name.endsWith("bin/pulse.mjs")) process.stderr.write("OPENED " + name + "\\n");',
      "  return next(name, context);",
      "} });",
    ].join("\n");
    const address = `data:text/javascript,${encodeURIComponent(preload)}`;
    const run = (args: string[]) => runPulse(folder, args, ["--import", address]);
    for (const args of [["serve"], ["analyze", "base.csv"]]) {
      const { code, stdout, stderr } = await run(args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(
        /^Client Pulse needs Node 24 or newer; this is 20\.19\.0\. Run it [^\n]+\n$/,
      );
    }
    expect(readdirSync(folder)).toEqual(["base.csv"]);
  });
});

describe("pulse fit", () => {
  const fitted = async (...args: string[]) => {
    const { code, stdout, stderr } = await pulse("fit", "base.csv", ...args, "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout) as { params: Record<string, number>; logLikelihood: number };
  };

  it("prints the fitted numbers and nothing else", async () => {
    const document = await fitted("--model", "bgnbd");
    expect(Object.keys(document)).toEqual([
      "model",
      "params",
      "logLikelihood",
      "clients",
      "unit",
      "iterations",
      "ms",
    ]);
    expect(document).toMatchObject({ model: "bgnbd", clients: 80, unit: "week" });
    expect(Object.keys(document.params)).toEqual(["r", "alpha", "a", "b"]);
    expect(Object.keys((await fitted("--model", "gammagamma")).params)).toEqual(["p", "q", "v"]);
  });

  it("sees the regularity of clients who buy by the clock, and counts alpha in the unit asked for", async () => {
    const [one, four] = await Promise.all(
      ["1", "4"].map((k) => fitted("--model", "mbgnbd", "--k", k)),
    );
    expect(four?.logLikelihood).toBeGreaterThan(one?.logLikelihood ?? Number.NaN);
    const daily = await fitted("--model", "mbgnbd", "--unit", "day");
    expect(daily.params.alpha).toBeCloseTo(7 * (one?.params.alpha ?? Number.NaN), 3);
  });

  it("forecasts every client into a table", async () => {
    await fitted(
      "--model",
      "bgnbd",
      "--until",
      "2024-06-30",
      "--predict",
      "90",
      "--clients",
      "fit.csv",
    );
    const rows: Record<string, string>[] = parse(readFileSync(join(folder, "fit.csv"), "utf8"), {
      columns: true,
    });
    rmSync(join(folder, "fit.csv"));
    expect(rows).toHaveLength(80);
    expect(Object.keys(rows[0] ?? {}).join()).toBe("id,x,tx,T,pAlive,expectedPurchases,meanSpend");
    for (const row of rows) {
      expect(Number(row.tx)).toBeLessThanOrEqual(Number(row.T));
      expect(Number(row.pAlive)).toBeGreaterThan(0);
      expect(Number(row.pAlive)).toBeLessThanOrEqual(1);
      expect(Number(row.expectedPurchases)).toBeGreaterThanOrEqual(0);
    }
  });
});
