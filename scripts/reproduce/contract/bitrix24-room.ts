import {
  type Bitrix24SandboxOptions,
  makeBitrix24Sandbox,
} from "../../../src/sandbox/bitrix24/index.ts";
import type { SeedData } from "../../../src/sandbox/contract.ts";
import { movedClock, START, seededRandom } from "./bench.ts";
import { asFields, type Fields } from "./bitrix24-sample.ts";

/** A sandbox portal with our application on it, and a way to call its REST as the samples do. */

const DAY = 86_400_000;
export const CLIENT_ID = "app.573ad8a0346747.09223434";
export const CLIENT_SECRET = "secret-of-the-samples";

const SEED: SeedData = {
  currency: "USD",
  clients: [
    { key: "company", kind: "company", createdAt: START - 90 * DAY, responsible: 0 },
    { key: "contact", kind: "contact", createdAt: START - 80 * DAY, responsible: 0 },
  ],
  // More than a page, so that answers name the next one.
  deals: [
    ...Array.from({ length: 60 }, (_, at) => ({
      clientKey: "company",
      amountMinor: 5_000,
      outcome: "won" as const,
      createdAt: START - (200 + at) * DAY,
      closedAt: START - (190 + at) * DAY,
      responsible: 0,
      pipeline: 0 as const,
      source: 0,
    })),
    {
      clientKey: "company",
      amountMinor: 100_000,
      outcome: "won",
      createdAt: START - 60 * DAY,
      closedAt: START - 50 * DAY,
      responsible: 0,
      pipeline: 0,
      source: 0,
    },
    {
      clientKey: "contact",
      amountMinor: 250_050,
      outcome: "open",
      createdAt: START - 20 * DAY,
      closedAt: null,
      responsible: 0,
      pipeline: 0,
      source: 1,
    },
  ],
  activities: [
    ...Array.from({ length: 60 }, (_, at) => ({
      clientKey: "company",
      kind: "call" as const,
      direction: "in" as const,
      at: START - (10 + at) * DAY,
      isDone: true,
    })),
    { clientKey: "company", kind: "call", direction: "in", at: START - 5 * DAY, isDone: true },
    { clientKey: "contact", kind: "email", direction: "out", at: START - 4 * DAY, isDone: true },
  ],
};

export interface Answered {
  readonly status: number;
  readonly body: Fields;
}

export interface RoomInput {
  readonly options?: Partial<Bitrix24SandboxOptions>;
  readonly scopes?: readonly string[];
  readonly hasOldPages?: boolean;
}

const SCOPES = ["crm", "placement", "user", "user_brief", "task", "im", "department", "bizproc"];

export function makeRoom({ options = {}, scopes = SCOPES, hasOldPages = false }: RoomInput = {}) {
  const clock = movedClock(START);
  const delivered: URLSearchParams[] = [];
  const sandbox = makeBitrix24Sandbox({
    clock,
    random: seededRandom(3),
    operatingLimitSeconds: 1e9,
    deliver: async (request) => {
      delivered.push(new URLSearchParams(await request.text()));
      return new Response("ok");
    },
    ...options,
  });
  sandbox.control.registerApp({
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    appUrl: "https://pulse.example.com/bitrix24/app",
    installUrl: "https://pulse.example.com/bitrix24/install",
    eventUrl: "https://pulse.example.com/bitrix24/install",
    redirectUrl: "https://pulse.example.com/bitrix24/oauth",
    scopes,
  });
  const portal = sandbox.control.createPortal({ name: "samples", users: 2, hasOldPages });
  portal.seed(SEED);
  portal.beginInstall();
  portal.finishInstall();
  const page = () => new URLSearchParams(portal.openPage("app").body);
  const send = async (path: string, body: unknown): Promise<Answered> => {
    // The vendor's bucket would refuse calls without a pause.
    clock.move(1_000);
    const isText = typeof body === "string";
    const response = await sandbox.fetch(
      new Request(`${portal.origin()}${path}`, {
        method: "POST",
        headers: {
          "content-type": isText ? "application/x-www-form-urlencoded" : "application/json",
        },
        body: isText ? body : JSON.stringify(body),
      }),
    );
    return { status: response.status, body: asFields(JSON.parse(await response.text())) };
  };
  const call = (method: string, params: unknown = {}) =>
    send(`/rest/${method}`, { ...asFields(params), auth: page().get("AUTH_ID") });
  const result = async (method: string, params: Fields = {}): Promise<unknown> => {
    const { status, body } = await call(method, params);
    if (status !== 200) throw new Error(`${method}: ${status} ${JSON.stringify(body)}`);
    return body.result;
  };
  const truth = portal.truth();
  const clientId = (kind: string) => Number(truth.clients.find((one) => one.kind === kind)?.id);
  const ids = {
    deal: Number(truth.deals[0]?.id),
    company: clientId("company"),
    contact: clientId("contact"),
  };
  return { sandbox, portal, clock, delivered, page, send, call, result, ids };
}

export type Room = ReturnType<typeof makeRoom>;
