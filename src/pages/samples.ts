import { CARD_STATES, type CardDocument, type CardState } from "../crm/card.ts";

/** Invented documents of every state, for tests, screenshots and the eye. Never shown to a client. */

const AS_OF = "2026-11-22T09:40:00Z";

const RISK: CardDocument = {
  version: 1,
  asOf: AS_OF,
  dataAsOf: "2026-11-22T09:38:12Z",
  formula: "health-1",
  snapshot: "2026-11-22",
  state: "ok",
  flags: ["ok"],
  client: { kind: "company", id: "412", key: "company:412" },
  alternatives: [],
  tier: 2,
  holdout: false,
  snooze: null,
  health: {
    score: 41,
    base: 72,
    band: "risk",
    bandFrom: { good: 70, watch: 45, risk: 0 },
    delta30d: -21,
    change: {
      delta: -21,
      behaviour: -2,
      time: -19,
      factors: [
        { code: "silence", points: -23, behaviour: 0, time: -23 },
        { code: "rhythm", points: 4, behaviour: 0, time: 4 },
        { code: "contact", points: -2, behaviour: -2, time: 0 },
      ],
    },
    factors: [
      { code: "silence", points: -38, params: { silentDays: 71, usualDays: 34 } },
      { code: "rhythm", points: 3, params: { gapDays: 34, usualDays: 48 } },
      { code: "history", points: 9, params: { purchaseDays: 14, usualPurchaseDays: 4 } },
      { code: "no_open_deal", points: 0, params: {} },
      { code: "contact_silence", points: -5, params: { silentDays: 23, usualDays: 68 } },
    ],
    wouldChange: [{ code: "order_by", params: { date: "2026-12-12" }, score: 74, band: "good" }],
  },
  reason: { code: "silent_longer_than_usual", params: { usualDays: 34, silentDays: 71 } },
  action: { kind: "task", playbook: "at_risk", due: "2026-11-25", openTaskId: null },
  segment: {
    rfm: "254",
    name: "at_risk",
    from: "loyal",
    abc: "A",
    xyz: "X",
    lifecycle: "at_risk",
    custom: [],
  },
  worth: {
    purchases: 14,
    totalMinor: 41_200_000,
    averageMinor: 2_942_857,
    currency: "RUB",
    basis: "revenue",
  },
  forecast: {
    pAlive: 0.38,
    pChurn: 0.59,
    horizonDays: 180,
    expectedPurchases: 1.2,
    ltv: { minor: 3_500_000, lowMinor: 900_000, highMinor: 7_800_000, horizonDays: 365 },
    nextPurchase: { p20: "2026-11-28", p50: "2026-12-20", p80: "2027-02-11" },
  },
  spark: sparkOf([29, 31, 0, 42, 27, 35, 0, 61, 30, 0, 0, 0]),
  history: {
    lastPurchaseAt: "2026-09-12",
    lastContact: { kind: "call", direction: "out", at: "2026-10-30" },
  },
  notes: [],
};

function sparkOf(thousands: readonly number[]): CardDocument["spark"] {
  return thousands.map((amount, index) => ({
    month: index === 0 ? "2025-12" : `2026-${String(index).padStart(2, "0")}`,
    amountMinor: amount * 100_000,
    purchases: amount === 0 ? 0 : amount > 50 ? 2 : 1,
  }));
}

const GOOD_HEALTH: CardDocument["health"] = {
  score: 86,
  base: 72,
  band: "good",
  bandFrom: { good: 66, watch: 41, risk: 0 },
  delta30d: 4,
  change: {
    delta: 4,
    behaviour: 11,
    time: -7,
    factors: [
      { code: "silence", points: 3, behaviour: 10, time: -7 },
      { code: "open_deal", points: 1, behaviour: 1, time: 0 },
    ],
  },
  factors: [
    { code: "silence", points: 8, params: { silentDays: 12, usualDays: 34 } },
    { code: "rhythm", points: 2, params: { gapDays: 34, usualDays: 48 } },
    { code: "history", points: 1, params: { purchaseDays: 14, usualPurchaseDays: 4 } },
    { code: "open_deal", points: 3, params: {} },
  ],
  wouldChange: [],
};

