import { batchMethods, runBatch } from "./batch.ts";
import { type Caller, execute } from "./execute.ts";
import { gatewayTimeout, underFaults } from "./faults.ts";
import { type Params, requestParams } from "./form.ts";
import { nowOf, type Portal, userOf, type World } from "./model.ts";
import { json } from "./reply.ts";
import { RestError } from "./rest-error.ts";

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, OPTIONS",
  "access-control-allow-headers": "content-type",
};

/** One request is cut after this long. */
const LONGEST_SECONDS = 60;

/** An answer, and the execution time that it is said to have cost. */
interface Served {
  readonly response: Response;
  readonly seconds: number;
}

function identify(world: World, portal: Portal, params: Params): Caller {
  const auth = params.auth;
  if (typeof auth !== "string" || auth === "") {
    throw new RestError(401, "NO_AUTH_FOUND", "Wrong authorization data");
  }
  const token = world.accessTokens.get(auth);
  const isKnown =
    token !== undefined &&
    token.access === auth &&
    !token.isRevoked &&
    token.install.portal === portal &&
    !token.install.isRemoved;
  if (!isKnown) {
    throw new RestError(401, "invalid_token", "Unable to get application by token");
  }
  if (token.expiresAt <= nowOf(world)) {
    throw new RestError(401, "expired_token", "The access token provided has expired");
  }
  if (portal.block === "plan") {
    const text = "REST API is available only on commercial plans";
    throw new RestError(403, "ACCESS_DENIED", text);
  }
  const user = userOf(portal, token.userId);
  if (user === undefined || !user.isActive) {
    const text = "The user does not have access to the application";
    throw new RestError(403, "user_access_error", text);
  }
  return { world, portal, install: token.install, user };
}

function admit(world: World, portal: Portal): void {
  if (portal.block === "deleted") {
    throw new RestError(500, "PORTAL_DELETED", "Portal was deleted");
  }
  if (portal.block === "overload") {
    throw new RestError(503, "OVERLOAD_LIMIT", "REST API is blocked due to overload");
  }
  if (!portal.bucket.take(world.clock.now())) {
    throw new RestError(503, "QUERY_LIMIT_EXCEEDED", "Too many requests");
  }
}

function answerOne(caller: Caller, name: string, params: Params): Served {
  const done = execute(caller, name, params, false);
  if (!done.ok) return { response: json(done.error.body, done.error.status), seconds: 0 };
  const { result, total, next } = done.answer;
  const response = json({
    result,
    ...(next === null || next === undefined ? {} : { next }),
    ...(total === undefined ? {} : { total }),
    time: done.time,
  });
  return { response, seconds: done.seconds };
}

/** A portal that takes its time does so before it answers, and is cut by the server in front of it. */
async function slowly(world: World, { response, seconds }: Served): Promise<Response> {
  const { hasSlowAnswers, speed } = world.settings;
  if (!hasSlowAnswers || seconds === 0) return response;
  await world.clock.sleep((Math.min(seconds, LONGEST_SECONDS) * 1000) / speed);
  return seconds > LONGEST_SECONDS ? gatewayTimeout() : response;
}

/** `crm.deal.list` of `/rest//crm.deal.list.json/`; null for webhooks and REST 3.0, which are not served. */
function methodName(path: string): string | null {
  const parts = path.split("/").filter((part) => part !== "");
  if (parts.length !== 2) return null;
  return (parts[1] ?? "").toLowerCase().replace(/\.(json|xml)$/, "");
}

async function carryOut(
  world: World,
  portal: Portal,
  name: string | null,
  params: Params | null,
): Promise<Response> {
  const call = name ?? "unknown path";
  try {
    admit(world, portal);
    if (params === null) throw new RestError(400, "INVALID_REQUEST", "Invalid JSON in the body");
    const caller = identify(world, portal, params);
    if (name === null) {
      throw new RestError(404, "ERROR_METHOD_NOT_FOUND", "Method not found!");
    }
    const served = name === "batch" ? runBatch(caller, params) : answerOne(caller, name, params);
    return await slowly(world, served);
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    const at = world.clock.now();
    portal.journal.push({ at, portal: portal.name, call, status: error.status, isWrite: false });
    return json(error.body, error.status);
  }
}

/** `/rest/*` of a portal. */
export async function restFetch(
  world: World,
  portal: Portal,
  request: Request,
  path: string,
): Promise<Response> {
  if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: CORS });
  const params = await requestParams(request);
  const name = methodName(path);
  const inner = name === "batch" && params !== null ? batchMethods(params) : [];
  const run = (): Promise<Response> => carryOut(world, portal, name, params);
  return underFaults(world, portal, `${request.method} ${path}`, run, inner);
}
