import { z } from "zod";
import type { Day, Insight } from "../analytics/types.ts";
import type { Instant } from "../crm/ports.ts";
import { matches } from "../playbooks/evaluate.ts";
import type { ClientFacts, Rule } from "../playbooks/rule.ts";
import { parseClientKey } from "./action-store.ts";
import { conditionKind } from "./insight-batch.ts";
import { parseInsight, STORED_INSIGHT, type StoredInsight } from "./insight-data.ts";
import { openTasks } from "./open-tasks.ts";
import type { SqlReader } from "./sql.ts";
import type { Zone } from "./zone.ts";

/** Who is inside a condition now, most at stake first. */
export interface Inside {
  readonly key: string;
  readonly stakeMinor: number;
}

interface InsideRow {
  readonly client_key: string;
  readonly lifecycle: string;
  readonly segment: string;
  readonly band: string | null;
  readonly stake_minor: number;
}

export function clientsInside(sql: SqlReader, rule: Rule): Inside[] {
  const inside: Inside[] = [];
  const rows = sql.iterate<InsideRow>(
    `select client_key, lifecycle, segment, band, stake_minor from insight
     order by stake_minor desc, total_minor desc, client_key`,
  );
  for (const row of rows) {
    if (matches(rule, row)) inside.push({ key: row.client_key, stakeMinor: row.stake_minor });
  }
  return inside;
}

/** One client as the playbooks see it, and what is needed to write it down. */
export interface RunFacts {
  readonly key: string;
  readonly facts: ClientFacts;
  readonly dealId: string | null;
  /** Number of the client's entry into the condition, from 1. */
  readonly occurrence: number;
  /** Value class; clients are balanced within it. */
  readonly stratum: string;
  readonly stakeMinor: number;
}

interface FactRow extends StoredInsight {
  readonly stake_minor: number;
  readonly our_tags: string | null;
  readonly responsible_id: string | null;
  readonly is_active: number | null;
  readonly deal_id: string | null;
  readonly exits: number;
  readonly last_task_at: Instant | null;
}

const INSIGHT = STORED_INSIGHT.replaceAll(/\w+/g, (column) => `i.${column}`);

const tagList = z.array(z.string());

/** Facts of these clients in their order. Clients that are gone, merged or our own companies are left out. */
export function loadRunFacts(
  sql: SqlReader,
  rule: Rule,
  keys: readonly string[],
  { zone, now }: { zone: Zone; now: Instant },
): RunFacts[] {
  const open = new Set(openTasks(sql, keys, now).map((task) => task.client_key));
  const rows = sql.all<FactRow>(
    `select ${INSIGHT}, i.stake_minor, c.our_tags,
       coalesce(d.responsible_id, c.responsible_id) as responsible_id, u.is_active, d.id as deal_id,
       (select count(*) from transition t where t.client_key = i.client_key and t.kind = ? and t.before = 'in')
         as exits,
       (select max(a.created_at) from action a where a.client_key = i.client_key and a.kind = 'task'
         and a.state not in ('failed', 'cancelled')) as last_task_at
     from json_each(?) wanted
     join insight i on i.client_key = wanted.value
     left join client c on c.key = i.client_key
     left join deal d on d.id = (
       select o.id from deal o where o.client_key = i.client_key and o.outcome = 'open'
         and o.is_deleted = 0 and o.is_template = 0 order by o.created_at desc, o.id desc limit 1)
     left join user u on u.id = coalesce(d.responsible_id, c.responsible_id)
     where coalesce(c.is_deleted, 0) = 0 and coalesce(c.is_own, 0) = 0 and c.merged_into is null
     order by wanted.key`,
    conditionKind(rule.code),
    JSON.stringify(keys),
  );
  return rows.flatMap((row) => {
    const insight = parseInsight(row);
    return insight ? [toRunFacts(row, insight, open.has(row.client_key), zone)] : [];
  });
}

function toRunFacts(row: FactRow, insight: Insight, hasOpenTask: boolean, zone: Zone): RunFacts {
  const lastTaskDay: Day | null = row.last_task_at === null ? null : zone.dayOf(row.last_task_at);
  return {
    key: row.client_key,
    facts: {
      client: parseClientKey(row.client_key),
      insight,
      ourTags: tagList.parse(JSON.parse(row.our_tags ?? "[]")),
      responsibleId: row.responsible_id,
      // Somebody whom the portal has not listed may still be active: only a known "no" counts.
      isResponsibleActive: row.responsible_id !== null && row.is_active !== 0,
      hasOpenTask,
      isSnoozed: false,
      lastTaskDay,
    },
    dealId: row.deal_id,
    occurrence: row.exits + 1,
    stratum: insight.abc ?? "none",
    stakeMinor: row.stake_minor,
  };
}
