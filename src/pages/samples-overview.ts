import type { DryRunDocument, OverviewDocument } from "../crm/overview.ts";
import { EMPTY_DETAILS, SAMPLE_DETAILS } from "./samples-details.ts";
import { SAMPLE_GOALS, SAMPLE_KPIS } from "./samples-kpis.ts";
import { SAMPLE_MODELS } from "./samples-model.ts";
import { SAMPLE_SEGMENTATION } from "./samples-segmentation.ts";

/** Invented dashboards and a dry run, for tests, screenshots and the eye. Never shown to a client. */

const AS_OF = "2026-11-22T09:40:00Z";

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
  apiUse: {
    days: [
      { day: "2026-11-21", requests: 3_412, limited: 2, failed: 5 },
      { day: "2026-11-22", requests: 1_204, limited: 0, failed: 1 },
    ],
    rate: { host: 7, allowed: 5, now: 3 },
    pause: { until: "2026-11-22T10:40:00.000Z", reason: "blocked" },
  },
  tier: 2,
  tierReason: null,
  horizonDays: 90,
  clients: CLIENTS,
  purchases: 8_312,
  revenueMinor: 50_590_000_000,
  kpis: SAMPLE_KPIS,
  segments: SEGMENTS.map(([code, clients, thousands]) => ({
    code,
    clients,
    share: clients / CLIENTS,
    revenueMinor: thousands * 10_000_000,
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
  segmentation: SAMPLE_SEGMENTATION,
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
    {
      code: "deals_without_client",
      count: 41,
      amountMinor: 312_450_000,
      effect: { kpi: "average_order", from: 6_086_301, to: 6_095_020 },
    },
    {
      code: "zero_sums",
      count: 72,
      amountMinor: null,
      effect: { kpi: "average_order", from: 6_086_301, to: 6_033_580 },
    },
    {
      code: "suspected_duplicates",
      count: 17,
      amountMinor: 84_100_000,
      effect: { kpi: "repeat_purchase_rate", from: 0.643, to: 0.652 },
    },
    { code: "future_dates", count: 3, amountMinor: 9_400_000 },
    { code: "install_day_rates", count: 118, amountMinor: 640_200_000 },
  ],
  details: SAMPLE_DETAILS,
  goals: SAMPLE_GOALS,
  spend: {
    rows: 5,
    totalMinor: 93_000_000,
    fromMonth: "2026-10",
    toMonth: "2026-11",
    marginPercent: 32.5,
  },
  modelQuality: SAMPLE_MODELS.usable,
  sync: { phase: "done", entities: [], recordsPerSecond: null, secondsLeft: null },
  warnings: [],
};

function attention(
  kind: "company" | "contact",
  id: string,
  score: number,
  segment: string,
  roubles: number,
  daysSinceLast: number,
  usualDays: number,
): OverviewDocument["attention"][number] {
  const url = `https://crm.example.com/crm/${kind}/details/${id}/`;
  return {
    client: { kind, id, url },
    score,
    segment,
    totalMinor: roubles * 100,
    contactWorthMinor: roubles * 2,
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
  modelQuality: SAMPLE_MODELS.tier_0,
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
  segmentation: null,
  pareto: null,
  months: [],
  attention: [],
  dataQuality: [],
  details: EMPTY_DETAILS,
  goals: [],
  spend: { rows: 0, totalMinor: 0, fromMonth: null, toMonth: null, marginPercent: null },
  modelQuality: null,
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
