import type { SqlReader } from "../portal/sql.ts";
import type { SandboxPortal } from "../sandbox/contract.ts";
import type { World } from "./world.ts";

export interface Violation {
  readonly invariant: string;
  readonly detail: string;
}

/** No event was answered before it was on disk: the counter shares the transaction with the rows. */
export function checkAccepted(world: World): Violation[] {
  const row = world.sql.get<{ value: number }>(
    "select value from counter where name = 'hooks.accepted'",
  );
  const stored = row?.value ?? 0;
  if (stored >= world.ledger.accepted) return [];
  return [
    {
      invariant: "no answer before the commit",
      detail: `${world.ledger.accepted} events answered, ${stored} stored`,
    },
  ];
}

/** One intended task is one task in the CRM, whatever happened to the connection. */
export function checkTasks(world: World): Violation[] {
  const copies = new Map<string, number>();
  for (const task of world.site.portal.tasks()) {
    const intent = `${task.entityId} ${task.title} ${task.text}`;
    copies.set(intent, (copies.get(intent) ?? 0) + 1);
  }
  const twice = [...copies.values()].filter((count) => count > 1).length;
  return twice === 0 ? [] : [{ invariant: "no task twice", detail: `${twice} tasks exist twice` }];
}

/** A one-time token is spent by one caller; the connection is lost only when an answer was. */
export function checkTokens(world: World): Violation[] {
  const { refreshesAtOnce, isRefreshLost } = world.ledger;
  if (refreshesAtOnce > 1) {
    return [{ invariant: "one refresh in flight", detail: `${refreshesAtOnce} at once` }];
  }
  const state = world.sql.get<{ state: string }>("select state from portal")?.state;
  if (state === "reconnect" && !isRefreshLost) {
    return [{ invariant: "no token is wasted", detail: "reconnect without a lost answer" }];
  }
  return [];
}

/** The CRM never had to block us. */
export function checkBans(world: World): Violation[] {
  const bans = world.site.portal
    .journal()
    .filter((entry) => entry.status === 403 && !entry.call.startsWith("hook"));
  return bans.length === 0 ? [] : [{ invariant: "no ban", detail: `${bans.length} calls refused` }];
}

/** A CRM and the database that mirrors it. */
export interface Mirrored {
  readonly site: { readonly portal: Pick<SandboxPortal, "truth"> };
  readonly sql: Pick<SqlReader, "all">;
}

/** After the faults stop and one repair cycle, the mirror is what the CRM has. */
export function checkMirror(world: Mirrored): Violation[] {
  const truth = world.site.portal.truth();
  const expected = truth.deals
    .map((deal) =>
      [
        deal.id,
        deal.pipelineId,
        deal.stageId,
        deal.outcome,
        deal.amountMinor ?? 0,
        deal.companyId ?? "",
        [...deal.contactIds].sort().join("+"),
      ].join(" "),
    )
    .sort();
  const mirrored = world.sql
    .all<{ line: string; contact_ids: string }>(
      `select id || ' ' || pipeline_id || ' ' || stage_id || ' ' || outcome || ' ' ||
              cast(coalesce(amount_minor, 0) as text) || ' ' || coalesce(company_id, '') as line, contact_ids
       from deal where is_deleted = 0`,
    )
    .map((row) => `${row.line} ${(JSON.parse(row.contact_ids) as string[]).sort().join("+")}`)
    .sort();
  const clients = truth.clients.map((client) => `${client.kind}:${client.id}`).sort();
  const known = world.sql
    .all<{ key: string }>("select key from client where is_deleted = 0")
    .map((row) => row.key)
    .sort();
  return [...difference("deal", expected, mirrored), ...difference("client", clients, known)];
}

function difference(what: string, expected: string[], actual: string[]): Violation[] {
  const have = new Set(actual);
  const want = new Set(expected);
  const missing = expected.filter((line) => !have.has(line));
  const extra = actual.filter((line) => !want.has(line));
  if (missing.length === 0 && extra.length === 0) return [];
  return [
    {
      invariant: "the mirror converges",
      detail: `${what}: ${missing.length} missing (${missing[0] ?? ""}), ${extra.length} extra (${extra[0] ?? ""})`,
    },
  ];
}
