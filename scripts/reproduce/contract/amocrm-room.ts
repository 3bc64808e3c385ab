import { type AmocrmKnobs, makeAmocrmSandbox } from "../../../src/sandbox/amocrm/index.ts";
import type { SeedData } from "../../../src/sandbox/contract.ts";
import { CLIENT_ID, CLIENT_SECRET } from "./amocrm-sample.ts";
import { movedClock, START, seededRandom } from "./bench.ts";
import { asFields } from "./bitrix24-sample.ts";

/** A sandbox account of the samples' own name and id, with our integration connected. */

const DAY = 86_400_000;

const SEED: SeedData = {
  currency: "RUB",
  clients: [
    { key: "company", kind: "company", createdAt: START - 90 * DAY, responsible: 0 },
    { key: "contact", kind: "contact", createdAt: START - 80 * DAY, responsible: 0 },
  ],
  deals: (["won", "lost", "open"] as const).map((outcome, at) => ({
    clientKey: at === 1 ? "contact" : "company",
    amountMinor: 100_050 + at,
    outcome,
    createdAt: START - (60 - at) * DAY,
    closedAt: outcome === "open" ? null : START - (50 - at) * DAY,
    responsible: 0,
    pipeline: 0,
    source: at,
  })),
  activities: [
    { clientKey: "contact", kind: "call", direction: "in", at: START - 5 * DAY, isDone: true },
    { clientKey: "company", kind: "task", direction: "out", at: START + DAY, isDone: false },
  ],
};

export interface Answered {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly body: unknown;
}

const REDIRECT = "https://app.example.com/amocrm/oauth";
export const HOOK = "https://app.example.com/amocrm/events/secret-of-the-portal";

export function makeRoom(knobs: AmocrmKnobs = {}) {
  const delivered: { readonly url: string; readonly body: string }[] = [];
  const sandbox = makeAmocrmSandbox({
    clock: movedClock(START),
    random: seededRandom(4),
    deliver: async (request) => {
      const body = request.method === "GET" ? "" : await request.text();
      delivered.push({ url: request.url, body });
      return new Response(null);
    },
    requestsPerSecond: 1_000_000,
    itemsPerDelivery: 10,
    ...knobs,
  });
  sandbox.control.registerIntegration({
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    redirectUri: REDIRECT,
    disconnectUri: "https://app.example.com/amocrm/uninstall",
    name: "Client Pulse",
  });
  const portal = sandbox.control.createPortal({ subdomain: "example", customersMode: "segments" });
  portal.seed(SEED);
  const fetch = async (
    method: string,
    url: string,
    body: unknown,
    headers = {},
  ): Promise<Answered> => {
    const isText = typeof body === "string";
    const type = isText ? "application/x-www-form-urlencoded" : "application/json";
    const init = body === undefined ? {} : { body: isText ? body : JSON.stringify(body) };
    const response = await sandbox.fetch(
      new Request(url, {
        method,
        headers: { ...(body === undefined ? {} : { "content-type": type }), ...headers },
        ...init,
      }),
    );
    const text = await response.text();
    const answered = response.headers.get("content-type") ?? "";
    return {
      status: response.status,
      type: answered,
      text,
      body: answered.includes("json") ? (JSON.parse(text) as unknown) : text || null,
    };
  };
  const code = (user = 0) => new URL(portal.grant("s", user)).searchParams.get("code") ?? "";
  const oauth = (fields: Readonly<Record<string, string>>) =>
    fetch("POST", "https://example.amocrm.ru/oauth2/access_token", {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uri: REDIRECT,
      ...fields,
    });
  const tokens = async (user = 0) => {
    const { body } = await oauth({ grant_type: "authorization_code", code: code(user) });
    const { access_token, refresh_token } = asFields(body);
    return { access: String(access_token), refresh: String(refresh_token) };
  };
  const call = async (method: string, path: string, body?: unknown, user = 0) => {
    const { access } = await tokens(user);
    const headers = { authorization: `Bearer ${access}` };
    return fetch(method, `https://example.amocrm.ru${path}`, body, headers);
  };
  const client = (kind: string) =>
    Number(portal.truth().clients.find((one) => one.kind === kind)?.id);
  const ids = {
    deals: portal.seeded().deals.map(Number),
    contact: client("contact"),
    company: client("company"),
  };
  return { sandbox, portal, delivered, fetch, code, oauth, tokens, call, ids };
}

export type Room = ReturnType<typeof makeRoom>;
