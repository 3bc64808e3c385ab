import { expect, it } from "vitest";
import { cardDocument } from "../../../src/crm/card.ts";
import { amocrmSession, api, get, openCard } from "../browser.ts";
import { buyerOf, dealWhere, soldDeal } from "../deals.ts";
import { withInstalled } from "../node-flow.ts";
import { accountOf } from "./account-side.ts";

const VIEWER = 2;
const OTHER = 1;

it("a client of the overview opens with its details in the app's place, the card's column stays short", () =>
  withInstalled("amocrm", async (flow) => {
    const deal = soldDeal(flow);
    const { clientKind: entity, clientId: id } = buyerOf(deal);
    const wide = await amocrmSession(flow, { place: "app", entity, id });
    const page = await get(flow, wide.cardUrl ?? "");
    const card = cardDocument.parse(page.block("pulse-card"));
    expect(card.detail?.purchases.map((one) => one.deal?.id)).toContain(deal.id);
    expect(page.html).toContain('class="timeline-chart"');
    expect(page.html).toContain("data-close");
    const view = `/api/card/view?entity=${entity}&id=${id}&size=full`;
    expect((await api(flow, page.session, view)).status).toBe(200);
    const column = await openCard(flow, entity, id);
    expect(cardDocument.parse(column.block("pulse-card")).detail).toBeUndefined();
    expect(column.html).not.toContain("data-close");
  }));

it("a deal that the viewer may not read has no details either", () =>
  withInstalled("amocrm", async (flow) => {
    const owner = flow.crm.users[OTHER]?.id;
    const id = await dealWhere(flow, (one) => one === owner);
    accountOf(flow).setRights(VIEWER, { view: "M", groupId: 0 });
    const { cardUrl } = await amocrmSession(flow, { place: "app", entity: "deal", id }, VIEWER);
    const page = await get(flow, cardUrl ?? "");
    expect(cardDocument.parse(page.block("pulse-card"))).toMatchObject({
      state: "no_permission",
      client: null,
    });
    expect(page.html).not.toMatch(/₽|RUB|timeline-chart/);
  }));
