import { Hono } from "hono";
import type { Desk } from "../crm/door.ts";
import type { Host } from "../crm/host.ts";
import type { Log, Random } from "../crm/ports.ts";
import { apiRoutes } from "./api.ts";
import { toHex } from "./digest.ts";
import { type CallerOf, doorRoutes } from "./doors.ts";
import { toPublicError } from "./errors.ts";
import { commonHeaders } from "./headers.ts";
import { type OperatorParts, operatorRoutes } from "./operator.ts";
import type { Portals } from "./ports.ts";
import type { PageRenderer } from "./render.ts";
import type { Sessions } from "./sessions.ts";

export interface AppParts {
  readonly hosts: readonly Host[];
  readonly desk: Desk;
  readonly portals: Portals;
  readonly sessions: Sessions;
  readonly pages: PageRenderer;
  readonly operator: OperatorParts;
  readonly random: Random;
  readonly log: Log;
  /** Absent: callers are not told apart. */
  readonly callerOf?: CallerOf;
}

const REQUEST_ID_BYTES = 8;

/** The whole web application as a value: `app.request("/healthz")` runs it without a server. */
export function makeApp(parts: AppParts): Hono {
  const app = new Hono();
  app.route("/", operatorRoutes(parts.operator));
  app.route(
    "/",
    apiRoutes({
      portals: parts.portals,
      sessions: parts.sessions,
      version: parts.operator.version,
      desk: parts.desk,
    }),
  );
  app.route("/", doorRoutes(parts.hosts, parts.desk, parts.pages, parts.callerOf ?? (() => "")));
  app.notFound((context) =>
    context.json({ code: "not_found", message: "No such address." }, 404, commonHeaders),
  );
  app.onError((thrown, context) => {
    const requestId = toHex(parts.random.bytes(REQUEST_ID_BYTES));
    const failure = toPublicError(thrown, parts.log, requestId);
    const retry =
      failure.retryAfterSeconds === null
        ? {}
        : { "retry-after": String(failure.retryAfterSeconds) };
    if ((context.req.header("accept") ?? "").includes("text/html")) {
      const locale = context.req.query("LANG") ?? context.req.header("accept-language") ?? null;
      return parts.pages.failure(failure, requestId, locale, framedBy(thrown));
    }
    return new Response(
      JSON.stringify({ code: failure.code, message: failure.message, requestId }),
      {
        status: failure.status,
        headers: { "content-type": "application/json", ...commonHeaders, ...retry },
      },
    );
  });
  return app;
}

/** Who may frame the page that tells a person of a failure; nobody unless the door said so. */
function framedBy(thrown: unknown): readonly string[] {
  const origins =
    typeof thrown === "object" && thrown !== null && "frameOrigins" in thrown
      ? thrown.frameOrigins
      : null;
  return Array.isArray(origins) ? origins.filter((one) => typeof one === "string") : [];
}
