import type { ClientState } from "../playbooks/rule.ts";
import { type Scope, within } from "./client-scope.ts";
import type { InsightBatch } from "./insight-batch.ts";
import { addToCounter } from "./portal-row.ts";
import type { Sql, SqlReader, SqlValue } from "./sql.ts";

interface StateRow extends ClientState {
  readonly client_key: string;
}

/** What is stored of these clients; one without an insight is absent. */
export function storedStates(sql: SqlReader, keys: readonly string[]): Map<string, ClientState> {
  const rows = sql.all<StateRow>(
    `select client_key, segment, lifecycle, band from insight
     where client_key in (select value from json_each(?))`,
    JSON.stringify(keys),
  );
  return new Map(rows.map((row) => [row.client_key, row]));
}

/** What is stored of the clients of a scope. */
export function allStoredStates(sql: SqlReader, scope: Scope): StateRow[] {
  const wanted = within("client_key", scope);
  return sql.all<StateRow>(
    `select client_key, segment, lifecycle, band from insight where ${wanted.sql}`,
    ...wanted.args,
  );
}

/** Counts every stored batch: what is made from insights is as new as this number. */
export const INSIGHT_CHANGES = "insight_changes";

const INSIGHT_COLUMNS = [
  "client_key",
  "snapshot_id",
  "as_of",
  "data",
  "score",
  "band",
  "segment",
  "lifecycle",
  "p_churn",
  "purchases",
  "total_minor",
  "stake_minor",
  "last_day",
  "computed_at",
] as const;

/** Several rows a statement: the port takes at most a hundred arguments. */
const INSIGHTS_A_STATEMENT = 7;
const SCORES_A_STATEMENT = 33;

const putInsights = (rows: number) =>
  `insert into insight (${INSIGHT_COLUMNS.join(", ")}) values ${tuples(rows, INSIGHT_COLUMNS.length)}
   on conflict (client_key) do update set
     ${INSIGHT_COLUMNS.slice(1)
       .map((name) => `${name} = excluded.${name}`)
       .join(", ")}`;
const putWeeklyScores = (rows: number) =>
  `insert into weekly_score (client_key, week, score) values ${tuples(rows, 3)} on conflict do nothing`;

function tuples(rows: number, width: number): string {
  const one = `(${Array.from({ length: width }, () => "?").join(", ")})`;
  return Array.from({ length: rows }, () => one).join(", ");
}

/** Full statements, then a shorter one for the rest. */
function insertAll(
  sql: Sql,
  rows: readonly (readonly SqlValue[])[],
  most: number,
  statement: (rows: number) => string,
): void {
  const full = statement(most);
  for (let at = 0; at < rows.length; at += most) {
    const some = rows.slice(at, at + most);
    sql.run(some.length === most ? full : statement(some.length), ...some.flat());
  }
}

const PUT_TRANSITION =
  "insert into transition (client_key, at, kind, before, after, cause) values (?, ?, ?, ?, ?, ?)";
/** Stores a batch in one transaction; one score a week is kept where `keepsWeeklyScore` says so. */
export function storeBatch(
  sql: Sql,
  { rows, transitions, gone, scores }: InsightBatch,
  keepsWeeklyScore: boolean,
): void {
  if (rows.length + gone.length === 0) return;
  sql.transaction(() => {
    for (const row of transitions) sql.run(PUT_TRANSITION, ...row);
    insertAll(sql, rows, INSIGHTS_A_STATEMENT, putInsights);
    if (keepsWeeklyScore) insertAll(sql, scores, SCORES_A_STATEMENT, putWeeklyScores);
    for (const key of gone) sql.run("delete from insight where client_key = ?", key);
    addToCounter(sql, INSIGHT_CHANGES, 1);
    // What a power cut takes is made again: the rebuild's mark is taken away last, and not lazily.
  }, "lazy");
}
