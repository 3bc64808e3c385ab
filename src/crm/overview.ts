import { z } from "zod";
import { apiUse } from "./api-use.ts";
import { modelQuality } from "./model-quality.ts";
import { kpiFigure, kpiGoal, kpiSections, qualityEffect } from "./overview-kpis.ts";
import { segmentationDocument } from "./segmentation.ts";
import { spendSummary } from "./spend.ts";

/** What the overview page shows; plain data, texts are made by the page from codes. */

const share = z.number().min(0).max(1);

export const syncProgress = z.object({
  phase: z.enum(["waiting", "running", "done"]),
  /** One row an entity, in the order of the sync. */
  entities: z.array(
    z.object({
      entity: z.string(),
      done: z.int(),
      total: z.int().nullable(),
      isComplete: z.boolean(),
    }),
  ),
  recordsPerSecond: z.number().nullable(),
  secondsLeft: z.int().nullable(),
});

export type SyncProgress = z.infer<typeof syncProgress>;

export const overviewDocument = z.object({
  asOf: z.iso.datetime(),
  dataAsOf: z.iso.datetime().nullable(),
  portalState: z.string(),
  currency: z.string(),
  timeZone: z.string(),
  tier: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  tierReason: z.string().nullable(),
  horizonDays: z.int().nullable(),
  clients: z.int(),
  purchases: z.int(),
  revenueMinor: z.int(),
  kpis: z.array(kpiFigure),
  segments: z.array(z.object({ code: z.string(), clients: z.int(), share, revenueMinor: z.int() })),
  lifecycle: z.array(z.object({ code: z.string(), clients: z.int() })),
  pareto: z.object({ clientsShareFor80: share }).nullable(),
  months: z.array(
    z.object({ month: z.string(), revenueMinor: z.int(), purchases: z.int(), newClients: z.int() }),
  ),
  /** Segments compared, moved and measured; absent or null before the first snapshot. */
  segmentation: segmentationDocument.nullable().optional(),
  /** Clients worth a call first: ids only, names are the host's to show. */
  attention: z.array(
    z.object({
      client: z.object({ kind: z.enum(["company", "contact"]), id: z.string(), url: z.string() }),
      score: z.int().nullable(),
      segment: z.string(),
      totalMinor: z.int(),
      /** What a contact is worth under the assumption of `details.readiness`; null = nothing is at stake. */
      contactWorthMinor: z.int().nullable().optional(),
      daysSinceLast: z.int(),
      usualDays: z.number().nullable(),
    }),
  ),
  dataQuality: z.array(
    z.object({
      code: z.string(),
      count: z.int(),
      amountMinor: z.int().nullable(),
      /** Money that no rate is known for, in minor units of its own currencies. */
      amounts: z.array(z.object({ currency: z.string(), amountMinor: z.int() })).optional(),
      effect: qualityEffect.nullable().optional(),
    }),
  ),
  /** Cohorts, funnels, sources and sales; absent in documents that are older than them. */
  details: kpiSections.optional(),
  /** The test of the forecasts on the own past; null before the first snapshot, absent in older documents. */
  modelQuality: modelQuality.nullable().optional(),
  /** What the company wants of its figures. */
  goals: z.array(kpiGoal).optional(),
  /** What was entered of the cost of acquisition; absent in older documents. */
  spend: spendSummary.optional(),
  sync: syncProgress,
  /** What we ask of the CRM; absent in older documents. */
  apiUse: apiUse.optional(),
  warnings: z.array(z.string()),
});

export type OverviewDocument = z.infer<typeof overviewDocument>;

/** One exact change of a dry run. */
export const plannedChange = z.object({
  actionKey: z.string(),
  kind: z.enum(["mark", "task", "note", "fields", "flag", "notice", "automation"]),
  client: z.object({ kind: z.enum(["company", "contact"]), id: z.string(), url: z.string() }),
  responsibleId: z.string().nullable(),
  before: z.array(z.string()),
  after: z.array(z.string()),
  taskTitle: z.string().nullable(),
  /** The whole text that is written, and the deal it is attached to. */
  taskText: z.string().nullable().optional(),
  dealId: z.string().nullable().optional(),
  due: z.iso.datetime().nullable(),
  expectedMinor: z.int().nullable(),
  /** Absent = a call, where the host tells calls and tasks apart. */
  taskKind: z.enum(["call", "task"]).optional(),
  /** The exact draft of the other kinds, as JSON. */
  write: z.string().optional(),
});

export const dryRunDocument = z.object({
  runId: z.string(),
  playbook: z.string(),
  madeAt: z.iso.datetime(),
  state: z.enum(["draft", "approved", "expired"]),
  changes: z.array(plannedChange),
  tasksPerPerson: z.array(z.object({ userId: z.string(), today: z.int(), waiting: z.int() })),
  holdout: z.int(),
  /** Clients or tasks left out, by reason. */
  skipped: z.array(z.object({ reason: z.string(), count: z.int() })).optional(),
  approvedBy: z.string().nullable(),
  approvedAt: z.iso.datetime().nullable(),
});

export type DryRunDocument = z.infer<typeof dryRunDocument>;
export type PlannedChange = z.infer<typeof plannedChange>;
