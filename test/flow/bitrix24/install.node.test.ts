import { describe, expect, it } from "vitest";
import { checkMirror } from "../../../src/simulation/oracles.ts";
import { api, openApp, openCard } from "../browser.ts";
import { agree, comeBack } from "../consent.ts";
import { registered, writesOfApp } from "../crm-side.ts";
import { buyerOf, soldDeal } from "../deals.ts";
import type { Flow } from "../flow-world.ts";
import { withFlow, withInstalled } from "../node-flow.ts";
import {
  appEvent,
  eventTokens,
  FIRST_SERVER,
  nativeOf,
  openPage,
  SECOND_SERVER,
  stateOf,
  tokenCalls,
} from "./portal.ts";

const LOCAL = { clientId: "local.6537665f598492.98090704", status: "L" } as const;
const MASS = { clientId: "app.573ad8a0346747.09223434", status: "F" } as const;
const BOTH_SERVERS = { oauthServers: [SECOND_SERVER, FIRST_SERVER] };

async function untilRead(flow: Flow): Promise<void> {
  for (let minute = 0; minute < 20; minute += 1) {
    await flow.pass(1);
    if ((await flow.portal().progress()).phase === "done") return;
  }
  throw new Error("the first sync does not end");
}

describe("installing on Bitrix24", () => {
  it.each([
    ["a local application", LOCAL],
    ["an application of the market", MASS],
  ])("%s installs by its installer page, and ends in the app page", (_name, app) =>
    withFlow(
      "bitrix24",
      async (flow) => {
        const { portal } = nativeOf(flow);
        portal.beginInstall();
        const installer = await openPage(flow, "install");
        expect(installer.status).toBe(200);
        expect(installer.directive("frame-ancestors")).toBe(portal.origin());
        expect(installer.html).toContain("data-finish");
        // The page waits for what is registered before it tells the portal.
        const before = await api(flow, installer.session, "/api/installation");
        expect(before).toMatchObject({ status: 200, body: { isPrepared: false } });
        await flow.pass(1);
        const after = await api(flow, installer.session, "/api/installation");
        expect(after.body).toEqual({ isPrepared: true, isFinished: false, warnings: [] });
        expect((await registered(flow)).places.length).toBeGreaterThan(0);
        expect((await flow.portal().progress()).phase).toBe("waiting");
        portal.finishInstall();
        await flow.run(portal.flushHooks());
        await untilRead(flow);
        const page = await openApp(flow);
        expect(page.status).toBe(200);
        expect(await stateOf(flow)).toBe("active");
        expect(checkMirror(flow.world)).toEqual([]);
      },
      { knobs: { bitrix24: { app } } },
    ),
  );

  it.each([
    ["Y", "crm placement"],
    ["1", "crm,placement"],
    [null, "crm, placement"],
  ])("an application without pages installs by ONAPPINSTALL (INSTALLED %s)", (installed, scope) =>
    withFlow("bitrix24", async (flow) => {
      const { portal } = nativeOf(flow);
      portal.beginInstall();
      // Its own event is lost; this is the one that arrives.
      portal.setHookTrouble({ drop: 1, double: 0, reorder: 0, maxDelayMs: 0 });
      portal.finishInstall();
      portal.setHookTrouble(null);
      const answer = await appEvent(flow, "onAppInstall", {
        ...eventTokens(flow),
        "auth[scope]": scope,
        "data[INSTALLED]": installed,
      });
      expect(answer.status).toBe(200);
      await untilRead(flow);
      expect(checkMirror(flow.world)).toEqual([]);
    }),
  );

  it.each(["N", "0"])("an event that says INSTALLED %s waits for the person to finish", (word) =>
    withFlow("bitrix24", async (flow) => {
      const { portal } = nativeOf(flow);
      portal.beginInstall();
      const fields = { ...eventTokens(flow), "data[INSTALLED]": word };
      expect((await appEvent(flow, "ONAPPINSTALL", fields)).status).toBe(200);
      await flow.pass(5);
      expect((await flow.portal().progress()).phase).toBe("waiting");
      portal.finishInstall();
      await openApp(flow);
      await untilRead(flow);
    }),
  );

  it("an administrator who opens the app first installs it; a message that was lost is no dead end", () =>
    withFlow("bitrix24", async (flow) => {
      const { portal } = nativeOf(flow);
      portal.beginInstall();
      portal.setHookTrouble({ drop: 1, double: 0, reorder: 0, maxDelayMs: 0 });
      portal.finishInstall();
      portal.setHookTrouble(null);
      const colleague = await openPage(flow, "app", {}, { userIndex: 1 });
      expect(colleague.status).toBe(403);
      expect(await flow.portal().summary()).toBeNull();
      expect((await openApp(flow)).status).toBe(200);
      await untilRead(flow);
      expect(await stateOf(flow)).toBe("active");
    }));

  it("somebody without rights gets a page that says so inside the frame, and nothing is registered", () =>
    withFlow("bitrix24", async (flow) => {
      const { portal } = nativeOf(flow);
      portal.beginInstall(1);
      const page = await openPage(flow, "install", {}, { userIndex: 1 });
      expect(page.status).toBe(403);
      expect(page.html).toMatch(/администратор/i);
      expect(page.directive("frame-ancestors")).toBe(portal.origin());
      await flow.pass(10);
      expect(await flow.portal().summary()).toBeNull();
      expect(writesOfApp(flow)).toEqual([]);
      // The administrator who comes next finds nothing half-way.
      expect((await openPage(flow, "install")).status).toBe(200);
    }));

  it("an old portal names neither server nor secret: ours are asked, and its secret comes with the event", () =>
    withInstalled(
      "bitrix24",
      async (flow) => {
        expect(await stateOf(flow)).toBe("active");
        const deal = soldDeal(flow);
        flow.crm.clearJournal();
        flow.crm.edit({ kind: "setAmount", dealId: deal.id, amountMinor: 77_700 });
        await flow.pass(0.3);
        // Read because of the event, long before the next poll.
        expect(checkMirror(flow.world)).toEqual([]);
      },
      { knobs: { bitrix24: { portal: { hasOldPages: true }, config: BOTH_SERVERS } } },
    ));

  it.each(["first", "second"] as const)(
    "a portal of the %s region keeps to its server",
    (oauthServer) =>
      withInstalled(
        "bitrix24",
        async (flow) => {
          const before = flow.sent.length;
          flow.crm.expireTokens("access");
          await flow.pass(15);
          const origins = new Set(tokenCalls(flow, before).map(({ url }) => new URL(url).origin));
          expect([...origins]).toEqual([oauthServer === "first" ? FIRST_SERVER : SECOND_SERVER]);
          expect(await stateOf(flow)).toBe("active");
        },
        {
          knobs: {
            bitrix24: {
              sandbox: { secondOauthOrigin: SECOND_SERVER },
              portal: { oauthServer },
              config: BOTH_SERVERS,
            },
          },
        },
      ),
  );

  it("the consent page of the other region comes back through that region's server", () =>
    withFlow(
      "bitrix24",
      async (flow) => {
        const { url, cookie } = await agree(flow);
        expect(url.searchParams.get("server_domain")).toBe(new URL(SECOND_SERVER).host);
        expect((await comeBack(flow, url, cookie)).status).toBe(200);
        await untilRead(flow);
        // No message has told us the portal's secret yet: the administrator's page does.
        nativeOf(flow).portal.finishInstall();
        await openApp(flow);
        flow.crm.edit({ kind: "setAmount", dealId: soldDeal(flow).id, amountMinor: 55_500 });
        await flow.pass(0.3);
        expect(checkMirror(flow.world)).toEqual([]);
      },
      {
        knobs: {
          bitrix24: {
            sandbox: { secondOauthOrigin: SECOND_SERVER },
            portal: { oauthServer: "second" },
            config: BOTH_SERVERS,
          },
        },
      },
    ));

  it("installing twice, and again while everything is being read, leaves one of everything", () =>
    withFlow(
      "bitrix24",
      async (flow) => {
        const { portal } = nativeOf(flow);
        portal.beginInstall();
        await Promise.all([openPage(flow, "install"), openPage(flow, "install")]);
        await flow.pass(1);
        portal.finishInstall();
        await openApp(flow);
        await flow.pass(0.02);
        expect((await flow.portal().progress()).phase).not.toBe("done");
        await openPage(flow, "install");
        await flow.run(portal.flushHooks());
        await untilRead(flow);
        const { hooks, places, fields } = await registered(flow);
        for (const list of [hooks, places, fields]) expect(new Set(list).size).toBe(list.length);
        expect(checkMirror(flow.world)).toEqual([]);
        expect(await stateOf(flow)).toBe("active");
      },
      { clients: 900, syncLimitMinutes: 60 },
    ));

  it.each([null, "", "undefined", "[]", "null"])(
    "a page whose PLACEMENT_OPTIONS are %j opens",
    (options) =>
      withInstalled("bitrix24", async (flow) => {
        const fields = { PLACEMENT_OPTIONS: options };
        const app = await openPage(flow, "app", fields);
        expect(app.status).toBe(200);
        const card = await openPage(flow, "CRM_DEAL_DETAIL_TAB", fields);
        expect(card.status).toBe(200);
        expect(card.directive("frame-ancestors")).toBe(flow.crm.origin());
        expect(card.block("pulse-card")).toBeNull();
      }),
  );
});

