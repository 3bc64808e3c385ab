import type { GroupRow, RfmComparison, RfmWords } from "../../crm/segmentation.ts";
import { quantileOfSorted } from "../quantile.ts";
import {
  MIN_CLIENTS_FOR_QUINTILES,
  RFM_SEGMENTS,
  type RfmColumns,
  type RfmFacts,
  rfmLimits,
  scoreRfm,
  segmentOf,
} from "../rfm.ts";
import type { ClientHistory, Day, RfmBoundaries, RfmSegmentCode } from "../types.ts";
import { groupRows, rfmFactsOf } from "./client-view.ts";

interface Client {
  readonly history: ClientHistory;
  readonly segment: RfmSegmentCode;
}

export interface RfmQuestion {
  readonly asOf: Day;
  readonly usualGapDays: number | null;
  /** The limits in use; `segment` of the clients follows from them. */
  readonly current: RfmBoundaries;
  /** Limits somebody would like to try; null = the other method. */
  readonly wanted: RfmBoundaries | null;
}

const SEGMENTS = Object.keys(RFM_SEGMENTS) as RfmSegmentCode[];
/** Single purchase days above this share of all days are what one large deal looks like. */
const LARGE_DEAL_QUANTILE = 0.99;
const MIN_DAYS_FOR_CAP = 50;

/**
 * Both ways to give R, F and M their scores over one base, side by side, with what a switch would do: who changes the named
 * segment, and the money of those clients. Below 50 clients there are no quintiles to offer. Cost: linear, plus sorting.
 */
export function compareRfm(clients: readonly Client[], question: RfmQuestion): RfmComparison {
  const { asOf, current, usualGapDays } = question;
  const facts = clients.map(({ history }) => rfmFactsOf(history, asOf));
  const isSmall = clients.length < MIN_CLIENTS_FOR_QUINTILES;
  const other = question.wanted ?? otherMethod(facts, usualGapDays, current, isSmall);
  const after = other && facts.map((fact) => segmentOf(scoreRfm(fact, other)));
  return {
    method: current.method,
    boundaries: boundaryWords(current),
    segments: rowsOf(clients, (at) => clients[at]?.segment ?? null),
    alternative: other && {
      method: other.method,
      boundaries: boundaryWords(other),
      segments: rowsOf(clients, (at) => after?.[at] ?? null),
    },
    alternativeReason: other === null ? "few_clients" : null,
    minClients: MIN_CLIENTS_FOR_QUINTILES,
    switching: after && switchingOf(clients, after),
    largeDeals: largeDeals(clients, facts, question),
  };
}

function otherMethod(
  facts: readonly RfmFacts[],
  usualGapDays: number | null,
  current: RfmBoundaries,
  isSmall: boolean,
): RfmBoundaries | null {
  if (current.method === "quintiles")
    return rfmLimits(columnsOf(facts), usualGapDays, "thresholds");
  return isSmall ? null : rfmLimits(columnsOf(facts), usualGapDays, "quintiles");
}

function columnsOf(facts: readonly RfmFacts[]): RfmColumns {
  return {
    daysSinceLast: Int32Array.from(facts, (fact) => fact.daysSinceLast),
    purchaseDays: Int32Array.from(facts, (fact) => fact.purchaseDays),
    totalMinor: Float64Array.from(facts, (fact) => fact.totalMinor ?? Number.NaN),
  };
}

function rowsOf(
  clients: readonly Client[],
  segment: (at: number) => RfmSegmentCode | null,
): GroupRow[] {
  return groupRows(clients, (_, at) => segment(at), SEGMENTS);
}

function switchingOf(
  clients: readonly Client[],
  after: readonly RfmSegmentCode[],
): NonNullable<RfmComparison["switching"]> {
  const rows = new Map<
    string,
    { from: RfmSegmentCode; to: RfmSegmentCode; clients: number; moneyMinor: number }
  >();
  let changed = 0;
  for (const [at, { segment, history }] of clients.entries()) {
    const to = after[at] ?? segment;
    if (to !== segment) changed += 1;
    const key = `${segment} ${to}`;
    const row = rows.get(key) ?? { from: segment, to, clients: 0, moneyMinor: 0 };
    row.clients += 1;
    row.moneyMinor += history.totalMinor;
    rows.set(key, row);
  }
  return {
    clients: clients.length,
    changed,
    share: changed / Math.max(1, clients.length),
    rows: [...rows.values()].sort(
      (left, right) =>
        SEGMENTS.indexOf(left.from) - SEGMENTS.indexOf(right.from) ||
        SEGMENTS.indexOf(left.to) - SEGMENTS.indexOf(right.to),
    ),
  };
}

