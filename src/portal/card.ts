import { dayText } from "../analytics/calendar.ts";
import type { Day, Snapshot } from "../analytics/types.ts";
import { CARD_STATES, type CardDocument, type CardLook, type CardState } from "../crm/card.ts";
import { AppError } from "../crm/error.ts";
import type { CardEntity } from "../crm/host.ts";
import type { SyncProgress } from "../crm/overview.ts";
import type { Clock, Instant } from "../crm/ports.ts";
import { addBusinessDays } from "../playbooks/business-days.ts";
import { CATALOGUE } from "../playbooks/catalogue.ts";
import { matches, stateOfInsight } from "../playbooks/evaluate.ts";
import { parseClientKey, readTaskPayload } from "./action-store.ts";
import { type MonthChange, makeMonthChange } from "./card-change.ts";
import { type CardClient, chooseClient, findCardClient } from "./card-client.ts";
import { detailOf } from "./card-detail.ts";
import { type InsightRow, isHoldout, readInsight, sumPurchases } from "./card-facts.ts";
import {
  type CardRoom,
  type ClientPart,
  contactOf,
  judgementOf,
  notesOf,
  sparkOf,
} from "./card-parts.ts";
import { dataAsOf, isStale } from "./data-age.ts";
import { openTasks } from "./open-tasks.ts";
import { healthyState, readPortal } from "./portal-row.ts";
import { STATE_RULES } from "./portal-state.ts";
import { isSettled } from "./settled.ts";
import { latestSnapshot, readSnapshot } from "./snapshot-store.ts";
import type { SqlReader } from "./sql.ts";
import { makeZone, type Zone } from "./zone.ts";

export interface CardsPorts {
  readonly sql: SqlReader;
  readonly clock: Pick<Clock, "now">;
  /** The first sync, for the card while it runs. */
  readonly progress: () => SyncProgress;
  /** Address of a deal for a person. */
  readonly dealUrl: (dealId: string) => string;
}

interface CardViewer {
  readonly canRead: boolean;
  readonly isAdmin: boolean;
  /** The host answers nobody until somebody pays, so it could not be asked whether the viewer may read. */
  readonly isUnpaid?: boolean;
}

export interface Cards {
  /**
   * Everything was computed ahead. Throws AppError `portal.unknown` before the installation, `auth.refused` for a client that
   * the record does not have.
   */
  card(entity: CardEntity, id: string, viewer: CardViewer, look?: CardLook): CardDocument;
}

/** A refund is news for so long. */
const REFUND_DAYS = 60;
const FORMULA = "health-1";

export function makeCards({ sql, clock, progress, dealUrl }: CardsPorts): Cards {
  const makers: Makers = { snapshots: makeSnapshotCache(sql), changeOf: makeMonthChange() };
  let zone: Zone = makeZone("UTC");
  return {
    card(entity, id, viewer, look = {}) {
      const portal = readPortal(sql);
      if (!portal) throw new AppError("portal.unknown");
      if (zone.name !== portal.time_zone) zone = makeZone(portal.time_zone);
      const now = clock.now();
      const room: CardRoom = { sql, portal, zone, now, today: zone.dayOf(now) };
      const isInstalling = healthyState(sql) !== "active";
      const about: CardState[] = [
        ...(portal.state === "payment_required" ? (["licence_ended"] as const) : []),
        ...(isInstalling ? (["installing"] as const) : []),
        // Where we may not call, nothing becomes newer until a person acts.
        ...(isStale(sql, now) || !STATE_RULES[portal.state].mayCall ? (["stale"] as const) : []),
      ];
      const shown = viewer.canRead
        ? clientPart(room, chooseClient(findCardClient(sql, entity, id), look.client), makers)
        : hiddenPart(viewer);
      const { flags, ...rest } = shown;
      const ordered = inOrder([...about, ...flags]);
      return {
        version: 1,
        asOf: new Date(Math.round(now)).toISOString(),
        formula: FORMULA,
        ...rest,
        dataAsOf: isoOf(dataAsOf(sql)),
        state: ordered[0] ?? "ok",
        flags: ordered,
        snooze: null,
        ...(isInstalling ? { progress: progressOf(progress()) } : {}),
        ...(look.isFull && shown.segment && shown.client
          ? { detail: detailOf(room, shown.client.key, dealUrl) }
          : {}),
      };
    },
  };
}

/** What is prepared once for many cards. */
interface Makers {
  readonly snapshots: (id: string | null) => Snapshot | null;
  readonly changeOf: MonthChange;
}

const NOTHING: Omit<ClientPart, "flags"> = {
  snapshot: null,
  client: null,
  alternatives: [],
  tier: 0,
  holdout: false,
  health: null,
  reason: null,
  action: null,
  segment: null,
  worth: null,
  forecast: null,
  spark: [],
  history: { lastPurchaseAt: null, lastContact: null },
  notes: [],
};

