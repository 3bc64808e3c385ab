import { monthIndex, monthText } from "../calendar.ts";
import type { SpendRow } from "../spend.ts";
import type { ClientHistory, Kpi } from "../types.ts";
import { figure, type KpiBase, ratio } from "./figure.ts";
import { isReferredBy, sourceKey } from "./first-source.ts";
import { sumOf } from "./ledger.ts";

/** LTV : CAC below this is said to be too dear; the rule presumes margin, not revenue. */
export const LTV_CAC_MARK = 3;

export interface AcquisitionRow {
  readonly month: string;
  /** null = all channels of the month together. */
  readonly channel: string | null;
  readonly marketingMinor: number;
  readonly salesMinor: number;
  /** null = the clients' sources are not known, so a channel cannot be told its clients. */
  readonly newClients: number | null;
  readonly cacMarketingMinor: number | null;
  readonly cacFullMinor: number | null;
  /** Why there is no cost per client. */
  readonly note: "no_new_clients" | "no_sources" | null;
}

export interface Acquisition {
  readonly kpis: readonly Kpi[];
  /** Month by month: all channels, then each; only months of the spend table up to asOf. */
  readonly rows: readonly AcquisitionRow[];
  /** Cumulative money of a client by months since the first purchase, as far as known. */
  readonly payback: readonly { readonly month: number; readonly perClientMinor: number }[];
  readonly ltvCacMark: number;
}

/** Cost of new clients and what they give back. Months without spend, and clients who came in them, are left out. */
export function acquisition(
  base: KpiBase,
  sources: readonly (string | null)[],
  spend: readonly SpendRow[],
  ltv: Kpi,
): Acquisition {
  const usable = spend.filter(
    ({ month, amountMinor }) =>
      isMonth(month) && month <= monthText(monthIndex(base.asOf)) && Number.isFinite(amountMinor),
  );
  const months = new Set(usable.map(({ month }) => month));
  const fresh = (months.size === 0 ? [] : base.clients).flatMap((client, at) => {
    const month = monthText(monthIndex(client.days[0] as number));
    return months.has(month) ? [{ client, month, source: sources[at] ?? null }] : [];
  });
  const marketing = spentOn(usable.filter(({ kind }) => kind === "marketing"));
  const all = spentOn(usable);
  const hasSpend = usable.length > 0;
  const cacMarketing = hasSpend ? ratio(marketing, fresh.length) : null;
  const cacFull = hasSpend ? ratio(all, fresh.length) : null;
  const payback = cumulativeMoney(
    base,
    fresh.map(({ client }) => client),
  );
  const note = !hasSpend ? "no_spend" : fresh.length === 0 ? "no_new_clients" : null;
  const common = {
    population: hasSpend ? fresh.length : 0,
    exclusions: { months_without_spend: hasSpend ? base.clients.length - fresh.length : 0 },
  };
  const cost = (code: "cac_marketing" | "cac_full", value: number | null, spentMinor: number) =>
    figure(code, base.asOf, {
      ...common,
      unit: "money",
      value,
      note,
      inputs: hasSpend ? { spentMinor, newClients: fresh.length, months: months.size } : {},
    });
  return {
    kpis: [
      cost("cac_marketing", cacMarketing, marketing),
      cost("cac_full", cacFull, all),
      ltvToCac(base, ltv, cacFull, note),
      paybackMonths(base, payback, cacFull, common, note),
      romi(
        base,
        fresh.map(({ client }) => client),
        marketing,
        common,
        note,
      ),
    ],
    rows: spendRows(
      usable,
      fresh,
      sources.some((source) => source !== null),
    ),
    payback,
    ltvCacMark: LTV_CAC_MARK,
  };
}

/** Clients whose first source is a recommendation / clients with a known source. */
export function referralShare(base: KpiBase, sources: readonly (string | null)[]): Kpi {
  const known = sources.filter((source) => source !== null);
  const referred = known.filter((source) => isReferredBy(base.log, source)).length;
  return figure("referral_share", base.asOf, {
    unit: "share",
    value: ratio(referred, known.length),
    population: known.length,
    exclusions: { unknown_source: sources.length - known.length },
    note: known.length > 0 ? null : base.clients.length > 0 ? "no_sources" : "no_clients",
    inputs: { referredClients: referred },
  });
}

interface Fresh {
  readonly client: ClientHistory;
  readonly month: string;
  readonly source: string | null;
}

function spendRows(
  spend: readonly SpendRow[],
  fresh: readonly Fresh[],
  hasSources: boolean,
): AcquisitionRow[] {
  const names = new Map<string, string>();
  for (const { channel } of spend) {
    const key = sourceKey(channel);
    if (key !== "" && !names.has(key)) names.set(key, channel.trim());
  }
  const months = [...new Set(spend.map(({ month }) => month))].sort();
  return months.flatMap((month) => {
    const ofMonth = spend.filter((row) => row.month === month);
    const came = fresh.filter((one) => one.month === month);
    const total = acquisitionRow(month, null, ofMonth, came.length);
    const channels = [...names].flatMap(([key, name]) => {
      const rows = ofMonth.filter(({ channel }) => sourceKey(channel) === key);
      if (rows.length === 0) return [];
      const count = came.filter(
        ({ source }) => source !== null && sourceKey(source) === key,
      ).length;
      return [acquisitionRow(month, name, rows, hasSources ? count : null)];
    });
    return [total, ...channels];
  });
}

