import { describe, expect, test } from "vitest";
import { modelQuality } from "../crm/model-quality.ts";
import type { OverviewDocument } from "../crm/overview.ts";
import { renderOverview } from "./overview.tsx";
import { SAMPLE_MODELS } from "./samples-model.ts";
import { SAMPLE_OVERVIEW } from "./samples-overview.ts";
import { TEST_CONTEXT, textOf } from "./test-context.ts";

type Name = keyof typeof SAMPLE_MODELS;

const NAMES = Object.keys(SAMPLE_MODELS) as Name[];

function htmlOf(model: OverviewDocument["modelQuality"], locale: "ru" | "en" = "en"): string {
  const overview = { ...SAMPLE_OVERVIEW, modelQuality: model };
  const page = renderOverview({ ...TEST_CONTEXT, locale, overview });
  const panel = page.split('<section class="panel model"')[1] ?? "";
  return panel.split('<section class="panel ')[0] ?? "";
}

const shown = (name: Name, locale: "ru" | "en" = "en"): string =>
  textOf(htmlOf(SAMPLE_MODELS[name], locale)).replace(/[\u00a0\u202f]/g, " ");

describe.each(["ru", "en"] as const)("in %s", (locale) => {
  test.each(NAMES)("the panel of %s reads well", (name) => {
    expect(modelQuality.safeParse(SAMPLE_MODELS[name]).error).toBeUndefined();
    const text = shown(name, locale);
    expect(text.length).toBeGreaterThan(60);
    expect(text).not.toMatch(/undefined|NaN|null|Infinity|\[object|\{\w+\}/);
    expect(text).not.toMatch(/\b[a-z]+_[a-z_]+\b/);
  });
});

test("says in plain words how one list would have fared, beside the rule and chance", () => {
  const text = shown("usable");
  expect(text).toContain("On 3 August the call list had 40 clients.");
  expect(text).toContain("In the next 90 days, 31 of them did not buy.");
  expect(text).toContain("Wrong: 9 of 40");
  expect(text).toMatch(/Forecast 31 of 40 Rule “silent the longest” 24 of 40 At random 18 of 40/);
  expect(text).toContain("working week of calls (40)");
  expect(text).toContain("usually 31 days earlier");
  expect(text).toContain("expected 1,164, seen 1,213 (−4%)");
  expect(text).toContain("held for 90% of the clients");
});

test("explains every figure and gives its interval; the best of a row stands out", () => {
  const html = htmlOf(SAMPLE_MODELS.usable);
  const text = shown("usable");
  for (const name of ["AUC", "ECE", "Brier", "log-loss"]) expect(text).toContain(`(${name})`);
  expect(text).toContain("77% 74% to 81%");
  expect(html).toContain("<b>0.571</b>");
  // Everybody alike is no better than chance at any list.
  expect(text).toMatch(/Right in a list of 40 .*? 78% 60% 44%/);
});

test("draws a dot a tenth, and the table behind it has the same numbers", () => {
  const html = htmlOf(SAMPLE_MODELS.usable);
  const { calibration } = SAMPLE_MODELS.usable;
  expect(html.match(/<circle /g)).toHaveLength(calibration.length);
  const table = html.split('class="model-calibration"')[1]?.split("</table>")[0] ?? "";
  expect(table.match(/<td/g)).toHaveLength(3 * calibration.length);
});

test("limits are the portal's own", () => {
  const text = shown("usable");
  expect(text).toContain("68 and above: about 7 of 10 or more buy within 90 days");
  expect(text).toContain("below 43");
  expect(shown("refused")).toContain("70 and above");
  // One rate for everybody has no bands.
  expect(shown("no_signal")).not.toContain("limits of the score");
});

test("admits where the rule is as good, and says what is used instead", () => {
  expect(shown("usable")).toContain("it beats the plain rule");
  expect(shown("even")).toContain("no better than the plain rule");
  expect(shown("even")).toContain("better in 1 of 3 tests");
  expect(shown("rule")).toContain("the silence rule beat the model, so it makes the scores");
});

test("no usable signal is said with the rate that everybody gets", () => {
  const text = shown("no_signal");
  expect(text).toContain("Your history does not show who will leave");
  expect(text).toContain("61% do not buy within 90 days");
  expect(text).toContain("no better than chance");
  expect(text).toContain("We would have named only 3 before the rule “silent for 90 days”");
  expect(shown("unproven")).toContain("Clients tested: 96.");
});

test("what is missing, and until when", () => {
  expect(shown("refused")).toContain("the test becomes possible on 20 January 2027");
  const { usable, refused } = SAMPLE_MODELS;
  expect(textOf(htmlOf({ ...refused, testableFrom: null }))).toContain("cannot be told");
  expect(shown("tier_0")).toContain("Clients with purchases: 38, at least 50");
  expect(shown("nobody_returns")).toMatch(/0\.7% of the clients bought again/);
  expect(textOf(htmlOf(null))).toContain("once a month");
  expect(textOf(htmlOf({ ...usable, calibration: [], windows: [] }))).not.toContain("NaN");
});

test("warns only when levels were off twice, and says on which side", () => {
  expect(shown("usable")).not.toContain("drifting");
  expect(shown("drift")).toContain("fewer buyers than we expected, by more than 15%");
  const more = { windows: 3, more: 2, fewer: 0, isAlarm: true };
  expect(textOf(htmlOf({ ...SAMPLE_MODELS.usable, drift: more }))).toContain("more buyers than");
  const both = { windows: 3, more: 1, fewer: 1, isAlarm: true };
  expect(textOf(htmlOf({ ...SAMPLE_MODELS.usable, drift: both }))).toContain("once above");
});

test("a list without a mistake, and a forecast that never warns first, are said so", () => {
  const { usable } = SAMPLE_MODELS;
  const [newest] = usable.windows;
  if (!newest) throw new Error("the sample has windows");
  const { active } = newest;
  const chosen = { ...active.chosen, precisionAtK: 1 };
  const warning = { clients: 9, doubtedAtOnce: 9, earlier: 0, medianDays: null };
  const windows = [{ ...newest, active: { ...active, chosen }, warning }];
  const text = textOf(htmlOf({ ...usable, windows }));
  expect(text).toContain("None was wrong.");
  expect(text).not.toContain("Wrong: 0");
  expect(text).toContain("would not have warned");
  // The same odds for everybody give no list.
  const blind = [{ ...newest, active: { ...active, chosen: active.baseRate } }];
  expect(textOf(htmlOf({ ...usable, windows: blind }))).not.toContain("the call list had");
});

test("a code that is not known is not shown", () => {
  const model = { ...SAMPLE_MODELS.unproven, reason: "constructor" };
  expect(textOf(htmlOf(model))).not.toMatch(/constructor|function/);
});
