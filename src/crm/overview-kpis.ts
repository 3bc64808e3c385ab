import { z } from "zod";
import { acquisitionRow } from "./spend.ts";

/** Figures of the overview and the tables behind them; plain data, texts are made by the page from codes. */

const share = z.number().min(0).max(1);
const day = z.iso.date();

export const kpiFigure = z.object({
  code: z.string(),
  /** null = not defined. */
  value: z.number().nullable(),
  unit: z.enum(["money", "share", "percent", "count", "days", "months", "ratio"]),
  definition: z.string(),
  population: z.int(),
  populationUnit: z.enum(["clients", "orders", "deals", "months", "gaps"]).optional(),
  excluded: z.int(),
  exclusions: z
    .array(z.object({ code: z.string(), count: z.int() }))
    .readonly()
    .optional(),
  note: z.string().nullable(),
  /** `from` null = the whole history. */
  period: z.object({ from: day.nullable(), to: day }).optional(),
  basis: z.enum(["margin", "revenue"]).optional(),
  inputs: z.record(z.string(), z.number()).optional(),
  range: z.object({ low: z.number(), high: z.number() }).optional(),
});

/** What a finding does to a figure: now, and with the rows put right. */
export const qualityEffect = z.object({ kpi: z.string(), from: z.number(), to: z.number() });

const cohort = z.object({
  cohort: z.string(),
  clients: z.int(),
  isLeftCensored: z.boolean(),
  cells: z.array(
    z.object({ offset: z.int(), clients: z.int(), orders: z.int(), revenueMinor: z.int() }),
  ),
});

const funnelStep = z.object({
  purchase: z.int(),
  clients: z.int(),
  shareOfAll: share.nullable(),
  shareOfPrevious: share.nullable(),
  medianDays: z.number().nullable(),
});

const population = z.object({
  code: z.enum(["recurring", "one_off"]),
  clients: z.int(),
  share,
  revenueMinor: z.int().nullable(),
  repeatPurchaseRate: share.nullable(),
  medianIntervalDays: z.number().nullable(),
  averageOrderMinor: z.int().nullable(),
});

/** A goal on a figure and where it stands. */
export const kpiGoal = z.object({
  code: z.string(),
  unit: kpiFigure.shape.unit,
  setOn: day,
  dueOn: day,
  state: z.enum(["reached", "ahead", "on_track", "behind", "missed", "unknown"]),
  startValue: z.number().nullable(),
  targetValue: z.number().nullable(),
  currentValue: z.number().nullable(),
  /** What a straight line from start to target says for today. */
  expectedValue: z.number().nullable(),
  /** Share of the way done. */
  progress: z.number().nullable(),
  neededPerMonth: z.number().nullable(),
});

export const kpiGoals = z.object({ goals: z.array(kpiGoal) });

const target = z.number().min(-1_000_000_000_000).max(1_000_000_000_000);

/** A wish: by how much a figure is to change (0.2 = a fifth more), or the value it is to have, by a day. */
export const goalInput = z.union([
  z.strictObject({ code: z.string().max(64), dueOn: day, change: z.number().min(-1).max(100) }),
  z.strictObject({ code: z.string().max(64), dueOn: day, value: target }),
]);

export type GoalInput = z.infer<typeof goalInput>;
export type KpiGoals = z.infer<typeof kpiGoals>;

const clientSource = z.object({
  /** Id or name as the CRM gives it; null = unknown. */
  source: z.string().nullable(),
  /** What the CRM calls that id; absent or null = the id is all there is. */
  label: z.string().nullable().optional(),
  isReferral: z.boolean(),
  clients: z.int(),
  share,
  repeatRate: share.nullable(),
  revenueMinor: z.int().nullable(),
  marginMinor: z.int().nullable(),
  perClientMinor: z.int().nullable(),
  ltvMinor: z.int().nullable(),
  ltvDays: z.int().nullable(),
});

const leadSource = z.object({
  source: z.string().nullable(),
  label: z.string().nullable().optional(),
  deals: z.int(),
  won: z.int(),
  lost: z.int(),
  wonMinor: z.int(),
  winRate: share.nullable(),
  perDealMinor: z.int().nullable(),
});

const loss = z.object({
  reason: z.string().nullable(),
  /** What the CRM calls the reason; where it keeps none, name of the stage that the deal was lost in. */
  label: z.string().nullable(),
  deals: z.int(),
  amountMinor: z.int(),
  share,
});

/** Purchases of a year by product group. */
const productGroup = z.object({
  /** Id of the group in the CRM. */
  group: z.string(),
  label: z.string().nullable(),
  /** Of the clients who bought anything in that year. */
  share,
  clients: z.int(),
  purchases: z.int(),
  /** Of these clients, those who bought of the group on two days or more. */
  repeatRate: share,
  revenueMinor: z.int().nullable(),
});

const pipelineRow = z.object({
  id: z.string(),
  name: z.string(),
  deals: z.int(),
  won: z.int(),
  lost: z.int(),
  open: z.int(),
  unknownStage: z.int(),
  stages: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      reached: z.int(),
      moved: z.int(),
      lost: z.int(),
      open: z.int(),
      conversion: share.nullable(),
    }),
  ),
});

const leads = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("tooFew"), have: z.int(), need: z.int() }),
  z.object({
    kind: z.literal("scorecard"),
    good: z.int(),
    of: z.int(),
    baseRate: share,
    /** Good = class A by money; else those who buy often. */
    isByMoney: z.boolean(),
    rows: z.array(
      z.object({
        client: z.object({ kind: z.enum(["company", "contact"]), id: z.string(), url: z.string() }),
        score: z.int().min(0).max(100),
        reasons: z.array(
          z.object({
            feature: z.string(),
            value: z.string(),
            label: z.string().nullable(),
            good: z.int(),
            of: z.int(),
            weight: z.number(),
          }),
        ),
      }),
    ),
  }),
]);

/** What a contact is worth, under an assumption about its effect that nobody has measured yet. */
const readiness = z.object({
  effectShare: share,
  costMinor: z.int().nullable(),
  clients: z.int(),
  stakeMinor: z.int(),
  mostMinor: z.int().nullable(),
  medianMinor: z.int().nullable(),
  worthwhile: z.int().nullable(),
  payFromMinor: z.int().nullable(),
});

export const kpiSections = z.object({
  /** Cohorts are by month, or by quarter where clients buy seldom. */
  cohortStep: z.enum(["month", "quarter"]),
  cohorts: z.array(cohort),
  funnel: z.array(funnelStep),
  populations: z.array(population),
  /** Clients by the source of their first purchase. */
  clientSources: z.array(clientSource),
  /** What new clients cost: the newest months of the spend table. */
  acquisition: z.array(acquisitionRow),
  /** Deals of a year by source. */
  leadSources: z.array(leadSource),
  losses: z.array(loss),
  /** The most money first; absent or empty = no products with groups are known. */
  productGroups: z.array(productGroup).optional(),
  pipelines: z.array(pipelineRow),
  leads,
  readiness,
});

export type KpiSections = z.infer<typeof kpiSections>;
