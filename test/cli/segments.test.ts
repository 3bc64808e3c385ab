import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { segmentationDocument } from "../../src/crm/segmentation.ts";
import { regularBase } from "./fixtures.ts";
import { type Outcome, runPulse } from "./run-pulse.ts";

let folder = "";
const pulse = (...args: string[]): Promise<Outcome> => runPulse(folder, args);
const write = (name: string, content: string) => writeFileSync(join(folder, name), content);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-segments-"));
  write("base.csv", regularBase(80));
  write(
    "rule.json",
    JSON.stringify({
      code: "big",
      when: { all: [{ fact: "purchases", from: 2 }, { not: { fact: "abc", in: ["C"] } }] },
    }),
  );
  write("broken.json", '{"code": "x", "when": {"fact": "purchases", "more": 2}}');
  await pulse("version");
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("pulse analyze, segments", () => {
  it("prints the count of a rule and marks its clients in the table", async () => {
    const outcome = await pulse(
      "analyze",
      "base.csv",
      "--rule",
      "rule.json",
      "--clients",
      "out.csv",
    );
    expect(outcome).toMatchObject({ code: 0 });
    const matched = /Rule big: (\d+) clients? \(/.exec(outcome.stdout)?.[1];
    expect(Number(matched)).toBeGreaterThan(0);
    const rows: Record<string, string>[] = parse(readFileSync(join(folder, "out.csv"), "utf8"), {
      bom: true,
      columns: true,
    });
    expect(rows.filter((row) => row.rules === "big")).toHaveLength(Number(matched));
    expect(rows.every((row) => row.template !== "" && row.value_tier !== "")).toBe(true);
  });

  it("prints one document with everything about segments", async () => {
    const { stdout, code } = await pulse(
      "analyze",
      "base.csv",
      "--json",
      "--rule",
      "bought_group=Coffee",
      "--rfm-thresholds",
      "10,20,30,40;2,3,4,5;1,2,3,4.5",
    );
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    const found = segmentationDocument.parse(document.segmentation);
    expect(found.clients).toBe(document.clients);
    expect(found.custom).toMatchObject({
      code: "bought_group",
      count: { matched: 0, unknown: document.clients },
    });
    expect(found.rfm.alternative?.boundaries.moneyMinor?.[0]).toEqual({
      score: 5,
      from: 450,
      to: null,
    });
  });

  it.each([
    [["--rule", "none.json"], "none.json: no such file"],
    [["--rule", "big"], "neither a .json file nor one of bought_group"],
    [["--rule", "broken.json"], "broken.json: not a rule at when"],
    [["--rule", "base.csv"], "neither a .json file"],
    [["--rfm-thresholds", "1,2,3;2,3,4,5"], "four rising limits"],
    [["--rfm-thresholds", "4,3,2,1;2,3,4,5"], "four rising limits"],
    [["--rfm-thresholds", "1,2,3,4;2,3,4,5;1,2,3,x"], "four rising limits"],
  ])("says what is wrong with %j in one line", async (args, words) => {
    const { code, stdout, stderr } = await pulse("analyze", "base.csv", ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain(words);
  });
});
