import type { SqlReader } from "./sql.ts";

const WORKING_DAYS = 5;

/**
 * What the team can call in a working week: active users who answer for a client with purchases, times the tasks that one
 * person may get a day. null = nobody is known to answer for one.
 */
export function countWeeklyCalls(sql: SqlReader, tasksPerPersonPerDay: number): number | null {
  const people =
    sql.get<{ n: number }>(
      `select count(distinct c.responsible_id) as n from client c
       join user u on u.id = c.responsible_id and u.is_active = 1
       where c.is_deleted = 0 and c.key in (select client_key from purchase)`,
    )?.n ?? 0;
  return people === 0 ? null : people * tasksPerPersonPerDay * WORKING_DAYS;
}
