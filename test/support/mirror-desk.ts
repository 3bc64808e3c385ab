import { buildHistories } from "../../src/analytics/history.ts";
import { type KpiSet, kpiSet } from "../../src/analytics/kpi/all-kpis.ts";
import type { Kpi } from "../../src/analytics/types.ts";
import type { OverviewDocument } from "../../src/crm/overview.ts";
import type { MirrorRecord } from "../../src/crm/records.ts";
import { loadPurchaseLog } from "../../src/portal/base-facts.ts";
import type { VanishingEntity } from "../../src/portal/dirty.ts";
import { makeMirror } from "../../src/portal/mirror.ts";
import { makeOverview } from "../../src/portal/overview.ts";
import { readProgress } from "../../src/portal/progress.ts";
import type { PurchaseRow } from "../../src/portal/purchases.ts";
import type { Sql } from "../../src/portal/sql.ts";
import { DAY_MS, memorySql, type PortalSeed, seedPortal, seedScans } from "./actor-parts.ts";
import { makeVirtualClock } from "./virtual-clock.ts";
import { makeWriteHost } from "./write-host.ts";

/** A portal's mirror that takes a CRM's records and shows the figures made of them, without the network between. */
export interface MirrorDesk {
  readonly sql: Sql;
  /** Milliseconds of "now", noon UTC of the day the desk was opened on. */
  readonly now: number;
  put(...records: readonly MirrorRecord[]): void;
  bury(entity: VanishingEntity, ...ids: readonly string[]): void;
  purchase(dealId: string): PurchaseRow | undefined;
  overview(): OverviewDocument;
  kpi(code: string): Kpi | undefined;
  figures(): KpiSet;
}

export function makeMirrorDesk(seed: PortalSeed = { timeZone: "UTC" }): MirrorDesk {
  const sql = memorySql();
  const clock = makeVirtualClock();
  seedPortal(sql, seed);
  seedScans(sql, { isDone: true, at: clock.now() });
  const mirror = makeMirror(sql);
  const today = Math.floor(clock.now() / DAY_MS);
  let seq = 0;
  const figures = () => {
    const log = loadPurchaseLog(sql);
    return kpiSet({ log, histories: buildHistories(log, today), asOf: today, horizonDays: 90 });
  };
  return {
    sql,
    now: clock.now(),
    put(...records) {
      seq += 1;
      sql.transaction(() => mirror.apply(records, seq, clock.now()));
    },
    bury(entity, ...ids) {
      seq += 1;
      sql.transaction(() => mirror.bury(entity, ids, seq, clock.now()));
    },
    purchase: (dealId) => sql.get<PurchaseRow>("select * from purchase where id = ?", dealId),
    overview: () =>
      makeOverview({
        sql,
        host: makeWriteHost(clock).host,
        clock,
        progress: () => readProgress(sql, clock.now()),
      }).overview(),
    kpi: (code) => figures().kpis.find((kpi) => kpi.code === code),
    figures,
  };
}
