import type { KpiSections } from "../crm/overview-kpis.ts";

/** Invented sections of the dashboard, for tests, screenshots and the eye. Never shown to a client. */

const MONTHS = Array.from({ length: 12 }, (_, at) => {
  const month = 11 + at;
  return `${2025 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}`;
});

export const SAMPLE_DETAILS: KpiSections = {
  cohortStep: "month",
  cohorts: MONTHS.map((cohort, at) => {
    const clients = 18 + ((at * 7) % 23);
    return {
      cohort,
      clients,
      isLeftCensored: at === 0,
      cells: Array.from({ length: 12 - at }, (_, offset) => {
        const kept = offset === 0 ? 1 : 0.52 * 0.93 ** offset * (offset % 3 === 0 ? 1.25 : 1);
        const buyers = Math.round(kept * clients);
        return {
          offset,
          clients: buyers,
          orders: Math.round(buyers * 1.3),
          revenueMinor: Math.round(buyers * 5_900_000 * (1 + 0.04 * offset)),
        };
      }),
    };
  }),
  funnel: [
    { purchase: 1, clients: 1_204, shareOfAll: 1, shareOfPrevious: 1, medianDays: null },
    { purchase: 2, clients: 774, shareOfAll: 0.643, shareOfPrevious: 0.643, medianDays: 41 },
    { purchase: 3, clients: 588, shareOfAll: 0.488, shareOfPrevious: 0.76, medianDays: 36 },
  ],
  populations: [
    {
      code: "recurring",
      clients: 84,
      share: 0.07,
      revenueMinor: 4_100_000_000,
      repeatPurchaseRate: 1,
      medianIntervalDays: 30,
      averageOrderMinor: 1_850_000,
    },
    {
      code: "one_off",
      clients: 1_120,
      share: 0.93,
      revenueMinor: 46_490_000_000,
      repeatPurchaseRate: 0.616,
      medianIntervalDays: 37,
      averageOrderMinor: 7_610_000,
    },
  ],
  clientSources: [
    source("WEB", 402, 0.58, 36_400_000, 15_100_000),
    source("Рекомендация партнёра", 208, 0.74, 61_900_000, 27_300_000, true),
    source("12", 190, 0.61, 33_020_000, null),
    source(null, 404, 0.65, 40_100_000, 17_480_000),
  ],
  acquisition: [
    cost("2026-11", null, 41_000_000, 12_000_000, 22),
    cost("2026-11", "Реклама", 30_000_000, 0, 9),
    cost("2026-11", "Отдел продаж", 0, 12_000_000, 0),
    cost("2026-11", "Выставка", 11_000_000, 0, 4),
    cost("2026-10", null, 28_000_000, 12_000_000, 31),
    cost("2026-10", "Реклама", 28_000_000, 0, 14),
    cost("2026-10", "Отдел продаж", 0, 12_000_000, 0),
  ],
  leadSources: [
    lead("WEB", 1_320, 301, 950, 18_300_000_000),
    lead("Рекомендация партнёра", 214, 122, 71, 9_100_000_000),
    lead(null, 1_488, 477, 983, 21_000_000_000),
  ],
  losses: [
    {
      reason: "3",
      label: "Выбрали конкурента",
      deals: 620,
      amountMinor: 41_200_000_00,
      share: 0.31,
    },
    { reason: "7", label: null, deals: 410, amountMinor: 18_400_000_00, share: 0.2 },
    { reason: null, label: null, deals: 974, amountMinor: 61_900_000_00, share: 0.49 },
  ],
  pipelines: [
    {
      id: "0",
      name: "Продажи",
      deals: 3_022,
      won: 900,
      lost: 2_004,
      open: 118,
      unknownStage: 41,
      stages: [
        stage("new", "Новая заявка", 2_981, 2_110, 830),
        stage("offer", "Отправлено предложение", 2_110, 1_212, 850),
        stage("bill", "Выставлен счёт", 1_212, 900, 284),
      ],
    },
  ],
  leads: {
    kind: "scorecard",
    good: 61,
    of: 1_480,
    baseRate: 0.041,
    isByMoney: true,
    rows: [
      {
        client: client("company", "4410"),
        score: 19,
        reasons: [
          reason("source", "Рекомендация партнёра", null, 24, 208, 1.05),
          reason("kind", "company", null, 55, 902, 0.38),
        ],
      },
      {
        client: client("contact", "918"),
        score: 3,
        reasons: [reason("pipeline", "2", "Розница", 2, 310, -0.71)],
      },
    ],
  },
  readiness: {
    effectShare: 0.1,
    costMinor: null,
    clients: 312,
    stakeMinor: 1_904_000_000,
    mostMinor: 19_400_000,
    medianMinor: 310_000,
    worthwhile: null,
    payFromMinor: null,
  },
};

/** Of a base in which nothing has happened yet. */
function cost(
  month: string,
  channel: string | null,
  marketingMinor: number,
  salesMinor: number,
  newClients: number,
): KpiSections["acquisition"][number] {
  const each = (minor: number) => (newClients === 0 ? null : Math.round(minor / newClients));
  return {
    month,
    channel,
    marketingMinor,
    salesMinor,
    newClients,
    cacMarketingMinor: each(marketingMinor),
    cacFullMinor: each(marketingMinor + salesMinor),
  };
}

export const EMPTY_DETAILS: KpiSections = {
  cohortStep: "month",
  cohorts: [],
  funnel: [1, 2, 3].map((purchase) => ({
    purchase,
    clients: 0,
    shareOfAll: null,
    shareOfPrevious: null,
    medianDays: null,
  })),
  populations: [],
  clientSources: [],
  acquisition: [],
  leadSources: [],
  losses: [],
  pipelines: [],
  leads: { kind: "tooFew", have: 0, need: 30 },
  readiness: {
    effectShare: 0.1,
    costMinor: null,
    clients: 0,
    stakeMinor: 0,
    mostMinor: null,
    medianMinor: null,
    worthwhile: null,
    payFromMinor: null,
  },
};

function source(
  name: string | null,
  clients: number,
  repeatRate: number,
  perClientMinor: number,
  ltvMinor: number | null,
  isReferral = false,
): KpiSections["clientSources"][number] {
  return {
    source: name,
    isReferral,
    clients,
    share: clients / 1_204,
    repeatRate,
    revenueMinor: clients * perClientMinor,
    marginMinor: null,
    perClientMinor,
    ltvMinor,
    ltvDays: ltvMinor === null ? null : 365,
  };
}

function lead(
  name: string | null,
  deals: number,
  won: number,
  lost: number,
  wonMinor: number,
): KpiSections["leadSources"][number] {
  const perDealMinor = Math.round(wonMinor / (won + lost));
  return { source: name, deals, won, lost, wonMinor, winRate: won / (won + lost), perDealMinor };
}

function stage(id: string, name: string, reached: number, moved: number, lost: number) {
  const open = reached - moved - lost;
  return { id, name, reached, moved, lost, open, conversion: moved / (moved + lost) };
}

function client(kind: "company" | "contact", id: string) {
  return { kind, id, url: `https://crm.example.com/crm/${kind}/details/${id}/` };
}

function reason(
  feature: string,
  value: string,
  label: string | null,
  good: number,
  of: number,
  weight: number,
) {
  return { feature, value, label, good, of, weight };
}
