import type { Account } from "./account.ts";
import { problem, Refusal, refuse } from "./answer.ts";
import type { Scene } from "./change.ts";
import type { HookSink } from "./hook-payload.ts";
import type { User } from "./model.ts";
import type { Settings } from "./options.ts";
import { type QueryNode, words } from "./query.ts";

/** One authorised REST call. */
export interface Call {
  readonly account: Account;
  readonly settings: Settings;
  readonly hooks: HookSink;
  readonly user: User;
  /** Integration of the token; null for a person in the CRM page. */
  readonly clientId: string | null;
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly params: URLSearchParams;
  readonly query: Map<string, QueryNode>;
  readonly body: unknown;
}

/** Variable parts of a route's path, in order. */
type PathValues = readonly string[];
type Handler = (call: Call, values: PathValues) => Response | Promise<Response>;

export interface Route {
  readonly method: string;
  /** `/api/v4/leads/{}`; `{}` matches one segment. */
  readonly path: string;
  readonly handle: Handler;
}

export function scene(call: Call, actor: number = call.user.id): Scene {
  return { account: call.account, settings: call.settings, hooks: call.hooks, actor };
}

export function withs(call: Call): ReadonlySet<string> {
  return new Set(words(call.query.get("with")));
}

export function needAdmin(call: Call): void {
  if (!call.user.isAdmin) refuse(403, "Access denied");
}

export type Item = Readonly<Record<string, unknown>>;

export function isItem(value: unknown): value is Item {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The body as a batch of objects; at most 250. */
export function batch(call: Call): readonly Item[] {
  const body = call.body;
  if (!Array.isArray(body) || !body.every(isItem)) {
    throw new Refusal(
      problem(400, "Request validation failed", {
        "validation-errors": [
          {
            request_id: "0",
            errors: [
              { code: "InvalidType", path: "", detail: "This value should be of type array." },
            ],
          },
        ],
      }),
    );
  }
  if (body.length === 0 || body.length > 250)
    refuse(400, "The number of items must be from 1 to 250");
  return body;
}

export function single(call: Call): Item {
  return isItem(call.body) ? call.body : refuse(400, "The body must be an object");
}

/** `request_id` as sent, else the index. */
export function requestId(item: Item, index: number): string {
  const id = item.request_id;
  return typeof id === "string" || typeof id === "number" ? String(id) : String(index);
}

export function listOf(value: unknown): readonly Item[] {
  return Array.isArray(value) ? value.filter(isItem) : [];
}