function acquisitionRow(
  month: string,
  channel: string | null,
  rows: readonly SpendRow[],
  newClients: number | null,
): AcquisitionRow {
  const marketingMinor = spentOn(rows.filter(({ kind }) => kind === "marketing"));
  const salesMinor = spentOn(rows.filter(({ kind }) => kind === "sales"));
  const each = (minor: number) =>
    newClients !== null && newClients > 0 ? Math.round(minor / newClients) : null;
  return {
    month,
    channel,
    marketingMinor,
    salesMinor,
    newClients,
    cacMarketingMinor: each(marketingMinor),
    cacFullMinor: each(marketingMinor + salesMinor),
    note: newClients === null ? "no_sources" : newClients === 0 ? "no_new_clients" : null,
  };
}

function ltvToCac(
  base: KpiBase,
  ltv: Kpi,
  cac: number | null,
  note: "no_spend" | "no_new_clients" | null,
): Kpi {
  const hasBoth = ltv.value !== null && cac !== null && cac > 0;
  return figure("ltv_cac", base.asOf, {
    unit: "ratio",
    value: hasBoth ? (ltv.value ?? 0) / cac : null,
    population: hasBoth ? ltv.population : 0,
    note: hasBoth ? null : (note ?? (ltv.value === null ? "no_cohort_old_enough" : "no_cac")),
    basis: base.ledger.basis,
    inputs: {
      mark: LTV_CAC_MARK,
      ...(ltv.value === null ? {} : { ltvMinor: ltv.value }),
      ...(ltv.inputs?.horizonDays === undefined ? {} : { horizonDays: ltv.inputs.horizonDays }),
      ...(cac === null ? {} : { cacMinor: Math.round(cac) }),
    },
  });
}

type Common = Pick<Parameters<typeof figure>[2], "population" | "exclusions">;

/** Number of the first month since the first purchase in which cumulative money a client reaches the full cost. */
function paybackMonths(
  base: KpiBase,
  payback: Acquisition["payback"],
  cac: number | null,
  common: Common,
  note: "no_spend" | "no_new_clients" | null,
): Kpi {
  const reached =
    cac === null ? undefined : payback.find(({ perClientMinor }) => perClientMinor >= cac);
  return figure("payback_months", base.asOf, {
    ...common,
    unit: "months",
    value: reached?.month ?? null,
    note: note ?? (reached ? null : "not_paid_back"),
    basis: base.ledger.basis,
    inputs: { monthsKnown: payback.length, ...(cac === null ? {} : { cacMinor: Math.round(cac) }) },
  });
}

/** (money of the clients who came in the months of spend - marketing spend) / marketing spend; it grows with their age. */
function romi(
  base: KpiBase,
  fresh: readonly ClientHistory[],
  spent: number,
  common: Common,
  note: "no_spend" | "no_new_clients" | null,
): Kpi {
  const money = fresh.reduce((sum, client) => sum + sumOf(base.ledger.flow(client)), 0);
  return figure("romi", base.asOf, {
    ...common,
    unit: "percent",
    value: note === null && spent > 0 ? (money - spent) / spent : null,
    note: note ?? (spent > 0 ? null : "no_cac"),
    basis: base.ledger.basis,
    inputs: { moneyMinor: money, spentMinor: spent },
  });
}

const LONGEST_PAYBACK_MONTHS = 60;

/**
 * Cumulative money a client by number of months since the first purchase (1 = the month of it), each month's mean over the
 * clients who have had that month as a whole; the month of the first purchase counts for everybody.
 */
function cumulativeMoney(base: KpiBase, fresh: readonly ClientHistory[]): Acquisition["payback"] {
  const now = monthIndex(base.asOf + 1);
  const money: number[] = [];
  const clients: number[] = [];
  for (const client of fresh) {
    const start = monthIndex(client.days[0] as number);
    const whole = Math.max(1, Math.min(LONGEST_PAYBACK_MONTHS, now - start));
    for (let at = 0; at < whole; at += 1) clients[at] = (clients[at] ?? 0) + 1;
    const { days, minor } = base.ledger.flow(client);
    for (let at = 0; at < days.length; at += 1) {
      const offset = Math.max(0, monthIndex(days[at] as number) - start);
      const own = minor[at] as number;
      if (offset < whole && !Number.isNaN(own)) money[offset] = (money[offset] ?? 0) + own;
    }
  }
  let sum = 0;
  return clients.map((count, at) => {
    sum += (money[at] ?? 0) / count;
    return { month: at + 1, perClientMinor: Math.round(sum) };
  });
}

function isMonth(text: string): boolean {
  return /^\d{4}-(?:0[1-9]|1[0-2])$/.test(text);
}

function spentOn(rows: readonly SpendRow[]): number {
  return rows.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}
