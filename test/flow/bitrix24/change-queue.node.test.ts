import { expect, it } from "vitest";
import { checkMirror } from "../../../src/simulation/oracles.ts";
import { api, openApp } from "../browser.ts";
import { callsOfApp, writesOfApp } from "../crm-side.ts";
import { cardOf, soldDeal } from "../deals.ts";
import type { Flow, FlowPorts } from "../flow-world.ts";
import { withInstalled } from "../node-flow.ts";
import { nativeOf } from "./portal.ts";

/** Polls that find everything by themselves would hide what the queue brings. */
const QUEUE_ONLY: Partial<FlowPorts> = { policy: { pollOverlapMs: 0 } };

const portalOf = (flow: Flow) => nativeOf(flow).portal;

const dead = { drop: 1, double: 0, reorder: 0, maxDelayMs: 0 };

const withRarePolls = (body: (flow: Flow) => Promise<void>) =>
  withInstalled("bitrix24", body, { policy: { pollEveryMs: 4 * 3_600_000 } });

/** Commands of this method that were sent, alone or in a batch. */
function commands(flow: Flow, method: string): string[] {
  return flow.sent
    .map(({ url, body }) => `${url}\n${decodeURIComponent(body ?? "")}`)
    .flatMap((text) => text.match(new RegExp(`${method.replaceAll(".", "\\.")}[^"]*`, "g")) ?? []);
}

const purchasesOf = async (flow: Flow, dealId: string) =>
  (await cardOf(flow, dealId)).worth?.purchases ?? 0;

/** A client with a second sale, so that the card has something to say after the first is gone. */
function twoSales(flow: Flow) {
  const first = soldDeal(flow);
  const second = flow.crm
    .truth()
    .deals.find(
      (one) =>
        one.id !== first.id &&
        one.outcome === "won" &&
        one.companyId === first.companyId &&
        one.contactIds[0] === first.contactIds[0],
    );
  return { first, second };
}

it("a deletion that no message tells of is in the portal's queue and in the figures within minutes", () =>
  withInstalled(
    "bitrix24",
    async (flow) => {
      const { first, second } = twoSales(flow);
      const before = await purchasesOf(flow, second?.id ?? "");
      flow.crm.setHookTrouble(dead);
      flow.crm.edit({ kind: "deleteDeal", dealId: first.id });
      expect(portalOf(flow).offlineQueue()).toContainEqual({
        event: "ONCRMDEALDELETE",
        connector: "client_pulse",
        isTaken: false,
      });
      await flow.pass(12);
      expect(await purchasesOf(flow, second?.id ?? "")).toBe(before - 1);
      expect(portalOf(flow).offlineQueue()).toEqual([]);
      expect(checkMirror(flow.world)).toEqual([]);
    },
    QUEUE_ONLY,
  ));

it("a process that dies before the queue is cleared loses nothing, and nothing stays behind", () =>
  withInstalled("bitrix24", async (flow) => {
    const deals = flow.crm.truth().deals.slice(0, 3);
    flow.crm.setHookTrouble(dead);
    for (const { id } of deals) flow.crm.edit({ kind: "deleteDeal", dealId: id });
    // The request that would clear them never arrives, and the process is gone.
    const cut = { kind: "delay", ms: 20_000 } as const;
    flow.crm.addFault({ match: "event.offline.clear", times: 1, fault: cut });
    for (let seconds = 0; commands(flow, "event.offline.clear").length === 0; seconds += 1) {
      expect(seconds).toBeLessThan(1_000);
      await flow.pass(1 / 60);
    }
    flow.world.crash();
    flow.crm.clearFaults();
    flow.world.restart();
    await flow.pass(15);
    expect(portalOf(flow).offlineQueue()).toEqual([]);
    expect(checkMirror(flow.world)).toEqual([]);
  }));

it("what was taken by a process that died before storing it is taken again", () =>
  withInstalled("bitrix24", async (flow) => {
    const deals = flow.crm.truth().deals.slice(0, 3);
    flow.crm.setHookTrouble(dead);
    for (const { id } of deals) flow.crm.edit({ kind: "deleteDeal", dealId: id });
    // The portal has reserved them, but nobody hears its answer.
    const lost = { kind: "cutAfterCommit" } as const;
    flow.crm.addFault({ match: "event.offline.get", times: 9, fault: lost });
    for (
      let seconds = 0;
      !portalOf(flow)
        .offlineQueue()
        .some((one) => one.isTaken);
      seconds += 1
    ) {
      expect(seconds).toBeLessThan(1_000);
      await flow.pass(1 / 60);
    }
    flow.world.crash();
    flow.crm.clearFaults();
    flow.world.restart();
    await flow.pass(15);
    expect(portalOf(flow).offlineQueue()).toEqual([]);
    expect(checkMirror(flow.world)).toEqual([]);
  }));

it("a queue longer than a page is emptied in few requests", () =>
  withInstalled("bitrix24", async (flow) => {
    flow.crm.setHookTrouble(dead);
    const deals = flow.crm.truth().deals.slice(0, 180);
    for (const { id } of deals)
      flow.crm.edit({ kind: "setAmount", dealId: id, amountMinor: 7_700 });
    flow.crm.clearJournal();
    await flow.pass(15);
    expect(portalOf(flow).offlineQueue()).toEqual([]);
    expect(checkMirror(flow.world)).toEqual([]);
    const takes = commands(flow, "event.offline.list").length;
    expect(takes).toBeLessThan(20);
  }));

