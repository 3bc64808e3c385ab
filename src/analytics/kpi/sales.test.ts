import { describe, expect, it } from "vitest";
import { fitScorecard, type LeadExample, scoreLead } from "./lead-score.ts";
import { readiness } from "./readiness.ts";
import { leadSources, lossTable, medianOfCounts, salesKpis } from "./sales.ts";
import { stageConversion } from "./stages.ts";

const NO_CONTACTS = {
  clients: 0,
  clientContacts: 0,
  prospects: 0,
  prospectContacts: 0,
  anyContacts: 0,
};

describe("figures of deals", () => {
  const figures = Object.fromEntries(
    salesKpis(
      [
        { outcome: "won", days: 3, deals: 2 },
        { outcome: "won", days: 10, deals: 1 },
        { outcome: "won", days: 20, deals: 1 },
        { outcome: "won", days: null, deals: 1 },
        { outcome: "lost", days: 40, deals: 3 },
        { outcome: "open", days: null, deals: 7 },
      ],
      { clients: 20, clientContacts: 90, prospects: 10, prospectContacts: 15, anyContacts: 200 },
      20_089,
    ).map((kpi) => [kpi.code, kpi]),
  );

  it("leave open deals out and count them", () => {
    expect(figures.win_rate).toMatchObject({ value: 5 / 8, population: 8, excluded: 7 });
    // 3, 3, 10, 20 days; one more was won nobody knows when.
    expect(figures.sales_cycle_won).toMatchObject({ value: 6.5, population: 4, excluded: 8 });
    expect(figures.sales_cycle_won?.exclusions).toEqual([
      { code: "open_deals", count: 7 },
      { code: "unknown_moment", count: 1 },
    ]);
    expect(figures.sales_cycle_lost).toMatchObject({ value: 40, population: 3 });
  });

  it("count contacts a client a month, with clients and with prospects", () => {
    expect(figures.contacts_clients).toMatchObject({ value: 1.5, population: 20 });
    expect(figures.contacts_prospects).toMatchObject({ value: 0.5, population: 10 });
  });

  it("are not defined without decided deals and without activities", () => {
    const notes = salesKpis([{ outcome: "open", days: null, deals: 2 }], NO_CONTACTS, 20_089).map(
      ({ value, note }) => [value, note],
    );
    expect(notes).toEqual([
      [null, "no_decided_deals"],
      [null, "no_decided_deals"],
      [null, "no_decided_deals"],
      [null, "no_activities"],
      [null, "no_activities"],
    ]);
    const silent = { ...NO_CONTACTS, clients: 4, anyContacts: 3 };
    expect(salesKpis([], silent, 20_089).at(-2)).toMatchObject({ value: 0, population: 4 });
  });

  it("take the median of counted values, whatever their order", () => {
    expect(medianOfCounts([])).toBeNull();
    expect(
      medianOfCounts([
        { value: 9, count: 1 },
        { value: 1, count: 1 },
      ]),
    ).toBe(5);
    expect(
      medianOfCounts([
        { value: 9, count: 1 },
        { value: 1, count: 2 },
      ]),
    ).toBe(1);
  });
});

describe("losses and sources", () => {
  it("name reasons with their money, those nobody gave too", () => {
    expect(
      lossTable([
        { reason: null, deals: 1, amountMinor: 0 },
        { reason: "price", deals: 3, amountMinor: 900 },
        { reason: "none", deals: 0, amountMinor: 0 },
      ]),
    ).toEqual([
      { reason: "price", deals: 3, amountMinor: 900, share: 0.75 },
      { reason: null, deals: 1, amountMinor: 0, share: 0.25 },
    ]);
    expect(lossTable([])).toEqual([]);
  });

  it("say what a lead of each source is worth", () => {
    expect(
      leadSources([
        { source: "site", deals: 10, won: 2, lost: 6, wonMinor: 4000 },
        { source: null, deals: 12, won: 0, lost: 0, wonMinor: 0 },
      ]),
    ).toMatchObject([
      { source: null, winRate: null, perDealMinor: null },
      { source: "site", winRate: 0.25, perDealMinor: 500 },
    ]);
  });
});

