import { type Context, Hono } from "hono";
import type { ConnectCookie, Desk, Door, DoorCall, DoorReply } from "../crm/door.ts";
import { AppError } from "../crm/error.ts";
import type { Host } from "../crm/host.ts";
import { commonHeaders } from "./headers.ts";
import { readBody } from "./read-body.ts";
import type { PageRenderer } from "./render.ts";

/** Cookie of the top-level connect page: ten minutes, one use, never seen inside a frame. */
export const CONNECT_COOKIE = "__Host-pulse-connect";

/** Network address of a request; `platform` is what the runtime hands beside it. */
export type CallerOf = (request: Request, platform: unknown) => string;

/** Mounts the routes of all hosts. A HEAD on any of them answers 200: vendor cabinets ask so. */
export function doorRoutes(
  hosts: readonly Host[],
  desk: Desk,
  pages: PageRenderer,
  callerOf: CallerOf,
): Hono {
  const app = new Hono();
  const doors = hosts.flatMap((host) => host.doors());
  const paths = new Set(doors.map((door) => door.path));
  for (const path of paths) {
    app.use(path, async (context, next) => {
      if (context.req.raw.method === "HEAD") return context.body(null, 200, commonHeaders);
      if (context.req.method === "OPTIONS") return preflight(context, doors, path);
      return next();
    });
  }
  for (const door of doors) {
    app.on(door.method, door.path, async (context) => {
      const call = await readCall(context, door, callerOf);
      return answer(context, door, await door.handle(call, desk), pages);
    });
  }
  return app;
}

async function readCall(context: Context, door: Door, callerOf: CallerOf): Promise<DoorCall> {
  return {
    url: new URL(context.req.url),
    params: context.req.param() as Record<string, string>,
    headers: context.req.header(),
    caller: callerOf(context.req.raw, context.env),
    body: door.method === "GET" ? "" : await readBody(context.req.raw, door.maxBodyBytes),
  };
}

async function answer(
  context: Context,
  door: Door,
  reply: DoorReply,
  pages: PageRenderer,
): Promise<Response> {
  switch (reply.kind) {
    case "empty":
      return context.body(null, reply.status, commonHeaders);
    case "json": {
      const cors = reply.corsOrigin ? corsHeaders(reply.corsOrigin, door.method) : {};
      return new Response(JSON.stringify(reply.body), {
        status: reply.status,
        headers: { "content-type": "application/json", ...commonHeaders, ...cors },
      });
    }
    case "redirect": {
      const cookie = reply.cookie ? { "set-cookie": cookieText(reply.cookie) } : {};
      return new Response(null, {
        status: 302,
        headers: { location: reply.to, ...commonHeaders, ...cookie },
      });
    }
    case "button": {
      const page = pages.button(reply);
      page.headers.set("set-cookie", cookieText(reply.cookie));
      return page;
    }
    case "error": {
      const { code, retryAfterMs } = reply;
      const failure = new AppError(code, retryAfterMs === undefined ? {} : { retryAfterMs });
      throw Object.assign(failure, { frameOrigins: reply.frameOrigins ?? [] });
    }
    case "page":
      return pages.page(reply.page);
    case "shell":
      return pages.shell(reply);
  }
}

function cookieText({ value, maxAgeSeconds }: ConnectCookie): string {
  return `${CONNECT_COOKIE}=${value}; Max-Age=${maxAgeSeconds}; Path=/; Secure; HttpOnly; SameSite=Lax`;
}

/** Cross-origin callers are named by the door itself; everybody else gets no permission. */
function preflight(context: Context, doors: readonly Door[], path: string): Response {
  const origin = context.req.header("origin") ?? "";
  const door = doors.find((entry) => entry.path === path && entry.allowsOrigin?.(origin));
  const headers = door ? corsHeaders(origin, door.method) : {};
  return new Response(null, { status: 204, headers: { ...commonHeaders, ...headers } });
}

function corsHeaders(origin: string, method: string): Record<string, string> {
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-methods": method,
    "access-control-allow-headers": "content-type, x-auth-token",
    "access-control-max-age": "600",
    vary: "Origin",
  };
}