it("the portal calls when something waits: lost bindings of events cost a minute, not a poll", () =>
  withRarePolls(async (flow) => {
    const portal = portalOf(flow);
    const admin = async (method: string, params: object) => {
      const auth = new URLSearchParams(portal.openPage("app").body).get("AUTH_ID") ?? "";
      const request = new Request(`${portal.origin()}/rest/${method}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ auth, ...params }),
      });
      const answer = await flow.run(flow.world.site.fetch(request));
      return ((await answer.json()) as { result: unknown }).result;
    };
    const bound = (await admin("event.get", {})) as Record<string, unknown>[];
    const isOffline = ({ offline }: Record<string, unknown>) => offline === 1;
    const online = bound.filter((one) => !isOffline(one));
    for (const { event, handler } of online) {
      if (String(event).startsWith("ONCRM")) await admin("event.unbind", { event, handler });
    }
    await flow.pass(11);
    const deal = soldDeal(flow);
    flow.crm.edit({ kind: "deleteDeal", dealId: deal.id });
    await flow.pass(2);
    expect(checkMirror(flow.world)).toEqual([]);
    // Bindings of the queue are compared daily like the others.
    const queued = bound.filter(isOffline).map(({ event }) => event);
    expect(queued).toContain("ONCRMDEALUPDATE");
    expect(queued).toContain("ONCRMDYNAMICITEMUPDATE_31");
    await admin("event.unbind", { event: "ONCRMDEALUPDATE", event_type: "offline", handler: "" });
    await flow.pass(25 * 60);
    const later = (await admin("event.get", {})) as Record<string, unknown>[];
    expect(
      later
        .filter(isOffline)
        .map(({ event }) => event)
        .sort(),
    ).toEqual(queued.sort());
    expect(later.length).toBe(bound.length);
  }));

it("our own writes carry our channel, so that nothing of them waits in the queue", () =>
  withInstalled("bitrix24", async (flow) => {
    const { session } = await openApp(flow);
    const drafted = await api(flow, session, "/api/playbooks/at_risk/dry-run", "POST");
    const { runId } = drafted.body as { runId: string };
    flow.crm.clearJournal();
    await api(flow, session, `/api/runs/${runId}/approve`, "POST");
    for (let minutes = 0; minutes < 6; minutes += 1) {
      await flow.pass(1);
      expect(portalOf(flow).offlineQueue()).toEqual([]);
    }
    expect(writesOfApp(flow).length).toBeGreaterThan(0);
    const writes = flow.sent.filter(({ url }) =>
      /crm\.(item\.update|activity\.todo\.add)$/.test(url),
    );
    expect(writes.length).toBeGreaterThan(0);
    expect(writes.filter(({ body }) => !body?.includes('"auth_connector"'))).toEqual([]);
  }));

it("a plan without the queue is not asked for it, and its events and polls do the work", () =>
  withInstalled(
    "bitrix24",
    async (flow) => {
      flow.crm.edit({ kind: "setAmount", dealId: soldDeal(flow).id, amountMinor: 4_200 });
      await flow.pass(12);
      expect(checkMirror(flow.world)).toEqual([]);
      expect(commands(flow, "event.offline")).toEqual([]);
      const bodies = flow.sent.map(({ body }) => body ?? "").join("\n");
      expect(/[?&"]auth_connector|event_type|ONOFFLINEEVENT/.test(bodies)).toBe(false);
    },
    { knobs: { bitrix24: { portal: { features: [] } } } },
  ));

it("a plan without channels has a queue all the same, without the parameter", () =>
  withInstalled(
    "bitrix24",
    async (flow) => {
      flow.crm.setHookTrouble(dead);
      flow.crm.edit({ kind: "deleteDeal", dealId: soldDeal(flow).id });
      await flow.pass(12);
      expect(checkMirror(flow.world)).toEqual([]);
      expect(portalOf(flow).offlineQueue()).toEqual([]);
      const bodies = flow.sent.map(({ body }) => body ?? "").join("\n");
      expect(/[?&"]auth_connector/.test(bodies)).toBe(false);
    },
    { knobs: { bitrix24: { portal: { features: ["rest_offline_extended"] } } } },
  ));

it("a queue that does not say which record has changed hastens the poll of its kind", () =>
  withInstalled(
    "bitrix24",
    async (flow) => {
      await flow.pass(11);
      flow.crm.clearJournal();
      flow.crm.setHookTrouble(dead);
      flow.crm.edit({ kind: "setAmount", dealId: soldDeal(flow).id, amountMinor: 4_300 });
      await flow.pass(12);
      expect(portalOf(flow).offlineQueue()).toEqual([]);
      expect(checkMirror(flow.world)).toEqual([]);
      expect(callsOfApp(flow).filter(({ status }) => status !== 200)).toEqual([]);
    },
    { knobs: { bitrix24: { portal: { hasBareQueue: true } } } },
  ));
