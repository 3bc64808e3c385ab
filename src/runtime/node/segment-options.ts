import { readFileSync } from "node:fs";
import { isRecipeCode, RECIPE_CODES } from "../../analytics/segments/recipes.ts";
import { toMinor } from "../../crm/money.ts";
import { readSegmentRule, rfmThresholds } from "../../crm/segment-rule.ts";
import type { RuleQuestion, SegmentsQuestion } from "../../report/segments-report.ts";
import { UsageError } from "./options.ts";

/** What `--rule` and `--rfm-thresholds` ask for (null = not given), once the currency of the table is known. */
export function readSegmentOptions(
  rule: string | null,
  thresholds: string | null,
): (currency: string) => SegmentsQuestion {
  const asked = rule === null ? null : readRule(rule);
  const questionIn = (currency: string): SegmentsQuestion => ({
    rule: asked,
    thresholds: thresholds === null ? null : readThresholds(thresholds, currency),
  });
  // A mistake is told before the table is read.
  questionIn("RUB");
  return questionIn;
}

const MOST_RULE_BYTES = 100_000;

/** A rule's file, or a rule ready to use by its code; `bought_group=GROUP` names the product group. */
function readRule(text: string): RuleQuestion {
  const [code = "", ...rest] = text.split("=");
  const group = rest.join("=").trim();
  if (isRecipeCode(code)) {
    return { kind: "recipe", code, group: group === "" ? null : group };
  }
  if (!text.endsWith(".json")) {
    throw new UsageError(
      `--rule ${text} is neither a .json file nor one of ${RECIPE_CODES.join(", ")}`,
    );
  }
  const reading = readSegmentRule(parseJson(text, readText(text)));
  if (reading.ok) return { kind: "rule", rule: reading.rule };
  const place = reading.path === "" ? "" : ` at ${reading.path}`;
  throw new UsageError(`${text}: not a rule${place}: ${reading.problem}`);
}

function readText(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
    throw new UsageError(
      code === "ENOENT" ? `${file}: no such file` : `${file} cannot be read (${code})`,
    );
  }
  if (text.length > MOST_RULE_BYTES) throw new UsageError(`${file} is too long for a rule`);
  return text;
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    throw new UsageError(`${file} is not JSON`);
  }
}

/** `30,90,180,365;2,3,5,10;1000,5000,20000,100000`: days, purchases, money; the money may be left out. */
function readThresholds(text: string, currency: string): SegmentsQuestion["thresholds"] {
  const [recencyDays, frequency, money, ...more] = text
    .split(";")
    .map((axis) => axis.split(",").map((cell) => (cell.trim() === "" ? Number.NaN : Number(cell))));
  const monetaryMinor = money?.every(Number.isFinite)
    ? money.map((amount) => toMinor(amount, currency))
    : (money ?? null);
  const parsed = rfmThresholds.safeParse({ recencyDays, frequency, monetaryMinor });
  if (parsed.success && more.length === 0) return parsed.data;
  throw new UsageError(
    `--rfm-thresholds ${text} is not four rising limits of days, purchases and money, such as "30,90,180,365;2,3,5,10;1000,5000,20000,100000"`,
  );
}
