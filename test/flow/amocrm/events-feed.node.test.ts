import { describe, expect, it } from "vitest";
import { type CardDocument, cardDocument } from "../../../src/crm/card.ts";
import { openCard } from "../browser.ts";
import { buyerOf, cardOf, isSold, soldDeal } from "../deals.ts";
import type { Flow } from "../flow-world.ts";
import { withInstalled } from "../node-flow.ts";

/** No hook arrives and links move no update time: only the events feed, or the daily pass, can tell. */
const SILENT = { knobs: { amocrm: { linksTouch: false } } };
const LOST_HOOKS = { drop: 1, double: 0, reorder: 0, maxDelayMs: 0 };

async function clientCard(flow: Flow, client: { clientKind: string; clientId: string }) {
  const kind = client.clientKind === "company" ? "company" : "contact";
  const page = await openCard(flow, kind, client.clientId);
  return cardDocument.parse(page.block("pulse-card"));
}

const purchases = (card: CardDocument) => card.worth?.purchases ?? 0;

/** Two different clients of one kind that have bought. */
function twoBuyers(flow: Flow) {
  const buyers = flow.crm
    .truth()
    .deals.filter(isSold)
    .map((deal) => ({ deal, buyer: buyerOf(deal) }));
  const [first] = buyers;
  const second = buyers.find(
    ({ buyer }) =>
      buyer.clientKind === first?.buyer.clientKind && buyer.clientId !== first.buyer.clientId,
  );
  if (!first || !second) throw new Error("too few buyers in the seed");
  return { first, second };
}

describe("amoCRM's events feed", () => {
  it("tells of a new client of a deal whose update time has not moved", () =>
    withInstalled(
      "amocrm",
      async (flow) => {
        const { first, second } = twoBuyers(flow);
        flow.crm.edit({ kind: "setClient", dealId: first.deal.id, ...second.buyer });
        await flow.pass(25);
        const card = await cardOf(flow, first.deal.id);
        expect(card.client).toMatchObject({
          kind: second.buyer.clientKind,
          id: second.buyer.clientId,
        });
      },
      SILENT,
    ));

  it("tells of deals that were deleted and of those that came back", () =>
    withInstalled("amocrm", async (flow) => {
      flow.crm.setHookTrouble(LOST_HOOKS);
      const deal = soldDeal(flow);
      const before = purchases(await clientCard(flow, buyerOf(deal)));
      flow.crm.edit({ kind: "deleteDeal", dealId: deal.id });
      await flow.pass(25);
      expect(purchases(await clientCard(flow, buyerOf(deal)))).toBe(before - 1);
      flow.crm.edit({ kind: "restoreDeal", dealId: deal.id });
      await flow.pass(25);
      expect(purchases(await clientCard(flow, buyerOf(deal)))).toBe(before);
    }));

  it("tells of a merge: the survivor has the purchases of both", () =>
    withInstalled(
      "amocrm",
      async (flow) => {
        flow.crm.setHookTrouble(LOST_HOOKS);
        const { first, second } = twoBuyers(flow);
        const sum =
          purchases(await clientCard(flow, first.buyer)) +
          purchases(await clientCard(flow, second.buyer));
        const { clientKind } = first.buyer;
        const [winnerId, loserId] = [first.buyer.clientId, second.buyer.clientId];
        flow.crm.edit({ kind: "mergeClients", clientKind, winnerId, loserId });
        await flow.pass(25);
        expect(purchases(await clientCard(flow, first.buyer))).toBe(sum);
      },
      SILENT,
    ));

  it("is not needed: where the plan has none, the daily pass over all ids finds new links too", () =>
    withInstalled(
      "amocrm",
      async (flow) => {
        flow.crm.setHookTrouble(LOST_HOOKS);
        const fault = { kind: "status", status: 402 } as const;
        flow.crm.addFault({ match: "GET /api/v4/events", times: 1e9, fault });
        const { first, second } = twoBuyers(flow);
        flow.crm.edit({ kind: "setClient", dealId: first.deal.id, ...second.buyer });
        await flow.pass(25);
        expect((await cardOf(flow, first.deal.id)).client).toMatchObject({
          id: first.buyer.clientId,
        });
        await flow.pass(25 * 60);
        expect((await cardOf(flow, first.deal.id)).client).toMatchObject({
          id: second.buyer.clientId,
        });
      },
      SILENT,
    ));
});
