import type { Delivery, Door, Hint } from "../../crm/door.ts";
import { type PortalKey, portalKey } from "../../crm/portal-key.ts";
import type { ScanEntity } from "../../crm/records.ts";
import { type FormPair, readForm } from "./form.ts";
import { type NoteParent, noteId, taskId } from "./mapping.ts";
import { PRODUCTS } from "./place.ts";

/** Bulk edits arrive as one call; the host's longest seen is far below. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;
const SECRET = /^[A-Za-z0-9_-]{16,128}$/;
const ID = /^[1-9]\d{0,15}$/;

/**
 * Hooks are unsigned and anybody could write one, so the address carries the portal's secret, the account must be the
 * portal's, and nothing but ids is taken: what changed is read from the host.
 */
export const eventsDoor: Door = {
  method: "POST",
  path: "/amocrm/events/:secret",
  maxBodyBytes: MAX_BODY_BYTES,
  async handle(call, desk) {
    const secret = call.params.secret ?? "";
    const delivery = SECRET.test(secret) ? readDelivery(call.body, secret) : null;
    if (delivery === null) return { kind: "error", code: "portal.unknown" };
    const outcome = await desk.receive(delivery);
    return outcome === "stored"
      ? { kind: "empty", status: 200 }
      : { kind: "error", code: "portal.unknown" };
  },
};

/**
 * What a body says, in our words; null when it does not even name an account. A body that cannot be read otherwise is
 * still a delivery: behind the right secret it is answered with success, because the host switches hooks off that fail,
 * and the portal looks for changes itself.
 */
export function readDelivery(body: string, secret: string): Delivery | null {
  const pairs = readForm(body);
  const accountId = pairs === null ? accountInText(body) : accountInPairs(pairs);
  if (accountId === null) return null;
  const candidates: readonly PortalKey[] = PRODUCTS.map((product) => portalKey(product, accountId));
  if (pairs === null) return { candidates, secret, hints: [], isUnreadable: true };
  return { candidates, secret, hints: readHints(pairs) };
}

function accountInPairs(pairs: readonly FormPair[]): string | null {
  const named = pairs.filter(
    ({ path }) => path.length === 2 && path[0] === "account" && path[1] === "id",
  );
  const [first] = named;
  const isOne = named.every((pair) => pair.value === first?.value);
  return first && isOne && ID.test(first.value) ? first.value : null;
}

function accountInText(body: string): string | null {
  return /(?:^|&)account(?:\[|%5B)id(?:\]|%5D)=([1-9]\d{0,15})(?:&|$)/i.exec(body)?.[1] ?? null;
}

/** One thing of a delivery: `leads[update][0]` with its fields. */
interface Item {
  readonly key: string;
  readonly action: string;
  readonly fields: Map<string, string>;
}

const FIELDS = new Set(["id", "type", "lead_id", "uid"]);
const NOTE_FIELDS = new Set(["id", "note_type", "element_type"]);

function readHints(pairs: readonly FormPair[]): readonly Hint[] {
  const items = new Map<string, Item>();
  for (const { path, value } of pairs) {
    const [key = "", action = "", index = "", name = "", inner = ""] = path;
    const isField = path.length === 4 && FIELDS.has(name);
    const isNoteField = path.length === 5 && name === "note" && NOTE_FIELDS.has(inner);
    const isAccepted = path.length === 6 && name === "accept_result" && inner === "leads";
    if (!isField && !isNoteField && !isAccepted) continue;
    const place = `${key} ${action} ${index}`;
    const item = items.get(place) ?? { key, action, fields: new Map<string, string>() };
    item.fields.set(isAccepted ? "lead_id" : isNoteField ? inner : name, value);
    items.set(place, item);
  }
  const hints = new Map<string, Hint>();
  for (const item of items.values()) {
    for (const hint of [toHint(item), incomingHint(item), customerHint(item)]) {
      if (hint) hints.set(`${hint.entity} ${hint.id} ${hint.isDeletion}`, hint);
    }
  }
  return [...hints.values()];
}

function toHint(item: Item): Hint | null {
  if (item.action === "note") return noteHint(item);
  const isDeletion = item.action === "delete";
  switch (item.key) {
    case "leads":
      return hint("deal", item.fields.get("id"), isDeletion);
    case "contacts":
      // Companies come under the same key.
      return hint(
        item.fields.get("type") === "company" ? "company" : "contact",
        item.fields.get("id"),
        isDeletion,
      );
    case "companies":
      return hint("company", item.fields.get("id"), isDeletion);
    case "task":
    case "tasks":
      return activityHint(item.fields.get("id"), taskId, isDeletion);
    case "unsorted":
      // An incoming lead that was accepted or declined: its lead is what changed.
      return hint("deal", item.fields.get("lead_id"), false);
    default:
      return null;
  }
}

const UID = /^[\w-]{8,128}$/;

/** The incoming lead itself: accepted and declined ones come as deletions. */
function incomingHint({ key, action, fields }: Item): Hint | null {
  const uid = fields.get("uid");
  if (key !== "unsorted" || uid === undefined || !UID.test(uid)) return null;
  return { entity: "lead", id: uid, isDeletion: action === "delete" };
}

/** Repeat purchases hang on customers, and their list is read by update time: it comes forward. */
function customerHint({ key }: Item): Hint | null {
  return key === "customers" ? { entity: "payment", id: "", isDeletion: false } : null;
}

/** Numeric note types of hooks: 4 comment, 5 file, 25 service line. Others may be a call or a mail. */
const SILENT_NOTES = new Set(["4", "5", "25"]);
const NOTE_PARENTS: Readonly<Record<string, NoteParent>> = {
  "1": "contact",
  "2": "lead",
  "3": "company",
};

function noteHint(item: Item): Hint | null {
  if (SILENT_NOTES.has(item.fields.get("note_type") ?? "")) return null;
  const parent = NOTE_PARENTS[item.fields.get("element_type") ?? ""] ?? parentOfKey(item.key);
  if (parent === null) return null;
  return activityHint(item.fields.get("id"), (id) => noteId(parent, id), false);
}

function parentOfKey(key: string): NoteParent | null {
  if (key === "leads") return "lead";
  if (key === "contacts") return "contact";
  return key === "companies" ? "company" : null;
}

function activityHint(
  id: string | undefined,
  name: (id: string) => string,
  isDeletion: boolean,
): Hint | null {
  return id !== undefined && ID.test(id) ? { entity: "activity", id: name(id), isDeletion } : null;
}

function hint(entity: ScanEntity, id: string | undefined, isDeletion: boolean): Hint | null {
  return id !== undefined && ID.test(id) ? { entity, id, isDeletion } : null;
}
