import { CARD_STATES, type CardDocument, type CardState } from "../crm/card.ts";
import type { DryRunDocument, OverviewDocument } from "../crm/overview.ts";

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
  bandFrom: { good: 70, watch: 45, risk: 0 },
  delta30d: 4,
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

const SEGMENTS: readonly (readonly [string, number, number])[] = [
  ["champions", 96, 1_912],
  ["loyal", 143, 1_204],
  ["potential_loyalist", 188, 536],
  ["new", 74, 61],
  ["promising", 52, 118],
  ["need_attention", 61, 214],
  ["about_to_sleep", 87, 66],
  ["at_risk", 134, 512],
  ["cannot_lose", 22, 271],
  ["hibernating", 203, 128],
  ["lost", 144, 37],
];

const CLIENTS = SEGMENTS.reduce((sum, [, clients]) => sum + clients, 0);

const MONTHLY = [
  168, 154, 201, 189, 176, 210, 198, 231, 244, 219, 262, 188, 181, 176, 228, 214, 203, 246, 221,
  259, 271, 238, 284, 152,
];

export const SAMPLE_OVERVIEW: OverviewDocument = {
  asOf: AS_OF,
  dataAsOf: "2026-11-22T09:38:12Z",
  portalState: "active",
  currency: "RUB",
  timeZone: "Europe/Moscow",
  tier: 2,
  tierReason: null,
  horizonDays: 90,
  clients: CLIENTS,
  purchases: 8_312,
  revenueMinor: 505_900_000 * 10,
  kpis: [
    kpi("ltv_historic", "money", 420_183_200, 1_190, 14),
    kpi("average_order", "money", 6_086_301, 8_240, 72),
    kpi("median_order", "money", 3_410_000, 8_240, 72),
    kpi("arpu", "money", 388_214_100, 702, 31),
    kpi("repeat_purchase_rate", "share", 0.643, 1_204, 0),
    kpi("repeat_order_share", "share", 0.871, 3_120, 0),
    kpi("purchase_frequency", "ratio", 4.4, 702, 0),
    kpi("median_interval", "days", 34, 774, 430),
    kpi("retention_rate", "share", 0.782, 611, 0),
    kpi("churn_rate", "share", 0.218, 611, 0),
    kpi("churn_rate_preliminary", "share", 0.274, 598, 0, "window_open"),
    kpi("reactivation_rate", "share", 0.061, 347, 0),
    kpi("pareto_share", "share", 0.17, 1_190, 14),
  ],
  segments: SEGMENTS.map(([code, clients, thousands]) => ({
    code,
    clients,
    share: clients / CLIENTS,
    revenueMinor: thousands * 1_000_000,
  })),
  lifecycle: [
    { code: "new", clients: 126 },
    { code: "active", clients: 318 },
    { code: "loyal", clients: 239 },
    { code: "returned", clients: 31 },
    { code: "at_risk", clients: 156 },
    { code: "sleeping", clients: 190 },
    { code: "lost", clients: 144 },
  ],
  pareto: { clientsShareFor80: 0.17 },
  months: MONTHLY.map((thousands, index) => {
    const month = 11 + index;
    return {
      month: `${2024 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}`,
      revenueMinor: thousands * 10_000_000,
      purchases: Math.round(thousands * 1.6),
      newClients: 18 + ((index * 7) % 23),
    };
  }),
  attention: [
    attention("company", "412", 41, "at_risk", 412_000, 71, 34),
    attention("company", "1093", 28, "cannot_lose", 1_940_500, 164, 62),
    attention("contact", "77", 44, "at_risk", 186_300, 58, 21),
    attention("company", "845", 37, "at_risk", 274_900, 96, 40),
    attention("company", "2210", 19, "cannot_lose", 803_000, 201, 75),
    attention("contact", "3071", 52, "need_attention", 98_400, 49, 30),
  ],
  dataQuality: [
    { code: "deals_without_client", count: 41, amountMinor: 312_450_000 },
    { code: "zero_sums", count: 72, amountMinor: null },
    { code: "future_dates", count: 3, amountMinor: 9_400_000 },
    { code: "install_day_rates", count: 118, amountMinor: 640_200_000 },
  ],
  sync: { phase: "done", entities: [], recordsPerSecond: null, secondsLeft: null },
  warnings: [],
};

