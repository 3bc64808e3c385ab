import { dayText } from "../analytics/calendar.ts";
import type { Insight, Snapshot } from "../analytics/types.ts";
import { type CallFacts, callFacts } from "./calls.ts";
import type { SegmentColumns } from "./segments-report.ts";

/** One client of the analysis, as `pulse analyze --json` lists it. */
export interface ClientRow extends CallFacts, SegmentColumns {
  readonly id: string;
  readonly recencyDays: number;
  readonly lastPurchase: string;
  /** Median days between purchase days; null until there are two. */
  readonly usualDays: number | null;
  readonly purchases: number;
  readonly totalMinor: number;
  readonly rfm: string;
  readonly segment: string;
  readonly abc: string | null;
  readonly xyz: string | null;
  readonly lifecycle: string;
  readonly pAlive: number | null;
  readonly pChurn: number | null;
  readonly expectedPurchases: number | null;
  readonly ltvMinor: number | null;
  readonly nextPurchase: {
    readonly p20: string;
    readonly p50: string;
    readonly p80: string;
  } | null;
  readonly health: number | null;
  /** Why, in the client's own numbers: the code of a sentence and what stands in it. */
  readonly reason: Insight["reason"];
}

/** Is any sum of the client known? A total of 0 without one means unknown. */
export function hasKnownSum(row: Pick<ClientRow, "usualMinor" | "totalMinor">): boolean {
  return row.usualMinor !== null || row.totalMinor !== 0;
}

/** The row of a client scored under the snapshot, as of the snapshot's day. */
export function clientRow(
  insight: Insight,
  snapshot: Snapshot,
  segments: SegmentColumns,
): ClientRow {
  const { asOf, horizonDays } = snapshot;
  const { forecast } = insight;
  const next = forecast?.nextPurchase ?? null;
  return {
    id: insight.id,
    recencyDays: insight.daysSinceLast,
    lastPurchase: dayText(insight.lastDay),
    usualDays: insight.usualDays,
    purchases: insight.purchases,
    totalMinor: insight.totalMinor,
    rfm: `${insight.rScore}${insight.fScore}${insight.mScore}`,
    segment: insight.segment,
    abc: insight.abc,
    xyz: insight.xyz,
    lifecycle: insight.lifecycle,
    pAlive: forecast?.pAlive ?? null,
    pChurn: forecast?.pChurn ?? null,
    expectedPurchases: forecast?.expectedPurchases ?? null,
    ltvMinor: forecast?.ltv?.minor ?? null,
    nextPurchase:
      next === null
        ? null
        : {
            p20: dayText(asOf + Math.round(next.p20)),
            p50: dayText(asOf + Math.round(next.p50)),
            p80: dayText(asOf + Math.round(next.p80)),
          },
    health: insight.health?.score ?? null,
    reason: insight.reason,
    ...segments,
    ...callFacts(insight, horizonDays),
  };
}