/** The client has bought, and the work that will judge them is under way: "no purchase yet" would be untrue. */
function awaitsScore(sql: SqlReader, key: string, today: Day): boolean {
  const bought = sql.get(
    "select 1 from purchase where client_key = ? and day <= ? and coalesce(amount_minor, 0) >= 0 limit 1",
    key,
    today,
  );
  return bought !== undefined && !isSettled(sql);
}

function clientPart(
  room: CardRoom,
  found: CardClient,
  { snapshots, changeOf }: Makers,
): ClientPart {
  const { sql, today } = room;
  const about: CardState[] = [
    ...(found.alternatives.length > 0 ? (["ambiguous_client"] as const) : []),
    ...(found.isMerged ? (["merged"] as const) : []),
  ];
  if (found.key === null) return { ...NOTHING, flags: [...about, "no_purchase"] };
  const { key } = found;
  const row = readInsight(sql, key);
  const snapshot = snapshots(row?.snapshotId ?? null);
  const sums = sumPurchases(sql, key, today);
  const hasRefund = sums.lastRefundDay !== null && today - sums.lastRefundDay <= REFUND_DAYS;
  const refund: CardState[] = hasRefund ? ["refund"] : [];
  const common = {
    ...NOTHING,
    tier: snapshot?.tier ?? 0,
    client: { ...parseClientKey(key), key },
    alternatives: found.alternatives.map((one) => ({ ...parseClientKey(one), key: one })),
    history: { lastPurchaseAt: null, lastContact: contactOf(room, key) },
  };
  if (!row) {
    const state: CardState = awaitsScore(sql, key, today) ? "installing" : "no_purchase";
    return { ...common, flags: [...about, state, ...refund] };
  }
  const { insight } = row;
  const holdout = isHoldout(sql, key);
  return {
    ...common,
    asOf: new Date(row.computedAt).toISOString(),
    snapshot: row.snapshotId,
    tier: insight.tier,
    holdout,
    ...judgementOf(room, key, row, { snapshot, changeOf }),
    action: actionOf(room, key, row, holdout),
    spark: sparkOf(sums, today),
    history: { ...common.history, lastPurchaseAt: dayText(insight.lastDay) },
    notes: notesOf(row, sums, snapshot),
    flags: [
      ...about,
      ...refund,
      ...(insight.tier === 0 ? (["too_little_data"] as const) : []),
      ...(holdout ? (["holdout"] as const) : []),
      ...(insight.lifecycle === "returned" ? (["returned"] as const) : []),
      ...(insight.purchaseDays === 1 ? (["one_purchase"] as const) : []),
    ],
  };
}

/** The task that is open; else what the first fitting playbook would do; nothing for the holdout. */
function actionOf(
  { sql, zone, now, today }: CardRoom,
  key: string,
  { insight }: InsightRow,
  holdout: boolean,
): CardDocument["action"] {
  const none = { kind: "none", playbook: null, due: null, openTaskId: null } as const;
  const open = openTasks(sql, [key], now).find((task) => task.host_id !== null);
  if (open) {
    const due = dayText(zone.dayOf(readTaskPayload(open).due));
    return { kind: "task", playbook: open.playbook, due, openTaskId: open.host_id };
  }
  if (holdout) return none;
  const fitting = CATALOGUE.find((rule) => matches(rule, stateOfInsight(insight)));
  const task = fitting?.actions.find((action) => action.kind === "task");
  if (!fitting || task?.kind !== "task") return none;
  const due = dayText(addBusinessDays(today, task.dueBusinessDays));
  return { kind: "task", playbook: fitting.code, due, openTaskId: null };
}

/** Nothing of the record, and why. */
function hiddenPart({ isUnpaid = false }: CardViewer) {
  return { ...NOTHING, flags: [isUnpaid ? "licence_ended" : "no_permission"] as CardState[] };
}

function inOrder(flags: readonly CardState[]): CardState[] {
  const held = CARD_STATES.filter((state) => flags.includes(state));
  return held.length > 0 ? held : ["ok"];
}

function progressOf(sync: SyncProgress): NonNullable<CardDocument["progress"]> {
  const { entities, recordsPerSecond, secondsLeft } = sync;
  const isKnown = entities.length > 0 && entities.every(({ total }) => total !== null);
  return {
    done: entities.reduce((sum, one) => sum + one.done, 0),
    total: isKnown ? entities.reduce((sum, one) => sum + (one.total ?? 0), 0) : null,
    perSecond: recordsPerSecond,
    secondsLeft,
  };
}

function isoOf(at: Instant | null): string | null {
  return at === null ? null : new Date(Math.round(at)).toISOString();
}

/** Snapshots never change; the present one is asked for with every card. */
function makeSnapshotCache(sql: SqlReader): (id: string | null) => Snapshot | null {
  let known: Snapshot | null = null;
  return (id) => {
    if (id === null) return latestSnapshot(sql);
    if (known?.id !== id) known = readSnapshot(sql, id);
    return known;
  };
}
