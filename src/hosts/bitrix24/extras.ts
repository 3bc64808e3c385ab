import type { HostLink, Memo, PortalSetup } from "../../crm/host.ts";
import type { WriteKind } from "../../crm/host-writes.ts";
import type { ClientKind } from "../../crm/records.ts";
import type { Params } from "./api.ts";
import { type Command, callBatch, type Outcome, resultOf } from "./batch.ts";
import {
  fieldQuery,
  NEW_SCORE_FIELD,
  NEW_SEGMENT_FIELD,
  newStripField,
  SCORE_FIELD,
  SEGMENT_FIELD,
  STRIP_FIELD,
  STRIP_HEIGHT_PX,
  STRIP_TYPE,
} from "./client-field-setup.ts";
import { segmentMemo } from "./client-fields.ts";
import { badgeChanges } from "./flags.ts";
import { hasScope, offersMemo } from "./offers.ts";
import { ROBOT_LIST, robotChanges } from "./robot.ts";
import { findListField, readTagFields, toMemoText } from "./tag-field.ts";
import { triggerChanges } from "./triggers.ts";
import { isFields, toFields, toId, toList, toText } from "./values.ts";

/**
 * What the app registers beyond events, places and labels: segment and score fields, the strip, badges, triggers and the
 * robot. None of it is needed to read the CRM, so a portal that refuses one of them only lacks that kind of write.
 */

export interface Extras {
  readonly memo: Memo;
  readonly warnings: readonly string[];
}

const ROBOT_MEMO = "robot";
const KINDS: readonly ClientKind[] = ["company", "contact"];
const CARDS = ["company", "contact", "deal"] as const;

export async function prepareExtras(link: HostLink, setup: PortalSetup): Promise<Extras> {
  const found = await look(link, setup);
  const changes = wanted(setup, found, link.memo);
  const refused = await carryOut(link, changes);
  // Ids of what has just been made are in a second look only.
  const after = changes.length > 0 ? await look(link, setup) : found;
  const memo: Record<string, string> = found.has("robots") ? { [ROBOT_MEMO]: setup.publicUrl } : {};
  let hasFields = true;
  let isLost = false;
  for (const kind of KINDS) {
    const name = segmentMemo({ kind });
    const field = segmentOf(after, kind);
    if (field === null) hasFields = false;
    else memo[name] = toMemoText(field);
    if (link.memo[name] !== undefined && segmentOf(found, kind) === null) isLost = true;
  }
  const isReady = (read: string, change: string) => found.has(read) && !refused.has(change);
  const kinds: WriteKind[] = ["mark", "task", "note"];
  if (hasFields) kinds.push("fields");
  if (isReady("badges", "crm.activity.badge.add")) kinds.push("flag");
  if (isReady("triggers", "crm.automation.trigger.add")) kinds.push("automation");
  if (setup.scopes?.includes("im")) kinds.push("notice");
  return {
    memo: { ...memo, ...offersMemo(setup.scopes, kinds) },
    warnings: [...(hasFields ? [] : ["fields.no_rights"]), ...(isLost ? ["fields.recreated"] : [])],
  };
}

/** Methods of which a change was refused for good. */
async function carryOut(link: HostLink, changes: readonly Command[]): Promise<Set<string>> {
  const refused = new Set<string>();
  if (changes.length === 0) return refused;
  const { outcomes } = await callBatch(link, changes, { halt: false });
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind !== "ok" && !isThere(outcome)) refused.add(changes[index]?.method ?? "");
  }
  return refused;
}

/** What `prepare` tells when the label field that we knew is not there. */
export function isTagFieldLost(memo: Memo, kind: ClientKind, isFound: boolean): boolean {
  return !isFound && readTagFields(memo)[kind] !== null;
}

/** Answers of the reads that the portal allows, by our names for them. */
type Found = ReadonlyMap<string, unknown>;

