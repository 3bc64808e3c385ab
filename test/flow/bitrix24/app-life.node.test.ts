import { describe, expect, it } from "vitest";
import { checkMirror } from "../../../src/simulation/oracles.ts";
import { api, openApp, openCard } from "../browser.ts";
import { registered, writesOfApp } from "../crm-side.ts";
import { soldDeal } from "../deals.ts";
import type { Flow } from "../flow-world.ts";
import { withInstalled } from "../node-flow.ts";
import {
  appEvent,
  eventTokens,
  nativeOf,
  openPage,
  restCalls,
  stateBySession,
  stateOf,
  tokensOf,
} from "./portal.ts";

/** An event of the CRM is read at once only when we know the secret that came with it. */
async function expectEventsTaken(flow: Flow): Promise<void> {
  const { id, amountMinor } = soldDeal(flow);
  flow.crm.edit({ kind: "setAmount", dealId: id, amountMinor: (amountMinor ?? 0) + 100 });
  await flow.pass(0.3);
  expect(checkMirror(flow.world)).toEqual([]);
}

async function addMargin(flow: Flow): Promise<void> {
  const { session } = await openApp(flow);
  await api(flow, session, "/api/margin", "PUT", { percent: 40 });
}

async function rowsOfSpend(flow: Flow): Promise<unknown> {
  const { session } = await openApp(flow);
  return (await api(flow, session, "/api/spend")).body;
}

describe("a new version of the application on Bitrix24", () => {
  it("finds everything of the old one gone and registers it again, under the new secret", () =>
    withInstalled("bitrix24", async (flow) => {
      const before = await registered(flow);
      nativeOf(flow).portal.updateApp();
      expect((await registered(flow)).hooks).toEqual([]);
      await flow.run(nativeOf(flow).portal.flushHooks());
      await flow.pass(1);
      expect(await registered(flow)).toEqual(before);
      await expectEventsTaken(flow);
    }));

  it("is noticed without tokens of an administrator: registered again with our own", () =>
    withInstalled("bitrix24", async (flow) => {
      const { portal } = nativeOf(flow);
      const before = await registered(flow);
      portal.setHookTrouble({ drop: 1, double: 0, reorder: 0, maxDelayMs: 0 });
      portal.updateApp();
      portal.setHookTrouble(null);
      const answer = await appEvent(flow, "ONAPPUPDATE", eventTokens(flow, 1));
      expect(answer.status).toBe(403);
      await flow.pass(3);
      expect(await registered(flow)).toEqual(before);
      // Somebody who is no administrator may not say what our secret is; the administrator's page does.
      await openApp(flow);
      await expectEventsTaken(flow);
    }));

  it("is vouched for by an administrator's access token where no other comes", () =>
    withInstalled("bitrix24", async (flow) => {
      const { portal } = nativeOf(flow);
      portal.setHookTrouble({ drop: 1, double: 0, reorder: 0, maxDelayMs: 0 });
      portal.updateApp();
      portal.setHookTrouble(null);
      const fields = { "auth[access_token]": tokensOf(flow).access };
      expect((await appEvent(flow, "ONAPPUPDATE", fields)).status).toBe(200);
      await flow.pass(1);
      await expectEventsTaken(flow);
    }));

  it("cannot be announced by a stranger", () =>
    withInstalled("bitrix24", async (flow) => {
      const forged = {
        "auth[application_token]": "f".repeat(32),
        "auth[access_token]": "e".repeat(70),
        "auth[refresh_token]": "d".repeat(70),
      };
      expect((await appEvent(flow, "ONAPPUPDATE", forged)).status).toBe(403);
      await flow.pass(2);
      await expectEventsTaken(flow);
      expect(await stateOf(flow)).toBe("active");
    }));
});

