import type { CardEntity } from "../../crm/host.ts";
import { isFields, parseJson, toFields, toId, toNumber, toText } from "./values.ts";

export interface Place {
  readonly entity: CardEntity;
  readonly id: string;
}

const BY_TYPE: Readonly<Record<number, CardEntity>> = { 2: "deal", 3: "contact", 4: "company" };

/**
 * The record that a card placement belongs to: the kind is only in the placement's code, the id in its options. A field
 * of our own type (USERFIELD_TYPE) names both in ENTITY_DATA. null when there is none: options come as "", "undefined",
 * `[]` or are absent, and a new record has the id 0.
 */
export function readPlace(code: string | null, options: unknown): Place | null {
  const fields = toFields(typeof options === "string" ? parseJson(options) : options);
  if (code === "USERFIELD_TYPE") return fromField(fields);
  if (code === "DEFAULT") return readOpened(options);
  const kind = /^CRM_(DEAL|CONTACT|COMPANY)_/.exec(code ?? "")?.[1]?.toLowerCase();
  if (kind !== "deal" && kind !== "contact" && kind !== "company") return null;
  const id = toId(fields.ID) ?? toId(fields.ENTITY_ID);
  return id === null ? null : { entity: kind, id };
}

const ENTITIES: readonly CardEntity[] = ["deal", "contact", "company"];

/**
 * The record that the app's page is opened for: our frame's `openApplication` names it, and the portal hands the
 * parameters back as options, every value a string. null = the app's page itself.
 */
export function readOpened(options: unknown): Place | null {
  const fields = toFields(typeof options === "string" ? parseJson(options) : options);
  const entity = ENTITIES.find((one) => one === toText(fields.pulse_entity));
  const id = toId(fields.pulse_id);
  return entity && id !== null ? { entity, id } : null;
}

function fromField(fields: Readonly<Record<string, unknown>>): Place | null {
  const data = toFields(fields.ENTITY_DATA);
  const entity = BY_TYPE[toNumber(data.entityTypeId) ?? 0];
  const id = toId(data.entityId) ?? toId(fields.ENTITY_VALUE_ID);
  return entity && id !== null ? { entity, id } : null;
}

/** What our page sends from the frame: the code alone, or with its options. */
export function readPlacement(placement: unknown, options: unknown): Place | null {
  if (!isFields(placement)) return readPlace(toText(placement), options);
  const code = placement.placement ?? placement.PLACEMENT ?? placement.title;
  return readPlace(toText(code), placement.options ?? placement.PLACEMENT_OPTIONS ?? options);
}
