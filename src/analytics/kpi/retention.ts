import type { Kpi } from "../types.ts";
import type { KpiExclusion } from "./codes.ts";
import { figure, type KpiBase, lastUpTo, ratio } from "./figure.ts";

/** Who stays, who leaves, who comes back. */
export function retentionKpis(base: KpiBase): Kpi[] {
  const half = Math.floor(base.horizonDays / 2);
  const whole = returning(base, base.horizonDays);
  return [
    retentionRate(base, whole),
    churnRate(base, "churn_rate", base.horizonDays, whole),
    churnRate(base, "churn_rate_preliminary", half, returning(base, half)),
    reactivationRate(base),
  ];
}

export interface Returning {
  /** S: clients active at the start. */
  readonly active: number;
  /** Of these, who have bought since: E - N without those who came back. */
  readonly bought: number;
  /** N: first purchase since. */
  readonly fresh: number;
  /** Not active at the start, older than it, and bought since: reactivated, not retained. */
  readonly returned: number;
  /** Not active at the start, older than it, and silent since. */
  readonly silent: number;
}

/** Clients by what they were `ago` days before asOf and did since. */
export function returning(base: KpiBase, ago: number): Returning {
  const start = base.asOf - ago;
  const counts = { active: 0, bought: 0, fresh: 0, returned: 0, silent: 0 };
  for (const { days } of base.clients) {
    const last = lastUpTo(days, start);
    const hasBought = (days[days.length - 1] ?? start) > start;
    if (last === null) counts.fresh += 1;
    else if (last > start - base.horizonDays) {
      counts.active += 1;
      if (hasBought) counts.bought += 1;
    } else if (hasBought) counts.returned += 1;
    else counts.silent += 1;
  }
  return counts;
}

/**
 * CRR = (E - N) / S: of the clients active one horizon ago, the share who bought since. New clients are in neither number;
 * who came back from silence counts as reactivated, so that retention and churn add up to one.
 */
function retentionRate(base: KpiBase, counts: Returning): Kpi {
  const { active, bought, fresh, returned } = counts;
  return figure("retention_rate", base.asOf, {
    unit: "share",
    value: ratio(bought, active),
    population: active,
    exclusions: notActive(counts),
    note: active > 0 ? null : "nobody_was_active",
    period: [base.asOf - base.horizonDays + 1, base.asOf],
    inputs: {
      activeAtStart: active,
      activeAtEnd: bought + fresh + returned,
      newClients: fresh,
      returnedClients: returned,
    },
  });
}

/**
 * 1 - retention over the same clients. Final when the whole horizon has passed for everyone in it; over half a horizon an
 * upper bound, because half of their time is still to come.
 */
function churnRate(
  base: KpiBase,
  code: "churn_rate" | "churn_rate_preliminary",
  ago: number,
  counts: Returning,
): Kpi {
  const { active, bought } = counts;
  const note = code === "churn_rate_preliminary" ? "window_open" : null;
  return figure(code, base.asOf, {
    unit: "share",
    value: ratio(active - bought, active),
    population: active,
    exclusions: notActive(counts),
    note: active > 0 ? note : "nobody_was_active",
    period: [base.asOf - ago + 1, base.asOf],
    inputs: { activeAtStart: active, leftClients: active - bought },
  });
}

function notActive(counts: Returning): Partial<Record<KpiExclusion, number>> {
  return {
    new_clients: counts.fresh,
    returned_clients: counts.returned,
    not_active_before: counts.silent,
  };
}

/** Of the clients who were silent for more than a horizon one horizon ago, the share who bought since. */
function reactivationRate(base: KpiBase): Kpi {
  const { active, fresh, returned, silent } = returning(base, base.horizonDays);
  const lost = returned + silent;
  return figure("reactivation_rate", base.asOf, {
    unit: "share",
    value: ratio(returned, lost),
    population: lost,
    exclusions: { new_clients: fresh, not_lost_before: active },
    note: lost > 0 ? null : "nobody_was_lost",
    period: [base.asOf - base.horizonDays + 1, base.asOf],
    inputs: { returnedClients: returned },
  });
}
