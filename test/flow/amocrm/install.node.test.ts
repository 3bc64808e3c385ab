import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checkMirror } from "../../../src/simulation/oracles.ts";
import { get, openApp } from "../browser.ts";
import { agree, comeBack } from "../consent.ts";
import type { Flow } from "../flow-world.ts";
import { withFlow } from "../node-flow.ts";
import { accountOf, askSession, tokenCalls } from "./account-side.ts";

const installStatus = (flow: Flow) =>
  flow.crm.journal().find(({ call }) => call === "hook install")?.status;
const isInstalled = async (flow: Flow) => (await askSession(flow, { place: "app" })).status === 200;

describe("an installation from the marketplace", () => {
  it("is answered within three seconds although the account's token route takes ten", () =>
    withFlow("amocrm", async (flow) => {
      const fault = { kind: "delay", ms: 10_000 } as const;
      flow.crm.addFault({ match: "/oauth2/access_token", times: 1, fault });
      await flow.run(flow.crm.install());
      expect(installStatus(flow)).toBe(200);
      expect((await askSession(flow, { place: "app" })).status).toBe(404);
      await flow.pass(5);
      expect(await isInstalled(flow)).toBe(true);
      expect(checkMirror(flow.world)).toEqual([]);
      expect(tokenCalls(flow)).toEqual([200]);
    }));

  it("is tried again for as long as the code lives, and outlives the process that was called", () =>
    withFlow("amocrm", async (flow) => {
      const fault = { kind: "status", status: 503, body: "<html>" } as const;
      flow.crm.addFault({ match: "/oauth2/access_token", times: 6, fault });
      await flow.run(flow.crm.install());
      flow.world.crash();
      flow.world.restart();
      await flow.pass(10);
      expect(tokenCalls(flow).filter((status) => status === 503)).toHaveLength(6);
      expect(await isInstalled(flow)).toBe(true);
    }));

  it("keeps what the code was worth when the account cannot be read at once", () =>
    withFlow("amocrm", async (flow) => {
      const fault = { kind: "status", status: 502 } as const;
      flow.crm.addFault({ match: "GET /api/v4/account", times: 5, fault });
      await flow.run(flow.crm.install());
      await flow.pass(10);
      expect(tokenCalls(flow)).toEqual([200]);
      expect(await isInstalled(flow)).toBe(true);
    }));

  it("is bound to nobody: no page, no cookie, and a browser that calls the address gains nothing", () =>
    withFlow("amocrm", async (flow) => {
      const url = new URL(accountOf(flow).grant("x".repeat(64)));
      url.searchParams.set("from_widget", "1");
      const answer = await flow.ask(`${url.pathname}${url.search}`);
      expect([answer.status, await answer.text()]).toEqual([200, ""]);
      expect(answer.headers.get("set-cookie")).toBeNull();
      await flow.pass(5);
      expect(await isInstalled(flow)).toBe(true);
    }));

  it("that was lost is made up for by the button that the widget offers", () =>
    withFlow("amocrm", async (flow) => {
      const unknown = await askSession(flow, { place: "card", entity: "deal", id: "1" });
      expect(unknown).toMatchObject({ status: 404, body: { code: "portal.unknown" } });
      const { url, cookie } = await agree(flow);
      expect((await comeBack(flow, url, cookie)).status).toBe(200);
      expect(await isInstalled(flow)).toBe(true);
    }));
});

