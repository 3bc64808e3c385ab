import { describe, expect, test } from "vitest";
import { APP, makeFixture, makeSeed } from "./bitrix24-fixture.ts";

const HOOK = "http://app.example/b24/hook";
const OAUTH = "http://oauth.bitrix24.localhost";

function form(values: Record<string, string>): Request {
  const body = new URLSearchParams(values);
  return new Request(`${OAUTH}/oauth/token/`, { method: "POST", body });
}

describe("installation", () => {
  test("an administrator's installation posts the installer, then the event, then the page", async () => {
    const { portal, delivered } = makeFixture();
    await portal.install();
    await portal.flushHooks();
    const urls = delivered.map((one) => new URL(one.url).pathname);
    expect(urls[0]).toBe("/b24/install");
    expect(urls.slice(1).sort()).toEqual(["/b24/app", "/b24/event"]);
    const [first] = delivered;
    expect([...new URL(first!.url).searchParams.keys()]).toEqual([
      "DOMAIN",
      "PROTOCOL",
      "LANG",
      "APP_SID",
    ]);
    expect([...first!.form.keys()]).toEqual([
      "AUTH_ID",
      "AUTH_EXPIRES",
      "REFRESH_ID",
      "SERVER_ENDPOINT",
      "APPLICATION_TOKEN",
      "APPLICATION_SCOPE",
      "member_id",
      "status",
      "PLACEMENT",
    ]);
    const event = delivered.find((one) => one.url.endsWith("/event"))!.form;
    expect(event.get("event")).toBe("ONAPPINSTALL");
    expect(event.get("auth[refresh_token]")).toMatch(/^[0-9a-f]{70}$/);
    expect(event.get("auth[application_token]")).toBe(portal.applicationToken());
  });

  test("an installer page that fails stops the installation", async () => {
    const { portal, replies } = makeFixture();
    replies.push(() => Promise.resolve(new Response("no", { status: 500 })));
    await expect(portal.install()).rejects.toThrow("500");
    expect(portal.isInstalled()).toBe(false);
  });

  test("before the installation is finished no events flow and no placement shows", async () => {
    const { portal, sandbox, delivered } = makeFixture();
    portal.seed(makeSeed(3));
    portal.beginInstall();
    const auth = new URLSearchParams(portal.openPage("install").body).get("AUTH_ID") ?? "";
    const post = (method: string, params: Record<string, string>) => {
      const body = new URLSearchParams({ ...params, auth });
      return sandbox.fetch(
        new Request(`${portal.origin()}/rest/${method}`, { method: "POST", body }),
      );
    };
    const bound = await post("event.bind", { event: "onCrmDealUpdate", handler: HOOK });
    expect((await bound.json()).result).toBe(true);
    const place = { PLACEMENT: "CRM_DEAL_DETAIL_TAB", HANDLER: "http://app.example/b24/tab" };
    await post("placement.bind", place);
    const dealId = portal.truth().deals[0]!.id;
    portal.edit({ kind: "setAmount", dealId, amountMinor: 777_00 });
    await portal.flushHooks();
    expect(delivered).toEqual([]);
    expect(() => portal.openPage("CRM_DEAL_DETAIL_TAB")).toThrow();
    portal.finishInstall();
    const page = portal.openPage("CRM_DEAL_DETAIL_TAB", { kind: "deal", id: dealId }, 1);
    const options = JSON.parse(new URLSearchParams(page.body).get("PLACEMENT_OPTIONS") ?? "");
    expect(options.ID).toBe(dealId);
    const again = await post("placement.bind", place);
    expect((await again.json()).error).toBe("ERROR_CORE");
  });

  test("uninstalling kills the tokens first and tells once; a reinstallation has a new application token", async () => {
    const { portal, delivered, tokens, send, sandbox } = makeFixture();
    const { access, refresh } = tokens();
    const before = portal.applicationToken();
    await portal.flushHooks();
    delivered.length = 0;
    await portal.uninstall({ erase: true });
    expect(delivered.length).toBe(1);
    const event = delivered[0]!.form;
    expect([event.get("event"), event.get("data[CLEAN]")]).toEqual(["ONAPPUNINSTALL", "1"]);
    expect(event.get("auth[application_token]")).toBe(before);
    expect(event.has("auth[access_token]")).toBe(false);
    expect((await (await send("profile", {}, access)).json()).error).toBe("invalid_token");
    const grant = { grant_type: "refresh_token", refresh_token: refresh };
    const refused = await sandbox.fetch(
      form({ ...grant, client_id: APP.clientId, client_secret: APP.clientSecret }),
    );
    expect((await refused.json()).error).toBe("invalid_grant");
    await portal.install();
    expect(portal.applicationToken()).not.toBe(before);
  });
});

