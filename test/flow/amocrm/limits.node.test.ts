import { describe, expect, it } from "vitest";
import { apiUse } from "../../../src/crm/api-use.ts";
import { checkMirror } from "../../../src/simulation/oracles.ts";
import { api, openApp } from "../browser.ts";
import { callsOfApp } from "../crm-side.ts";
import type { Flow } from "../flow-world.ts";
import { withFlow, withInstalled } from "../node-flow.ts";
import { work } from "../people.ts";
import { asAdmin, overviewOf } from "./account-side.ts";

const useOf = async (flow: Flow) => apiUse.parse((await asAdmin(flow, "/api/usage")).body);
const today = async (flow: Flow) => (await useOf(flow)).days.at(-1);
const limitAnswers = (flow: Flow) =>
  callsOfApp(flow).filter(({ status }) => status === 429 || status === 403);

/** The most calls within any second of the account's journal. */
function peak(flow: Flow): number {
  const times = callsOfApp(flow).map(({ at }) => at);
  return Math.max(
    ...times.map((from, index) => times.slice(index).filter((at) => at < from + 1_000).length),
  );
}

function busy(flow: Flow): void {
  for (const deal of flow.crm.truth().deals) {
    flow.crm.edit({ kind: "setAmount", dealId: deal.id, amountMinor: 1_000 });
  }
}

describe("the limits of an account", () => {
  it("are not met once in a quiet hour, first sync and people at work included", () =>
    withInstalled("amocrm", async (flow) => {
      await work(flow, 60, 21);
      await flow.pass(60);
      expect(callsOfApp(flow).length).toBeGreaterThan(50);
      expect(limitAnswers(flow)).toEqual([]);
      expect(peak(flow)).toBeLessThanOrEqual(7);
      const use = await useOf(flow);
      expect(use).toMatchObject({ rate: { host: 7, allowed: 5, now: 5 }, pause: null });
      const { days } = use;
      expect(days.reduce((sum, day) => sum + day.requests, 0)).toBeGreaterThan(50);
      expect(days.every(({ limited }) => limited === 0)).toBe(true);
    }));

  it("that others use up too make us take three a second, and five again when they are done", () =>
    withInstalled("amocrm", async (flow) => {
      const fault = { kind: "status", status: 429, body: "<html>Too Many</html>" } as const;
      flow.crm.addFault({ match: "GET /api/v4/", times: 1, fault });
      busy(flow);
      await flow.pass(0.3);
      expect(await useOf(flow)).toMatchObject({ rate: { allowed: 5, now: 3 } });
      expect(await today(flow)).toMatchObject({ limited: 1 });
      for (let minute = 0; minute < 12; minute += 1) {
        busy(flow);
        await flow.pass(5);
      }
      expect(await useOf(flow)).toMatchObject({ rate: { now: 5 }, pause: null });
      expect(checkMirror(flow.world)).toEqual([]);
    }));

  it("are waited for as long as the answer asks, in whichever form it says so", () =>
    withInstalled("amocrm", async (flow) => {
      const body = JSON.stringify({ title: "Too Many Requests", status: 429, retry_after: "90" });
      const fault = {
        ...({ kind: "status", status: 429, contentType: "application/problem+json" } as const),
        body,
      };
      flow.crm.addFault({ match: "GET /api/v4/", times: 1, fault });
      busy(flow);
      await flow.pass(0.3);
      const waiting = await useOf(flow);
      expect(waiting.pause?.reason).toBe("rate");
      const calls = callsOfApp(flow).length;
      await flow.pass(1);
      expect(callsOfApp(flow)).toHaveLength(calls);
      await flow.pass(2);
      expect(checkMirror(flow.world)).toEqual([]);
    }));

  it("may be set by the administrator, within what the host allows", () =>
    withInstalled("amocrm", async (flow) => {
      const set = (requestsPerSecond: unknown) =>
        asAdmin(flow, "/api/usage/rate", "PUT", { requestsPerSecond });
      expect(await set(2)).toMatchObject({ status: 200, body: { rate: { allowed: 2 } } });
      flow.crm.clearJournal();
      busy(flow);
      await flow.pass(3);
      expect(peak(flow)).toBeLessThanOrEqual(4);
      for (const wrong of [0, 7, 50, "5"]) expect((await set(wrong)).status).toBe(400);
      expect(await set(6)).toMatchObject({ status: 200 });
      flow.crm.clearJournal();
      busy(flow);
      await flow.pass(3);
      expect(limitAnswers(flow)).toEqual([]);
      expect(await set(null)).toMatchObject({ body: { rate: { allowed: 5 } } });
      const colleague = await openApp(flow, 1);
      const wish = { requestsPerSecond: 1 };
      const refused = await api(flow, colleague.session, "/api/usage/rate", "PUT", wish);
      expect(refused).toMatchObject({ status: 403, body: { code: "auth.not_admin" } });
    }));
});

