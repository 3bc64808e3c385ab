import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_RULE_DEPTH, type RuleNode, readSegmentRule } from "../../crm/segment-rule.ts";
import { dayText } from "../calendar.ts";
import { scoreClient } from "../scoring.ts";
import { makeSnapshot } from "../snapshot.ts";
import { RECIPE_CODES, recipesOf } from "./recipes.ts";
import { evaluateRule, factsOf, makeRuleCounter } from "./rule-evaluate.ts";
import type { RuleFacts } from "./rule-facts.ts";
import { historyAtDays, logOf, testBase } from "./test-base.ts";

const AS_OF = 1000;
const SNAPSHOT = makeSnapshot(logOf([]), AS_OF);

function client(
  days: number[],
  rest: Partial<RuleFacts> = {},
  minor: number | null = 100,
): RuleFacts {
  const history = historyAtDays(days, minor);
  const side = { hasOpenDeal: null, silentDays: null };
  return {
    insight: scoreClient(history, side, AS_OF, SNAPSHOT),
    history,
    asOf: AS_OF,
    template: null,
    valueTier: null,
    source: null,
    tags: null,
    groups: null,
    ...rest,
  };
}

const YES: RuleNode = { fact: "purchaseDays", from: 1 };
const NO: RuleNode = { fact: "purchaseDays", from: 99 };
const UNKNOWN: RuleNode = { fact: "pChurn", over: 0.5 };
const ANY = client([900, 950, 990]);
const truth = (node: RuleNode, facts = ANY) => evaluateRule(node, facts);

describe("a rule", () => {
  it("follows Kleene's tables where facts are unknown", () => {
    expect([YES, NO, UNKNOWN].map((node) => truth(node))).toEqual([true, false, null]);
    expect(truth({ all: [YES, UNKNOWN] })).toBeNull();
    expect(truth({ all: [UNKNOWN, NO] })).toBe(false);
    expect(truth({ any: [UNKNOWN, YES] })).toBe(true);
    expect(truth({ any: [NO, UNKNOWN] })).toBeNull();
    expect(truth({ not: UNKNOWN })).toBeNull();
    expect(truth({ fact: "pChurn", known: false })).toBe(true);
    expect(truth({ fact: "pChurn", known: true, over: 0.5 })).toBe(false);
    expect(truth({ fact: "pChurn", known: false, over: 0.5 })).toBeNull();
  });

  it("obeys not not and De Morgan, and the order of parts does not matter", () => {
    const tree = fc.letrec<{ node: RuleNode }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(YES, NO, UNKNOWN),
        fc.record({ all: fc.array(tie("node"), { minLength: 1, maxLength: 3 }) }),
        fc.record({ any: fc.array(tie("node"), { minLength: 1, maxLength: 3 }) }),
        fc.record({ not: tie("node") }),
      ),
    })).node;
    fc.assert(
      fc.property(tree, tree, (left, right) => {
        expect(truth({ not: { not: left } })).toBe(truth(left));
        expect(truth({ not: { all: [left, right] } })).toBe(
          truth({ any: [{ not: left }, { not: right }] }),
        );
        expect(truth({ not: { any: [left, right] } })).toBe(
          truth({ all: [{ not: left }, { not: right }] }),
        );
        expect(truth({ all: [left, right] })).toBe(truth({ all: [right, left] }));
      }),
      { seed: 13, numRuns: 500 },
    );
  });

  it("reads days, windows, groups, tags and labels", () => {
    const facts = client([500, 950, 990], {
      source: "site",
      tags: ["segment:loyal"],
      groups: [
        { day: 987, group: "Кофе" },
        { day: 986, group: "Чай" },
      ],
    });
    expect(truth({ fact: "lastDay", from: dayText(990) }, facts)).toBe(true);
    expect(truth({ fact: "firstDay", from: dayText(501) }, facts)).toBe(false);
    expect(truth({ fact: "purchaseDaysWithin", withinDays: 50, from: 2 }, facts)).toBe(false);
    expect(truth({ fact: "purchaseDaysWithin", withinDays: 51, from: 2 }, facts)).toBe(true);
    expect(truth({ fact: "moneyMinorWithin", withinDays: 51, from: 200, to: 200 }, facts)).toBe(
      true,
    );
    expect(truth({ fact: "boughtGroup", withinDays: 14, in: ["Кофе"] }, facts)).toBe(true);
    expect(truth({ fact: "boughtGroup", withinDays: 14, in: ["Чай"] }, facts)).toBe(false);
    expect(truth({ fact: "boughtGroup", withinDays: 15, in: ["Чай"] }, facts)).toBe(true);
    expect(truth({ fact: "boughtGroup", withinDays: 14, in: ["Кофе"] })).toBeNull();
    expect(truth({ fact: "tag", in: ["segment:loyal", "x"] }, facts)).toBe(true);
    expect(truth({ fact: "source", in: ["shop"] }, facts)).toBe(false);
    expect(truth({ fact: "source", in: ["shop"] })).toBeNull();
    expect(truth({ fact: "silenceInGaps", under: 1 }, facts)).toBe(true);
  });

  it("does not take unknown money for zero", () => {
    const facts = client([990], {}, null);
    expect(truth({ fact: "totalMinor", under: 100 }, facts)).toBeNull();
    expect(truth({ fact: "moneyMinorWithin", withinDays: 30, under: 100 }, facts)).toBeNull();
    expect(truth({ fact: "lastAmountMinor", under: 100 }, facts)).toBeNull();
    expect(truth({ fact: "averageMinor", from: 100 })).toBe(true);
  });
});

