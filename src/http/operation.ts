import { type Context, Hono } from "hono";
import { z } from "zod";
import type { ApiUse } from "../crm/api-use.ts";
import { constantTimeEqual } from "../crm/constant-time.ts";
import type { Desk } from "../crm/door.ts";
import { AppError } from "../crm/error.ts";
import type { Host } from "../crm/host.ts";
import type { SyncProgress } from "../crm/overview.ts";
import type { PortalCheck } from "../crm/portal-check.ts";
import { type PortalKey, parsePortalKey } from "../crm/portal-key.ts";
import type { PortalSummary } from "../portal/portal-api.ts";
import { commonHeaders } from "./headers.ts";
import type { Portals } from "./ports.ts";
import { readBody } from "./read-body.ts";

/** What an operator may ask about the portals of this server, and do to them. */
export interface Operation {
  list(): Promise<readonly PortalSummary[]>;
  /** Throws AppError `portal.unknown`. */
  show(key: string): Promise<PortalReport>;
  /** Installs with a token that a person made by hand in the CRM. Throws AppError `input.invalid`, `host.*`. */
  add(entered: { readonly token: string; readonly address: string | null }): Promise<PortalSummary>;
  /** What is wrong at the portal's CRM, by reading only. Throws AppError `portal.unknown`. */
  verify(key: string): Promise<readonly PortalCheck[]>;
  /** Throws AppError `portal.unknown`. */
  act(key: string, action: PortalAction): Promise<PortalSummary>;
}

export interface PortalReport extends PortalSummary {
  readonly sync: SyncProgress;
  readonly apiUse: ApiUse;
  readonly clients: number;
  readonly purchases: number;
}

export const PORTAL_ACTIONS = ["pause", "resume", "resync"] as const;
export type PortalAction = (typeof PORTAL_ACTIONS)[number];

export interface OperationParts {
  readonly portals: Portals;
  readonly keys: () => readonly PortalKey[];
  readonly hosts: readonly Host[];
  readonly desk: Desk;
}

export function makeOperation({ portals, keys, hosts, desk }: OperationParts): Operation {
  const find = async (text: string) => {
    const { key } = readKey(text);
    const portal = await portals.find(key);
    const summary = await portal?.summary();
    if (!portal || !summary) throw new AppError("portal.unknown");
    return { key, portal, summary };
  };
  return {
    async list() {
      const all = await Promise.all(
        keys().map(async (key) => (await portals.find(key))?.summary() ?? null),
      );
      return all.filter((one) => one !== null);
    },
    async show(text) {
      const { portal, summary } = await find(text);
      const { clients, purchases } = await portal.totals();
      return {
        ...summary,
        sync: await portal.progress(),
        apiUse: await portal.apiUse(),
        clients,
        purchases,
      };
    },
    async add(entered) {
      const host = hosts.find((one) => one.adoptToken);
      if (!host?.adoptToken) throw new AppError("config.invalid");
      const grant = await host.adoptToken(entered, desk);
      await desk.install(grant, { isFinished: true, locale: "" });
      return (await find(grant.key)).summary;
    },
    async verify(text) {
      const { portal } = await find(text);
      return await portal.verify();
    },
    async act(text, action) {
      const { key, portal } = await find(text);
      if (action === "resync") await portal.resync();
      else await portal.setPaused(action === "pause");
      portals.wake(key);
      return (await find(text)).summary;
    },
  };
}

function readKey(text: string) {
  try {
    return parsePortalKey(text);
  } catch (cause) {
    throw new AppError("portal.unknown", { cause });
  }
}

const MAX_BODY_BYTES = 20_000;
const entered = z.strictObject({
  token: z.string().min(1).max(8_192),
  address: z.string().min(1).max(255).nullable(),
});

/** The same over HTTP, for a command line beside the running server. Everything needs the operator's token. */
export function operationRoutes(operation: Operation, token: string): Hono {
  const app = new Hono();
  const enter = (context: Context): void => {
    const given = /^Bearer (.+)$/.exec(context.req.header("authorization") ?? "")?.[1] ?? "";
    if (!constantTimeEqual(given, token)) throw new AppError("auth.refused");
  };
  app.get("/operator/portals", async (context) => {
    enter(context);
    return context.json({ portals: await operation.list() }, 200, commonHeaders);
  });
  app.post("/operator/portals", async (context) => {
    enter(context);
    const body = entered.safeParse(readJson(await readBody(context.req.raw, MAX_BODY_BYTES)));
    if (!body.success) throw new AppError("input.invalid");
    return context.json(await operation.add(body.data), 200, commonHeaders);
  });
  app.get("/operator/portals/:key", async (context) => {
    enter(context);
    return context.json(await operation.show(context.req.param("key")), 200, commonHeaders);
  });
  app.get("/operator/portals/:key/checks", async (context) => {
    enter(context);
    const checks = await operation.verify(context.req.param("key"));
    return context.json({ checks }, 200, commonHeaders);
  });
  app.post("/operator/portals/:key/:action", async (context) => {
    enter(context);
    const action = PORTAL_ACTIONS.find((one) => one === context.req.param("action"));
    if (!action) throw new AppError("input.invalid", { details: { field: "action" } });
    return context.json(await operation.act(context.req.param("key"), action), 200, commonHeaders);
  });
  return app;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
