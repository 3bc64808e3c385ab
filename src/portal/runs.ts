import { AppError } from "../crm/error.ts";
import type { Host } from "../crm/host.ts";
import type { DryRunDocument, PlannedChange } from "../crm/overview.ts";
import type { Clock, Instant, Log, Random } from "../crm/ports.ts";
import { clientKey } from "../crm/records.ts";
import type { UndoDocument } from "../crm/writing.ts";
import { findPlaybook } from "../playbooks/catalogue.ts";
import { type Arm, assignArms } from "../playbooks/holdout.ts";
import type { Rule } from "../playbooks/rule.ts";
import { pickTaskLocale, tagLabels } from "../playbooks/texts.ts";
import { addAction, type NewAction, tasksUsed } from "./action-store.ts";
import { SNAPSHOT_IS_FINAL } from "./insight-schedule.ts";
import { moreChanges } from "./more-writes.ts";
import { findPlaybookOwner } from "./playbook-owner.ts";
import type { PortalPolicy } from "./portal-api.ts";
import { healthyState, type PortalRow, readCounter, readPortal } from "./portal-row.ts";
import { clientsInside } from "./run-facts.ts";
import { type Candidate, candidatesOf, changesOf, type PlanEnvironment } from "./run-plan.ts";
import {
  countArms,
  hasApprovedRun,
  type RunRow,
  readArms,
  readRun,
  recordArm,
  storeRun,
  toDocument,
} from "./run-store.ts";
import type { Sql } from "./sql.ts";
import { planUndo } from "./undo-plan.ts";
import { readChoice } from "./writing.ts";
import { makeZone } from "./zone.ts";

export interface RunsPorts {
  readonly sql: Sql;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly policy: Pick<PortalPolicy, "tasksPerPersonPerDay" | "firstBatchLimit" | "holdoutShare">;
}

export interface Runs {
  /** Writes nothing to the CRM. Throws AppError `portal.not_ready` (first sync), `input.invalid` (playbook). */
  dryRun(playbook: string, userId: string): DryRunDocument;
  run(runId: string): DryRunDocument | null;
  /**
   * Turns a draft into actions, once. A draft that is too old comes back as `expired` and nothing is written.
   * Throws AppError `portal.not_ready`, `input.invalid` (id).
   */
  approve(runId: string, userId: string): DryRunDocument;
  /** Plans an undo of everything that the run has written; asking twice plans nothing more. Throws `input.invalid`. */
  undo(runId: string): UndoDocument;
}

/** What was shown a day ago is no longer what would be done. */
const DRAFT_LIVES_MS = 24 * 3_600_000;
/** A run is one row of at most a megabyte. */
const MAX_CLIENTS = 500;
const LOAD_BATCH = 500;

/** Mark and task, then what else the administrator wants written. */
function allChangesOf(environment: PlanEnvironment, rule: Rule, one: Candidate): PlannedChange[] {
  const taskKind = readChoice(environment.sql).task;
  const changes = changesOf(environment, rule, one).map((change) =>
    change.kind === "task" && taskKind === "task" ? { ...change, taskKind } : change,
  );
  return [...changes, ...moreChanges(environment, rule.code, one, changes)];
}

export function makeRuns({ sql, host, clock, random, log, policy }: RunsPorts): Runs {
  return {
    dryRun(playbook, userId) {
      const rule = findPlaybook(playbook);
      if (!rule) throw new AppError("input.invalid", { details: { field: "playbook" } });
      const environment = planEnvironment(sql, host, clock.now());
      // An empty list would say that nobody is meant, where nobody has been scored yet.
      if (readCounter(sql, SNAPSHOT_IS_FINAL) === 0) throw new AppError("portal.not_ready");
      return sql.transaction(() => {
        const limit = hasApprovedRun(sql, rule.code)
          ? MAX_CLIENTS
          : Math.min(MAX_CLIENTS, policy.firstBatchLimit);
        const chosen = choose(sql, environment, rule, { limit, share: policy.holdoutShare });
        const changes = chosen.treated.flatMap((one) => allChangesOf(environment, rule, one));
        const document: DryRunDocument = {
          runId: newRunId(random),
          playbook: rule.code,
          madeAt: new Date(environment.now).toISOString(),
          state: "draft",
          changes,
          tasksPerPerson: tasksPerPerson(sql, environment, changes, policy.tasksPerPersonPerDay),
          holdout: chosen.holdout,
          skipped: [...chosen.skipped].map(([reason, count]) => ({ reason, count })),
          approvedBy: null,
          approvedAt: null,
        };
        storeRun(sql, { document, version: rule.version, madeBy: userId, now: environment.now });
        log.info("run.drafted", { playbook, changes: changes.length, holdout: chosen.holdout });
        return document;
      });
    },
    undo(runId) {
      const run = readRun(sql, runId);
      if (!run) throw new AppError("input.invalid", { details: { field: "id" } });
      return sql.transaction(() => planUndo(sql, runId, clock.now()));
    },
    run(runId) {
      const row = readRun(sql, runId);
      return row ? toDocument(expireIfOld(sql, row, clock.now())) : null;
    },
    approve(runId, userId) {
      const portal = readyPortal(sql);
      const now = clock.now();
      return sql.transaction(() => {
        const known = readRun(sql, runId);
        if (!known) throw new AppError("input.invalid", { details: { field: "id" } });
        const row = expireIfOld(sql, known, now);
        if (row.state !== "draft") return toDocument(row);
        const { changes } = toDocument(row);
        for (const change of changes) addAction(sql, toAction(change, row, portal), now);
        const approved = { approved_by: userId, approved_at: Math.round(now) };
        sql.run(
          "update run set state = 'approved', approved_by = ?, approved_at = ? where id = ?",
          approved.approved_by,
          approved.approved_at,
          runId,
        );
        log.info("run.approved", { playbook: row.playbook, changes: changes.length });
        return toDocument({ ...row, ...approved, state: "approved" });
      });
    },
  };
}

