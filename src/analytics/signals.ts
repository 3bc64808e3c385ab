import type { ChurnModel } from "./churn-types.ts";
import { logOf } from "./log-gaps.ts";
import type { ClientSignals, SignalLog } from "./signal-types.ts";
import { TIER_3_CLIENTS } from "./tier.ts";
import type { Day } from "./types.ts";

/** What a row of a signal log says. A lost deal is closed too: a refusal. */
export const SIGNAL = { contact: 0, dealOpened: 1, dealWon: 2, dealLost: 3 } as const;

/** What the layer looks at besides purchases, from tier 3. */
export const SIGNAL_FEATURES = [
  "contactSilence",
  "contactsInH",
  "openDeals",
  "refusalsIn2H",
] as const;

/** Nobody is told apart by the fourth open deal. */
const MOST_OPEN_DEALS = 3;

/** One client's signals as known at the end of a day. */
export interface SignalFacts {
  /** Days since the last contact; null = none is recorded. */
  readonly silentDays: number | null;
  /** Within the horizon before the day. */
  readonly contacts: number;
  readonly openDeals: number;
  /** Within two horizons before the day. */
  readonly refusals: number;
}

export function signalFacts(
  { day, kind }: ClientSignals,
  asOf: Day,
  horizonDays: number,
): SignalFacts {
  let silentDays: number | null = null;
  let [contacts, openDeals, refusals] = [0, 0, 0];
  for (let row = 0; row < day.length; row += 1) {
    const ago = asOf - (day[row] as number);
    if (ago < 0) break;
    switch (kind[row]) {
      case SIGNAL.contact:
        silentDays = ago;
        if (ago < horizonDays) contacts += 1;
        break;
      case SIGNAL.dealOpened:
        openDeals += 1;
        break;
      case SIGNAL.dealWon:
        openDeals -= 1;
        break;
      case SIGNAL.dealLost:
        openDeals -= 1;
        if (ago < 2 * horizonDays) refusals += 1;
        break;
    }
  }
  return { silentDays, contacts, openDeals: Math.max(0, openDeals), refusals };
}

/** In the order of SIGNAL_FEATURES; NaN = unknown, which the layer takes as the average. */
export function signalFeatures(
  signals: ClientSignals | undefined,
  asOf: Day,
  horizonDays: number,
): readonly [number, number, number, number] {
  if (signals === undefined) return [Number.NaN, Number.NaN, Number.NaN, Number.NaN];
  const { silentDays, contacts, openDeals, refusals } = signalFacts(signals, asOf, horizonDays);
  return [
    silentDays === null ? Number.NaN : logOf(1 + silentDays),
    logOf(1 + contacts),
    Math.min(MOST_OPEN_DEALS, openDeals),
    logOf(1 + refusals),
  ];
}

/**
 * Which of SIGNAL_FEATURES a layer may learn from the base as it was at the end of `day`: from 2 000 clients on, and only
 * where records of that kind reach back over all the days that the feature counts. Before that, "none" would mean
 * "not recorded yet".
 */
export function learnableSignals(
  signals: SignalLog | undefined,
  day: Day,
  clients: number,
  horizonDays: number,
): readonly boolean[] {
  if (signals === undefined || clients * signals.standsFor < TIER_3_CLIENTS) {
    return SIGNAL_FEATURES.map(() => false);
  }
  const first = firstDays(signals);
  const contact = first[SIGNAL.contact] as number;
  const opened = first[SIGNAL.dealOpened] as number;
  const lost = first[SIGNAL.dealLost] as number;
  return [
    contact <= day - horizonDays,
    contact <= day - horizonDays,
    opened <= day,
    lost <= day - 2 * horizonDays,
  ];
}

const firstByLog = new WeakMap<SignalLog, Float64Array>();

/** By kind, the first day of a record; infinite without any. */
function firstDays(signals: SignalLog): Float64Array {
  const known = firstByLog.get(signals);
  if (known !== undefined) return known;
  const first = new Float64Array(Object.keys(SIGNAL).length).fill(Number.POSITIVE_INFINITY);
  for (let row = 0; row < signals.day.length; row += 1) {
    const kind = signals.kind[row] as number;
    const day = signals.day[row] as number;
    if (day < (first[kind] as number)) first[kind] = day;
  }
  firstByLog.set(signals, first);
  return first;
}

/** The rows of one client of the log up to the end of `asOf`; the numbers stay where they are. */
export function signalsAt(log: SignalLog, client: number, asOf: Day): ClientSignals {
  const from = log.offset[client] ?? 0;
  let to = log.offset[client + 1] ?? from;
  while (to > from && (log.day[to - 1] as number) > asOf) to -= 1;
  return { day: log.day.subarray(from, to), kind: log.kind.subarray(from, to) };
}

/** The same client after a contact on `day`, which no known row follows. */
export function withContact({ day, kind }: ClientSignals, on: Day): ClientSignals {
  const after = { day: new Int32Array(day.length + 1), kind: new Uint8Array(day.length + 1) };
  after.day.set(day);
  after.kind.set(kind);
  after.day[day.length] = on;
  after.kind[day.length] = SIGNAL.contact;
  return after;
}

/** What the layer of a snapshot really says something about. */
export interface UsedSignals {
  readonly contacts: boolean;
  readonly deals: boolean;
}

export function usedSignals(churn: ChurnModel | null): UsedSignals {
  if (churn?.method !== "layer") return NOTHING_USED;
  const known = usedByModel.get(churn);
  if (known !== undefined) return known;
  const isUsed = (name: (typeof SIGNAL_FEATURES)[number]) =>
    churn.layer.parts.some(
      ({ feature, coefficients }) => feature === name && coefficients.some((x) => x !== 0),
    );
  const used = {
    contacts: isUsed("contactSilence") || isUsed("contactsInH"),
    deals: isUsed("openDeals") || isUsed("refusalsIn2H"),
  };
  usedByModel.set(churn, used);
  return used;
}

const NOTHING_USED: UsedSignals = { contacts: false, deals: false };
/** Asked for every client of a base. */
const usedByModel = new WeakMap<ChurnModel, UsedSignals>();
