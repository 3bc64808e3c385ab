import type { SegmentationDocument, XyzReport } from "../../crm/segmentation.ts";
import { dayText } from "../calendar.ts";
import type { Day, PurchaseLog, RfmBoundaries, Snapshot } from "../types.ts";
import { XYZ_LIMITS } from "../xyz.ts";
import { abcClasses, abcReportOf, clientMoney } from "./abc-report.ts";
import { churnThresholdOf } from "./churn-threshold.ts";
import { type ClientView, groupRows } from "./client-view.ts";
import { MIGRATION_DAYS, type Move, migrationOf, rescoredMoves } from "./migration.ts";
import { recipesOf } from "./recipes.ts";
import { compareRfm } from "./rfm-compare.ts";
import { proposeTemplate, type TemplateSegment, templateOf, templateReportOf } from "./template.ts";
import { type ValueTier, valueTiersOf, valueTiersReportOf } from "./value-tiers.ts";

export interface SegmentationInput {
  readonly log: PurchaseLog;
  /** Everybody who has bought up to `asOf`, in any order. */
  readonly clients: readonly ClientView[];
  readonly asOf: Day;
  readonly snapshot: Snapshot;
  /** Limits somebody would like to compare with; null = the other method. */
  readonly thresholds: RfmBoundaries | null;
  /** People with deals and no purchase; null = the source cannot know. */
  readonly leads: number | null;
  /** Moves as they were recorded; null = score the base of a month ago. */
  readonly recorded: { readonly from: Day; readonly moves: readonly Move[] } | null;
}

/** What segmentation adds to each client, in the order of the clients. */
export interface ClientSegments {
  readonly abc: readonly ("A" | "B" | "C" | null)[];
  readonly template: readonly TemplateSegment[];
  readonly valueTier: readonly ValueTier[];
}

export interface Segmentation {
  /** No rule is counted: `custom` is null, and so are the counts of the recipes. */
  readonly document: SegmentationDocument;
  readonly clients: ClientSegments;
}

const LIFECYCLE_ORDER = ["new", "active", "loyal", "returned", "at_risk", "sleeping", "lost"];

/** Everything about the segments of a base. Total: an empty base gives empty lists and nulls. Cost: linear, plus sorting. */
export function segmentationOf(input: SegmentationInput): Segmentation {
  const { log, clients, asOf, snapshot } = input;
  const histories = clients.map(({ history }) => history);
  const money = clientMoney(histories, log, asOf);
  const abc = abcClasses(money);
  const templateLimits = proposeTemplate(histories);
  const template = histories.map((history) => templateOf(history, asOf, templateLimits));
  const value = valueTiersOf(clients, asOf, snapshot);
  const document: SegmentationDocument = {
    asOf: dayText(asOf),
    clients: clients.length,
    rfm: compareRfm(clients, {
      asOf,
      usualGapDays: snapshot.usualGapDays,
      current: snapshot.rfm,
      wanted: input.thresholds,
    }),
    abc: abcReportOf(
      clients.map(({ id }) => id),
      money,
    ),
    xyz: xyzReportOf(clients, abc),
    lifecycle: {
      thresholds: snapshot.lifecycle,
      basis: {
        usualGapDays: snapshot.usualGapDays,
        horizonDays: snapshot.horizonDays,
        repeatBuyers: snapshot.repeatBuyers,
      },
      states: groupRows(clients, ({ lifecycle }) => lifecycle, LIFECYCLE_ORDER),
      leads: input.leads,
    },
    template: templateReportOf(clients, template, asOf, templateLimits),
    valueTiers: valueTiersReportOf(clients, value),
    custom: null,
    recipes: recipesOf(snapshot).map((recipe) => ({ ...recipe, count: null })),
    migration: migrationIn(input),
    churnThreshold: churnThresholdOf(histories, asOf, snapshot.usualGapDays),
  };
  return { document, clients: { abc, template, valueTier: value.tiers } };
}

function migrationIn(input: SegmentationInput): SegmentationDocument["migration"] {
  const { log, clients, asOf, snapshot, recorded } = input;
  if (clients.length === 0) return null;
  const period = { from: recorded?.from ?? asOf - MIGRATION_DAYS, to: asOf };
  const moves = recorded?.moves ?? rescoredMoves(log, clients, period, snapshot);
  return migrationOf(moves, period, snapshot, recorded === null ? "rescored" : "recorded");
}

function xyzReportOf(
  clients: readonly ClientView[],
  abc: readonly ("A" | "B" | "C" | null)[],
): XyzReport {
  const cells = new Map<string, XyzReport["matrix"][number]>();
  for (const [at, { xyz }] of clients.entries()) {
    const own = abc[at] ?? null;
    const key = `${own ?? "~"}${xyz ?? "~"}`;
    const cell = cells.get(key) ?? { abc: own, xyz, clients: 0 };
    cells.set(key, { ...cell, clients: cell.clients + 1 });
  }
  return {
    limits: XYZ_LIMITS,
    classes: groupRows(clients, ({ xyz }) => xyz, ["X", "Y", "Z"]),
    unknown: clients.filter(({ xyz }) => xyz === null).length,
    matrix: [...cells].sort(([left], [right]) => left.localeCompare(right)).map(([, cell]) => cell),
  };
}