describe("where a Bitrix24 portal lives", () => {
  const selfHosted = (origin: string) => ({
    knobs: { bitrix24: { sandbox: { portalOrigin: () => origin } } },
  });

  it.each(["https://crm.company.example.com", "https://crm.company.example.com:8443"])(
    "a self-hosted portal at %s works like any other",
    (origin) =>
      withInstalled(
        "bitrix24",
        async (flow) => {
          const deal = soldDeal(flow);
          const card = await openCard(flow, "deal", deal.id);
          expect(card.directive("frame-ancestors")).toBe(origin);
          expect(card.block("pulse-card")).toMatchObject({
            client: { kind: buyerOf(deal).clientKind },
          });
          expect(flow.sent.some(({ url }) => url.startsWith(`${origin}/rest/`))).toBe(true);
        },
        selfHosted(origin),
      ),
  );

  it.each([
    "http://crm.company.example.com",
    "https://10.0.0.7",
    "https://crm.company.local",
    "https://crm.company.example.com:22",
  ])("nothing is sent to %s, whatever the token server says", (origin) =>
    withFlow(
      "bitrix24",
      async (flow) => {
        nativeOf(flow).portal.beginInstall();
        const page = await openPage(flow, "install");
        expect(page.status).toBeGreaterThanOrEqual(400);
        await flow.pass(5);
        expect(flow.sent.filter(({ url }) => url.startsWith(origin))).toEqual([]);
        expect(await flow.portal().summary()).toBeNull();
      },
      selfHosted(origin),
    ),
  );

  it.each([
    ["its zone", "https://crm.company.ru", "en_pro"],
    ["its licence", "https://crm.company.example.com", "ru_pro100"],
  ])(
    "a Russian portal, known by %s, is refused elsewhere, and told so in the frame",
    (_by, origin, licence) =>
      withFlow(
        "bitrix24",
        async (flow) => {
          nativeOf(flow).portal.beginInstall();
          const page = await openPage(flow, "install");
          expect(page.status).toBe(403);
          expect(page.directive("frame-ancestors")).toBe(origin);
          await flow.pass(3);
          expect(await flow.portal().summary()).toBeNull();
        },
        {
          region: "other",
          knobs: { bitrix24: { sandbox: { portalOrigin: () => origin }, portal: { licence } } },
        },
      ),
  );

  it("a portal with another licence is welcome there", () =>
    withInstalled("bitrix24", async (flow) => expect(await stateOf(flow)).toBe("active"), {
      region: "other",
      knobs: {
        bitrix24: {
          sandbox: { portalOrigin: () => "https://company.bitrix24.com" },
          portal: { licence: "en_pro" },
        },
      },
    }));

  it("a renamed portal is found through the token server, and the call is made again as it was", () =>
    withInstalled("bitrix24", async (flow) => {
      const before = flow.sent.length;
      const deal = soldDeal(flow);
      flow.crm.rename("moved");
      flow.crm.edit({ kind: "setAmount", dealId: deal.id, amountMinor: 12_300 });
      await flow.pass(15);
      const sent = flow.sent.slice(before);
      const again = sent.find(({ url }) => url.startsWith("https://moved."));
      expect(again?.method).toBe("POST");
      const withoutAuth = (text = "{}") => ({ ...JSON.parse(text), auth: null });
      const refused = sent.filter(({ url }) => url.startsWith("https://simulation."));
      expect(refused.map(({ body }) => withoutAuth(body))).toContainEqual(withoutAuth(again?.body));
      expect(tokenCalls(flow, before)).toHaveLength(1);
      expect(checkMirror(flow.world)).toEqual([]);
      const card = await openCard(flow, "deal", deal.id);
      expect(card.directive("frame-ancestors")).toBe("https://moved.bitrix24.ru");
    }));
});
