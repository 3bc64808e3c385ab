import { buildBase, buyersOf, type ClientBase, historyAt } from "../analytics/base.ts";
import { YEAR_DAYS } from "../analytics/kpi/figure.ts";
import { lifecycleOf } from "../analytics/lifecycle.ts";
import { scoreRfm, segmentOf } from "../analytics/rfm.ts";
import { type ClientView, rfmFactsOf } from "../analytics/segments/client-view.ts";
import { MIGRATION_DAYS, type Move } from "../analytics/segments/migration.ts";
import { GROUP_DAYS, recipesOf } from "../analytics/segments/recipes.ts";
import { makeRuleCounter } from "../analytics/segments/rule-evaluate.ts";
import {
  type Segmentation,
  type SegmentationInput,
  segmentationOf,
} from "../analytics/segments/segmentation.ts";
import { factsOfView } from "../analytics/segments/view-facts.ts";
import type {
  ClientHistory,
  Day,
  LifecycleState,
  PurchaseLog,
  RfmBoundaries,
  RfmSegmentCode,
  Snapshot,
} from "../analytics/types.ts";
import { xyzClass } from "../analytics/xyz.ts";
import type { SegmentationDocument } from "../crm/segmentation.ts";
import { LTV_PATH } from "./insight-data.ts";
import { buyersOfGroup, commonGroup } from "./product-facts.ts";
import type { SqlReader } from "./sql.ts";
import type { Zone } from "./zone.ts";

export interface CountedBase {
  readonly log: PurchaseLog;
  /** Everybody who has bought up to `today`. */
  readonly histories: readonly ClientHistory[];
  readonly today: Day;
  readonly zone: Zone;
  readonly snapshot: Snapshot;
}

/** Recipes of larger bases are counted one by one when somebody asks. */
const MOST_CLIENTS_FOR_RECIPES = 100_000;

/** Segments of the portal's base: names and stages as they are stored, everything else from purchases and the snapshot. */
export function countSegmentation(
  sql: SqlReader,
  base: CountedBase,
  thresholds: RfmBoundaries | null = null,
): SegmentationDocument {
  const clients = viewsOf(sql, base);
  const input: SegmentationInput = {
    log: base.log,
    clients,
    asOf: base.today,
    snapshot: base.snapshot,
    thresholds,
    leads: leadsOf(sql),
    recorded: recordedMoves(sql, base, clients),
  };
  const found = segmentationOf(input);
  return { ...found.document, recipes: recipesCounted(sql, found, input) };
}

/** Up to here segments are counted with every change, above once a snapshot and day. */
const MOST_CLIENTS_ALWAYS_FRESH = 50_000;

/** Segments and what they were counted from. */
export interface DatedSegmentation {
  readonly key: string;
  /** null = as before. */
  readonly document: SegmentationDocument | null;
}

/** `countSegmentation` that a large base pays for once a day, however often something changes. */
export function segmentationSince(
  sql: SqlReader,
  base: CountedBase,
  lastKey: string | null,
): DatedSegmentation {
  // The same night's snapshot is made again after a change of what a purchase is.
  const made = sql.get<{ at: number }>("select max(made_at) as at from snapshot")?.at;
  const key = `${base.snapshot.id}|${made}|${base.today}|${base.zone.name}`;
  const isLarge = base.histories.length > MOST_CLIENTS_ALWAYS_FRESH;
  return { key, document: isLarge && key === lastKey ? null : countSegmentation(sql, base) };
}

interface InsightRow {
  readonly client_key: string;
  readonly segment: RfmSegmentCode;
  readonly lifecycle: LifecycleState;
  readonly ltv: number | null;
}

function viewsOf(sql: SqlReader, { histories, today, snapshot }: CountedBase): ClientView[] {
  const stored = new Map<string, InsightRow>();
  const rows = sql.iterate<InsightRow>(
    `select client_key, segment, lifecycle, json_extract(data, '${LTV_PATH}') as ltv
     from insight`,
  );
  for (const row of rows) stored.set(row.client_key, row);
  return histories.map((history) => {
    const row = stored.get(history.id);
    const scores = () => scoreRfm(rfmFactsOf(history, today), snapshot.rfm);
    return {
      id: history.id,
      history,
      // Bought since the last rebuild: not stored yet.
      segment: row?.segment ?? segmentOf(scores()),
      lifecycle: row?.lifecycle ?? lifecycleOf(history.days, today, snapshot.lifecycle),
      xyz: xyzClass(history.days),
      expectedMinor: row?.ltv ?? null,
    };
  });
}