test("a new version drops the old one's handlers and brings a new application token", async () => {
  const { portal, call, delivered } = makeFixture();
  await call("event.bind", { event: "ONCRMDEALADD", handler: HOOK });
  const before = portal.applicationToken();
  await portal.flushHooks();
  delivered.length = 0;
  portal.updateApp();
  await portal.flushHooks();
  expect(delivered[0]!.form.get("event")).toBe("ONAPPUPDATE");
  expect(delivered[0]!.form.get("data[PREVIOUS_VERSION]")).toBe("1");
  expect(delivered[0]!.form.get("auth[application_token]")).not.toBe(before);
  expect((await call("event.get")).result).toEqual([]);
});

describe("tokens", () => {
  const keys = { client_id: APP.clientId, client_secret: APP.clientSecret };

  test("a code works once and for thirty seconds", async () => {
    const { portal, sandbox, clock, tokens } = makeFixture();
    tokens();
    const take = async (): Promise<URL> => {
      const answer = await sandbox.fetch(new Request(portal.authorizeUrl("state-1")));
      return new URL(answer.headers.get("location") ?? "");
    };
    const back = await take();
    expect(back.searchParams.get("state")).toBe("state-1");
    expect(back.searchParams.get("member_id")).toBe(portal.memberId);
    const exchange = (url: URL) => {
      const code = url.searchParams.get("code") ?? "";
      return sandbox.fetch(form({ grant_type: "authorization_code", code, ...keys }));
    };
    const pair = await (await exchange(back)).json();
    expect(pair.domain).toBe("oauth.bitrix24.localhost");
    expect(pair.client_endpoint).toBe(`${portal.origin()}/rest/`);
    expect(typeof pair.expires).toBe("number");
    expect((await exchange(back)).status).toBe(400);
    const late = await take();
    await clock.advance(31_000);
    expect((await exchange(late)).status).toBe(400);
  });

  test("a refresh token works once, its successor next", async () => {
    const { sandbox, tokens } = makeFixture();
    const { refresh } = tokens();
    const rotate = (refresh_token: string) =>
      sandbox.fetch(form({ grant_type: "refresh_token", refresh_token, ...keys }));
    const pair = await (await rotate(refresh)).json();
    expect((await (await rotate(refresh)).json()).error).toBe("invalid_grant");
    expect((await rotate(pair.refresh_token)).status).toBe(200);
    const wrong = { grant_type: "refresh_token", refresh_token: "x", client_id: APP.clientId };
    expect((await sandbox.fetch(form({ ...wrong, client_secret: "no" }))).status).toBe(401);
  });

  test("the OAuth server vouches for a portal by app.info and knows no other method", async () => {
    const { portal, sandbox, tokens } = makeFixture();
    const { access } = tokens();
    const ask = async (method: string) =>
      sandbox.fetch(new Request(`${OAUTH}/rest/${method}?auth=${access}`));
    const { result } = await (await ask("app.info")).json();
    expect(result.client_id).toBe(APP.clientId);
    expect(result.install).toMatchObject({ uri: portal.origin(), member_id: portal.memberId });
    expect((await ask("profile")).status).toBe(404);
  });
});

