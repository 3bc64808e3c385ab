import { type Context, Hono } from "hono";
import { z } from "zod";
import { apiRateInput } from "../crm/api-use.ts";
import type { Desk } from "../crm/door.ts";
import { AppError, ERROR_CODES } from "../crm/error.ts";
import type { CardEntity } from "../crm/host.ts";
import { goalInput } from "../crm/overview-kpis.ts";
import { type RuleRefusal, ruleClientsInput, savedRuleInput } from "../crm/saved-rules.ts";
import { readSegmentRule, rfmThresholds } from "../crm/segment-rule.ts";
import { settingsDraft, settingsInput } from "../crm/settings.ts";
import { marginInput, type SpendRefusal, spendInput } from "../crm/spend.ts";
import { writingChoice } from "../crm/writing.ts";
import type { Portal } from "../portal/portal-api.ts";
import { cardViewRoute } from "./card-view.ts";
import { commonHeaders } from "./headers.ts";
import { findLivePortal } from "./live-portal.ts";
import { openApiDocument } from "./openapi.ts";
import type { Portals } from "./ports.ts";
import { readBody } from "./read-body.ts";
import type { Session, Sessions } from "./sessions.ts";

export interface ApiParts {
  readonly portals: Portals;
  readonly sessions: Sessions;
  readonly version: string;
  readonly desk: Pick<Desk, "cached" | "mayAsk">;
}

const cardQuery = z.object({
  entity: z.enum(["deal", "contact", "company"]),
  id: z.string().regex(/^[1-9]\d{0,15}$/),
});

/** Far above the largest rule that is allowed. */
const MAX_BODY_BYTES = 100_000;
/** Above a full spend table with the longest names. */
const MAX_SPEND_BYTES = 600_000;

const code = z.string().regex(/^[a-z0-9_-]{1,64}$/);

/** The JSON side of our own pages: Bearer sessions only, no cookies, so no cross-site forgery. */
export function apiRoutes({ portals, sessions, version, desk }: ApiParts): Hono {
  const app = new Hono();
  const enter = async (context: Context): Promise<{ session: Session; portal: Portal }> => {
    const session = await sessions.read(context.req.header("authorization"));
    const portal = await findLivePortal(portals, session.portal);
    if (!portal) throw new AppError("portal.unknown");
    return { session, portal };
  };
  const enterAsAdmin = async (context: Context) => {
    const entered = await enter(context);
    if (!entered.session.isAdmin) throw new AppError("auth.not_admin");
    return entered;
  };

  app.get("/api/openapi.json", (context) =>
    context.json(openApiDocument(version), 200, commonHeaders),
  );
  app.get("/api/card", async (context) => {
    const { session, portal } = await enter(context);
    const { entity, id } = readInput(cardQuery, context.req.query());
    if (!isProved(session, entity, id)) throw new AppError("auth.refused");
    const card = await portal.card(entity, id, { canRead: true, isAdmin: session.isAdmin });
    return context.json(card, 200, commonHeaders);
  });
  cardViewRoute(app, enter, desk);
  app.get("/api/sync", async (context) => {
    const { portal } = await enterAsAdmin(context);
    return context.json(await portal.progress(), 200, commonHeaders);
  });
  app.get("/api/usage", async (context) => {
    const { portal } = await enterAsAdmin(context);
    return context.json(await portal.apiUse(), 200, commonHeaders);
  });
  app.put("/api/usage/rate", async (context) => {
    const { portal } = await enterAsAdmin(context);
    const { requestsPerSecond } = readInput(apiRateInput, await readJson(context.req.raw));
    return context.json(await portal.setApiRate(requestsPerSecond), 200, commonHeaders);
  });
  app.get("/api/installation", async (context) => {
    const { portal } = await enterAsAdmin(context);
    const summary = await portal.summary();
    const { isPrepared = false, isFinished = false, warnings = [] } = summary ?? {};
    return context.json({ isPrepared, isFinished, warnings }, 200, commonHeaders);
  });
  app.get("/api/overview", async (context) => {
    const { portal } = await enterAsAdmin(context);
    return context.json(await portal.overview(), 200, commonHeaders);
  });
  app.get("/api/segments", async (context) => {
    const { portal } = await enterAsAdmin(context);
    return context.json(await portal.segments(), 200, commonHeaders);
  });
  app.post("/api/segments/rfm-preview", async (context) => {
    const { portal } = await enterAsAdmin(context);
    const thresholds = readInput(rfmThresholds, await readJson(context.req.raw));
    const compared = await portal.compareRfm(thresholds);
    if (!compared) throw new AppError("portal.not_ready");
    return context.json(compared, 200, commonHeaders);
  });
  ruleRoutes(app, enterAsAdmin);
  figureRoutes(app, enterAsAdmin);
  settingsRoutes(app, enterAsAdmin, (session) => portals.wake(session.portal));
  runRoutes(app, enterAsAdmin, (session) => portals.wake(session.portal));
  return app;
}

