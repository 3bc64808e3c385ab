import { isParams, type Params } from "../form.ts";
import {
  type Cost,
  type Install,
  itemsOf,
  type Portal,
  type PortalUser,
  type World,
} from "../model.ts";
import { missingParam, RestError } from "../rest-error.ts";
import type { Item } from "../rows.ts";
import type { Actor } from "../writes.ts";

/** One call as a method sees it. */
export interface Call {
  readonly world: World;
  readonly portal: Portal;
  readonly install: Install;
  readonly user: PortalUser;
  readonly params: Params;
  readonly method: string;
  /** Set by methods that changed something in the CRM; shows in the journal. */
  readonly mark: () => void;
  /** Names of all methods, for `methods` and `method.get`. */
  readonly catalogue: ReadonlyMap<string, Method>;
}

export interface Answer {
  readonly result: unknown;
  readonly total?: number;
  readonly next?: number | null;
}

export interface Method {
  /** Any of these scopes will do; empty = always allowed. */
  readonly scopes: readonly string[];
  readonly cost: Cost;
  readonly isAdminOnly?: boolean;
  readonly run: (call: Call) => Answer;
}

export type Methods = Readonly<Record<string, Method>>;

export const CRM: readonly string[] = ["crm"];
export const BASIC: readonly string[] = [];

/** A parameter by its documented name; old families also take the other case. */
export function either(params: Params, name: string): unknown {
  return params[name] ?? params[name.toUpperCase()] ?? params[name.toLowerCase()];
}

export function mapParam(value: unknown): Params {
  if (isParams(value)) return value;
  // A list of conditions arrives as an array; its keys are positions.
  return Array.isArray(value) ? { ...value } : {};
}

export function listParam(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (isParams(value)) return Object.values(value).map(String);
  return value === undefined || value === null || value === "" ? [] : [String(value)];
}

export function startOf(params: Params): number {
  const start = Number(either(params, "start") ?? 0);
  if (Number.isNaN(start)) return 0;
  return start < 0 ? -1 : start;
}

export function requiredFields(params: Params): Params {
  const { fields } = params;
  if (fields === undefined) throw missingParam("fields");
  return mapParam(fields);
}

export function actorOf(call: Call): Actor {
  const connector = call.params.auth_connector;
  return typeof connector === "string"
    ? { userId: call.user.id, connector }
    : { userId: call.user.id };
}

export function canRead(user: PortalUser, item: Item): boolean {
  return user.sees === "all" || item.assignedById === user.id;
}

/** The item, or the errors of the universal family. */
export function readableItem(call: Call, entityTypeId: number, id: number): Item {
  const item = itemsOf(call.portal, entityTypeId)?.get(id);
  if (item === undefined) throw new RestError(400, "NOT_FOUND", "Not found.");
  if (!canRead(call.user, item)) throw new RestError(400, "ACCESS_DENIED", "Access denied.");
  return item;
}
