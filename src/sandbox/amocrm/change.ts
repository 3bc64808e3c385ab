import type { Account } from "./account.ts";
import type { HookSink } from "./hook-payload.ts";
import { cardHook, deletedHook } from "./hook-payload.ts";
import {
  type Card,
  type EventValue,
  type FieldValue,
  type Lead,
  LOST,
  SINGULAR,
  WON,
} from "./model.ts";
import type { Settings } from "./options.ts";
import { seconds } from "./options.ts";

/** Who changes what: everything that moves rows, writes events and raises hooks goes through a scene. */
export interface Scene {
  readonly account: Account;
  readonly settings: Settings;
  readonly hooks: HookSink;
  /** 0 = robot. */
  readonly actor: number;
}

/** Fields are absent when they stay as they are. */
export interface CardPatch {
  name?: string;
  first_name?: string;
  last_name?: string;
  responsible_user_id?: number;
  created_by?: number;
  updated_by?: number;
  created_at?: number;
  updated_at?: number;
  priceMinor?: number;
  pipeline_id?: number;
  status_id?: number;
  loss_reason_id?: number | null;
  source_id?: number | null;
  closed_at?: number | null;
  /** null clears. */
  fields?: Map<number, readonly FieldValue[] | null>;
  /** Ids or names; a name that is new becomes a tag. */
  tagsReplaced?: readonly (number | string)[];
  tagsAdded?: readonly (number | string)[];
  tagsDeleted?: readonly (number | string)[];
}

export function eventEntity(card: Card): { type: string; id: number } {
  return { type: SINGULAR[card.type], id: card.id };
}

export function emit(
  scene: Scene,
  card: Card,
  action: string,
  extra: Readonly<Record<string, string>> = {},
): void {
  const singular = SINGULAR[card.type];
  const pairs = action === "delete" ? deletedHook(card) : cardHook(scene.account, card, extra);
  const key = card.type === "leads" ? "leads" : "contacts";
  scene.hooks.emit({ code: `${action}_${singular}`, key, action, pairs });
}

/** Applies a patch to a card; writes the events and raises the hooks that a person would cause. */
export function changeCard(scene: Scene, card: Card, patch: CardPatch): void {
  const before = snapshot(card);
  const at = seconds(scene.settings);
  scene.account.changeCard(card, (row) => {
    assignCommon(row, patch);
    if (row.type === "leads") assignLead(row, patch, at);
    applyTags(scene, row, patch);
    row.updated_by = patch.updated_by ?? scene.actor;
    row.updated_at = patch.updated_at ?? Math.max(at, row.updated_at);
  });
  recordChanges(scene, card, before, patch, at);
  raise(scene, card, before);
}

interface Snapshot {
  readonly name: string;
  readonly responsible: number;
  readonly price: number;
  readonly status: number;
  readonly pipeline: number;
  readonly tags: readonly number[];
  readonly fields: ReadonlyMap<number, readonly FieldValue[]>;
}

function snapshot(card: Card): Snapshot {
  const lead = card.type === "leads" ? card : null;
  return {
    name: card.name,
    responsible: card.responsible_user_id,
    price: lead?.priceMinor ?? 0,
    status: lead?.status_id ?? 0,
    pipeline: lead?.pipeline_id ?? 0,
    tags: [...card.tags],
    fields: new Map(card.fields ?? []),
  };
}

function assignCommon(row: Card, patch: CardPatch): void {
  if (patch.first_name !== undefined) row.first_name = patch.first_name;
  if (patch.last_name !== undefined) row.last_name = patch.last_name;
  if (patch.name !== undefined) row.name = patch.name;
  else if (patch.first_name !== undefined || patch.last_name !== undefined)
    row.name = `${row.first_name} ${row.last_name}`.trim();
  if (patch.responsible_user_id !== undefined) row.responsible_user_id = patch.responsible_user_id;
  if (patch.created_by !== undefined) row.created_by = patch.created_by;
  if (patch.created_at !== undefined) row.created_at = patch.created_at;
  for (const [id, values] of patch.fields ?? []) {
    row.fields ??= new Map();
    if (values === null || values.length === 0) row.fields.delete(id);
    else row.fields.set(id, values);
  }
}