describe("conversion from stage to stage", () => {
  const pipelines = [
    {
      id: "1",
      name: "Sales",
      stages: [
        { id: "new", name: "New" },
        { id: "offer", name: "Offer" },
        { id: "bill", name: "Bill" },
      ],
    },
    { id: "2", name: "Empty", stages: [{ id: "a", name: "A" }] },
  ];
  const reached = (stageId: string | null, outcome: "open" | "won" | "lost", deals: number) => ({
    pipelineId: "1",
    stageId,
    outcome,
    deals,
  });
  const [sales, ...others] = stageConversion(pipelines, [
    reached("new", "open", 4),
    reached("new", "lost", 6),
    reached("offer", "lost", 3),
    reached("offer", "open", 2),
    reached("bill", "lost", 1),
    reached("bill", "won", 5),
    reached(null, "won", 1),
    reached(null, "lost", 2),
  ]);

  it("counts who moved on against who was lost; who still waits is neither", () => {
    expect(others).toEqual([]);
    expect(sales).toMatchObject({ deals: 24, won: 6, lost: 12, open: 6, unknownStage: 2 });
    expect(sales?.stages).toEqual([
      { id: "new", name: "New", reached: 22, moved: 12, lost: 6, open: 4, conversion: 2 / 3 },
      { id: "offer", name: "Offer", reached: 12, moved: 7, lost: 3, open: 2, conversion: 0.7 },
      { id: "bill", name: "Bill", reached: 7, moved: 6, lost: 1, open: 0, conversion: 6 / 7 },
    ]);
  });

  it("never rises along a pipeline, and ends with the deals that were won", () => {
    const stages = sales?.stages ?? [];
    stages.slice(1).forEach((stage, at) => {
      expect(stage.reached).toBe(stages[at]?.moved);
    });
    expect(stages.at(-1)?.moved).toBe(sales?.won);
  });
});

describe("look-alikes of good clients", () => {
  const examples: readonly LeadExample[] = [
    { features: { source: "referral", kind: "company" }, isGood: true, count: 30 },
    { features: { source: "referral", kind: "contact" }, isGood: false, count: 10 },
    { features: { source: "ads", kind: "contact" }, isGood: true, count: 10 },
    { features: { source: "ads", kind: null }, isGood: false, count: 50 },
  ];

  it("are scored by adding what each known feature says", () => {
    const card = fitScorecard(examples);
    if (card.kind === "tooFew") throw new Error("enough are given");
    expect(card).toMatchObject({ good: 40, of: 100, baseRate: 0.4 });
    const logit = (share: number) => Math.log(share / (1 - share));
    const referral = card.weights.find(({ value }) => value === "referral");
    // 30 of 40, drawn to 0.4 by ten average clients: 34 of 50.
    expect(referral?.weight).toBeCloseTo(logit(34 / 50) - logit(0.4), 12);
    const lead = scoreLead(card, { source: "referral", kind: "company", pipeline: "never seen" });
    const sum = lead.reasons.reduce((all, { weight }) => all + weight, logit(0.4));
    expect(lead.score).toBe(Math.round(100 / (1 + Math.exp(-sum))));
    expect(lead.reasons.map(({ feature, value, good, of }) => [feature, value, good, of])).toEqual([
      ["kind", "company", 30, 30],
      ["source", "referral", 30, 40],
    ]);
    expect(scoreLead(card, { source: null })).toEqual({ score: 40, reasons: [] });
    expect(scoreLead(card, { source: "ads" }).score).toBeLessThan(40);
  });

  it("are refused below thirty good clients or thirty others", () => {
    expect(fitScorecard(examples.slice(0, 2))).toEqual({ kind: "tooFew", have: 10, need: 30 });
    expect(fitScorecard([])).toEqual({ kind: "tooFew", have: 0, need: 30 });
    const onlyGood = [{ features: {}, isGood: true, count: 500 }];
    expect(fitScorecard(onlyGood)).toEqual({ kind: "tooFew", have: 0, need: 30 });
  });
});

describe("readiness", () => {
  it("weighs what a contact may save under an assumption against its cost", () => {
    expect(readiness([100, 1000, 4000, 0, -5], { effectShare: 0.1, costMinor: 50 })).toEqual({
      effectShare: 0.1,
      costMinor: 50,
      clients: 3,
      stakeMinor: 5100,
      mostMinor: 400,
      medianMinor: 100,
      worthwhile: 2,
      payFromMinor: 500,
    });
  });

  it("does not judge without a cost, and nobody at stake is worth nothing", () => {
    expect(readiness([100], { effectShare: 0.1, costMinor: null })).toMatchObject({
      worthwhile: null,
      payFromMinor: null,
      mostMinor: 10,
    });
    expect(readiness([], { effectShare: 2, costMinor: 1 })).toMatchObject({
      effectShare: 1,
      clients: 0,
      mostMinor: null,
      worthwhile: 0,
    });
    expect(readiness([100], { effectShare: 0, costMinor: 1 }).worthwhile).toBeNull();
  });
});
