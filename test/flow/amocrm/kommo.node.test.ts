import { describe, expect, it } from "vitest";
import { checkMirror } from "../../../src/simulation/oracles.ts";
import { openApp, openCard } from "../browser.ts";
import { agree, comeBack } from "../consent.ts";
import { soldDeal } from "../deals.ts";
import type { Flow, FlowPorts } from "../flow-world.ts";
import { withFlow } from "../node-flow.ts";
import { accountOf, tokenCalls } from "./account-side.ts";

const KOMMO: Partial<FlowPorts> = {
  knobs: {
    amocrm: {
      accountOrigin: (subdomain) => `https://${subdomain}.kommo.com`,
      consentOrigin: "https://www.kommo.com",
      apiOrigin: "https://api-c.kommo.com",
    },
  },
};

const usedKeys = (flow: Flow) =>
  flow.sent
    .filter((one) => one.url.endsWith("/oauth2/access_token"))
    .map((one) => (JSON.parse(one.body ?? "") as { client_id: string }).client_id);

describe("Kommo", () => {
  it("is a registration of its own, chosen by the zone of the account's address", () =>
    withFlow(
      "amocrm",
      async (flow) => {
        await flow.installAndSync();
        const kommo = flow.world.site.config.registrations.find(
          ({ product }) => product === "kommo",
        );
        expect(usedKeys(flow)).toEqual([kommo?.clientId]);
        expect(flow.key).toBe(`kommo:${accountOf(flow).accountId}`);
        expect(await flow.portal().summary()).toMatchObject({ key: flow.key, locale: "en" });
        expect(checkMirror(flow.world)).toEqual([]);
        const card = await openCard(flow, "deal", soldDeal(flow).id);
        expect(card.directive("frame-ancestors")).toBe("https://simulation.kommo.com");
        expect(card.html).toContain('lang="en"');
        expect((await openApp(flow)).session).not.toBeNull();
      },
      KOMMO,
    ));

  it("never gets the keys of amoCRM, nor amoCRM those of Kommo", () =>
    withFlow(
      "amocrm",
      async (flow) => {
        const amocrm = flow.world.site.config.registrations.find(
          ({ product }) => product === "amocrm",
        );
        const url = new URL(accountOf(flow).grant("s"));
        url.searchParams.set("client_id", amocrm?.clientId ?? "");
        url.searchParams.set("from_widget", "1");
        const answer = await flow.ask(`${url.pathname}${url.search}`);
        expect(answer.status).toBe(403);
        await flow.pass(1);
        expect(tokenCalls(flow)).toEqual([]);
      },
      KOMMO,
    ));

  it("has a button of its own that makes an integration, in the person's language", () =>
    withFlow(
      "amocrm",
      async (flow) => {
        const page = await flow.ask("/amocrm/connect?product=kommo&create=1", {
          headers: { "accept-language": "ru-RU,ru;q=0.9,es-MX;q=0.8,en;q=0.5" },
        });
        const html = await page.text();
        const data = (name: string) => new RegExp(`data-${name}="([^"]*)"`).exec(html)?.[1] ?? null;
        expect(html).toContain('class="kommo_oauth"');
        expect(html).toContain('src="https://www.kommo.com/auth/button.min.js"');
        expect(["theme", "locale", "color", "mode"].map(data)).toEqual([
          "light",
          "es",
          null,
          "post_message",
        ]);
        const button = {
          redirectUri: data("redirect_uri") ?? "",
          secretsUri: data("secrets_uri") ?? "",
          state: data("state") ?? "",
          name: data("name") ?? "",
        };
        const url = new URL(await flow.run(accountOf(flow).grantExternal(button)));
        const cookie = (page.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
        expect((await comeBack(flow, url, cookie)).status).toBe(200);
        await flow.pass(5);
        expect(flow.key).toBe(`kommo:${accountOf(flow).accountId}`);
        expect(usedKeys(flow)).toEqual([url.searchParams.get("client_id")]);
        expect(checkMirror(flow.world)).toEqual([]);
      },
      KOMMO,
    ));

  it("is connected at its own consent screen", () =>
    withFlow("amocrm", async (flow) => {
      const start = await flow.ask("/amocrm/connect?product=kommo");
      expect(start.headers.get("location")).toMatch(
        /^https:\/\/www\.kommo\.com\/oauth\?client_id=7f1c/,
      );
      const { url, cookie } = await agree(flow);
      url.searchParams.set("referer", "simulation.kommo.com");
      expect((await comeBack(flow, url, cookie)).status).toBe(403);
      expect(flow.sent).toEqual([]);
    }));
});
