import { Hono } from "hono";
import { constantTimeEqual } from "../crm/constant-time.ts";
import { commonHeaders } from "./headers.ts";

export interface OperatorParts {
  readonly version: string;
  /** Throws when the server cannot take work: disk, keys, draining. */
  readonly checkReady: () => Promise<void>;
  /** Prometheus text; names no portal. */
  readonly metrics: () => Promise<string>;
  readonly metricsToken: string | null;
  /** Routes over the portals, for whoever holds the operator's token; absent = there are none. */
  readonly portals?: Hono;
}

/** Routes for whoever runs the server. Only those behind the operator's token name portals. */
export function operatorRoutes(parts: OperatorParts): Hono {
  const app = new Hono();
  app.get("/healthz", (context) => context.text("ok", 200, commonHeaders));
  app.get("/version", (context) => context.json({ version: parts.version }, 200, commonHeaders));
  app.get("/readyz", async (context) => {
    try {
      await parts.checkReady();
      return context.text("ready", 200, commonHeaders);
    } catch {
      return context.text("not ready", 503, commonHeaders);
    }
  });
  app.get("/metrics", async (context) => {
    const expected = parts.metricsToken;
    const given = /^Bearer (.+)$/.exec(context.req.header("authorization") ?? "")?.[1] ?? "";
    if (expected !== null && !constantTimeEqual(given, expected)) {
      return context.text("forbidden", 403, commonHeaders);
    }
    return context.text(await parts.metrics(), 200, commonHeaders);
  });
  if (parts.portals) app.route("/", parts.portals);
  return app;
}
