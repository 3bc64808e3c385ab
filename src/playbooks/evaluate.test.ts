import { describe, expect, it } from "vitest";
import type { Insight } from "../analytics/types.ts";
import { atRisk } from "./at-risk.ts";
import { addBusinessDays } from "./business-days.ts";
import { CATALOGUE, findPlaybook } from "./catalogue.ts";
import { evaluate, matches } from "./evaluate.ts";
import type { ClientFacts, PlanContext } from "./rule.ts";
import { pickTaskLocale, tagLabels, taskText } from "./texts.ts";
import { usualMoneyMinor, valueAtStakeMinor } from "./value.ts";

/** Thursday, 2026-10-01. */
const TODAY = Date.UTC(2026, 9, 1) / 86_400_000;

const insight: Insight = {
  id: "company:1",
  tier: 1,
  purchases: 14,
  purchaseDays: 14,
  totalMinor: 41_200_000,
  averageMinor: 2_942_857,
  firstDay: TODAY - 500,
  lastDay: TODAY - 71,
  daysSinceLast: 71,
  usualDays: 34,
  rScore: 2,
  fScore: 5,
  mScore: 4,
  segment: "at_risk",
  abc: "A",
  xyz: "X",
  lifecycle: "at_risk",
  forecast: {
    pAlive: 0.4,
    pChurn: 0.59,
    horizonDays: 180,
    expectedPurchases: 1.2,
    ltv: null,
    nextPurchase: null,
  },
  health: null,
  reason: { code: "silent_longer_than_usual", params: { usualDays: 34, silentDays: 71 } },
};

const facts = (changes: Partial<ClientFacts> = {}): ClientFacts => ({
  client: { kind: "company", id: "1" },
  insight,
  ourTags: [],
  responsibleId: "7",
  isResponsibleActive: true,
  hasOpenTask: false,
  isSnoozed: false,
  lastTaskDay: null,
  ...changes,
});

const context: PlanContext = { locale: "ru", currency: "RUB", today: TODAY, fallbackOwnerId: "1" };

describe("the playbook at risk", () => {
  it("holds for clients at risk by their rhythm, and for valuable ones in the red band", () => {
    const state = (lifecycle: string, segment: string, band: string | null) =>
      matches(atRisk, { lifecycle, segment, band });
    expect(state("at_risk", "loyal", "good")).toBe(true);
    expect(state("at_risk", "loyal", null)).toBe(true);
    expect(state("sleeping", "cannot_lose", "risk")).toBe(true);
    expect(state("active", "cannot_lose", "risk")).toBe(false);
    expect(state("lost", "cannot_lose", "risk")).toBe(false);
    expect(state("sleeping", "at_risk", "watch")).toBe(false);
    expect(state("sleeping", "at_risk", null)).toBe(false);
    expect(state("lost", "lost", "risk")).toBe(false);
  });

  it("plans a tag and a task due two business days later", () => {
    const plan = evaluate(atRisk, facts({ ourTags: ["vip:yes", "segment:loyal"] }), context);
    expect(plan).toMatchObject({
      kind: "change",
      tags: ["vip:yes", "segment:at_risk"],
      task: { responsibleId: "7", dueDay: TODAY + 4 },
      taskSkipped: null,
    });
  });

  it("does not write a tag that is there", () => {
    expect(evaluate(atRisk, facts({ ourTags: ["segment:at_risk"] }), context)).toMatchObject({
      tags: null,
    });
  });

  it.each([
    ["snoozed", { isSnoozed: true }],
    ["open_task", { hasOpenTask: true }],
    ["cooldown", { lastTaskDay: TODAY - 29 }],
    ["condition", { insight: { ...insight, lifecycle: "active" as const } }],
  ])("leaves a client alone: %s", (reason, changes) => {
    expect(evaluate(atRisk, facts(changes), context)).toEqual({ kind: "skip", reason });
  });

  it("takes the owner for a person who left, and says so when there is nobody", () => {
    const left = facts({ isResponsibleActive: false });
    expect(evaluate(atRisk, left, context)).toMatchObject({ task: { responsibleId: "1" } });
    const nobody = evaluate(atRisk, left, { ...context, fallbackOwnerId: null });
    expect(nobody).toMatchObject({ kind: "change", task: null, taskSkipped: "no_responsible" });
    expect(evaluate(atRisk, facts({ lastTaskDay: TODAY - 30 }), context).kind).toBe("change");
  });
});

describe("the words of a task", () => {
  it("are the client's own numbers in Russian", () => {
    const { title, text } = taskText("at_risk", insight, { locale: "ru", currency: "RUB" });
    expect(title).toBe("Позвонить клиенту: молчит 71 день");
    expect(text).toContain("Обычно покупает раз в 34 дня, сейчас молчит 71 день");
    expect(text).toContain("последняя покупка 22.07.2026");
    expect(text.replaceAll(/\s/g, " ")).toContain("Всего покупок: 14 на 412 000 ₽");
    expect(text).toContain("около 59 %");
  });

  it("are complete without a rhythm, a sum or a forecast", () => {
    const bare = { ...insight, usualDays: null, averageMinor: null, forecast: null };
    for (const locale of ["ru", "en"] as const) {
      const { title, text } = taskText("at_risk", bare, { locale, currency: "RUB" });
      expect(`${title} ${text}`).not.toMatch(/null|NaN|undefined/);
    }
  });

  it("exist for every playbook, in both languages, with every tag labelled", () => {
    for (const rule of CATALOGUE) {
      expect(findPlaybook(rule.code)).toBe(rule);
      for (const action of rule.actions) {
        if (action.kind !== "task") continue;
        for (const locale of ["ru", "en"] as const) {
          expect(taskText(action.text, insight, { locale, currency: "JPY" }).title).not.toBe("");
        }
      }
    }
    expect(tagLabels(["segment:at_risk", "x:y"], "ru")).toEqual({
      "segment:at_risk": "В зоне риска",
    });
    expect(pickTaskLocale("kz")).toBe("ru");
    expect(pickTaskLocale("br")).toBe("en");
  });
});

describe("business days", () => {
  it("skip the weekend", () => {
    expect(addBusinessDays(TODAY, 0)).toBe(TODAY);
    expect(addBusinessDays(TODAY, 1)).toBe(TODAY + 1);
    expect(addBusinessDays(TODAY, 2)).toBe(TODAY + 4);
    expect(addBusinessDays(TODAY + 2, 0)).toBe(TODAY + 4);
    expect(addBusinessDays(TODAY + 3, 1)).toBe(TODAY + 4);
  });
});

describe("the value at stake", () => {
  it("is least for who buys as usual and for who left long ago, and 0 without sums", () => {
    const stake = (pAlive: number, pChurn: number) =>
      valueAtStakeMinor({
        ...insight,
        forecast: insight.forecast && { ...insight.forecast, pAlive, pChurn },
      });
    expect(stake(0.38, 0.59)).toBe(Math.round((180 / 34) * 2_942_857 * 0.38 * 0.59));
    const twice = { ...insight, usualDays: 1, purchaseDays: 2, averageMinor: 1_000 };
    expect(usualMoneyMinor(twice, 180)).toBe(2_000);
    expect(stake(0.99, 0.02)).toBeLessThan(stake(0.6, 0.6));
    expect(stake(0.001, 0.999)).toBeLessThan(stake(0.6, 0.6));
    expect(valueAtStakeMinor({ ...insight, averageMinor: null })).toBe(0);
    expect(valueAtStakeMinor({ ...insight, usualDays: 0, averageMinor: -5 })).toBe(0);
  });
});