describe("what a CRM refuses", () => {
  it("a block of our address stops everything for that account, and its administrator reads why", () =>
    withInstalled("amocrm", async (flow) => {
      const fault = { kind: "status", status: 403, body: "<html>403 Forbidden</html>" } as const;
      flow.crm.addFault({ match: "", times: 1, fault });
      busy(flow);
      await flow.pass(0.5);
      const overview = await overviewOf(flow);
      expect(overview.portalState).toBe("throttled");
      const use = await useOf(flow);
      expect(use.pause?.reason).toBe("blocked");
      const page = await openApp(flow);
      expect(page.html).toMatch(/CRM закрыла нам доступ/);
      const calls = callsOfApp(flow).length;
      await flow.pass(55);
      expect(callsOfApp(flow)).toHaveLength(calls);
      await flow.pass(15);
      expect((await overviewOf(flow)).portalState).toBe("active");
      expect(checkMirror(flow.world)).toEqual([]);
    }));

  it("a right that is missing is no block", () =>
    withInstalled("amocrm", async (flow) => {
      const body = JSON.stringify({ title: "Forbidden", status: 403, detail: "no right" });
      const contentType = "application/problem+json";
      const fault = { kind: "status", status: 403, body, contentType } as const;
      flow.crm.addFault({ match: "GET /api/v4/companies", times: 1, fault });
      flow.crm.edit({ kind: "createClient", clientKind: "company" });
      await flow.pass(30);
      expect((await overviewOf(flow)).portalState).toBe("active");
      expect((await useOf(flow)).pause).toBeNull();
    }));

  it("an account that has not paid is left alone and taken up again by itself", () =>
    withInstalled("amocrm", async (flow) => {
      const fault = { kind: "status", status: 402, body: "" } as const;
      flow.crm.addFault({ match: "GET /api/v4/", times: 2, fault });
      busy(flow);
      await flow.pass(1);
      expect((await overviewOf(flow)).portalState).toBe("payment_required");
      const calls = callsOfApp(flow).length;
      await flow.pass(50);
      expect(callsOfApp(flow).length).toBeLessThanOrEqual(calls + 1);
      await flow.pass(3 * 60);
      expect((await overviewOf(flow)).portalState).toBe("active");
    }));

  it("a page that takes too long is asked for in halves", () =>
    withFlow("amocrm", async (flow) => {
      const fault = { kind: "status", status: 504, body: "<html>504</html>" } as const;
      flow.crm.addFault({ match: "GET /api/v4/companies", times: 2, fault });
      await flow.installAndSync();
      const limits = flow.sent
        .filter(({ url }) => new URL(url).pathname === "/api/v4/companies")
        .map(({ url }) => new URL(url).searchParams.get("limit"));
      expect(limits).toEqual(expect.arrayContaining(["250", "125"]));
      expect(checkMirror(flow.world)).toEqual([]);
    }));
});