/** Rules of segments: counted, listed, kept. */
function ruleRoutes(
  app: Hono,
  enterAsAdmin: (context: Context) => Promise<{ session: Session; portal: Portal }>,
): void {
  app.post("/api/segments/preview", async (context) => {
    const { portal } = await enterAsAdmin(context);
    const reading = readSegmentRule(await readJson(context.req.raw));
    if (!reading.ok) return refuseRule(context, reading);
    return context.json(await portal.previewSegment(reading.rule), 200, commonHeaders);
  });
  app.post("/api/segments/clients", async (context) => {
    const { portal } = await enterAsAdmin(context);
    const input = readInput(ruleClientsInput, await readJson(context.req.raw));
    const reading = readSegmentRule(input.rule);
    if (!reading.ok) return refuseRule(context, reading);
    return context.json(await portal.ruleClients(reading.rule, input.after), 200, commonHeaders);
  });
  app.get("/api/segments/rules", async (context) => {
    const { portal } = await enterAsAdmin(context);
    return context.json(await portal.savedRules(), 200, commonHeaders);
  });
  app.put("/api/segments/rules", async (context) => {
    const { portal } = await enterAsAdmin(context);
    const { name, rule } = readInput(savedRuleInput, await readJson(context.req.raw));
    const reading = readSegmentRule(rule);
    if (!reading.ok) return refuseRule(context, reading);
    return context.json(await portal.saveRule({ name, rule: reading.rule }), 200, commonHeaders);
  });
  app.post("/api/segments/rules/:code/remove", async (context) => {
    const { portal } = await enterAsAdmin(context);
    const rules = await portal.removeRule(readInput(code, context.req.param("code")));
    return context.json(rules, 200, commonHeaders);
  });
}

function refuseRule(context: Context, { path, problem }: { path: string; problem: string }) {
  const { status, message } = ERROR_CODES["input.invalid"];
  const problems = [{ path, problem }];
  const refusal: RuleRefusal = { code: "input.invalid", message, problems };
  return context.json(refusal, status, commonHeaders);
}

/** What playbooks would write, its approval, and the way back. */
function runRoutes(
  app: Hono,
  enterAsAdmin: (context: Context) => Promise<{ session: Session; portal: Portal }>,
  wake: (session: Session) => void,
): void {
  app.post("/api/playbooks/:code/dry-run", async (context) => {
    const { session, portal } = await enterAsAdmin(context);
    const playbook = readInput(code, context.req.param("code"));
    return context.json(await portal.dryRun(playbook, session.userId), 200, commonHeaders);
  });
  app.get("/api/runs", async (context) => {
    const { portal } = await enterAsAdmin(context);
    return context.json(await portal.runs(), 200, commonHeaders);
  });
  app.get("/api/runs/:id", async (context) => {
    const { portal } = await enterAsAdmin(context);
    const run = await portal.run(readInput(code, context.req.param("id")));
    if (!run) throw new AppError("input.invalid", { details: { field: "id" } });
    return context.json(run, 200, commonHeaders);
  });
  app.post("/api/runs/:id/approve", async (context) => {
    const { session, portal } = await enterAsAdmin(context);
    const run = await portal.approve(readInput(code, context.req.param("id")), session.userId);
    wake(session);
    return context.json(run, 200, commonHeaders);
  });
  app.post("/api/runs/:id/undo", async (context) => {
    const { session, portal } = await enterAsAdmin(context);
    const undone = await portal.undo(readInput(code, context.req.param("id")));
    wake(session);
    return context.json(undone, 200, commonHeaders);
  });
}

