import { z } from "zod";

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

export const kpiSections = z.object({
  /** Cohorts are by month, or by quarter where clients buy seldom. */
  cohortStep: z.enum(["month", "quarter"]),
  cohorts: z.array(cohort),
  funnel: z.array(funnelStep),
  populations: z.array(population),
});

export type KpiSections = z.infer<typeof kpiSections>;