describe("the button", () => {
  it("gives a state that dies after ten minutes and works once, in its browser", () =>
    withFlow("amocrm", async (flow) => {
      const late = await agree(flow);
      await flow.pass(11);
      await comeBack(flow, late.url, late.cookie);
      const other = await agree(flow);
      await comeBack(flow, other.url, "c=0");
      await comeBack(flow, other.url, other.cookie);
      expect(tokenCalls(flow)).toEqual([]);
      const { url, cookie } = await agree(flow);
      await comeBack(flow, url, cookie);
      await comeBack(flow, url, cookie);
      expect(tokenCalls(flow)).toEqual([200]);
    }));

  it("that makes an integration brings keys of the account's own, which are used from then on", () =>
    withFlow("amocrm", async (flow) => {
      const account = accountOf(flow);
      const page = await get(flow, "/amocrm/connect?create=1");
      const data = (name: string) =>
        new RegExp(`data-${name}="([^"]*)"`).exec(page.html)?.[1] ?? "";
      expect(page.html).toContain('src="https://www.amocrm.ru/auth/button.min.js"');
      expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      const cookie = (page.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
      const button = {
        redirectUri: data("redirect_uri"),
        secretsUri: data("secrets_uri"),
        state: data("state"),
        name: data("name"),
      };
      // The sandbox rejects every answer but 200.
      const url = new URL(await flow.run(account.grantExternal(button)));
      expect((await comeBack(flow, url, cookie)).status).toBe(200);
      await flow.pass(5);
      expect(checkMirror(flow.world)).toEqual([]);

      const keys = url.searchParams.get("client_id") ?? "";
      expect(flow.world.site.config.registrations.map((one) => one.clientId)).not.toContain(keys);
      flow.crm.expireTokens("access");
      await flow.pass(15);
      const calls = flow.sent.filter((one) => one.url.endsWith("/oauth2/access_token"));
      const bodies = calls.map((one) => JSON.parse(one.body ?? "") as Record<string, string>);
      expect(bodies.map((body) => [body.grant_type, body.client_id])).toEqual([
        ["authorization_code", keys],
        ["refresh_token", keys],
      ]);

      // The disconnect hook of that integration is signed with its own secret; another secret proves nothing.
      const sign = (secret: string) =>
        createHmac("sha256", secret).update(`${keys}|${account.accountId}`).digest("hex");
      const tell = (signature: string) => {
        const query = new URLSearchParams({
          account_id: account.accountId,
          client_uuid: keys,
          signature,
        });
        return flow.ask(`/amocrm/uninstall?${query}`);
      };
      const shared = flow.world.site.config.registrations[0]?.clientSecret ?? "";
      expect((await tell(sign(shared))).status).toBe(403);
      flow.crm.expireTokens("all");
      expect((await tell(sign(bodies[0]?.client_secret ?? ""))).status).toBe(200);
      await flow.pass(1);
      expect(await flow.portal().summary()).toMatchObject({ state: "suspended" });
    }));
});

describe("the disconnect hook", () => {
  it("removes at once, and the same call after a new installation removes nothing", () =>
    withFlow("amocrm", async (flow) => {
      await flow.installAndSync();
      const account = accountOf(flow);
      const { clientId, clientSecret } = flow.world.site.config.registrations[0] ?? {
        clientId: "",
        clientSecret: "",
      };
      const query = new URLSearchParams({
        account_id: account.accountId,
        client_uuid: clientId,
        signature: createHmac("sha256", clientSecret)
          .update(`${clientId}|${account.accountId}`)
          .digest("hex"),
      });
      await flow.run(flow.crm.uninstall({ erase: false }));
      await flow.pass(1);
      expect((await askSession(flow, { place: "app" })).status).toBe(404);

      await flow.run(flow.crm.install());
      await flow.pass(5);
      expect((await flow.ask(`/amocrm/uninstall?${query}`)).status).toBe(200);
      await flow.pass(5);
      expect((await openApp(flow)).status).toBe(200);
      expect(await flow.portal().summary()).toMatchObject({ state: "active" });
      query.set("account_id", "777");
      expect((await flow.ask(`/amocrm/uninstall?${query}`)).status).toBe(403);
    }));
});

describe("a renamed account", () => {
  it("is found the moment somebody opens the widget, by the API host that its token named", () =>
    withFlow("amocrm", async (flow) => {
      await flow.installAndSync();
      accountOf(flow).rename("renamed");
      const session = await askSession(flow, { place: "app" });
      expect(session.status).toBe(200);
      const asked = flow.sent.filter((one) =>
        one.url.endsWith("/oauth2/account/current/subdomain"),
      );
      expect(asked.map((one) => [new URL(one.url).origin, Object.keys(one.headers ?? {})])).toEqual(
        [["https://api-b.amocrm.ru", ["x-refresh-token"]]],
      );
      expect(await flow.portal().summary()).toMatchObject({
        endpoint: "https://renamed.amocrm.ru/",
        state: "active",
      });
      expect((await openApp(flow)).directive("frame-ancestors")).toBe("https://renamed.amocrm.ru");
    }));
});
