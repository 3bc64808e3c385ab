import { describe, expect, it } from "vitest";
import { api, openApp, openCard } from "../browser.ts";
import { registered, writesOfApp } from "../crm-side.ts";
import { soldDeal } from "../deals.ts";
import type { Flow } from "../flow-world.ts";
import { withFlow, withInstalled } from "../node-flow.ts";
import { nativeOf, openPage, restCalls, stateBySession, stateOf, tokenCalls } from "./portal.ts";

/** What the card says now, by a session that was opened before. */
async function cardFlags(flow: Flow, session: string | null, id: string) {
  const { status, body } = await api(flow, session, `/api/card?entity=deal&id=${id}`);
  if (status !== 200) return (body as { code: string }).code;
  return (body as { flags: readonly string[] }).flags;
}

/** Sessions of the card and of the app's page, and a playbook whose approval wants to write. */
async function withWork(flow: Flow) {
  const deal = soldDeal(flow);
  const card = await openCard(flow, "deal", deal.id);
  const app = await openApp(flow);
  return { deal, card: card.session, app: app.session };
}

async function approve(flow: Flow, session: string | null): Promise<void> {
  const drafted = await api(flow, session, "/api/playbooks/at_risk/dry-run", "POST");
  const { runId } = drafted.body as { runId: string };
  await api(flow, session, `/api/runs/${runId}/approve`, "POST");
}