function kpi(
  code: string,
  unit: OverviewDocument["kpis"][number]["unit"],
  value: number | null,
  population: number,
  excluded: number,
  note: string | null = null,
): OverviewDocument["kpis"][number] {
  return { code, unit, value, population, excluded, note, definition: code };
}

function attention(
  kind: "company" | "contact",
  id: string,
  score: number,
  segment: string,
  roubles: number,
  daysSinceLast: number,
  usualDays: number,
): OverviewDocument["attention"][number] {
  const url = `https://example.bitrix24.ru/crm/${kind}/details/${id}/`;
  return {
    client: { kind, id, url },
    score,
    segment,
    totalMinor: roubles * 100,
    daysSinceLast,
    usualDays,
  };
}

/** The day of the installation: the first sync runs, little is known. */
export const SAMPLE_OVERVIEW_SYNCING: OverviewDocument = {
  ...SAMPLE_OVERVIEW,
  portalState: "installing",
  tier: 0,
  tierReason: "few_clients",
  clients: 38,
  purchases: 96,
  revenueMinor: 412_000_000,
  kpis: SAMPLE_OVERVIEW.kpis.map((figure) =>
    figure.code === "reactivation_rate" || figure.code === "churn_rate"
      ? { ...figure, value: null, population: 0, note: "nobody_was_active" }
      : figure,
  ),
  attention: [],
  dataQuality: [],
  sync: {
    phase: "running",
    entities: [
      { entity: "pipeline", done: 3, total: 3, isComplete: true },
      { entity: "user", done: 14, total: 14, isComplete: true },
      { entity: "company", done: 1_204, total: 1_204, isComplete: true },
      { entity: "contact", done: 2_950, total: 6_120, isComplete: false },
      { entity: "deal", done: 3_000, total: 40_000, isComplete: false },
      { entity: "activity", done: 0, total: null, isComplete: false },
    ],
    recordsPerSecond: 85,
    secondsLeft: 472,
  },
  warnings: ["sync_running"],
};

/** Nothing bought yet. */
export const SAMPLE_OVERVIEW_EMPTY: OverviewDocument = {
  ...SAMPLE_OVERVIEW,
  dataAsOf: null,
  tier: 0,
  tierReason: "few_clients",
  horizonDays: null,
  clients: 0,
  purchases: 0,
  revenueMinor: 0,
  kpis: [],
  segments: [],
  lifecycle: [],
  pareto: null,
  months: [],
  attention: [],
  dataQuality: [],
};

export const SAMPLE_DRY_RUN: DryRunDocument = {
  runId: "run-1",
  playbook: "at_risk",
  madeAt: AS_OF,
  state: "draft",
  changes: SAMPLE_OVERVIEW.attention.flatMap((row) => [
    {
      actionKey: `mark-${row.client.id}`,
      kind: "mark" as const,
      client: row.client,
      responsibleId: null,
      before: ["segment:loyal"],
      after: [`segment:${row.segment}`],
      taskTitle: null,
      due: null,
      expectedMinor: null,
    },
    {
      actionKey: `task-${row.client.id}`,
      kind: "task" as const,
      client: row.client,
      responsibleId: "7",
      before: [],
      after: [],
      taskTitle: "Позвонить клиенту: молчит дольше обычного",
      due: "2026-11-25T15:00:00Z",
      expectedMinor: Math.round(row.totalMinor / 12),
    },
  ]),
  tasksPerPerson: [{ userId: "7", today: 5, waiting: 1 }],
  holdout: 2,
  approvedBy: null,
  approvedAt: null,
};
