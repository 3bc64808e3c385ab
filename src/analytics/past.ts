import { buildBase, type ClientBase } from "./base.ts";
import type { LayerPath } from "./layer.ts";
import { levelAfter, YEAR_DAYS } from "./level.ts";
import { coreOf, type PastCore, type PastView, purchasesUntil, viewOf } from "./past-view.ts";
import type { Day, PurchaseLog } from "./types.ts";

/** The past of one log, seen day by day; whatever was made once is kept. */
export interface Past {
  readonly log: PurchaseLog;
  readonly horizonDays: number;
  readonly firstDay: Day;
  view(day: Day): PastView;
  /** Purchase days of every client of the view in the `days` after it, as known at their end. */
  bought(day: Day, days: number): Int32Array;
  /** 1 for every client of the view without a purchase in the horizon after it. */
  labels(day: Day): Uint8Array;
  /**
   * What the same season last year tells of the `days` after `day`: purchases seen there over purchases expected; 1 where the
   * base is too young, or the window of last year had not closed by then.
   */
  level(day: Day, days: number): number;
  /** Layers by what they are fitted on, each fitted once; see choose.ts. */
  readonly layers: Map<string, LayerPath>;
  /** More rows than this do not change a layer, only its cost. */
  readonly mostExamples: number;
  /** Is there enough before `day` to learn from. */
  hasHistory(day: Day): boolean;
}

const MIN_HISTORY_DAYS = 60;

export interface PastOptions {
  /** Clients that a view learns regularity from; default 2 000. */
  readonly regularityClients?: number;
  /** Rows that a layer is fitted on; default 40 000. */
  readonly mostExamples?: number;
}

const MOST_EXAMPLES = 40_000;

export function makePast(log: PurchaseLog, horizonDays: number, options: PastOptions = {}): Past {
  const { regularityClients } = options;
  const firstDay = log.day.reduce((first, day) => Math.min(first, day), Number.POSITIVE_INFINITY);
  const cores = new Map<Day, PastCore>();
  const plain = new Map<Day, PastCore>();
  const views = new Map<Day, PastView>();
  const labels = new Map<Day, Uint8Array>();
  const baseOn = makeBases(log);
  const core = (day: Day) =>
    remembered(cores, day, () => coreOf(baseOn(day), { regularityClients }));
  const hasHistory = (day: Day) => day - firstDay >= Math.max(horizonDays, MIN_HISTORY_DAYS);
  const level = (day: Day, days: number) => {
    const lastYear = day - YEAR_DAYS;
    if (days > YEAR_DAYS || !hasHistory(lastYear)) return 1;
    const known = remembered(plain, lastYear, () => coreOf(baseOn(lastYear), { isPlain: true }));
    return levelAfter(baseOn(lastYear + days), known, days);
  };
  const view = (day: Day) =>
    remembered(views, day, () =>
      viewOf(baseOn(day), core(day), horizonDays, level(day, horizonDays)),
    );
  const bought = (day: Day, days: number) => purchasesUntil(baseOn(day + days), core(day));
  return {
    log,
    horizonDays,
    firstDay,
    view,
    bought,
    labels: (day) =>
      remembered(labels, day, () =>
        Uint8Array.from(bought(day, horizonDays), (count) => (count > 0 ? 0 : 1)),
      ),
    level,
    layers: new Map(),
    mostExamples: options.mostExamples ?? MOST_EXAMPLES,
    hasHistory,
  };
}

/** The past is walked back in steps of a part of the horizon: what is looked at lies within so many of them. */
const BASES_KEPT = 6;

/** The log as it was known at the end of a day; the days asked for last are kept. */
function makeBases(log: PurchaseLog): (day: Day) => ClientBase {
  const kept = new Map<Day, ClientBase>();
  return (day) => {
    const base = kept.get(day) ?? buildBase(log, day);
    kept.delete(day);
    kept.set(day, base);
    for (const oldest of kept.keys()) {
      if (kept.size <= BASES_KEPT) break;
      kept.delete(oldest);
    }
    return base;
  };
}

function remembered<Value>(known: Map<Day, Value>, day: Day, make: () => Value): Value {
  const before = known.get(day);
  if (before !== undefined) return before;
  const value = make();
  known.set(day, value);
  return value;
}
