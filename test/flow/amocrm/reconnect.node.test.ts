import { describe, expect, it } from "vitest";
import type { CardDocument } from "../../../src/crm/card.ts";
import { checkMirror } from "../../../src/simulation/oracles.ts";
import { openApp, openCard } from "../browser.ts";
import { agree, comeBack } from "../consent.ts";
import { soldDeal } from "../deals.ts";
import type { Flow } from "../flow-world.ts";
import { withInstalled } from "../node-flow.ts";
import { askSession, overviewOf } from "./account-side.ts";

const COLLEAGUE = 2;

async function disconnected(flow: Flow): Promise<void> {
  flow.crm.expireTokens("all");
  flow.crm.edit({ kind: "setAmount", dealId: soldDeal(flow).id, amountMinor: 66_600 });
  await flow.pass(1);
}

describe("a lost connection", () => {
  it("is said above everything in card and overview, with a button for the administrator", () =>
    withInstalled("amocrm", async (flow) => {
      const deal = soldDeal(flow);
      expect((await openCard(flow, "deal", deal.id)).html).not.toContain("data-lost-connection");
      await disconnected(flow);
      const pages = [await openCard(flow, "deal", deal.id), await openApp(flow)];
      for (const page of pages) {
        expect(page.status).toBe(200);
        const notice = page.html.indexOf("data-lost-connection");
        expect(notice).toBeGreaterThan(0);
        expect(notice).toBeLessThan(page.html.indexOf("<main"));
        expect(page.html).toContain('href="/amocrm/connect?product=amocrm" target="_blank"');
        expect(page.html).toContain("Подключить заново");
      }
      // What is known is still shown, and nothing is asked of the CRM.
      expect((pages[0]?.block("pulse-card") as CardDocument | undefined)?.worth).not.toBeNull();
      const sent = flow.sent.length;
      await flow.pass(12 * 60);
      expect(flow.sent).toHaveLength(sent);
    }));

  it("shows a colleague whose rights cannot be read nothing but whom to ask", () =>
    withInstalled("amocrm", async (flow) => {
      await disconnected(flow);
      const page = await openCard(flow, "deal", soldDeal(flow).id, COLLEAGUE);
      expect((page.block("pulse-card") as CardDocument).flags).toContain("no_permission");
      expect(page.html).toContain("Попросите администратора");
      expect(page.html).not.toContain("/amocrm/connect");
      expect(page.html).not.toMatch(/₽|RUB/);
    }));

  it("is renewed by the button with data and settings kept, and catches up", () =>
    withInstalled("amocrm", async (flow) => {
      const hooks = () => flow.crm.journal().filter(({ call }) => call === "POST /api/v4/webhooks");
      await disconnected(flow);
      const posted = hooks().length;
      const { url, cookie } = await agree(flow);
      const page = await comeBack(flow, url, cookie);
      expect(await page.text()).toContain("Готово, CRM подключена");
      await flow.pass(5);
      expect((await overviewOf(flow)).portalState).toBe("active");
      expect(checkMirror(flow.world)).toEqual([]);
      // The hook address that the account knows stays good.
      expect(hooks()).toHaveLength(posted);
      expect((await openApp(flow)).html).not.toContain("data-lost-connection");
    }));

  it("that nobody renews in two weeks counts as a removal; the button still brings it back", () =>
    withInstalled("amocrm", async (flow) => {
      await disconnected(flow);
      await flow.pass(14 * 24 * 60 + 60);
      const unknown = await askSession(flow, { place: "app" });
      expect(unknown).toMatchObject({ status: 404, body: { code: "portal.unknown" } });
      const { url, cookie } = await agree(flow);
      await comeBack(flow, url, cookie);
      await flow.pass(10);
      expect((await overviewOf(flow)).portalState).toBe("active");
      expect(checkMirror(flow.world)).toEqual([]);
    }));
});
