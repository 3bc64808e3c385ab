import { describe, expect, it } from "vitest";
import { checkMirror } from "../../../src/simulation/oracles.ts";
import { soldDeal } from "../deals.ts";
import type { Flow } from "../flow-world.ts";
import { withInstalled } from "../node-flow.ts";
import { askSession, overviewOf, tokenCalls } from "./account-side.ts";

const ACCESS = "/oauth2/access_token";
const NEVER_MS = 1e12;

/** Somebody works in the CRM, so that the app has to ask. */
function change(flow: Flow, amountMinor: number): void {
  flow.crm.edit({ kind: "setAmount", dealId: soldDeal(flow).id, amountMinor });
}

/** The access token is dead and something has changed; afterwards the calls of the token route. */
async function refreshed(flow: Flow, minutes: number): Promise<readonly number[]> {
  flow.crm.clearJournal();
  flow.crm.expireTokens("access");
  change(flow, 123_400);
  await flow.pass(minutes);
  return tokenCalls(flow);
}

describe("a refresh", () => {
  it("happens once however many calls find the token dead", () =>
    withInstalled("amocrm", async (flow) => {
      for (const deal of flow.crm.truth().deals.slice(0, 30)) {
        flow.crm.edit({ kind: "setAmount", dealId: deal.id, amountMinor: 5_000 });
      }
      expect(await refreshed(flow, 2)).toEqual([200]);
      expect(flow.world.ledger.refreshesAtOnce).toBe(1);
      expect(checkMirror(flow.world)).toEqual([]);
    }));

  it("that nobody heard is repeated once with the same token", () =>
    withInstalled("amocrm", async (flow) => {
      flow.crm.addFault({ match: ACCESS, times: 1, fault: { kind: "cutBefore" } });
      expect(await refreshed(flow, 1)).toEqual([0, 200]);
      expect((await overviewOf(flow)).portalState).toBe("active");
      expect(checkMirror(flow.world)).toEqual([]);
    }));

  it("whose answer was lost is repeated once; then only a person can help", () =>
    withInstalled("amocrm", async (flow) => {
      flow.crm.addFault({ match: ACCESS, times: 1, fault: { kind: "cutAfterCommit" } });
      expect(await refreshed(flow, 120)).toEqual([200, 400]);
      expect((await overviewOf(flow)).portalState).toBe("reconnect");
    }));

  it.each([429, 500, 502, 503])("waits and goes on after %i", (status) =>
    withInstalled("amocrm", async (flow) => {
      const fault = { kind: "status", status, body: "<html>busy</html>" } as const;
      flow.crm.addFault({ match: ACCESS, times: 3, fault });
      const calls = await refreshed(flow, 20);
      expect(calls).toEqual([status, status, status, 200]);
      expect((await overviewOf(flow)).portalState).toBe("active");
      expect(checkMirror(flow.world)).toEqual([]);
    }),
  );

  it("that is refused is final: nothing is asked for a day", () =>
    withInstalled("amocrm", async (flow) => {
      flow.crm.expireTokens("all");
      change(flow, 55_500);
      await flow.pass(1);
      const sent = flow.sent.length;
      await flow.pass(24 * 60);
      expect(flow.sent).toHaveLength(sent);
      expect((await overviewOf(flow)).portalState).toBe("reconnect");
      expect((await askSession(flow, { place: "app" })).status).toBe(200);
    }));
});

describe("an idle account", () => {
  it("is kept alive over the three months in which a refresh token dies", () =>
    withInstalled(
      "amocrm",
      async (flow) => {
        // Nothing but the token itself is left to do.
        await flow.portal().setPaused(true);
        flow.crm.clearJournal();
        await flow.pass(200 * 24 * 60);
        const calls = tokenCalls(flow);
        expect(new Set(calls)).toEqual(new Set([200]));
        expect(calls.length).toBeGreaterThan(20);
        expect(calls.length).toBeLessThan(60);
        await flow.portal().setPaused(false);
        flow.world.instance().wake();
        change(flow, 77_700);
        await flow.pass(5);
        expect(checkMirror(flow.world)).toEqual([]);
      },
      { policy: { pollEveryMs: NEVER_MS, idScanEveryMs: NEVER_MS } },
    ));
});