async function look(link: HostLink, setup: PortalSetup): Promise<Found> {
  const reads: [string, Command][] = [
    ["app", { method: "app.info", params: {} }],
    ["types", { method: "userfieldtype.list", params: {} }],
    ["badges", { method: "crm.activity.badge.list", params: {} }],
    ["triggers", { method: "crm.automation.trigger.list", params: {} }],
    ...KINDS.map((kind) => fieldRead(kind, SEGMENT_FIELD)),
    ...KINDS.map((kind) => fieldRead(kind, SCORE_FIELD)),
    ...CARDS.map((card) => fieldRead(card, STRIP_FIELD)),
  ];
  if (mayAutomate(link, setup)) reads.push(["robots", ROBOT_LIST]);
  const commands = reads.map(([, command]) => command);
  const { outcomes } = await callBatch(link, commands, { halt: false });
  return new Map(
    reads.flatMap(([name], index) =>
      outcomes[index]?.kind === "ok" ? [[name, resultOf(outcomes[index])]] : [],
    ),
  );
}

function mayAutomate(link: HostLink, { scopes }: PortalSetup): boolean {
  return scopes === undefined ? hasScope(link.memo, "bizproc") : scopes.includes("bizproc");
}

function fieldRead(card: string, name: string): [string, Command] {
  return [`${card} ${name}`, { method: `crm.${card}.userfield.list`, params: fieldQuery(name) }];
}

function segmentOf(found: Found, kind: ClientKind) {
  const field = findListField(found.get(`${kind} ${SEGMENT_FIELD}`), SEGMENT_FIELD, "N");
  return field === "foreign" ? null : field;
}

function wanted(setup: PortalSetup, found: Found, memo: Memo): Command[] {
  const lacks = (card: string, name: string): boolean => {
    const rows = found.get(`${card} ${name}`);
    return (
      rows !== undefined &&
      !toList(rows)
        .filter(isFields)
        .some((row) => isNamed(row, name))
    );
  };
  const add = (card: string, params: Params): Command => ({
    method: `crm.${card}.userfield.add`,
    params,
  });
  const fields = KINDS.flatMap((kind) => [
    ...(lacks(kind, SEGMENT_FIELD) ? [add(kind, NEW_SEGMENT_FIELD)] : []),
    ...(lacks(kind, SCORE_FIELD) ? [add(kind, NEW_SCORE_FIELD)] : []),
  ]);
  const appId = toId(toFields(found.get("app")).ID);
  const strips =
    appId === null || !found.has("types")
      ? []
      : CARDS.filter((card) => lacks(card, STRIP_FIELD)).map((card) =>
          add(card, newStripField(appId)),
        );
  return [
    ...fields,
    ...(found.has("types") ? typeChanges(setup, found.get("types")) : []),
    ...strips,
    ...(found.has("badges") ? badgeChanges(setup.locale, found.get("badges")) : []),
    ...(found.has("triggers") ? triggerChanges(setup.locale, found.get("triggers")) : []),
    ...(found.has("robots") ? robotChanges(setup, found.get("robots"), memo[ROBOT_MEMO]) : []),
  ];
}

function isNamed(row: Readonly<Record<string, unknown>>, name: string): boolean {
  return toText(row.FIELD_NAME)?.toUpperCase() === name;
}

/** Our field type: added once, brought to our address when it was another. */
function typeChanges(setup: PortalSetup, listed: unknown): readonly Command[] {
  const handler = `${setup.publicUrl}/bitrix24/card`;
  const known = toList(listed)
    .filter(isFields)
    .find((row) => toText(row.USER_TYPE_ID) === STRIP_TYPE);
  if (known && toText(known.HANDLER) === handler) return [];
  const params = {
    USER_TYPE_ID: STRIP_TYPE,
    HANDLER: handler,
    TITLE: setup.locale === "ru" ? "Пульс клиента" : "Client Pulse",
    DESCRIPTION:
      setup.locale === "ru" ? "Здоровье клиента в карточке" : "Health of the client in the card",
    OPTIONS: { height: STRIP_HEIGHT_PX },
  };
  return [{ method: known ? "userfieldtype.update" : "userfieldtype.add", params }];
}

function isThere(outcome: Outcome): boolean {
  if (outcome.kind !== "failed") return false;
  const name = outcome.failure.details.hostError;
  return name === "error_core" || name === "error_activity_already_installed";
}
