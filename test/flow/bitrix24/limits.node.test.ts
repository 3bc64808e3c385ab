import { describe, expect, it } from "vitest";
import { checkMirror } from "../../../src/simulation/oracles.ts";
import { openApp, openCard } from "../browser.ts";
import { callsOfApp } from "../crm-side.ts";
import { soldDeal } from "../deals.ts";
import type { Flow } from "../flow-world.ts";
import { withFlow, withInstalled } from "../node-flow.ts";
import { restCalls, stateOf, tokenCalls } from "./portal.ts";

const LIMITS = [429, 503];

/** Requests on the wire in any second of the busiest stretch of `windowMs`. */
function busiest(times: readonly number[], windowMs: number): number {
  let from = 0;
  let most = 0;
  times.forEach((at, index) => {
    while ((times[from] ?? 0) <= at - windowMs) from += 1;
    most = Math.max(most, index - from + 1);
  });
  return most;
}

/** Moments at which requests (not commands inside them) came to the portal. */
function arrivals(flow: Flow): number[] {
  return callsOfApp(flow)
    .filter(({ inner }) => inner !== true)
    .map(({ at }) => at);
}

describe("limits of Bitrix24", () => {
  it("a first sync under a tight time budget meets no limit: 80 % of it is used, other methods go on", () =>
    withInstalled(
      "bitrix24",
      async (flow) => {
        const refused = callsOfApp(flow).filter(({ status }) => LIMITS.includes(status));
        expect(refused).toEqual([]);
        expect(checkMirror(flow.world)).toEqual([]);
      },
      {
        clients: 300,
        syncLimitMinutes: 240,
        knobs: { bitrix24: { sandbox: { operatingLimitSeconds: 480, costs: { list: 20 } } } },
      },
    ));

  it.each([
    ["ru_pro100", 40 + 2 * 60],
    ["ru_ent250", 200 + 5 * 60],
  ])("%s: within a minute at most %i requests, none refused", (licence, most) =>
    withInstalled(
      "bitrix24",
      async (flow) => {
        await flow.pass(5);
        const refused = callsOfApp(flow).filter(({ status }) => LIMITS.includes(status));
        expect(refused).toEqual([]);
        expect(busiest(arrivals(flow), 60_000)).toBeLessThanOrEqual(most);
      },
      { clients: 300, syncLimitMinutes: 60, knobs: { bitrix24: { portal: { licence } } } },
    ),
  );

  it("an enterprise portal is asked faster than any other may be", () =>
    withInstalled(
      "bitrix24",
      async (flow) => {
        const { session } = await openApp(flow);
        const answer = await flow.ask("/api/usage", {
          headers: { authorization: `Bearer ${session}` },
        });
        const usage = (await answer.json()) as { rate: { host: number; allowed: number } };
        expect(usage.rate).toMatchObject({ host: 5, allowed: 5 });
      },
      { knobs: { bitrix24: { portal: { licence: "ru_ent250" } } } },
    ));

  it.each([
    ["503 QUERY_LIMIT_EXCEEDED", { status: 503 }],
    ["429 without a body that we know", { status: 429, body: "<html>slow down</html>" }],
  ])("%s is a pause, not a failure, and outlives a restart", (_name, answer) =>
    withInstalled("bitrix24", async (flow) => {
      const { id } = soldDeal(flow);
      flow.crm.addFault({ match: "batch", times: 3, fault: { kind: "status", ...answer } });
      flow.crm.edit({ kind: "setAmount", dealId: id, amountMinor: 31_400 });
      await flow.pass(0.07);
      flow.world.crash();
      flow.world.restart();
      await flow.pass(3);
      expect(checkMirror(flow.world)).toEqual([]);
      expect(await stateOf(flow)).toBe("active");
    }),
  );

  it("a method that is over its time stays closed over a restart while the others go on", () =>
    withInstalled("bitrix24", async (flow) => {
      // The refusal inside a batch says nothing of its end; the answers before it did.
      const fault = { kind: "status", status: 429 } as const;
      flow.crm.addFault({ match: "crm.item.list", times: 1, fault });
      flow.crm.edit({ kind: "setAmount", dealId: soldDeal(flow).id, amountMinor: 31_400 });
      await flow.pass(0.3);
      flow.world.crash();
      flow.world.restart();
      flow.crm.clearJournal();
      await flow.pass(4);
      expect(restCalls(flow)).not.toContain("crm.item.list");
      expect(await stateOf(flow)).toBe("active");
      await flow.pass(15);
      expect(restCalls(flow)).toContain("crm.item.list");
      expect(checkMirror(flow.world)).toEqual([]);
    }));

  it.each([
    ["an empty code", 400, '{"error":"","error_description":"Something went wrong"}'],
    ["a number", 400, '{"error":0,"error_description":"Oops"}'],
    ["a number in a text", 400, '{"error":"100","error_description":"Could not find value"}'],
    ["an error with status 200", 200, '{"error":"ERROR_CORE","error_description":"no"}'],
    ["an empty error with status 200", 200, '{"error":"","error_description":""}'],
    ["an object", 400, '{"error":{"code":"BITRIX_REST_V3","message":"no"}}'],
    ["HTML with status 200", 200, "<html>Bitrix</html>"],
    ["a page of the proxy", 502, "<html>502</html>"],
    ["nothing at all", 200, ""],
    ["half of an answer", 200, '{"result":{"result":{"p0":{"items":[{"id":1'],
    ["a list for a map", 200, '{"result":[],"time":[]}'],
    ["METHOD_CONFIRM_WAITING", 401, '{"error":"METHOD_CONFIRM_WAITING"}'],
    ["METHOD_CONFIRM_DENIED", 403, '{"error":"METHOD_CONFIRM_DENIED"}'],
    ["user_access_error", 403, '{"error":"user_access_error"}'],
    ["insufficient_scope", 403, '{"error":"insufficient_scope"}'],
    [
      "NO_AUTH_FOUND",
      401,
      '{"error":"NO_AUTH_FOUND","error_description":"Wrong authorization data"}',
    ],
  ])("%s as an answer stops nothing for good and loses nothing", (_name, status, body) =>
    withInstalled("bitrix24", async (flow) => {
      const before = flow.sent.length;
      flow.crm.addFault({ match: "/rest/", times: 4, fault: { kind: "status", status, body } });
      flow.crm.edit({ kind: "setAmount", dealId: soldDeal(flow).id, amountMinor: 27_100 });
      await flow.pass(45);
      expect(checkMirror(flow.world)).toEqual([]);
      expect(await stateOf(flow)).toBe("active");
      expect(tokenCalls(flow, before).length).toBeLessThanOrEqual(1);
    }),
  );

  it("a token that stays refused is not renewed again and again", () =>
    withInstalled("bitrix24", async (flow) => {
      const before = flow.sent.length;
      flow.crm.addFault({ match: "/rest/", times: 1_000, fault: { kind: "status", status: 401 } });
      await flow.pass(60);
      expect(tokenCalls(flow, before).length).toBeLessThanOrEqual(12);
      flow.crm.clearFaults();
      await flow.pass(30);
      expect(await stateOf(flow)).toBe("active");
      expect(checkMirror(flow.world)).toEqual([]);
    }));

  it("an unknown token is renewed once; when the new one is unknown too, a person has to come", () =>
    withInstalled("bitrix24", async (flow) => {
      const before = flow.sent.length;
      const body =
        '{"error":"invalid_token","error_description":"Unable to get application by token"}';
      const fault = { kind: "status", status: 401, body } as const;
      flow.crm.addFault({ match: "/rest/", times: 2, fault });
      await flow.pass(12);
      expect(tokenCalls(flow, before)).toHaveLength(1);
      expect((await flow.portal().summary())?.state).toBe("reconnect");
      await openCard(flow, "deal", soldDeal(flow).id);
      await flow.pass(12);
      expect(await stateOf(flow)).toBe("active");
    }));
});