/** Limits as whole ranges, best score first; scores that no value can have are left out. */
export function boundaryWords(boundaries: RfmBoundaries): RfmWords {
  const { recencyDays, frequency, monetaryMinor } = boundaries;
  return {
    recencyDays: fallingRanges(recencyDays),
    purchaseDays: risingRanges(frequency, 1),
    moneyMinor: monetaryMinor && risingRanges(monetaryMinor, null),
  };
}

type Four = readonly [number, number, number, number];

function fallingRanges(limits: Four): RfmWords["recencyDays"] {
  const ranges = limits.map((to, at) => ({
    score: 5 - at,
    from: at === 0 ? 0 : (limits[at - 1] as number) + 1,
    to: to as number | null,
  }));
  const last = { score: 1, from: limits[3] + 1, to: null };
  return [...ranges.filter(({ from, to }) => to !== null && from <= to), last];
}

function risingRanges(limits: Four, lowest: number | null): RfmWords["purchaseDays"] {
  const ranges = limits.map((from, at) => ({
    score: at + 2,
    from: from as number | null,
    to: at === 3 ? null : (limits[at + 1] as number) - 1,
  }));
  const first = { score: 1, from: lowest, to: limits[0] - 1 };
  return [first, ...ranges]
    .filter(({ from, to }) => from === null || to === null || from <= to)
    .reverse();
}

/** What the money score would be if no purchase day counted for more than the base's 99th percentile. */
function largeDeals(
  clients: readonly Client[],
  facts: readonly RfmFacts[],
  { current, usualGapDays }: RfmQuestion,
): RfmComparison["largeDeals"] {
  const sorted = knownSums(clients);
  if (sorted.length < MIN_DAYS_FOR_CAP) return null;
  const capMinor = Math.round(quantileOfSorted(sorted, LARGE_DEAL_QUANTILE) ?? 0);
  const cut = clients.map(({ history }) =>
    history.dayAmountMinor.reduce((sum, x) => sum + (x > capMinor ? x - capMinor : 0), 0),
  );
  const capped = facts.map((fact, at) => ({
    ...fact,
    totalMinor: fact.totalMinor === null ? null : fact.totalMinor - (cut[at] ?? 0),
  }));
  const limits = { ...current, ...moneyLimits(capped, usualGapDays, current) };
  let changedScore = 0;
  let changedSegment = 0;
  for (const [at, fact] of facts.entries()) {
    const before = scoreRfm(fact, current);
    const after = scoreRfm(capped[at] ?? fact, limits);
    if (before.mScore !== after.mScore) changedScore += 1;
    if (segmentOf(before) !== segmentOf(after)) changedSegment += 1;
  }
  return {
    capMinor,
    purchaseDays: sorted.length - sorted.findLastIndex((minor) => minor <= capMinor) - 1,
    clients: cut.filter((minor) => minor > 0).length,
    changedScore,
    changedSegment,
  };
}

/** Money of every purchase day with a known sum, rising. */
function knownSums(clients: readonly Client[]): Float64Array {
  const days = clients.reduce((sum, { history }) => sum + history.days.length, 0);
  const sums = new Float64Array(days);
  let size = 0;
  for (const { history } of clients) {
    for (const minor of history.dayAmountMinor) {
      if (minor > 0) {
        sums[size] = minor;
        size += 1;
      }
    }
  }
  return sums.subarray(0, size).sort();
}

function moneyLimits(
  facts: readonly RfmFacts[],
  usualGapDays: number | null,
  { method }: RfmBoundaries,
): Pick<RfmBoundaries, "monetaryMinor"> {
  return { monetaryMinor: rfmLimits(columnsOf(facts), usualGapDays, method).monetaryMinor };
}
