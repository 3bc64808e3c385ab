import type { Instant } from "../crm/ports.ts";
import { MIGRATIONS } from "./migrations.ts";
import { readCounter, setState } from "./portal-row.ts";
import type { Sql } from "./sql.ts";

/** Empties every table; what stays is the key, so that a reinstallation is recognised, and the sequence. */
export function purge(sql: Sql, now: Instant): void {
  const tables = sql
    .all<{ name: string }>("select name from sqlite_master where type = 'table'")
    .map(({ name }) => name)
    .filter((name) => ownTables().has(name));
  sql.transaction(() => {
    const seq = readCounter(sql, "seq");
    for (const table of tables) if (table !== "portal") sql.run(`delete from ${table}`);
    sql.run("insert into counter (name, value) values ('seq', ?)", seq);
    sql.run(
      `update portal set memo = '{}', warnings = '[]', hook_secret_hash = '', hook_secret_sealed = '',
         installer_id = '', scopes = '[]', prepared_at = null, is_finished = 0, client_rule = 'company_first'`,
    );
    setState(sql, "purged", null, now);
  });
}

/** Names from our own schema: the engines keep tables of theirs beside them. */
function ownTables(): Set<string> {
  const names = MIGRATIONS.flatMap((step) => step.statements).flatMap((statement) => {
    const name = /^\s*create table (?:if not exists )?(\w+)/.exec(statement)?.[1];
    return name ? [name] : [];
  });
  return new Set(names);
}
