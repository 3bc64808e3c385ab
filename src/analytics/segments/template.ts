import type { TemplateReport } from "../../crm/segmentation.ts";
import { dayText, monthsBefore } from "../calendar.ts";
import type { ClientHistory, Day } from "../types.ts";
import { groupRows, upperLimit } from "./client-view.ts";

export type TemplateSegment = "inactive" | "vip" | "loyal" | "new";

/** The first that fits names the client, so everybody has exactly one. */
export const TEMPLATE_PRECEDENCE: readonly TemplateSegment[] = ["inactive", "vip", "loyal", "new"];

export interface TemplateLimits {
  readonly inactiveMonths: number;
  /** Average purchase from which a client is a VIP, minor units; null = nobody. */
  readonly vipFromMinor: number | null;
  /** Purchase days from which a client is loyal. Raised above 2, "new" also holds those who are not there yet. */
  readonly loyalFromPurchases: number;
}

const INACTIVE_MONTHS = 6;
const LOYAL_FROM_PURCHASES = 2;
/** VIPs are the upper fifth by average purchase, or fewer. */
const VIP_FROM_SHARE = 0.8;

/** Limits of the ready template for a base: six months, a second purchase, the upper fifth of average purchases. */
export function proposeTemplate(histories: readonly ClientHistory[]): TemplateLimits {
  const averages = histories.flatMap((history) => averageOrder(history) ?? []);
  return {
    inactiveMonths: INACTIVE_MONTHS,
    vipFromMinor: upperLimit(averages, VIP_FROM_SHARE),
    loyalFromPurchases: LOYAL_FROM_PURCHASES,
  };
}

/**
 * The segment of a client who has bought. Inactive: the last purchase is six months ago or more. Else VIP: high average
 * purchase, also of a first one. Else loyal: has bought on enough days. Else new.
 */
export function templateOf(
  history: ClientHistory,
  asOf: Day,
  limits: TemplateLimits,
): TemplateSegment {
  const last = history.days[history.days.length - 1] ?? asOf;
  if (last <= monthsBefore(asOf, limits.inactiveMonths)) return "inactive";
  const average = averageOrder(history);
  if (average !== null && limits.vipFromMinor !== null && average >= limits.vipFromMinor) {
    return "vip";
  }
  return history.days.length >= limits.loyalFromPurchases ? "loyal" : "new";
}

export function templateReportOf(
  clients: readonly { readonly history: ClientHistory }[],
  segments: readonly TemplateSegment[],
  asOf: Day,
  limits: TemplateLimits,
): TemplateReport {
  return {
    limits: {
      inactiveMonths: limits.inactiveMonths,
      inactiveUntil: dayText(monthsBefore(asOf, limits.inactiveMonths)),
      vipFromMinor: limits.vipFromMinor,
      loyalFromPurchases: limits.loyalFromPurchases,
    },
    precedence: [...TEMPLATE_PRECEDENCE],
    segments: groupRows(clients, (_, at) => segments[at] ?? null, [
      "new",
      "loyal",
      "vip",
      "inactive",
    ]),
  };
}

/** Net money of a purchase with a known sum, in whole minor units; null = no sum is known. */
function averageOrder(history: ClientHistory): number | null {
  return history.purchasesWithSum > 0
    ? Math.round(history.totalMinor / history.purchasesWithSum)
    : null;
}