function assignLead(row: Lead, patch: CardPatch, at: number): void {
  const wasClosed = isClosed(row.status_id);
  if (patch.priceMinor !== undefined) row.priceMinor = patch.priceMinor;
  if (patch.pipeline_id !== undefined) row.pipeline_id = patch.pipeline_id;
  if (patch.status_id !== undefined) row.status_id = patch.status_id;
  if (patch.source_id !== undefined) row.source_id = patch.source_id;
  if (patch.loss_reason_id !== undefined) row.loss_reason_id = patch.loss_reason_id;
  const closed = isClosed(row.status_id);
  if (closed && !wasClosed) row.closed_at = at;
  if (!closed) {
    row.closed_at = null;
    row.loss_reason_id = null;
  }
  if (closed && patch.closed_at !== undefined) row.closed_at = patch.closed_at;
}

export function isClosed(status: number): boolean {
  return status === WON || status === LOST;
}

function applyTags(scene: Scene, row: Card, patch: CardPatch): void {
  const ids = (refs: readonly (number | string)[]) =>
    refs.map((ref) => (typeof ref === "number" ? ref : scene.account.tagId(row.type, ref)));
  if (patch.tagsReplaced !== undefined) {
    row.tags = [...new Set(ids(patch.tagsReplaced))];
    return;
  }
  const gone = new Set(ids(patch.tagsDeleted ?? []));
  const kept = row.tags.filter((id) => !gone.has(id));
  row.tags = [...new Set([...kept, ...ids(patch.tagsAdded ?? [])])];
}

function recordChanges(
  scene: Scene,
  card: Card,
  before: Snapshot,
  patch: CardPatch,
  at: number,
): void {
  const by = patch.updated_by ?? scene.actor;
  const write = (type: string, old: readonly EventValue[], now: readonly EventValue[]) =>
    scene.account.record(type, eventEntity(card), by, at, old, now);
  if (card.type === "leads") recordLead(card, before, write);
  if (card.responsible_user_id !== before.responsible)
    write(
      "entity_responsible_changed",
      [{ responsible_user: { id: before.responsible } }],
      [{ responsible_user: { id: card.responsible_user_id } }],
    );
  if (card.name !== before.name)
    write(
      "name_field_changed",
      [{ name_field_value: { name: before.name } }],
      [{ name_field_value: { name: card.name } }],
    );
  recordTags(scene, card, before, write);
  for (const id of patch.fields?.keys() ?? []) recordField(scene, card, before, id, write);
}

type Write = (type: string, old: readonly EventValue[], now: readonly EventValue[]) => void;

function recordLead(card: Lead, before: Snapshot, write: Write): void {
  if (card.status_id !== before.status || card.pipeline_id !== before.pipeline)
    write(
      "lead_status_changed",
      [{ lead_status: { id: before.status, pipeline_id: before.pipeline } }],
      [{ lead_status: { id: card.status_id, pipeline_id: card.pipeline_id } }],
    );
  if (card.priceMinor !== before.price)
    write(
      "sale_field_changed",
      [{ sale_field_value: { sale: before.price / 100 } }],
      [{ sale_field_value: { sale: card.priceMinor / 100 } }],
    );
}

function recordTags(scene: Scene, card: Card, before: Snapshot, write: Write): void {
  const name = (id: number) => scene.account.tags[card.type].get(id)?.name ?? "";
  for (const id of card.tags)
    if (!before.tags.includes(id)) write("entity_tag_added", [], [{ tag: { name: name(id) } }]);
  for (const id of before.tags)
    if (!card.tags.includes(id)) write("entity_tag_deleted", [{ tag: { name: name(id) } }], []);
}

function recordField(scene: Scene, card: Card, before: Snapshot, id: number, write: Write): void {
  const old = before.fields.get(id);
  const now = card.fields?.get(id);
  if (JSON.stringify(old) === JSON.stringify(now)) return;
  const type = scene.account.fields.find((field) => field.id === id)?.type === "text" ? 1 : 8;
  const shape = (values: readonly FieldValue[] | undefined): EventValue[] =>
    (values ?? []).slice(0, 1).map((value) => ({
      custom_field_value: {
        field_id: id,
        field_type: type,
        enum_id: value.enum_id ?? null,
        text: String(value.value),
      },
    }));
  write(`custom_field_${id}_value_changed`, shape(old), shape(now));
}

function raise(scene: Scene, card: Card, before: Snapshot): void {
  let hasStatus = false;
  if (
    card.type === "leads" &&
    (card.status_id !== before.status || card.pipeline_id !== before.pipeline)
  ) {
    hasStatus = true;
    emit(scene, card, "status", {
      old_status_id: String(before.status),
      old_pipeline_id: String(before.pipeline),
    });
  }
  if (card.responsible_user_id !== before.responsible)
    emit(scene, card, "responsible", { old_responsible_user_id: String(before.responsible) });
  if (!hasStatus || scene.settings.statusAlsoUpdates) emit(scene, card, "update");
}
