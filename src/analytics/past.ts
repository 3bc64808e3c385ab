import type { LayerPath } from "./layer.ts";
import { levelAfter, YEAR_DAYS } from "./level.ts";
import { coreAt, type PastCore, type PastView, purchasesAfter, viewOf } from "./past-view.ts";
import type { Day, PurchaseLog } from "./types.ts";

/** The past of one log, seen day by day; whatever was made once is kept. */
export interface Past {
  readonly log: PurchaseLog;
  readonly horizonDays: number;
  readonly firstDay: Day;
  view(day: Day): PastView;
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
  const core = (day: Day) => remembered(cores, day, () => coreAt(log, day, { regularityClients }));
  const hasHistory = (day: Day) => day - firstDay >= Math.max(horizonDays, MIN_HISTORY_DAYS);
  const level = (day: Day, days: number) => {
    const lastYear = day - YEAR_DAYS;
    if (days > YEAR_DAYS || !hasHistory(lastYear)) return 1;
    return levelAfter(
      log,
      remembered(plain, lastYear, () => coreAt(log, lastYear, { isPlain: true })),
      days,
    );
  };
  const view = (day: Day) =>
    remembered(views, day, () => viewOf(log, core(day), horizonDays, level(day, horizonDays)));
  return {
    log,
    horizonDays,
    firstDay,
    view,
    labels: (day) =>
      remembered(labels, day, () =>
        Uint8Array.from(purchasesAfter(log, core(day), horizonDays), (count) =>
          count > 0 ? 0 : 1,
        ),
      ),
    level,
    layers: new Map(),
    mostExamples: options.mostExamples ?? MOST_EXAMPLES,
    hasHistory,
  };
}

function remembered<Value>(known: Map<Day, Value>, day: Day, make: () => Value): Value {
  const before = known.get(day);
  if (before !== undefined) return before;
  const value = make();
  known.set(day, value);
  return value;
}