describe("reading a rule", () => {
  const reading = (when: unknown) => readSegmentRule({ code: "mine", when });
  const nested = (depth: number): unknown => (depth === 0 ? YES : { all: [nested(depth - 1)] });

  it("says where it cannot be read", () => {
    expect(reading(YES)).toEqual({ ok: true, rule: { code: "mine", when: YES } });
    expect(reading({ all: [YES, { fact: "shoeSize", from: 1 }] })).toMatchObject({
      ok: false,
      path: expect.stringMatching(/^when\.all\.1/),
    });
    expect(reading({ fact: "purchases" })).toMatchObject({
      ok: false,
      problem: expect.stringContaining("a condition needs"),
    });
    expect(reading({ fact: "boughtGroup", in: ["x"] })).toMatchObject({ ok: false });
    expect(reading({ all: [] }).ok).toBe(false);
    expect(readSegmentRule(null).ok).toBe(false);
    expect(readSegmentRule({ code: "Mine!", when: YES })).toMatchObject({
      ok: false,
      path: "code",
    });
  });

  it("refuses what is too deep or too large before it recurses", () => {
    expect(reading(nested(MAX_RULE_DEPTH - 1)).ok).toBe(true);
    let deep: unknown = YES;
    for (let at = 0; at < 100_000; at += 1) deep = { not: deep };
    expect(reading(deep)).toMatchObject({ ok: false, problem: expect.stringContaining("nested") });
    const wide = { any: Array.from({ length: 50 }, () => ({ all: [YES, NO] })) };
    expect(reading(wide)).toMatchObject({ ok: false, problem: expect.stringContaining("parts") });
  });
});

describe("counting a rule", () => {
  it("splits the base into in, out and unknown, with the money of those in", () => {
    const counter = makeRuleCounter({ fact: "averageMinor", from: 100 });
    const added = [client([990]), client([990], {}, 50), client([990], {}, null)].map(counter.add);
    expect(added).toEqual([true, false, false]);
    expect(counter.result()).toEqual({
      base: 3,
      matched: 1,
      notMatched: 1,
      unknown: 1,
      share: 1 / 3,
      moneyMinor: 100,
      warnings: [{ code: "too_few", limit: 20, value: 1, facts: [] }],
    });
  });

  it("warns of too few, too many and facts that this base does not have", () => {
    const warned = (rule: RuleNode, clients: number) => {
      const counter = makeRuleCounter(rule);
      for (let at = 0; at < clients; at += 1) counter.add(ANY);
      return counter.result().warnings.map(({ code, facts }) => [code, ...facts]);
    };
    expect(warned(YES, 20)).toEqual([["too_broad"]]);
    expect(warned(YES, 19)).toEqual([["too_few"], ["too_broad"]]);
    expect(warned({ any: [YES, UNKNOWN] }, 30)).toEqual([
      ["too_broad"],
      ["unknown_facts", "pChurn"],
    ]);
    expect(warned(NO, 0)).toEqual([["too_few"]]);
  });
});

describe("recipes", () => {
  it("can be read, each takes somebody of a varied base or waits for its fact", () => {
    const { clients, asOf, snapshot } = testBase(600, 3, 1200);
    const recipes = recipesOf(snapshot, "Кофе");
    expect(recipes.map(({ code }) => code)).toEqual([...RECIPE_CODES]);
    for (const { rule, code, needs } of recipes) {
      expect(readSegmentRule(JSON.parse(JSON.stringify(rule)))).toEqual({ ok: true, rule });
      const counter = makeRuleCounter(rule.when);
      for (const [at, { history }] of clients.entries()) {
        const side = { hasOpenDeal: null, silentDays: null };
        const insight = scoreClient(history, side, asOf, snapshot);
        const valueTier = at % 10 === 0 ? "vip" : "standard";
        counter.add({ ...ANY, insight, history, asOf, template: "loyal", valueTier });
      }
      const count = counter.result();
      if (needs === "group") expect(count.unknown, code).toBe(clients.length);
      else expect(count.matched, code).toBeGreaterThan(0);
      expect(count.matched, code).toBeLessThan(0.6 * clients.length);
    }
    const anyGroup = recipesOf(snapshot)[0]?.rule.when ?? YES;
    expect(factsOf(anyGroup)).toEqual(["purchaseDaysWithin", "boughtGroup"]);
  });
});
