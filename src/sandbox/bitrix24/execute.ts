import { isoTime } from "./dates.ts";
import type { Params } from "./form.ts";
import { activityMethods } from "./methods/activities.ts";
import { applicationMethods } from "./methods/application.ts";
import { automationMethods } from "./methods/automation.ts";
import { classicMethods } from "./methods/classic.ts";
import { dictionaryMethods } from "./methods/dictionaries.ts";
import { eventMethods } from "./methods/events.ts";
import { itemMethods } from "./methods/items.ts";
import type { Answer, Method } from "./methods/method.ts";
import { moneyMethods } from "./methods/money.ts";
import { placementMethods } from "./methods/placements.ts";
import { taskMethods } from "./methods/tasks.ts";
import { timelineMethods } from "./methods/timeline.ts";
import { userFieldMethods } from "./methods/user-fields.ts";
import type { Install, Portal, PortalUser, World } from "./model.ts";
import { RestError } from "./rest-error.ts";

export const CATALOGUE: ReadonlyMap<string, Method> = new Map(
  Object.entries({
    ...applicationMethods,
    ...eventMethods,
    ...placementMethods,
    ...itemMethods,
    ...classicMethods,
    ...userFieldMethods,
    ...dictionaryMethods,
    ...activityMethods,
    ...moneyMethods,
    ...taskMethods,
    ...timelineMethods,
    ...automationMethods,
  }),
);

/** On whose behalf a call runs. */
export interface Caller {
  readonly world: World;
  readonly portal: Portal;
  readonly install: Install;
  readonly user: PortalUser;
}

export type Done =
  | {
      readonly ok: true;
      readonly answer: Answer;
      readonly time: Record<string, unknown>;
      /** Execution time that the call is said to have cost. */
      readonly seconds: number;
    }
  | { readonly ok: false; readonly error: RestError };

/** The `time` block. `seconds` is what the call is said to have taken; nobody waits for it. */
export function timeBlock(
  caller: Caller,
  seconds: number,
  operating: { readonly used: number; readonly resetAt: number } | null,
): Record<string, unknown> {
  const start = caller.world.clock.now() / 1000;
  const { offsetMinutes } = caller.portal;
  return {
    start,
    finish: start + seconds,
    duration: seconds,
    processing: seconds,
    date_start: isoTime(start * 1000, offsetMinutes),
    date_finish: isoTime((start + seconds) * 1000, offsetMinutes),
    ...(operating === null ? {} : { operating_reset_at: operating.resetAt }),
    operating: operating?.used ?? 0,
  };
}

/** One method: exists, scope, administrator, operating limit, then the method's own checks. */
export function execute(caller: Caller, name: string, params: Params, isInner: boolean): Done {
  const { world, portal, install, user } = caller;
  let isWrite = false;
  const note = (status: number): void => {
    const entry = { at: world.clock.now(), portal: portal.name, call: name, status, isWrite };
    portal.journal.push(isInner ? { ...entry, inner: true } : entry);
  };
  try {
    const method = CATALOGUE.get(name);
    if (method === undefined) {
      world.unimplemented.push(name);
      throw new RestError(404, "ERROR_METHOD_NOT_FOUND", "Method not found!");
    }
    const { scopes } = install.app;
    if (method.scopes.length > 0 && !method.scopes.some((scope) => scopes.includes(scope))) {
      const text = "The request requires higher privileges than provided by the webhook token";
      throw new RestError(403, "insufficient_scope", text);
    }
    if (method.isAdminOnly === true && !user.isAdmin) {
      throw new RestError(403, "ACCESS_DENIED", "Access denied!");
    }
    const now = world.clock.now();
    const key = `${install.app.clientId} ${name}`;
    if (portal.operating.isBlocked(key, now)) {
      const text = "Method is blocked due to operation time limit.";
      throw new RestError(429, "OPERATION_TIME_LIMIT", text);
    }
    const seconds = world.settings.costs[method.cost];
    const mark = (): void => {
      isWrite = true;
    };
    const call = { world, portal, install, user, params, method: name, mark, catalogue: CATALOGUE };
    const answer = method.run(call);
    portal.operating.add(key, seconds, now);
    const used = portal.operating.used(key, now);
    const resetAt = portal.operating.resetAt(key, now);
    note(200);
    return { ok: true, answer, time: timeBlock(caller, seconds, { used, resetAt }), seconds };
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    note(error.status);
    return { ok: false, error };
  }
}