test("a card page holds a named frame and the post of the viewer", async () => {
  const { portal, sandbox, call } = makeFixture();
  portal.seed(makeSeed(3));
  const handler = "http://app.example/b24/tab?x=1";
  await call("placement.bind", { PLACEMENT: "CRM_DEAL_DETAIL_TAB", HANDLER: handler, TITLE: "P" });
  const url = portal.cardUrl("deal", portal.truth().deals[0]!.id, 1);
  const page = await (await sandbox.fetch(new Request(url))).text();
  const host = new URL(portal.origin()).host;
  const sid = new RegExp(`name="${host}\\|0\\|([0-9a-f]{32})"`).exec(page)?.[1] ?? "";
  expect(page).toContain(`id="form-${sid}" method="post" action="${handler}&#38;DOMAIN=`);
  const ask = async (route: string, body: object) => {
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify({ sid, ...body }) };
    return (await sandbox.fetch(new Request(`${portal.origin()}/_sim/${route}`, init))).json();
  };
  const init = await ask("init-data", {});
  expect(init).toMatchObject({ DOMAIN: host, PROTOCOL: "0", IS_ADMIN: false, INSTALL: false });
  expect(init.PLACEMENT_OPTIONS.ID).toBe(portal.truth().deals[0]!.id);
  const renewed = await ask("refresh-auth", {});
  expect(renewed.AUTH_ID).not.toBe(init.AUTH_ID);
  await ask("frame-log", { command: "setTitle", params: { title: "t" } });
  expect(portal.frameLog()).toEqual([{ command: "setTitle", params: { title: "t" } }]);
});

test("the installer's frame finishes the installation", async () => {
  const { portal, sandbox } = makeFixture();
  portal.beginInstall();
  const page = await (await sandbox.fetch(new Request(portal.appUrl()))).text();
  expect(page).toContain('action="http://app.example/b24/install?DOMAIN=');
  const guest = await (await sandbox.fetch(new Request(portal.appUrl(1)))).text();
  expect(guest).toContain("not fully installed");
  const sid = /frame-([0-9a-f]{32})/.exec(page)?.[1];
  const init = { method: "POST", body: JSON.stringify({ sid }) };
  await sandbox.fetch(new Request(`${portal.origin()}/_sim/install-finish`, init));
  expect(portal.isInstalled()).toBe(true);
});

test("the same seed gives the same portal, tokens and data", async () => {
  const picture = () => {
    const { portal } = makeFixture();
    portal.seed(makeSeed(20));
    portal.beginInstall();
    return [portal.memberId, portal.openPage("install").body, portal.truth()];
  };
  expect(picture()).toEqual(picture());
});

test("one shared origin serves the OAuth server and the portal", async () => {
  const origin = "http://127.0.0.1:9";
  const { sandbox, portal, tokens } = makeFixture({
    oauthOrigin: origin,
    portalOrigin: () => origin,
  });
  const { access } = tokens();
  const ask = (path: string) => sandbox.fetch(new Request(`${origin}${path}?auth=${access}`));
  const { result } = await (await ask("/rest/app.info")).json();
  expect(result.install.member_id).toBe(portal.memberId);
  expect((await ask("/rest/profile")).status).toBe(200);
});

test("every made-up name is among the canaries", async () => {
  const { portal, call } = makeFixture();
  portal.seed(makeSeed(4));
  const deal = (await call("crm.item.list", { entityTypeId: 2 })).result.items[0];
  const contact = (await call("crm.item.list", { entityTypeId: 3, select: ["*"] })).result.items[0];
  const texts = [deal.title, deal.comments, contact.name, contact.lastName, contact.phone];
  for (const text of [...texts, contact.email]) {
    expect(portal.canaries().some((canary) => text.includes(canary))).toBe(true);
  }
});
