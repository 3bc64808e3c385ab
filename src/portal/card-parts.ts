import { dayText, monthIndex, monthText } from "../analytics/calendar.ts";
import type { Day, Snapshot } from "../analytics/types.ts";
import type { CardDocument, CardState } from "../crm/card.ts";
import type { Instant } from "../crm/ports.ts";
import type { MonthChange } from "./card-change.ts";
import {
  deltaOfMonth,
  type InsightRow,
  lastContact,
  type PurchaseSums,
  segmentBefore,
} from "./card-facts.ts";
import type { PortalRow } from "./portal-row.ts";
import type { SqlReader } from "./sql.ts";
import type { Zone } from "./zone.ts";

/** Where and when a card is shown. */
export interface CardRoom {
  readonly sql: SqlReader;
  readonly portal: PortalRow;
  readonly zone: Zone;
  readonly now: Instant;
  readonly today: Day;
}

/** What depends on the client. */
export type ClientPart = Omit<
  CardDocument,
  "version" | "asOf" | "dataAsOf" | "formula" | "state" | "flags" | "snooze" | "progress" | "detail"
> & { readonly asOf?: string; readonly flags: readonly CardState[] };

export function judgementOf(
  room: CardRoom,
  key: string,
  row: InsightRow,
  { snapshot, changeOf }: { readonly snapshot: Snapshot | null; readonly changeOf: MonthChange },
): Pick<ClientPart, "health" | "reason" | "segment" | "worth" | "forecast"> {
  const { sql, portal } = room;
  const { insight, asOf } = row;
  const { forecast, averageMinor } = insight;
  const bandFrom = snapshot?.health?.bandFrom;
  const health = insight.tier === 0 || !bandFrom ? null : insight.health;
  const change = health && snapshot ? changeOf(room, key, row, snapshot) : null;
  const date = (days: number) => dayText(asOf + days);
  return {
    health: !(health && bandFrom)
      ? null
      : {
          score: health.score,
          base: health.base,
          band: health.band,
          bandFrom: { ...bandFrom },
          delta30d: change?.delta ?? deltaOfMonth(sql, key, health.score, asOf),
          ...(change && {
            change: { ...change, factors: change.factors.map((one) => ({ ...one })) },
          }),
          factors: health.factors.map((factor) => ({ ...factor, params: { ...factor.params } })),
          wouldChange: health.wouldChange.map(({ code, inDays, score, band }) => ({
            code,
            params: { date: date(inDays) },
            score,
            band,
          })),
        },
    reason: { code: insight.reason.code, params: { ...insight.reason.params } },
    segment: {
      rfm: `${insight.rScore}${insight.fScore}${insight.mScore}`,
      name: insight.segment,
      from: segmentBefore(sql, key),
      abc: insight.abc,
      xyz: insight.xyz,
      lifecycle: insight.lifecycle,
      custom: [],
    },
    worth: {
      purchases: insight.purchases,
      // Without a single known sum money is unknown, not zero.
      totalMinor: averageMinor === null ? null : insight.totalMinor,
      averageMinor,
      currency: portal.currency,
      basis: "revenue",
    },
    forecast:
      forecast === null || insight.tier === 0
        ? null
        : {
            ...forecast,
            ltv: forecast.ltv && { ...forecast.ltv },
            nextPurchase: forecast.nextPurchase && {
              p20: date(forecast.nextPurchase.p20),
              p50: date(forecast.nextPurchase.p50),
              p80: date(forecast.nextPurchase.p80),
            },
          },
  };
}

export function sparkOf(sums: PurchaseSums, today: Day): CardDocument["spark"] {
  const last = monthIndex(today);
  return Array.from({ length: 12 }, (_, at) => {
    const month = last - 11 + at;
    const known = sums.months.get(month) ?? { amountMinor: 0, purchases: 0 };
    return { month: monthText(month), ...known };
  });
}

export function contactOf({ sql, zone, now }: CardRoom, key: string) {
  const found = lastContact(sql, key, now);
  if (!found) return null;
  return { kind: found.kind, direction: found.direction, at: dayText(zone.dayOf(found.at)) };
}

export function notesOf(
  { insight }: InsightRow,
  sums: PurchaseSums,
  snapshot: Snapshot | null,
): CardDocument["notes"] {
  const counted: readonly (readonly [string, number])[] = [
    ["deals_without_sum", sums.withoutSum],
    ["deals_without_rate", sums.withoutRate],
    ["future_date", sums.future],
    ["refunds", sums.refunds],
  ];
  const notes: CardDocument["notes"] = counted
    .filter(([, count]) => count > 0)
    .map(([code, count]) => ({ code, params: { count } }));
  if (insight.tier === 0 && snapshot?.tierReason) {
    notes.push({ code: `tier_${snapshot.tierReason}`, params: {} });
  }
  const usual = snapshot?.usualGapDays ?? null;
  if (insight.usualDays === null && usual !== null && insight.tier > 0) {
    notes.push({ code: "segment_median_used", params: { usualDays: Math.round(usual) } });
  }
  const signal = snapshot?.churn ? signalNote(snapshot) : null;
  if (signal !== null) notes.push({ code: signal, params: {} });
  return notes;
}

/** What the test on the base's own past did not confirm. */
function signalNote({ quality, churn }: Snapshot): "no_signal" | "signal_unproven" | null {
  if (quality?.signal !== "none") return null;
  return churn?.method === "baseRate" ? "no_signal" : "signal_unproven";
}
