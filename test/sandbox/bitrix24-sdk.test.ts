import { B24OAuth } from "@bitrix24/b24jssdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveSandbox } from "../../src/runtime/node/sandbox-server.ts";
import { makeBitrix24Sandbox } from "../../src/sandbox/bitrix24/index.ts";
import { APP, makeSeed, seededRandom } from "./bitrix24-fixture.ts";

/** The official client, unchanged, is the judge: what its parsers accept is what a portal says. */

let server: Awaited<ReturnType<typeof serveSandbox>>;
let oauthServer: Awaited<ReturnType<typeof serveSandbox>>;
// The client compares `expires` with the real clock.
let now = Date.now();
let sandbox: ReturnType<typeof makeBitrix24Sandbox>;
let portal: ReturnType<typeof sandbox.control.createPortal>;

beforeAll(async () => {
  const fetch = (request: Request): Promise<Response> => sandbox.fetch(request);
  server = await serveSandbox(fetch);
  oauthServer = await serveSandbox(fetch);
  sandbox = makeBitrix24Sandbox({
    clock: {
      // The request limit is not under test: a second passes between any two looks at the clock.
      now: () => {
        now += 1000;
        return now;
      },
      monotonic: () => now,
      sleep: () => Promise.resolve(),
      turn: () => Promise.resolve(),
    },
    random: seededRandom(11),
    deliver: () => Promise.resolve(new Response("ok")),
    oauthOrigin: `http://127.0.0.1:${oauthServer.port}`,
    portalOrigin: () => `http://127.0.0.1:${server.port}`,
  });
  sandbox.control.registerApp({
    ...APP,
    appUrl: "http://app.example/app",
    installUrl: "http://app.example/install",
    scopes: ["crm", "user_brief", "task"],
  });
  portal = sandbox.control.createPortal({ name: "sdk" });
  portal.seed(makeSeed(130));
  await portal.install();
});

afterAll(async () => {
  await server.close();
  await oauthServer.close();
});

function client(): B24OAuth {
  const form = new URLSearchParams(portal.openPage("app").body);
  return new B24OAuth(
    {
      applicationToken: form.get("APPLICATION_TOKEN") ?? "",
      userId: 1,
      memberId: portal.memberId,
      accessToken: form.get("AUTH_ID") ?? "",
      refreshToken: form.get("REFRESH_ID") ?? "",
      expires: Math.floor(Date.now() / 1000) + 3600,
      expiresIn: 3600,
      scope: "crm,user_brief,task",
      domain: new URL(portal.origin()).host,
      clientEndpoint: `${portal.origin()}/rest/`,
      serverEndpoint: `http://127.0.0.1:${oauthServer.port}/rest/`,
      status: "L" as never,
    },
    { clientId: APP.clientId, clientSecret: APP.clientSecret },
  );
}

test("a single call returns the result and the time block", async () => {
  const answer = await client().actions.v2.call.make({ method: "profile", params: {} });
  expect(answer.isSuccess).toBe(true);
  const data = answer.getData() as { result: { ADMIN: boolean }; time: { operating: number } };
  expect(data.result.ADMIN).toBe(true);
  expect(data.time.operating).toBe(0);
});

test("callList reads three pages of the old family and of the universal family", async () => {
  const b24 = client();
  const old = await b24.actions.v2.callList.make({
    method: "crm.deal.list",
    params: { select: ["ID", "TITLE"] },
    idKey: "ID",
  });
  expect(old.getErrorMessages()).toEqual([]);
  expect((old.getData() as unknown[]).length).toBe(130);
  const items = await b24.actions.v2.callList.make({
    method: "crm.item.list",
    params: { entityTypeId: 2, select: ["id", "title"] },
    idKey: "id",
    customKeyForResult: "items",
  });
  expect((items.getData() as unknown[]).length).toBe(130);
});

test("fetchList streams every deal once", async () => {
  const seen: string[] = [];
  const pages = client().actions.v2.fetchList.make<{ ID: string }>({
    method: "crm.deal.list",
    params: { select: ["ID"] },
    idKey: "ID",
  });
  for await (const page of pages) for (const row of page) seen.push(row.ID);
  expect(new Set(seen).size).toBe(130);
  expect(seen.length).toBe(130);
});

test("a batch with a failing command gives the others' results and one error", async () => {
  const answer = await client().actions.v2.batch.make({
    calls: {
      user: { method: "profile", params: {} },
      boom: { method: "no.such.method", params: {} },
      deals: { method: "crm.deal.list", params: { select: ["ID"] } },
    },
    options: { isHaltOnError: false, returnAjaxResult: true },
  });
  expect(answer.isSuccess).toBe(false);
  expect(answer.getErrorMessages().join(" ")).toContain("Method not found");
  const data = answer.getData() as Record<string, { getData(): { result: unknown } }>;
  expect(Object.keys(data)).toContain("deals");
  expect(sandbox.control.unimplemented()).toContain("no.such.method");
});

test("batchByChunk splits 120 commands", async () => {
  const calls = Array.from({ length: 120 }, () => ["server.time", {}] as [string, object]);
  const answer = await client().actions.v2.batchByChunk.make({
    calls,
    options: { isHaltOnError: true },
  });
  expect(answer.isSuccess).toBe(true);
  expect((answer.getData() as unknown[]).length).toBe(120);
});

test("an expired token is renewed once and the call succeeds with the new pair", async () => {
  const b24 = client();
  portal.expireTokens("access");
  const renewed: string[] = [];
  b24.setCallbackRefreshAuth(async ({ b24OAuthParams }) => {
    renewed.push(b24OAuthParams.accessToken);
  });
  const answer = await b24.actions.v2.call.make({ method: "profile", params: {} });
  expect(answer.isSuccess).toBe(true);
  expect(renewed.length).toBe(1);
  const again = await b24.actions.v2.call.make({ method: "profile", params: {} });
  expect(again.isSuccess).toBe(true);
  expect(renewed.length).toBe(1);
});