/** Somebody with a deal who has not bought. */
function leadsOf(sql: SqlReader): number {
  const row = sql.get<{ n: number }>(
    `select count(distinct client_key) as n from deal
     where client_key is not null and is_deleted = 0 and is_template = 0
       and not exists (select 1 from purchase p where p.client_key = deal.client_key)`,
  );
  return row?.n ?? 0;
}

function recipesCounted(
  sql: SqlReader,
  { document, clients: segments }: Segmentation,
  { clients, asOf, snapshot }: SegmentationInput,
): SegmentationDocument["recipes"] {
  if (clients.length > MOST_CLIENTS_FOR_RECIPES) return document.recipes;
  const year = { from: asOf - YEAR_DAYS + 1, to: asOf };
  const group = commonGroup(sql, year);
  const bought = group && buyersOfGroup(sql, group.id, { from: asOf - GROUP_DAYS + 1, to: asOf });
  const recipes = recipesOf(snapshot, group?.id ?? null).map((recipe) => ({
    ...recipe,
    counter: makeRuleCounter(recipe.rule.when),
  }));
  for (const [at, client] of clients.entries()) {
    const facts = factsOfView(client, asOf, snapshot, {
      abc: segments.abc[at] ?? null,
      template: segments.template[at] ?? null,
      valueTier: segments.valueTier[at] ?? null,
    });
    const groups = bought && (bought.get(client.id) ?? []);
    for (const { counter } of recipes) counter.add({ ...facts, groups });
  }
  return recipes.map(({ counter, needs, ...recipe }) => ({
    ...recipe,
    needs: group === null ? needs : null,
    ...(needs === "group" && group !== null ? { group } : {}),
    count: needs === null || group !== null ? counter.result() : null,
  }));
}

interface TransitionRow {
  readonly id: number;
  readonly client_key: string;
  readonly kind: "segment" | "lifecycle";
  readonly at: number;
  readonly before: string | null;
  readonly after: string | null;
  readonly cause: "behaviour" | "boundary";
}

type Ends = Move["segment"];

/**
 * The moves of the last month as they were logged, one a client and kind: from what it was to what it is. A client moved by
 * behaviour when any of its moves was. null while fewer days than that are on record.
 */
function recordedMoves(
  sql: SqlReader,
  base: CountedBase,
  clients: readonly ClientView[],
): SegmentationInput["recorded"] {
  const from = base.today - MIGRATION_DAYS;
  const first = sql.get<{ day: number | null }>("select min(as_of) as day from snapshot")?.day;
  if (typeof first !== "number" || first > from) return null;
  const logged = {
    segment: new Map<string, Ends>(),
    lifecycle: new Map<string, Ends>(),
  };
  // Newest first, so that older months are not read.
  const rows = sql.iterate<TransitionRow>("select * from transition order by id desc");
  const since = base.zone.startOf(from + 1);
  for (const row of rows) {
    if (row.at < since) break;
    if (row.kind !== "segment" && row.kind !== "lifecycle") continue;
    const later = logged[row.kind].get(row.client_key);
    logged[row.kind].set(row.client_key, {
      from: row.before,
      to: later === undefined ? row.after : later.to,
      cause: row.cause === "behaviour" || later?.cause === "behaviour" ? "behaviour" : "boundary",
    });
  }
  const then = buildBase(base.log, from);
  const was = new Map(Array.from(buyersOf(then), (at) => [then.clients[at] ?? "", at] as const));
  const moves = clients.map((client) => moveOf(client, then, was.get(client.id), logged));
  const now = new Set(clients.map(({ id }) => id));
  const gone = [...was].filter(([id]) => !now.has(id));
  return {
    from,
    moves: [
      ...moves,
      ...gone.map(([id, at]): Move => {
        const ends = (kind: "segment" | "lifecycle"): Ends => ({
          from: logged[kind].get(id)?.from ?? null,
          to: null,
          cause: "behaviour",
        });
        return {
          history: null,
          before: historyAt(then, at),
          expectedMinor: null,
          segment: ends("segment"),
          lifecycle: ends("lifecycle"),
        };
      }),
    ],
  };
}

function moveOf(
  client: ClientView,
  then: ClientBase,
  at: number | undefined,
  logged: Readonly<Record<"segment" | "lifecycle", ReadonlyMap<string, Ends>>>,
): Move {
  const ends = (kind: "segment" | "lifecycle"): Ends => {
    const to = client[kind];
    if (at === undefined) return { from: null, to, cause: "behaviour" };
    const found = logged[kind].get(client.id);
    return { from: found?.from ?? to, to, cause: found?.cause ?? "behaviour" };
  };
  return {
    history: client.history,
    before: at === undefined ? null : historyAt(then, at),
    expectedMinor: client.expectedMinor,
    segment: ends("segment"),
    lifecycle: ends("lifecycle"),
  };
}
