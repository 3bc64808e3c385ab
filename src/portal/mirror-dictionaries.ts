import type { Instant } from "../crm/ports.ts";
import type { LabelRecord, PipelineRecord, RateRecord, UserRecord } from "../crm/records.ts";
import { putRow } from "./mirror-rows.ts";
import { planPurchases } from "./rebuild-purchases.ts";
import type { Sql } from "./sql.ts";

/** Short lists of a host: what its ids are called and what its currencies cost. */

export function applyPipelines(sql: Sql, records: readonly PipelineRecord[]): void {
  for (const { id, name, sort, stages } of records) {
    putRow(sql, "pipeline", "id", { id, name, sort });
    sql.run("delete from stage where pipeline_id = ?", id);
    for (const stage of stages) {
      sql.run(
        "insert into stage (pipeline_id, id, name, sort, outcome) values (?, ?, ?, ?, ?)",
        id,
        stage.id,
        stage.name,
        stage.sort,
        stage.outcome,
      );
    }
  }
}

export function applyUsers(sql: Sql, records: readonly UserRecord[]): void {
  for (const { id, isActive, groupId } of records) {
    putRow(sql, "user", "id", { id, is_active: Number(isActive), group_id: groupId });
  }
}

export function applyLabels(sql: Sql, records: readonly LabelRecord[]): void {
  for (const { dictionary, id, name, parentId } of records) {
    sql.run(
      `insert into label (dictionary, id, name, parent_id) values (?, ?, ?, ?)
       on conflict (dictionary, id) do update set name = excluded.name, parent_id = excluded.parent_id`,
      dictionary,
      id,
      name,
      parentId,
    );
  }
}

/** The first answer of a day is the day's rate: what has been counted with it stays true. */
export function applyRates(
  sql: Sql,
  records: readonly RateRecord[],
  today: { readonly day: number; readonly currency: string },
  now: Instant,
): void {
  const fresh = records.filter(
    ({ perUnit, currency }) =>
      perUnit > 0 && Number.isFinite(perUnit) && currency !== today.currency,
  );
  const news = fresh.filter(({ currency }) => isAwaited(sql, currency, today.currency));
  for (const { currency, perUnit } of fresh) {
    sql.run(
      `insert into rate (currency, day, per_unit, base_currency) values (?, ?, ?, ?)
       on conflict (currency, base_currency, day) do nothing`,
      currency,
      today.day,
      perUnit,
      today.currency,
    );
  }
  if (news.length > 0) planPurchases(sql, now);
}

/** The first rate of a currency in which there are purchases already. */
function isAwaited(sql: Sql, currency: string, base: string): boolean {
  const known = sql.get(
    "select 1 as one from rate where currency = ? and base_currency = ? limit 1",
    currency,
    base,
  );
  if (known) return false;
  return (
    sql.get(
      "select 1 as one from purchase where currency = ? and base_minor is null limit 1",
      currency,
    ) !== undefined
  );
}