describe("removing the application from Bitrix24", () => {
  it.each(["1", "0"])("a forged removal (CLEAN %s) changes nothing", (clean) =>
    withInstalled("bitrix24", async (flow) => {
      const { session } = await openApp(flow);
      for (const secret of ["f".repeat(32), "", null]) {
        const fields = { "data[CLEAN]": clean, "auth[application_token]": secret };
        for (const path of ["/bitrix24/events", "/bitrix24/install"]) {
          expect((await appEvent(flow, "ONAPPUNINSTALL", fields, path)).status).toBe(200);
        }
      }
      await flow.pass(3);
      expect(await stateBySession(flow, session)).toBe("active");
    }),
  );

  it("an old message under a secret that never changes is refuted by our own token", () =>
    withInstalled(
      "bitrix24",
      async (flow) => {
        const { session } = await openApp(flow);
        const fields = { "data[CLEAN]": "1" };
        expect((await appEvent(flow, "ONAPPUNINSTALL", fields, "/bitrix24/events")).status).toBe(
          200,
        );
        await flow.pass(3);
        expect(await stateBySession(flow, session)).toBe("active");
        await expectEventsTaken(flow);
      },
      { knobs: { bitrix24: { portal: { keepsApplicationToken: true } } } },
    ));

  it.each(["invalid_grant", "invalid_client"] as const)(
    "is believed when the token server answers %s, and no call follows",
    (removedAnswer) =>
      withInstalled(
        "bitrix24",
        async (flow) => {
          const { session } = await openApp(flow);
          await flow.run(flow.crm.uninstall({ erase: false }));
          await flow.pass(1);
          expect(await stateBySession(flow, session)).toBe("portal.unknown");
          const sent = flow.sent.length;
          await flow.pass(24 * 60);
          expect(flow.sent).toHaveLength(sent);
        },
        { knobs: { bitrix24: { sandbox: { removedAnswer } } } },
      ),
  );

  it("with CLEAN 0 keeps what was entered for whoever installs again", () =>
    withInstalled("bitrix24", async (flow) => {
      await addMargin(flow);
      const kept = await rowsOfSpend(flow);
      await flow.run(flow.crm.uninstall({ erase: false }));
      await flow.pass(60);
      const { id } = soldDeal(flow);
      flow.crm.edit({ kind: "setAmount", dealId: id, amountMinor: 4_200 });
      await flow.run(flow.crm.install());
      await flow.pass(5);
      expect(await stateOf(flow)).toBe("active");
      expect(await rowsOfSpend(flow)).toEqual(kept);
      // What changed meanwhile is found, though no event told of it.
      expect(checkMirror(flow.world)).toEqual([]);
      await expectEventsTaken(flow);
    }));

  it("with CLEAN 1 gives a clean start, on the same day and after the data is gone", () =>
    withInstalled("bitrix24", async (flow) => {
      const fresh = await rowsOfSpend(flow);
      for (const hours of [1, 72]) {
        await addMargin(flow);
        expect(await rowsOfSpend(flow)).not.toEqual(fresh);
        await flow.run(flow.crm.uninstall({ erase: true }));
        await flow.pass(hours * 60);
        await flow.installAndSync();
        expect(await rowsOfSpend(flow)).toEqual(fresh);
        expect(checkMirror(flow.world)).toEqual([]);
      }
    }));

  it("goes unheard at most until our token is refused: then nothing is called or written", () =>
    withInstalled("bitrix24", async (flow) => {
      const { session } = await openApp(flow);
      nativeOf(flow).portal.setHookTrouble({ drop: 1, double: 0, reorder: 0, maxDelayMs: 0 });
      await flow.run(flow.crm.uninstall({ erase: false }));
      await flow.pass(12);
      expect(await stateBySession(flow, session)).toBe("reconnect");
      const sent = flow.sent.length;
      await flow.pass(15 * 24 * 60);
      expect(flow.sent).toHaveLength(sent);
      expect(await flow.portal().summary()).toMatchObject({ state: "suspended" });
    }));
});

describe("payment on Bitrix24", () => {
  it("is read from app.info when ONAPPPAYMENT hints at it; the hint itself is not believed", () =>
    withInstalled("bitrix24", async (flow) => {
      const { portal } = nativeOf(flow);
      const { session } = await openApp(flow);
      await flow.pass(2);
      const lie = { "data[PAYMENT_EXPIRED]": "Y", "auth[application_token]": null };
      expect((await appEvent(flow, "ONAPPPAYMENT", lie, "/bitrix24/events")).status).toBe(200);
      await flow.pass(2);
      expect(await stateBySession(flow, session)).toBe("active");

      flow.crm.clearJournal();
      portal.setPayment({ isExpired: true, days: -3 });
      await flow.run(portal.flushHooks());
      await flow.pass(2);
      expect(restCalls(flow)).toContain("app.info");
      expect(await stateBySession(flow, session)).toBe("payment_required");
      flow.crm.clearJournal();
      await flow.pass(10);
      // Calls would work; none is made but the hourly look.
      expect(restCalls(flow)).toEqual([]);
      const card = await openCard(flow, "deal", soldDeal(flow).id);
      expect(card.block("pulse-card")).toMatchObject({ state: "licence_ended" });
      expect(writesOfApp(flow)).toEqual([]);

      portal.setPayment({ isExpired: false, days: 30 });
      await flow.run(portal.flushHooks());
      await flow.pass(2);
      expect(await stateOf(flow)).toBe("active");
      await expectEventsTaken(flow);
    }));

  it("is seen within a day without any message, and a flood of hints is one look a minute", () =>
    withInstalled("bitrix24", async (flow) => {
      const { portal } = nativeOf(flow);
      portal.setHookTrouble({ drop: 1, double: 0, reorder: 0, maxDelayMs: 0 });
      portal.setPayment({ isExpired: true, days: 0 });
      await flow.pass(25 * 60);
      expect((await flow.portal().summary())?.state).toBe("payment_required");
      portal.setPayment({ isExpired: false, days: 30 });
      await flow.pass(70);
      expect((await flow.portal().summary())?.state).toBe("active");
      flow.crm.clearJournal();
      for (let post = 0; post < 100; post += 1) {
        const fields = { "auth[application_token]": null };
        await appEvent(flow, "ONAPPPAYMENT", fields, "/bitrix24/events");
      }
      await flow.pass(3);
      const looks = restCalls(flow).filter((call) => call === "profile");
      expect(looks.length).toBeLessThanOrEqual(3);
    }));

  it("an installer page that is opened anew does not stop the work", () =>
    withInstalled("bitrix24", async (flow) => {
      expect((await openPage(flow, "install")).status).toBe(200);
      await flow.pass(1);
      expect(await stateOf(flow)).toBe("active");
    }));
});