/** What administrators tell us: what is wanted of figures, what acquisition costs, the average margin. */
function figureRoutes(
  app: Hono,
  enterAsAdmin: (context: Context) => Promise<{ session: Session; portal: Portal }>,
): void {
  app.post("/api/goals", async (context) => {
    const { session, portal } = await enterAsAdmin(context);
    const goal = readInput(goalInput, await readJson(context.req.raw));
    return context.json(await portal.setGoal(goal, session.userId), 200, commonHeaders);
  });
  app.post("/api/goals/:code/remove", async (context) => {
    const { portal } = await enterAsAdmin(context);
    const goals = await portal.removeGoal(readInput(code, context.req.param("code")));
    return context.json(goals, 200, commonHeaders);
  });
  app.get("/api/spend", async (context) => {
    const { portal } = await enterAsAdmin(context);
    return context.json(await portal.spend(), 200, commonHeaders);
  });
  app.put("/api/spend", async (context) => {
    const { portal } = await enterAsAdmin(context);
    const input = readInput(spendInput, await readJson(context.req.raw, MAX_SPEND_BYTES));
    const saved = await portal.saveSpend(input);
    if (saved.ok) return context.json(saved.table, 200, commonHeaders);
    const { status, message } = ERROR_CODES["input.invalid"];
    const refusal = { code: "input.invalid", message, problems: saved.problems } as const;
    return context.json(refusal satisfies SpendRefusal, status, commonHeaders);
  });
  app.get("/api/writing", async (context) => {
    const { portal } = await enterAsAdmin(context);
    return context.json(await portal.writing(), 200, commonHeaders);
  });
  app.put("/api/writing", async (context) => {
    const { portal } = await enterAsAdmin(context);
    const choice = readInput(writingChoice, await readJson(context.req.raw));
    return context.json(await portal.setWriting(choice), 200, commonHeaders);
  });
  app.put("/api/margin", async (context) => {
    const { portal } = await enterAsAdmin(context);
    const { percent } = readInput(marginInput, await readJson(context.req.raw));
    return context.json(await portal.setMargin(percent), 200, commonHeaders);
  });
}

/** What counts as a purchase, who the client is, how fast the CRM is asked. */
function settingsRoutes(
  app: Hono,
  enterAsAdmin: (context: Context) => Promise<{ session: Session; portal: Portal }>,
  wake: (session: Session) => void,
): void {
  app.get("/api/settings", async (context) => {
    const { portal } = await enterAsAdmin(context);
    return context.json(await portal.settings(), 200, commonHeaders);
  });
  app.put("/api/settings", async (context) => {
    const { session, portal } = await enterAsAdmin(context);
    const input = readInput(settingsInput, await readJson(context.req.raw));
    const saved = await portal.saveSettings(input, session.userId);
    wake(session);
    return context.json(saved, 200, commonHeaders);
  });
  app.post("/api/settings/preview", async (context) => {
    const { portal } = await enterAsAdmin(context);
    const draft = readInput(settingsDraft, await readJson(context.req.raw));
    return context.json(await portal.previewSettings(draft), 200, commonHeaders);
  });
}

function isProved(session: Session, entity: CardEntity, id: string): boolean {
  return session.entities.some((proved) => proved.entity === entity && proved.id === id);
}

/** A body of JSON, bounded while it is read. */
async function readJson(request: Request, limit = MAX_BODY_BYTES): Promise<unknown> {
  const text = await readBody(request, limit);
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError("input.invalid", { details: { field: "" } });
  }
}

function readInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const field = String(parsed.error.issues[0]?.path[0] ?? "");
  throw new AppError("input.invalid", { details: { field } });
}
