import { describe, expect, it } from "vitest";
import { checkMirror } from "../../../src/simulation/oracles.ts";
import { api, openApp, openCard } from "../browser.ts";
import { soldDeal } from "../deals.ts";
import { withInstalled } from "../node-flow.ts";
import { nativeOf, stateOf, tokenCalls, tokensOf } from "./portal.ts";

const DAY_MINUTES = 24 * 60;

describe("tokens of Bitrix24", () => {
  it("are renewed when they have run out, and only then", () =>
    withInstalled("bitrix24", async (flow) => {
      const before = flow.sent.length;
      await flow.pass(6 * 60);
      const times = tokenCalls(flow, before).length;
      // The poll works all the time, and a token lives for an hour.
      expect(times).toBeGreaterThanOrEqual(5);
      expect(times).toBeLessThanOrEqual(7);
      expect(flow.world.ledger.refreshesAtOnce).toBe(1);
      for (const { url, method } of tokenCalls(flow, before)) {
        expect(method).toBe("POST");
        expect(url).not.toContain("client_secret");
      }
    }));

  it("an answer that was lost on the way ends in reconnect, and the next page of an administrator heals it", () =>
    withInstalled("bitrix24", async (flow) => {
      flow.crm.expireTokens("access");
      flow.crm.addFault({ match: "/oauth/token", times: 1, fault: { kind: "cutAfterCommit" } });
      await flow.pass(15);
      expect((await flow.portal().summary())?.state).toBe("reconnect");
      flow.crm.edit({ kind: "setAmount", dealId: soldDeal(flow).id, amountMinor: 64_000 });
      await openCard(flow, "deal", soldDeal(flow).id);
      await flow.pass(2);
      expect(await stateOf(flow)).toBe("active");
      expect(checkMirror(flow.world)).toEqual([]);
    }));

  it("a token server that is down costs nothing but time", () =>
    withInstalled("bitrix24", async (flow) => {
      flow.crm.expireTokens("access");
      const fault = { kind: "status", status: 503, body: "<html>" } as const;
      flow.crm.addFault({ match: "/oauth/token", times: 3, fault });
      await flow.pass(40);
      expect((await flow.portal().summary())?.state).toBe("active");
      expect(checkMirror(flow.world)).toEqual([]);
    }));

  it("a portal that nobody looks at for two hundred days stays connected", () =>
    withInstalled(
      "bitrix24",
      async (flow) => {
        await flow.pass(200 * DAY_MINUTES);
        expect((await flow.portal().summary())?.state).toBe("active");
        flow.crm.edit({ kind: "setAmount", dealId: soldDeal(flow).id, amountMinor: 64_000 });
        await flow.pass(1);
        expect(checkMirror(flow.world)).toEqual([]);
      },
      { clients: 12, policy: { pollEveryMs: 9e9, idScanEveryMs: 9e9 } },
    ));
});

describe("who looks at a page of Bitrix24", () => {
  it("is asked again within fifteen minutes, also by those whose page was open all the time", () =>
    withInstalled("bitrix24", async (flow) => {
      const { portal } = nativeOf(flow);
      const first = await openApp(flow);
      expect((await api(flow, first.session, "/api/overview")).status).toBe(200);
      portal.setUser(0, { isAdmin: false });
      const { access } = tokensOf(flow, 0);
      const renew = async () => {
        const response = await flow.ask("/bitrix24/session", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({
            AUTH_ID: access,
            member_id: portal.memberId,
            placement: "DEFAULT",
          }),
        });
        expect(response.status).toBe(200);
        return (await response.json()) as { token: string; expiresAt: number };
      };
      // The old session may still be good, but not for longer than its proof.
      await flow.pass(15.1);
      expect((await api(flow, first.session, "/api/overview")).status).toBe(401);
      const { token, expiresAt } = await renew();
      expect(expiresAt - flow.world.clock.now()).toBeLessThanOrEqual(15 * 60_000);
      expect((await api(flow, token, "/api/overview")).status).toBe(403);
      // A proof that is used again does not grow younger.
      await flow.pass(4);
      const again = await renew();
      expect(again.expiresAt).toBe(expiresAt);
    }));

  it("gets a new session for the record of the page, and only for one they may read", () =>
    withInstalled("bitrix24", async (flow) => {
      const { portal } = nativeOf(flow);
      const { id } = soldDeal(flow);
      const session = async (userIndex: number, AUTH_ID?: string) =>
        await flow.ask("/bitrix24/session", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({
            AUTH_ID: AUTH_ID ?? tokensOf(flow, userIndex).access,
            member_id: portal.memberId,
            placement: { placement: "CRM_DEAL_DETAIL_TAB", options: { ID: Number(id) } },
          }),
        });
      const { token } = (await (await session(0)).json()) as { token: string };
      const card = await api(flow, token, `/api/card?entity=deal&id=${id}`);
      expect(card.status).toBe(200);
      expect((await session(0, "f".repeat(70))).status).toBe(403);
    }));
});