describe("what a Bitrix24 portal may do in each state", () => {
  it("installing: is read, not written to; the card shows how far it is", () =>
    withFlow("bitrix24", async (flow) => {
      const { portal } = nativeOf(flow);
      portal.beginInstall();
      await openPage(flow, "install");
      await flow.pass(0.5);
      const slow = { kind: "delay", ms: 50_000 } as const;
      flow.crm.addFault({ match: "crm.item.list", times: 50, fault: slow });
      portal.finishInstall();
      await openApp(flow);
      const { deal, card, app } = await withWork(flow);
      expect(await stateBySession(flow, app)).toBe("installing");
      expect(await cardFlags(flow, card, deal.id)).toContain("installing");
      flow.crm.clearJournal();
      await flow.pass(3);
      expect(restCalls(flow)).toContain("crm.item.list");
      expect(writesOfApp(flow)).toEqual([]);
    }));

  it("active: reads and writes", () =>
    withInstalled("bitrix24", async (flow) => {
      const { deal, card, app } = await withWork(flow);
      expect(await stateBySession(flow, app)).toBe("active");
      expect(await cardFlags(flow, card, deal.id)).not.toContain("stale");
      await approve(flow, app);
      await flow.pass(5);
      expect(writesOfApp(flow).length).toBeGreaterThan(0);
    }));

  it("degraded: goes on, one request at a time and ever more rarely, and heals by a good answer", () =>
    withInstalled("bitrix24", async (flow) => {
      const { app } = await withWork(flow);
      flow.crm.addFault({ match: "/rest/", times: 12, fault: { kind: "status", status: 502 } });
      await flow.pass(11);
      expect(await stateBySession(flow, app)).toBe("degraded");
      await flow.pass(90);
      expect(await stateOf(flow)).toBe("active");
    }));

  it("throttled by OVERLOAD_LIMIT: no write, one probe an hour, the reason is said", () =>
    withInstalled("bitrix24", async (flow) => {
      const { deal, card, app } = await withWork(flow);
      nativeOf(flow).portal.setBlock("overload");
      await flow.pass(12);
      expect(await stateBySession(flow, app)).toBe("throttled");
      expect(await cardFlags(flow, card, deal.id)).not.toContain("stale");
      await approve(flow, app);
      flow.crm.clearJournal();
      await flow.pass(180);
      expect(restCalls(flow).length).toBeGreaterThan(0);
      expect(restCalls(flow).length).toBeLessThanOrEqual(4);
      expect(writesOfApp(flow)).toEqual([]);
      const fresh = await flow.portal().summary();
      expect(fresh).toMatchObject({ state: "throttled", stateReason: "blocked" });
      // Nobody's rights can be asked for now: the frame says that the CRM does not answer.
      const late = await openCard(flow, "deal", deal.id);
      expect(late.status).toBe(503);
      expect(late.directive("frame-ancestors")).toBe(flow.crm.origin());
      nativeOf(flow).portal.setBlock("none");
      await flow.pass(70);
      expect(await stateOf(flow)).toBe("active");
      expect(writesOfApp(flow).length).toBeGreaterThan(0);
    }));

  it("reconnect: nothing leaves, the card says that its data is old, and an administrator's card heals it", () =>
    withInstalled("bitrix24", async (flow) => {
      const { deal, card, app } = await withWork(flow);
      flow.crm.expireTokens("all");
      await flow.pass(11);
      expect(await stateBySession(flow, app)).toBe("reconnect");
      expect(await cardFlags(flow, card, deal.id)).toContain("stale");
      const sent = flow.sent.length;
      flow.crm.edit({ kind: "setAmount", dealId: deal.id, amountMinor: 9_900 });
      await flow.pass(6 * 60);
      expect(flow.sent).toHaveLength(sent);
      // A colleague's page heals nothing: their rights are not the portal's.
      await openApp(flow, 1);
      expect((await flow.portal().summary())?.state).toBe("reconnect");
      await openCard(flow, "deal", deal.id);
      await flow.pass(3);
      expect(await stateOf(flow)).toBe("active");
      expect(
        await cardFlags(flow, (await openCard(flow, "deal", deal.id)).session, deal.id),
      ).not.toContain("stale");
    }));

  it("reconnect is healed by the one who installed, though an administrator no more", () =>
    withInstalled("bitrix24", async (flow) => {
      flow.crm.expireTokens("all");
      await flow.pass(11);
      nativeOf(flow).portal.setUser(0, { isAdmin: false });
      nativeOf(flow).portal.setUser(1, { isAdmin: true });
      await openApp(flow, 0);
      await flow.pass(1);
      expect((await flow.portal().summary())?.state).not.toBe("reconnect");
    }));

  it("needs_admin: what may still be read is read, nothing is written, another administrator heals it", () =>
    withInstalled("bitrix24", async (flow) => {
      const { portal } = nativeOf(flow);
      const { app } = await withWork(flow);
      portal.setUser(0, { isActive: false });
      portal.setUser(1, { isAdmin: true });
      await flow.pass(12);
      expect(await stateBySession(flow, app)).toBe("needs_admin");
      await approve(flow, app);
      flow.crm.clearJournal();
      await flow.pass(30);
      expect(writesOfApp(flow)).toEqual([]);
      await openApp(flow, 1);
      await flow.pass(3);
      expect((await flow.portal().summary())?.state).toBe("active");
      expect(writesOfApp(flow).length).toBeGreaterThan(0);
      expect(portal.users[1]?.id).toBe((await flow.portal().summary())?.installerId);
    }));

  it("payment_required by the plan: the card says licence_ended, one probe an hour, healed by paying", () =>
    withInstalled("bitrix24", async (flow) => {
      const { portal } = nativeOf(flow);
      const { deal, card, app } = await withWork(flow);
      await approve(flow, app);
      portal.setBlock("plan");
      await flow.pass(12);
      expect(await stateBySession(flow, app)).toBe("payment_required");
      expect(await cardFlags(flow, card, deal.id)).toContain("licence_ended");
      flow.crm.clearJournal();
      const before = flow.sent.length;
      await flow.pass(180);
      expect(flow.sent.length - before).toBeLessThanOrEqual(4);
      expect(writesOfApp(flow)).toEqual([]);
      portal.setBlock("none");
      await flow.pass(70);
      expect(await stateOf(flow)).toBe("active");
    }));

  it("a card that is opened after the plan has ended says so itself, without figures, to whoever opens it", () =>
    withInstalled("bitrix24", async (flow) => {
      const { portal } = nativeOf(flow);
      const deal = soldDeal(flow);
      const { session } = await openApp(flow);
      const expectEnded = async (userIndex: number) => {
        const late = await openCard(flow, "deal", deal.id, userIndex);
        expect(late.status).toBe(200);
        expect(late.session).not.toBeNull();
        expect(late.block("pulse-card")).toMatchObject({
          ...{ state: "licence_ended", flags: ["licence_ended"], client: null, worth: null },
        });
        expect((await api(flow, late.session, `/api/card?entity=deal&id=${deal.id}`)).status).toBe(
          403,
        );
      };
      portal.setBlock("plan");
      await expectEnded(0);
      await expectEnded(1);
      await flow.pass(12);
      expect(await stateBySession(flow, session)).toBe("payment_required");
      await expectEnded(1);
      portal.setBlock("none");
      await flow.pass(70);
      const paid = await openCard(flow, "deal", deal.id);
      expect(paid.block("pulse-card")).toMatchObject({ worth: { currency: "RUB" } });
    }));

  it("suspended because the portal was deleted: nothing leaves, sessions open nothing", () =>
    withInstalled("bitrix24", async (flow) => {
      const { deal, card, app } = await withWork(flow);
      nativeOf(flow).portal.setBlock("deleted");
      await flow.pass(12);
      expect(await flow.portal().summary()).toMatchObject({
        state: "suspended",
        stateReason: "portal_deleted",
      });
      expect(await cardFlags(flow, card, deal.id)).toBe("portal.unknown");
      expect(await stateBySession(flow, app)).toBe("portal.unknown");
      const sent = flow.sent.length;
      await flow.pass(24 * 60);
      expect(flow.sent).toHaveLength(sent);
    }));

  it("purged: nothing is left to show, and an administrator who opens the app begins anew", () =>
    withInstalled("bitrix24", async (flow) => {
      await flow.run(flow.crm.uninstall({ erase: true }));
      await flow.pass(49 * 60);
      expect((await flow.portal().summary())?.state).toBe("purged");
      await flow.installAndSync();
      expect(await stateOf(flow)).toBe("active");
      expect((await registered(flow)).places.length).toBeGreaterThan(0);
    }));
});

describe("our own mistake", () => {
  it("a wrong client secret is the operator's error: no portal is sent to reconnect, and the server is asked rarely", () => {
    const errors: string[] = [];
    const log = {
      debug() {},
      info() {},
      warn() {},
      error: (event: string) => errors.push(event),
    };
    return withInstalled(
      "bitrix24",
      async (flow) => {
        const { control, app } = nativeOf(flow);
        const page = await openApp(flow);
        control.registerApp({ ...app, clientSecret: "the-operator-changed-it-in-the-cabinet" });
        flow.crm.expireTokens("access");
        const before = flow.sent.length;
        await flow.pass(60);
        expect((await flow.portal().summary())?.state).toBe("active");
        expect(errors).toContain("config.client_refused");
        // One try and its check every ten minutes.
        expect(tokenCalls(flow, before).length).toBeLessThanOrEqual(14);
        expect(page.status).toBe(200);
        const again = await openPage(flow, "install");
        expect(again.status).toBe(500);
        expect(again.directive("frame-ancestors")).toBe(flow.crm.origin());
        control.registerApp(app);
        await flow.pass(15);
        expect(await stateOf(flow)).toBe("active");
      },
      { log },
    );
  });
});
