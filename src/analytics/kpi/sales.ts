import type { Day, Kpi } from "../types.ts";
import { figure, ratio, YEAR_DAYS } from "./figure.ts";

/** Deals counted by how they ended and how many days it took; `days` null = the closing moment is not known. */
export interface CycleRow {
  readonly outcome: "open" | "won" | "lost";
  readonly days: number | null;
  readonly deals: number;
}

export interface ContactCounts {
  readonly clients: number;
  readonly clientContacts: number;
  readonly prospects: number;
  readonly prospectContacts: number;
  /** Contacts of anybody in the period; 0 = the CRM keeps none. */
  readonly anyContacts: number;
}

/** Days that contacts are counted over. */
export const CONTACT_DAYS = 90;
const MONTHS_IN_CONTACT_DAYS = 3;

/** Figures of a year of deals: who wins, how long it takes, open deals left out and counted. */
export function salesKpis(cycles: readonly CycleRow[], contacts: ContactCounts, asOf: Day): Kpi[] {
  const count = (outcome: CycleRow["outcome"]) =>
    cycles.reduce((sum, row) => sum + (row.outcome === outcome ? row.deals : 0), 0);
  const won = count("won");
  const lost = count("lost");
  const open = count("open");
  return [
    figure("win_rate", asOf, {
      unit: "share",
      value: ratio(won, won + lost),
      population: won + lost,
      populationUnit: "deals",
      exclusions: { open_deals: open },
      note: won + lost > 0 ? null : "no_decided_deals",
      period: [asOf - YEAR_DAYS + 1, asOf],
      inputs: { wonDeals: won, lostDeals: lost },
    }),
    cycle("sales_cycle_won", "won", cycles, open, asOf),
    cycle("sales_cycle_lost", "lost", cycles, open, asOf),
    contactRate("contacts_clients", contacts.clientContacts, contacts.clients, contacts, asOf),
    contactRate(
      "contacts_prospects",
      contacts.prospectContacts,
      contacts.prospects,
      contacts,
      asOf,
    ),
  ];
}

function cycle(
  code: "sales_cycle_won" | "sales_cycle_lost",
  outcome: CycleRow["outcome"],
  cycles: readonly CycleRow[],
  open: number,
  asOf: Day,
): Kpi {
  const own = cycles.filter((row) => row.outcome === outcome);
  const known = own.flatMap(({ days, deals }) =>
    days === null ? [] : [{ value: days, count: deals }],
  );
  const population = known.reduce((sum, row) => sum + row.count, 0);
  const all = own.reduce((sum, row) => sum + row.deals, 0);
  return figure(code, asOf, {
    unit: "days",
    value: medianOfCounts(known),
    population,
    populationUnit: "deals",
    exclusions: { open_deals: open, unknown_moment: all - population },
    note: population > 0 ? null : "no_decided_deals",
    period: [asOf - YEAR_DAYS + 1, asOf],
  });
}

/** Contacts a client a month. */
function contactRate(
  code: "contacts_clients" | "contacts_prospects",
  contacts: number,
  population: number,
  { anyContacts }: ContactCounts,
  asOf: Day,
): Kpi {
  const perClient = ratio(contacts, population);
  const isKnown = anyContacts > 0 && perClient !== null;
  return figure(code, asOf, {
    unit: "ratio",
    value: isKnown ? perClient / MONTHS_IN_CONTACT_DAYS : null,
    population,
    note: isKnown ? null : anyContacts > 0 ? "no_clients" : "no_activities",
    period: [asOf - CONTACT_DAYS + 1, asOf],
    inputs: { contacts, contactDays: CONTACT_DAYS },
  });
}

/** Median of values that occur so many times; null for none. */
export function medianOfCounts(
  rows: readonly { readonly value: number; readonly count: number }[],
): number | null {
  const sorted = rows.filter(({ count }) => count > 0).toSorted((a, b) => a.value - b.value);
  const total = sorted.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  const at = (rank: number) => {
    let seen = 0;
    for (const { value, count } of sorted) {
      seen += count;
      if (seen > rank) return value;
    }
    return sorted.at(-1)?.value ?? 0;
  };
  return (at(Math.floor((total - 1) / 2)) + at(Math.ceil((total - 1) / 2))) / 2;
}

/** Lost deals by reason. */
export interface LossCount {
  readonly reason: string | null;
  readonly deals: number;
  /** Known sums. */
  readonly amountMinor: number;
}

export interface LossRow extends LossCount {
  readonly share: number;
}

/** Why deals are lost, the most money first; a reason nobody gave stands as null. */
export function lossTable(counts: readonly LossCount[]): LossRow[] {
  const all = counts.reduce((sum, { deals }) => sum + deals, 0);
  return counts
    .filter(({ deals }) => deals > 0)
    .map((row) => ({ ...row, share: row.deals / all }))
    .sort(
      (one, other) =>
        other.amountMinor - one.amountMinor ||
        other.deals - one.deals ||
        (one.reason ?? "").localeCompare(other.reason ?? ""),
    );
}

/** Deals of a year by source and outcome. */
export interface SourceCount {
  readonly source: string | null;
  readonly deals: number;
  readonly won: number;
  readonly lost: number;
  /** Won sums. */
  readonly wonMinor: number;
}

export interface LeadSourceRow extends SourceCount {
  /** Won / (won + lost); open deals are left out. */
  readonly winRate: number | null;
  /** Won money a deal of the source, open ones not counted: what one lead is worth. */
  readonly perDealMinor: number | null;
}

/** How good the leads of a source are, the most deals first. */
export function leadSources(counts: readonly SourceCount[]): LeadSourceRow[] {
  return counts
    .filter(({ deals }) => deals > 0)
    .map((row) => {
      const perDeal = ratio(row.wonMinor, row.won + row.lost);
      return {
        ...row,
        winRate: ratio(row.won, row.won + row.lost),
        perDealMinor: perDeal === null ? null : Math.round(perDeal),
      };
    })
    .sort(
      (one, other) =>
        other.deals - one.deals || (one.source ?? "").localeCompare(other.source ?? ""),
    );
}
