import type { ApiUse } from "../crm/api-use.ts";
import { AppError } from "../crm/error.ts";
import type { Host } from "../crm/host.ts";
import type { OverviewDocument, SyncProgress } from "../crm/overview.ts";
import type { Clock } from "../crm/ports.ts";
import type { SegmentationDocument } from "../crm/segmentation.ts";
import {
  type BaseFigures,
  type CountedFigures,
  countFigures,
  type FiguresCompute,
  type FiguresVersion,
  figuresVersion,
} from "./base-figures.ts";
import { dataAsOf, isStale } from "./data-age.ts";
import { readGoals } from "./goals.ts";
import { modelQualityOf } from "./model-quality.ts";
import { type PortalRow, readPortal, readWarnings } from "./portal-row.ts";
import { latestSnapshot } from "./snapshot-store.ts";
import { summariseSpend } from "./spend.ts";
import type { SqlReader } from "./sql.ts";
import { endsSoon } from "./tokens.ts";
import { makeZone } from "./zone.ts";

export interface OverviewPorts {
  readonly sql: SqlReader;
  readonly host: Pick<Host, "clientUrl">;
  readonly clock: Pick<Clock, "now" | "monotonic">;
  readonly progress: () => SyncProgress;
  readonly apiUse?: () => ApiUse;
  /** Absent = counted in line. */
  readonly beside?: FiguresCompute;
}

export interface Overview {
  /**
   * Resolves when `overview` can answer without counting a large base: at once where figures are there and no administrator
   * has changed what they are made from. Newer ones are then counted beside, and shown the next time.
   */
  ready(): Promise<void>;
  /** Throws AppError `portal.unknown` before the installation. */
  overview(): OverviewDocument;
}

/** A busy base is not counted again before this many times the last count's own time has passed. */
const REST_FACTOR = 20;
/** An administrator may change something while it is counted. */
const MOST_COUNTS_WAITED_FOR = 2;

interface Counted extends CountedFigures {
  readonly at: number;
  readonly tookMs: number;
  /** A base of this size is never counted in line. */
  readonly isBeside: boolean;
  readonly segmentation: SegmentationDocument | null;
}

export function makeOverview(ports: OverviewPorts): Overview {
  const { sql, clock, progress } = ports;
  const figures = makeFigures(ports);
  return {
    ready: figures.ready,
    overview() {
      const portal = readPortal(sql);
      if (!portal) throw new AppError("portal.unknown");
      const snapshot = latestSnapshot(sql);
      const { hasSums, ...shown } = figures.of(portal);
      const sync = progress();
      const at = dataAsOf(sql);
      const tier = snapshot?.tier ?? 0;
      return {
        ...shown,
        goals: readGoals(sql, shown.kpis, makeZone(portal.time_zone).dayOf(clock.now())),
        spend: summariseSpend(sql),
        dataAsOf: at === null ? null : new Date(Math.round(at)).toISOString(),
        portalState: portal.state,
        currency: portal.currency,
        timeZone: portal.time_zone,
        tier,
        tierReason: snapshot?.tierReason ?? null,
        modelQuality: modelQualityOf(snapshot),
        horizonDays: tier === 0 ? null : (snapshot?.horizonDays ?? null),
        sync,
        ...(ports.apiUse ? { apiUse: ports.apiUse() } : {}),
        warnings: [
          ...new Set([
            ...readWarnings(portal),
            ...(sync.phase === "running" ? ["sync_running"] : []),
            ...(isStale(sql, clock.now()) ? ["data_stale"] : []),
            ...(endsSoon(sql, clock.now()) ? ["token_ends_soon"] : []),
            ...(shown.purchases > 0 && !hasSums ? ["no_sums"] : []),
          ]),
        ],
      };
    },
  };
}

/** The figures that were counted last, and when they have to be counted again. */
function makeFigures({ sql, host, clock, beside }: OverviewPorts) {
  let counted: Counted | null = null;
  let running: Promise<void> | null = null;
  const isFresh = (known: Counted, wanted: FiguresVersion): boolean =>
    known.changes === wanted.changes &&
    (known.key === wanted.key ||
      ((known.isScored || !wanted.isScored) &&
        clock.monotonic() - known.at < known.tookMs * REST_FACTOR));
  const task = () => ({
    now: clock.now(),
    segmentedUnder: counted?.figures.segmentation?.key ?? null,
  });
  const keep = (found: CountedFigures, startedAt: number, isBeside: boolean) => {
    const at = clock.monotonic();
    const dated = found.figures.segmentation;
    const segmentation = dated && (dated.document ?? counted?.segmentation ?? null);
    counted = { ...found, segmentation, at, tookMs: at - startedAt, isBeside };
  };
  const startBeside = (): Promise<void> | null => {
    const startedAt = clock.monotonic();
    const work = beside?.count(task()) ?? null;
    if (work === null) return null;
    return work
      .then((found) => keep(found, startedAt, true))
      .finally(() => {
        running = null;
      });
  };
  return {
    async ready(): Promise<void> {
      const portal = readPortal(sql);
      if (!portal || !beside) return;
      for (let count = 0; count < MOST_COUNTS_WAITED_FOR; count += 1) {
        const wanted = figuresVersion(sql, portal, clock.now());
        if (counted !== null && isFresh(counted, wanted)) return;
        running ??= startBeside();
        // A count that fails is made again when somebody asks; what is shown tells its own age.
        if (running === null) return;
        const done = running.catch(() => undefined);
        if (counted?.changes === wanted.changes) return;
        await done;
      }
    },
    of(portal: PortalRow) {
      const wanted = figuresVersion(sql, portal, clock.now());
      const isShown = counted !== null && (counted.isBeside || isFresh(counted, wanted));
      if (!isShown) {
        const startedAt = clock.monotonic();
        keep(countFigures(sql, task()), startedAt, false);
      }
      const { figures, segmentation } = counted as Counted;
      return { ...withUrls(figures, host, portal), segmentation };
    },
  };
}

/** Addresses in the CRM of the clients that are listed. */
function withUrls(figures: BaseFigures, host: OverviewPorts["host"], portal: PortalRow) {
  type Row = BaseFigures["attention"][number];
  const linked = <T extends Pick<Row, "client">>(row: T): T => ({
    ...row,
    client: { ...row.client, url: host.clientUrl(portal, row.client) },
  });
  const { details } = figures;
  const leads = details?.leads;
  return {
    ...figures,
    attention: figures.attention.map(linked),
    ...(details && leads?.kind === "scorecard"
      ? { details: { ...details, leads: { ...leads, rows: leads.rows.map(linked) } } }
      : {}),
  };
}
