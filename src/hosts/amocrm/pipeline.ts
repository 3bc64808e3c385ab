import { constantTimeEqual } from "../../crm/constant-time.ts";
import type { Desk, Door, DoorCall, Hint } from "../../crm/door.ts";
import type { AppRegistration } from "../../crm/host.ts";
import type { AutomationQuestion } from "../../crm/host-writes.ts";
import { type PortalKey, parsePortalKey, portalKey } from "../../crm/portal-key.ts";
import { field } from "./api.ts";
import { readForm } from "./form.ts";
import { writeStep } from "./pipeline-answer.ts";
import { PRODUCTS } from "./place.ts";
import { id } from "./schema.ts";

/** Steps of the Digital Pipeline: an administrator puts ours behind a stage, and the CRM calls when a deal gets there. */

const MAX_BODY_BYTES = 256 * 1024;
/** The host tries four times within an hour; whoever waits for an answer longer has moved on. */
const WAIT_MS = 3_600_000;
const REMOVED: readonly string[] = ["suspended", "purged"];
const KEY_CHARS = 40;

/** Name of the setting of a step that carries the account's key. */
export const KEY_SETTING = "pulse_key";

/**
 * One address serves all accounts, the call is not signed, and its account could be anybody's. What an administrator's own
 * page has put into the step's settings proves it; without that a call only makes us read the deal again, and only so often.
 * It is always answered 200: the host would do nothing better with a refusal.
 */
export const pipelineDoor: Door = {
  method: "POST",
  path: "/amocrm/pipeline",
  maxBodyBytes: MAX_BODY_BYTES,
  async handle(call, desk) {
    const step = readStep(call.body);
    const key = step === null ? null : await accountOf(step.accountId, desk);
    if (step === null || key === null) {
      desk.log.warn("pipeline.dropped", { isReadable: step !== null });
      return { kind: "empty", status: 200 };
    }
    const isProven = await provesAccount(step.settings.get(KEY_SETTING) ?? "", key, desk);
    if (isProven || mayHint(call, key, desk)) {
      const hints: readonly Hint[] = [{ entity: "deal", id: step.dealId, isDeletion: false }];
      const questions = isProven ? [toQuestion(step, desk.clock.now())] : [];
      await desk.receive({ candidates: [key], secret: null, hints, questions });
    }
    return { kind: "empty", status: 200 };
  },
};

function mayHint(call: DoorCall, key: PortalKey, desk: Desk): boolean {
  return desk.mayAsk?.(key, `pipeline ${call.caller ?? ""}`) ?? true;
}

async function accountOf(accountId: string, desk: Desk): Promise<PortalKey | null> {
  for (const product of PRODUCTS) {
    const key = portalKey(product, accountId);
    const address = await desk.address(key);
    if (address !== null && !REMOVED.includes(address.state)) return key;
  }
  return null;
}

async function provesAccount(given: string, key: PortalKey, desk: Desk): Promise<boolean> {
  const own = await pipelineKey(key, desk);
  return own !== null && constantTimeEqual(own, given);
}

/** What steps of this account carry; only administrators are given it. null = we have no keys for the account. */
export async function pipelineKey(key: PortalKey, desk: Desk): Promise<string | null> {
  const { product, accountId } = parsePortalKey(key);
  const registration: AppRegistration | null =
    (await desk.ownRegistration(key)) ?? desk.registration(product);
  if (registration === null) return null;
  const encode = (text: string) => new TextEncoder().encode(text);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const secret = encode(registration.clientSecret);
  const hmac = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  const text = encode(`pipeline step|${registration.clientId}|${accountId}`);
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", hmac, text));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.slice(0, KEY_CHARS);
}

interface Step {
  readonly accountId: string;
  readonly dealId: string;
  /** Seconds, as text; tells one passing of the stage from the next. */
  readonly time: string;
  readonly settings: ReadonlyMap<string, string>;
}

function toQuestion(step: Step, now: number): AutomationQuestion {
  const botId = id.safeParse(step.settings.get("bot_id")).data ?? null;
  const only = (step.settings.get("only") ?? "").toLowerCase().match(/[a-z_]+/g) ?? [];
  return {
    entity: "deal",
    id: step.dealId,
    token: writeStep({ dealId: step.dealId, time: step.time, botId, only: only.slice(0, 20) }),
    expiresAt: now + WAIT_MS,
  };
}

/** The older form names the record under its trigger, the newer one under `event`; both come as JSON or as a form. */
const TRIGGERS = ["status", "call_in", "chat", "site_visit", "mail_in", "add", "update"];
const LEAD = "2";

/** null when it names no account or no deal. Unknown keys are let be. */
export function readStep(body: string): Step | null {
  const read = readerOf(body);
  if (read === null) return null;
  const accountId = read(["account_id"]) ?? read(["account", "id"]);
  const type = read(["event", "data", "element_type"]) ?? LEAD;
  const dealId =
    type === LEAD
      ? (read(["event", "data", "id"]) ??
        TRIGGERS.map((trigger) => read(["leads", trigger, "0", "id"])).find((one) => one !== null))
      : null;
  const account = id.safeParse(accountId).data;
  const deal = id.safeParse(dealId).data;
  if (account === undefined || deal === undefined) return null;
  const settings = new Map(
    [KEY_SETTING, "bot_id", "only"].map((name) => [
      name,
      read(["action", "settings", "widget", "settings", name]) ?? "",
    ]),
  );
  const time = id.safeParse(read(["event", "time"])).data ?? "0";
  return { accountId: account, dealId: deal, time, settings };
}

type Reader = (path: readonly string[]) => string | null;

function readerOf(body: string): Reader | null {
  const json = parseJson(body);
  if (json !== undefined) return (path) => textOf(path.reduce(inside, json));
  const pairs = readForm(body);
  if (pairs === null) return null;
  const byPath = new Map(pairs.map(({ path, value }) => [path.join("\n"), value]));
  return (path) => byPath.get(path.join("\n")) ?? null;
}

/** undefined = not an object in JSON, so it may be a form. */
function parseJson(body: string): unknown {
  if (!/^\s*\{/.test(body)) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** PHP writes a list with gaps, and a single thing, as an object. */
function inside(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return /^\d+$/.test(name) ? value[Number(name)] : undefined;
  return field(value, name);
}

function textOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : null;
}
