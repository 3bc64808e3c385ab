import { describe, expect, it } from "vitest";
import { agree, comeBack } from "./consent.ts";
import type { Flow } from "./flow-world.ts";
import { hostileHosts } from "./hostile.ts";
import { bodyOf, form, refused, SECRET_ORIGIN, withFlow, withInstalled } from "./node-flow.ts";

describe("forged installations of bitrix24", () => {
  const post = async (flow: Flow, change: (form: URLSearchParams) => void, userIndex = 0) => {
    const { native } = flow.world.site;
    if (native.product !== "bitrix24") throw new Error("another product");
    native.portal.beginInstall();
    const page = native.portal.openPage("install", null, userIndex);
    const fields = new URLSearchParams(page.body);
    change(fields);
    return await flow.ask(page.url, form(fields.toString()));
  };

  it("a real token for another member_id installs nothing", () =>
    withFlow("bitrix24", async (flow) => {
      const answer = await post(flow, (fields) => fields.set("member_id", "b".repeat(32)));
      expect([answer.status, await bodyOf(answer)]).toEqual([403, refused("auth.refused")]);
      expect(await flow.portal().summary()).toBeNull();
    }));

  it("a colleague who is no administrator installs nothing", () =>
    withFlow("bitrix24", async (flow) => {
      const answer = await post(flow, () => undefined, 1);
      expect(await bodyOf(answer)).toEqual(refused("auth.not_admin"));
      expect(await flow.portal().summary()).toBeNull();
    }));

  it.each([
    "https://evil.example/rest/",
    "https://oauth.bitrix24.tech.evil.example/rest/",
    ...hostileHosts("oauth.bitrix24.tech")
      .filter((one) => one !== "" && one !== "oauth.bitrix24.tech")
      .map((one) => `https://${one}/rest/`),
  ])("the token server %j gets nothing", (server) =>
    withFlow("bitrix24", async (flow) => {
      const answer = await post(flow, (fields) => fields.set("SERVER_ENDPOINT", server));
      expect(answer.status).toBe(403);
      expect(flow.sent).toEqual([]);
    }),
  );

  it("the DOMAIN of an attacker is not asked for anything, and the portal is where it proved to be", () =>
    withFlow("bitrix24", async (flow) => {
      const { native } = flow.world.site;
      if (native.product !== "bitrix24") return;
      native.portal.beginInstall();
      const page = native.portal.openPage("install");
      const url = new URL(page.url);
      url.searchParams.set("DOMAIN", "evil.example");
      const body = `${page.body}&DOMAIN=evil.example&auth[client_endpoint]=https://evil.example/rest/`;
      const answer = await flow.ask(url.href, form(body));
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-security-policy")).not.toContain("evil");
      expect(await flow.portal().summary()).toMatchObject({
        endpoint: `${native.portal.origin()}/rest/`,
      });
      await flow.pass(3);
      const origins = new Set(flow.sent.map((request) => new URL(request.url).origin));
      expect([...origins].sort()).toEqual([SECRET_ORIGIN.bitrix24, native.portal.origin()].sort());
    }));
});

describe("forged installations of amocrm", () => {
  const query = (flow: Flow, referer: string, clientId?: string) =>
    new URLSearchParams({
      code: "def50200somebody",
      referer,
      platform: "1",
      client_id: clientId ?? flow.world.site.config.registrations[0]?.clientId ?? "",
      from_widget: "1",
    });

  it.each(hostileHosts("amocrm.ru"))("the referer %j gets nothing", (referer) =>
    withFlow("amocrm", async (flow) => {
      const answer = await flow.ask(`/amocrm/oauth?${query(flow, referer)}`);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(flow.sent).toEqual([]);
      expect(await flow.portal().summary()).toBeNull();
    }),
  );

  it("a browser with a known state and somebody else's referer sends the secret nowhere", () =>
    withFlow("amocrm", async (flow) => {
      for (const referer of [
        "evil.example",
        "p.amocrm.ru.evil.example",
        "p.amocrm.ru@evil.example",
      ]) {
        const { url, cookie } = await agree(flow);
        url.searchParams.set("referer", referer);
        expect((await comeBack(flow, url, cookie)).status).toBeGreaterThanOrEqual(400);
      }
      expect(flow.sent).toEqual([]);
    }));

  it("another integration's id and an account that does not know the code install nothing", () =>
    withFlow("amocrm", async (flow) => {
      const host = new URL(flow.crm.origin()).host;
      const foreign = await flow.ask(
        `/amocrm/oauth?${query(flow, host, "00000000-0000-0000-0000-000000000000")}`,
      );
      expect(foreign.status).toBeGreaterThanOrEqual(400);
      expect(flow.sent).toEqual([]);
      // Answered before anybody knows what the code is worth; then it turns out to be worth nothing.
      const other = await flow.ask(`/amocrm/oauth?${query(flow, "other.amocrm.ru")}`);
      expect(other.status).toBe(200);
      await flow.pass(25);
      expect(await flow.portal().summary()).toBeNull();
    }));

  it("only the account's own page may read the session's answer", () =>
    withInstalled("amocrm", async (flow) => {
      const { native } = flow.world.site;
      if (native.product !== "amocrm") return;
      const token = await flow.run(native.portal.disposableToken());
      const ask = (origin: string, xAuthToken = token) =>
        flow.ask("/amocrm/session", {
          method: "POST",
          headers: { "content-type": "application/json", "x-auth-token": xAuthToken, origin },
          body: JSON.stringify({ place: "app" }),
        });
      const good = await ask(native.portal.origin());
      expect([good.status, good.headers.get("access-control-allow-origin")]).toEqual([
        200,
        native.portal.origin(),
      ]);
      for (const origin of ["https://evil.example", "https://other.amocrm.ru", "null"]) {
        const answer = await ask(origin);
        expect(answer.status).toBe(403);
        expect(await bodyOf(answer)).not.toHaveProperty("token");
      }
      const [head, claims] = token.split(".");
      const unsigned = `${btoa('{"alg":"none"}').replaceAll("=", "")}.${claims}.`;
      for (const forged of ["", "x", unsigned, `${head}.${claims}.AAAA`]) {
        expect((await ask(native.portal.origin(), forged)).status).toBe(403);
      }
      const preflight = await flow.ask("/amocrm/session", {
        method: "OPTIONS",
        headers: { origin: "https://evil.example" },
      });
      expect(preflight.headers.get("access-control-allow-origin")).toBeNull();
    }));
});
