import { type DryRunDocument, dryRunDocument } from "../crm/overview.ts";
import type { Instant } from "../crm/ports.ts";
import type { Arm, ArmCount } from "../playbooks/holdout.ts";
import type { Sql, SqlReader } from "./sql.ts";

export interface RunRow {
  readonly id: string;
  readonly playbook: string;
  readonly version: number;
  readonly made_at: Instant;
  readonly state: "draft" | "approved" | "expired";
  readonly document: string;
  readonly made_by: string;
  readonly approved_by: string | null;
  readonly approved_at: Instant | null;
}

export function readRun(sql: SqlReader, id: string): RunRow | undefined {
  return sql.get<RunRow>("select * from run where id = ?", id);
}

/** The document with the run's present state. */
export function toDocument(row: RunRow): DryRunDocument {
  return {
    ...dryRunDocument.parse(JSON.parse(row.document)),
    state: row.state,
    approvedBy: row.approved_by,
    approvedAt: row.approved_at === null ? null : new Date(row.approved_at).toISOString(),
  };
}

export function storeRun(
  sql: Sql,
  run: { document: DryRunDocument; version: number; madeBy: string; now: Instant },
): void {
  const { document } = run;
  sql.run(
    `insert into run (id, playbook, version, made_at, state, document, made_by)
     values (?, ?, ?, ?, 'draft', ?, ?)`,
    document.runId,
    document.playbook,
    run.version,
    Math.round(run.now),
    JSON.stringify(document),
    run.madeBy,
  );
}

export function hasApprovedRun(sql: SqlReader, playbook: string): boolean {
  return (
    sql.get("select id from run where playbook = ? and state = 'approved' limit 1", playbook) !==
    undefined
  );
}

/** Arms that these clients already have. */
export function readArms(
  sql: SqlReader,
  playbook: string,
  keys: readonly string[],
): Map<string, Arm> {
  const rows = sql.all<{ client_key: string; arm: Arm }>(
    `select client_key, arm from assignment
     where playbook = ? and client_key in (select value from json_each(?))`,
    playbook,
    JSON.stringify(keys),
  );
  return new Map(rows.map((row) => [row.client_key, row.arm]));
}

export function countArms(sql: SqlReader, playbook: string): Map<string, ArmCount> {
  const rows = sql.all<{ stratum: string; clients: number; holdout: number }>(
    `select stratum, count(*) as clients, sum(arm = 'holdout') as holdout
     from assignment where playbook = ? group by stratum`,
    playbook,
  );
  return new Map(rows.map(({ stratum, clients, holdout }) => [stratum, { clients, holdout }]));
}

/** An arm is for good: who has one keeps it. */
export function recordArm(
  sql: Sql,
  playbook: string,
  one: { key: string; stratum: string; arm: Arm; now: Instant },
): void {
  sql.run(
    `insert into assignment (playbook, client_key, arm, stratum, at) values (?, ?, ?, ?, ?)
     on conflict (playbook, client_key) do nothing`,
    playbook,
    one.key,
    one.arm,
    one.stratum,
    Math.round(one.now),
  );
}