/** Throws AppError `portal.not_ready`: before everything has been read, "silent" may only mean "not read yet". */
function readyPortal(sql: Sql): PortalRow {
  const portal = readPortal(sql);
  if (!portal || healthyState(sql) !== "active") throw new AppError("portal.not_ready");
  return portal;
}

function planEnvironment(sql: Sql, host: Host, now: Instant): PlanEnvironment {
  const portal = readyPortal(sql);
  const zone = makeZone(portal.time_zone);
  return {
    sql,
    host,
    portal,
    zone,
    now,
    context: {
      locale: pickTaskLocale(portal.locale),
      currency: portal.currency,
      today: zone.dayOf(now),
      fallbackOwnerId: findPlaybookOwner(sql, portal),
    },
  };
}

interface Chosen {
  readonly treated: readonly Candidate[];
  readonly holdout: number;
  readonly skipped: Map<string, number>;
}

/** The clients with the most at stake, without those who are left alone to measure the effect. Records every arm. */
function choose(
  sql: Sql,
  environment: PlanEnvironment,
  rule: Rule,
  { limit, share }: { limit: number; share: number },
): Chosen {
  const inside = clientsInside(sql, rule).map(({ key }) => key);
  const skipped = new Map<string, number>();
  const treated: Candidate[] = [];
  let holdout = 0;
  const take = (candidates: readonly Candidate[]) => {
    const arms = armsOf(sql, environment, rule, candidates, share);
    for (const candidate of candidates) {
      const { key, stratum } = candidate.one;
      const arm = arms.get(key) ?? "treat";
      if (arm === "treat" && treated.length >= limit) continue;
      recordArm(sql, rule.code, { key, stratum, arm, now: environment.now });
      if (arm === "holdout") holdout += 1;
      else treated.push(candidate);
    }
  };
  for (let at = 0; at < inside.length && treated.length < limit; at += LOAD_BATCH) {
    const batch = inside.slice(at, at + LOAD_BATCH);
    let candidates = candidatesOf(environment, rule, batch, skipped);
    // Only as many get an arm as this list has room for: the rest is decided when its turn comes.
    while (candidates.length > 0 && treated.length < limit) {
      const room = Math.ceil((limit - treated.length) / Math.max(0.01, 1 - share));
      take(candidates.slice(0, room));
      candidates = candidates.slice(room);
    }
  }
  return { treated, holdout, skipped };
}

function armsOf(
  sql: Sql,
  { portal }: PlanEnvironment,
  rule: Rule,
  candidates: readonly Candidate[],
  share: number,
): Map<string, Arm> {
  const known = readArms(
    sql,
    rule.code,
    candidates.map(({ one }) => one.key),
  );
  const fresh = candidates.map(({ one }) => one).filter(({ key }) => !known.has(key));
  const salt = `${portal.key}|${rule.code}`;
  return new Map([...known, ...assignArms(fresh, countArms(sql, rule.code), share, salt)]);
}

function tasksPerPerson(
  sql: Sql,
  { zone, now }: PlanEnvironment,
  changes: readonly PlannedChange[],
  perDay: number,
): DryRunDocument["tasksPerPerson"] {
  const counts = new Map<string, number>();
  for (const { kind, responsibleId } of changes) {
    if (kind !== "task" || responsibleId === null) continue;
    counts.set(responsibleId, (counts.get(responsibleId) ?? 0) + 1);
  }
  return [...counts].map(([userId, count]) => {
    const free = Math.max(0, perDay - tasksUsed(sql, userId, zone.dayOf(now)));
    const today = Math.min(free, count);
    return { userId, today, waiting: count - today };
  });
}

function toAction(change: PlannedChange, row: RunRow, portal: PortalRow): NewAction {
  const client = { kind: change.client.kind, id: change.client.id };
  const common = {
    key: change.actionKey,
    runId: row.id,
    playbook: row.playbook,
    clientKey: clientKey(client),
    responsibleId: change.kind === "task" ? change.responsibleId : null,
    valueMinor: change.expectedMinor ?? 0,
  };
  if (change.kind === "mark") {
    const { before, after } = change;
    const labels = tagLabels(after, pickTaskLocale(portal.locale));
    return { ...common, kind: "mark", payload: { client, before, tags: after, labels } };
  }
  if (change.write !== undefined) {
    return { ...common, kind: change.kind, payload: JSON.parse(change.write) as object };
  }
  const { responsibleId, taskTitle, taskText, due, dealId = null } = change;
  if (responsibleId === null || taskTitle === null || due === null) throw new AppError("internal");
  const draft = { client, dealId, responsibleId, title: taskTitle, text: taskText ?? "" };
  return {
    ...common,
    kind: "task",
    payload: { ...draft, due: Date.parse(due), kind: change.taskKind ?? "call" },
  };
}

function expireIfOld(sql: Sql, row: RunRow, now: Instant): RunRow {
  if (row.state !== "draft" || now - row.made_at <= DRAFT_LIVES_MS) return row;
  sql.run("update run set state = 'expired' where id = ?", row.id);
  return { ...row, state: "expired" };
}

function newRunId(random: Random): string {
  const bytes = [...random.bytes(12)].map((byte) => byte.toString(16).padStart(2, "0"));
  return `run-${bytes.join("")}`;
}
