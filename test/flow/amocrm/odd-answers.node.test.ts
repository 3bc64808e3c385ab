import { describe, expect, it } from "vitest";
import { checkMirror } from "../../../src/simulation/oracles.ts";
import { cardOf, soldDeal } from "../deals.ts";
import { withFlow, withInstalled } from "../node-flow.ts";
import { writes } from "../writes-and-removal.ts";

const LOST_HOOKS = { drop: 1, double: 0, reorder: 0, maxDelayMs: 0 };
const html = (status: number) => ({ kind: "status", status, body: "<html>Busy</html>" }) as const;

describe("odd but legal answers of amoCRM", () => {
  it("numbers as text, absent keys, empty maps as lists: the same mirror, the same writes", () =>
    withInstalled(
      "amocrm",
      async (flow) => {
        expect(checkMirror(flow.world)).toEqual([]);
        expect(await flow.portal().summary()).toMatchObject({ currency: "RUB", state: "active" });
        const deal = soldDeal(flow);
        flow.crm.edit({ kind: "setAmount", dealId: deal.id, amountMinor: 77_700 });
        await flow.pass(2);
        expect(checkMirror(flow.world)).toEqual([]);
        await writes(flow);
      },
      { knobs: { amocrm: { looseTypes: true } } },
    ));

  it("an account without filters: changes are read from the newest back to what is known", () =>
    withInstalled(
      "amocrm",
      async (flow) => {
        expect(checkMirror(flow.world)).toEqual([]);
        flow.crm.setHookTrouble(LOST_HOOKS);
        const deal = soldDeal(flow);
        const before = (await cardOf(flow, deal.id)).worth?.totalMinor ?? 0;
        flow.crm.edit({
          kind: "setAmount",
          dealId: deal.id,
          amountMinor: (deal.amountMinor ?? 0) + 500_00,
        });
        await flow.pass(25);
        expect((await cardOf(flow, deal.id)).worth?.totalMinor).toBe(before + 500_00);
        expect(flow.sent.filter(({ url }) => /filter%5Bupdated_at/.test(url))).toEqual([]);
        expect(checkMirror(flow.world)).toEqual([]);
      },
      { knobs: { amocrmPortal: { isFilterDisabled: true } } },
    ));

  it("pages of the machines in front, refusals of single lists and a page that is empty once", () =>
    withFlow("amocrm", async (flow) => {
      const some = (match: string, after: number, fault: ReturnType<typeof html>) =>
        flow.crm.addFault({ match, times: 2, after, fault });
      some("GET /api/v4/leads", 1, html(502));
      some("GET /api/v4/contacts", 0, html(504));
      some("GET /api/v4/companies", 0, html(500));
      some("GET /api/v4/tasks", 0, html(503));
      flow.crm.addFault({
        match: "GET /api/v4/events",
        times: 1,
        after: 3,
        fault: { kind: "status", status: 204 },
      });
      await flow.installAndSync();
      expect(checkMirror(flow.world)).toEqual([]);
    }));
});
