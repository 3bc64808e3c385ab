import type { ModelQualityDocument } from "../crm/model-quality.ts";

/** Invented tests of the forecasts, one for every state of the panel. Never shown to a client. */

type Window = ModelQualityDocument["windows"][number];
type Figures = Window["all"]["chosen"];

const figures = (
  [auc, aucLow, aucHigh, brier, logLoss, ece, precisionAtK]: readonly [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ],
  [k, n, baseRate]: readonly [number, number, number],
): Figures => ({
  auc,
  aucLow,
  aucHigh,
  brier,
  logLoss,
  ece,
  precisionAtK,
  k,
  n,
  baseRate,
});

const ACTIVE = [40, 571, 0.44] as const;
const ALL = [40, 1_041, 0.61] as const;

const NEWEST: Window = {
  cutoff: "2026-08-03",
  method: "layer",
  active: {
    chosen: figures([0.771, 0.735, 0.806, 0.193, 0.571, 0.024, 0.775], ACTIVE),
    hiatus: figures([0.682, 0.641, 0.722, 0.219, 0.628, 0.031, 0.6], ACTIVE),
    baseRate: figures([0.5, 0.5, 0.5, 0.246, 0.686, 0.018, 0.425], ACTIVE),
  },
  all: {
    chosen: figures([0.884, 0.864, 0.903, 0.121, 0.378, 0.019, 0.975], ALL),
    hiatus: figures([0.846, 0.823, 0.868, 0.139, 0.431, 0.027, 0.95], ALL),
    baseRate: figures([0.5, 0.5, 0.5, 0.238, 0.669, 0.022, 0.6], ALL),
  },
  buyers: { clients: 1_041, predicted: 398.4, actual: 406 },
  warning: { clients: 143, doubtedAtOnce: 12, earlier: 96, medianDays: 31 },
  totals: { predicted: 1_164.2, actual: 1_213, level: 1.06 },
  rangeCoverage: { all: 0.94, active: 0.9 },
};

const BINS = [
  [0.06, 0.07],
  [0.17, 0.14],
  [0.31, 0.34],
  [0.45, 0.41],
  [0.58, 0.6],
  [0.71, 0.68],
  [0.83, 0.87],
  [0.91, 0.9],
  [0.96, 0.97],
  [0.99, 1],
] as const;

const USABLE: ModelQualityDocument = {
  state: "usable",
  reason: null,
  testedOn: "2026-11-01",
  horizonDays: 90,
  inUse: "layer",
  clients: 1_204,
  repeatBuyers: 771,
  tested: 1_041,
  isSample: false,
  testableFrom: null,
  bandFrom: { good: 68, watch: 43, risk: 0 },
  calls: { basis: "team", perWeek: 40 },
  windows: [
    NEWEST,
    { ...NEWEST, cutoff: "2026-06-19" },
    { ...NEWEST, cutoff: "2026-05-05", method: "core" },
  ],
  calibration: BINS.map(([predicted, observed]) => ({ n: 104, predicted, observed })),
  versusRule: { windows: 3, won: 3, isBetter: true },
  drift: { windows: 3, more: 0, fewer: 0, isAlarm: false },
};

const UNTESTED: ModelQualityDocument = {
  ...USABLE,
  testedOn: "2026-11-01",
  inUse: "core",
  tested: 0,
  windows: [],
  calibration: [],
  versusRule: null,
  drift: null,
  bandFrom: { good: 70, watch: 45, risk: 0 },
};

const WITHOUT_SIGNAL: Window = {
  ...NEWEST,
  method: "core",
  active: {
    ...NEWEST.active,
    chosen: figures([0.512, 0.468, 0.557, 0.247, 0.689, 0.041, 0.45], ACTIVE),
  },
  warning: { clients: 143, doubtedAtOnce: 120, earlier: 3, medianDays: -4 },
};

/** By name; the first is the usual one. */
export const SAMPLE_MODELS = {
  usable: USABLE,
  sample: { ...USABLE, isSample: true, calls: { basis: "tenth", perWeek: null } },
  drift: { ...USABLE, drift: { windows: 3, more: 0, fewer: 2, isAlarm: true } },
  even: { ...USABLE, versusRule: { windows: 3, won: 1, isBetter: false } },
  rule: { ...USABLE, inUse: "hiatus", versusRule: { windows: 3, won: 0, isBetter: false } },
  no_signal: {
    ...USABLE,
    state: "no_signal",
    reason: "ranking_is_chance",
    inUse: "baseRate",
    windows: [WITHOUT_SIGNAL],
    versusRule: { windows: 1, won: 0, isBetter: false },
  },
  unproven: {
    ...USABLE,
    state: "unproven",
    reason: "no_better_than_base_rate",
    inUse: "core",
    tested: 96,
    windows: [WITHOUT_SIGNAL],
    versusRule: { windows: 1, won: 0, isBetter: false },
  },
  refused: {
    ...UNTESTED,
    state: "refused",
    reason: "short_history",
    testableFrom: "2027-01-20",
  },
  tier_0: {
    ...UNTESTED,
    state: "tier_0",
    reason: "few_clients",
    inUse: null,
    clients: 38,
    repeatBuyers: 17,
    bandFrom: null,
  },
  nobody_returns: {
    ...UNTESTED,
    state: "tier_0",
    reason: "nobody_returns",
    inUse: null,
    repeatBuyers: 9,
    bandFrom: null,
  },
  untested: { ...UNTESTED, state: "untested", testedOn: null },
} as const satisfies Readonly<Record<string, ModelQualityDocument>>;
