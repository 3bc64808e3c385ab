import type { KpiExclusionCode, KpiNoteCode } from "./codes.ts";

/** Figures stand on the dashboard in these groups. */
export const KPI_GROUPS = ["value", "repeat", "retention", "acquisition", "sales"] as const;
export type KpiGroup = (typeof KPI_GROUPS)[number];

export interface KpiText {
  readonly name: string;
  readonly definition: string;
  readonly group: KpiGroup;
}

/** Words around a figure: what its tile says when it is opened. */
export interface KpiWords {
  /** Heading of the figures that are not read every day. */
  readonly more: string;
  readonly groups: Readonly<Record<KpiGroup, string>>;
  readonly notes: Readonly<Record<KpiNoteCode, string>>;
  readonly noteFallback: string;
  readonly exclusions: Readonly<Record<KpiExclusionCode, string>>;
  readonly exclusionFallback: string;
  /** Numbers of the formula by name; one without a name is not shown. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly units: Readonly<Record<"clients" | "orders" | "deals" | "months" | "gaps", string>>;
  readonly basis: Readonly<Record<"margin" | "revenue", string>>;
  readonly allTime: string;
  readonly year: string;
  /** `{days}` back from the day of the figures. */
  readonly lastDays: string;
  /** `{from}` and `{to}` as days. */
  readonly fromTo: string;
  readonly until: string;
  readonly period: string;
  readonly money: string;
  readonly range: string;
  readonly madeOf: string;
  readonly nothingExcluded: string;
  readonly months: string;
}