describe("strangers at the door of Bitrix24", () => {
  const forged = (memberId: string, n: number) =>
    new URLSearchParams({
      AUTH_ID: n.toString(16).padStart(70, "f"),
      REFRESH_ID: n.toString(16).padStart(70, "e"),
      SERVER_ENDPOINT: "https://oauth.bitrix24.tech/rest/",
      member_id: memberId,
      PLACEMENT: "DEFAULT",
    }).toString();
  const post = (flow: Flow, body: string) =>
    flow.ask("/bitrix24/install?DOMAIN=simulation.bitrix24.ru&PROTOCOL=1", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body,
    });

  it("cannot make us hammer the token servers, and the office gets in all the same", () =>
    withFlow("bitrix24", async (flow) => {
      const victim = flow.crm.accountId;
      const statuses: number[] = [];
      for (let n = 0; n < 200; n += 1) statuses.push((await post(flow, forged(victim, n))).status);
      expect(tokenCalls(flow).length).toBeLessThanOrEqual(20);
      expect(statuses.slice(0, 5)).toEqual([403, 403, 403, 403, 403]);
      const late = await post(flow, forged(victim, 999));
      expect(late.status).toBe(503);
      expect(Number(late.headers.get("retry-after"))).toBeGreaterThan(0);
      for (let n = 0; n < 200; n += 1) {
        await post(flow, forged(n.toString(16).padStart(32, "0"), n));
      }
      expect(tokenCalls(flow).length).toBeLessThanOrEqual(80);
      await flow.pass(1);
      await flow.installAndSync();
      expect(await stateOf(flow)).toBe("active");
    }));
});