const WATCH_HEALTH: CardDocument["health"] = {
  score: 58,
  base: 72,
  band: "watch",
  bandFrom: { good: 70, watch: 45, risk: 0 },
  delta30d: 0,
  factors: [
    { code: "silence", points: -9, params: { silentDays: 31, usualDays: 34 } },
    { code: "rhythm", points: 0, params: { gapDays: 48, usualDays: 48 } },
    { code: "history", points: -5, params: { purchaseDays: 1, usualPurchaseDays: 4 } },
  ],
  wouldChange: [{ code: "order_by", params: { date: "2026-12-22" }, score: 71, band: "good" }],
};

const EMPTY: Partial<CardDocument> = {
  health: null,
  reason: null,
  action: null,
  segment: null,
  worth: null,
  forecast: null,
  spark: [],
  history: { lastPurchaseAt: null, lastContact: null },
};

const BY_STATE: Readonly<Record<CardState, Partial<CardDocument>>> = {
  ok: {},
  licence_ended: { action: null },
  installing: {
    ...EMPTY,
    tier: 0,
    progress: { done: 3_000, total: 40_000, perSecond: 85, secondsLeft: 435 },
  },
  no_permission: { ...EMPTY, client: null, tier: 0 },
  ambiguous_client: {
    alternatives: [
      { kind: "contact", id: "77", key: "contact:77" },
      { kind: "company", id: "9", key: "company:9" },
    ],
  },
  merged: { ...EMPTY },
  no_purchase: {
    ...EMPTY,
    reason: { code: "no_purchase", params: {} },
    history: {
      lastPurchaseAt: null,
      lastContact: { kind: "email", direction: "in", at: "2026-11-20" },
    },
  },
  too_little_data: {
    tier: 0,
    health: null,
    forecast: null,
    action: { kind: "none", playbook: null, due: null, openTaskId: null },
    notes: [{ code: "tier_few_repeat_buyers", params: {} }],
  },
  refund: { notes: [{ code: "refunds", params: {} }] },
  snoozed: { snooze: { reason: "seasonal", until: "2027-03-01" } },
  holdout: { holdout: true, action: null },
  returned: {
    health: GOOD_HEALTH,
    reason: { code: "came_back", params: { gapDays: 210, silentDays: 12 } },
    action: { kind: "none", playbook: null, due: null, openTaskId: null },
  },
  formula_changed: {
    health: GOOD_HEALTH,
    reason: { code: "buys_in_usual_rhythm", params: { usualDays: 34, silentDays: 12 } },
  },
  stale: { dataAsOf: "2026-11-20T21:05:00Z" },
  one_purchase: {
    health: WATCH_HEALTH,
    reason: { code: "one_purchase", params: { silentDays: 31, usualDays: 48 } },
    action: { kind: "task", playbook: null, due: "2026-11-27", openTaskId: "5512" },
    segment: {
      rfm: "411",
      name: "new",
      from: null,
      abc: "C",
      xyz: null,
      lifecycle: "new",
      custom: [],
    },
    worth: {
      purchases: 1,
      totalMinor: null,
      averageMinor: null,
      currency: "RUB",
      basis: "revenue",
    },
    forecast: {
      pAlive: 0.7,
      pChurn: 0.42,
      horizonDays: 180,
      expectedPurchases: 0.8,
      ltv: null,
      nextPurchase: null,
    },
    spark: sparkOf([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 31, 0]),
  },
};

export function sampleCard(state: CardState): CardDocument {
  return { ...RISK, state, flags: [state], ...BY_STATE[state] };
}

export const SAMPLE_CARDS: readonly CardDocument[] = CARD_STATES.map(sampleCard);
