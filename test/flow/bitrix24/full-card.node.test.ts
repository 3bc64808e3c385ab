import { expect, it } from "vitest";
import { type CardDocument, cardDocument } from "../../../src/crm/card.ts";
import { api, openCard } from "../browser.ts";
import { soldDeal } from "../deals.ts";
import type { Flow } from "../flow-world.ts";
import { withInstalled } from "../node-flow.ts";
import { nativeOf, openPage, tokensOf } from "./portal.ts";

/** In the sandbox's people: reads only what is their own. */
const LIMITED = 2;

/** A deal of a company that has bought, with a contact who has bought too. */
async function sharedDeal(flow: Flow) {
  const { deals } = flow.crm.truth();
  const won = deals.filter(({ outcome }) => outcome === "won");
  const deal = won.findLast(({ companyId }) => companyId !== null);
  const contact = won.find(({ companyId, contactIds }) => companyId === null && contactIds[0]);
  const contactId = contact?.contactIds[0] ?? "";
  if (!deal) throw new Error("no company has bought");
  const request = new Request(`${nativeOf(flow).portal.origin()}/rest/crm.item.update`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      auth: tokensOf(flow).access,
      entityTypeId: 2,
      id: Number(deal.id),
      fields: { contactIds: [Number(contactId)] },
    }),
  });
  const answer = await flow.run(flow.world.site.fetch(request));
  expect(answer.status).toBe(200);
  await flow.pass(30);
  return { deal, company: `company:${deal.companyId}`, contact: `contact:${contactId}` };
}

const documentOf = (page: { block(id: string): unknown }): CardDocument =>
  cardDocument.parse(page.block("pulse-card"));

it("the tab has purchases, rhythm and history, the strip in the card's body only its first lines", () =>
  withInstalled("bitrix24", async (flow) => {
    const { id } = soldDeal(flow);
    const tab = await openCard(flow, "deal", id);
    const { detail, worth } = documentOf(tab);
    expect(detail?.purchases.length).toBe(worth?.purchases);
    expect(detail?.purchases.map(({ deal }) => deal?.url)).toContain(
      `${nativeOf(flow).portal.origin()}/crm/deal/details/${id}/`,
    );
    expect(tab.html).toContain('class="timeline-chart"');
    const strip = await openPage(flow, "CRM_DEAL_DETAIL_TAB", {
      PLACEMENT: "USERFIELD_TYPE",
      PLACEMENT_OPTIONS: JSON.stringify({ ENTITY_DATA: { entityTypeId: "2", entityId: id } }),
    });
    expect(documentOf(strip).detail).toBeUndefined();
    expect(strip.html).not.toContain('class="timeline-chart"');
  }));

it("several clients of one deal: each is shown to whoever may read that client, nobody else's ever", () =>
  withInstalled("bitrix24", async (flow) => {
    const { deal, company, contact } = await sharedDeal(flow);
    const { session, block } = await openCard(flow, "deal", deal.id);
    expect(cardDocument.parse(block("pulse-card"))).toMatchObject({
      client: { key: company },
      alternatives: [{ key: contact }],
    });
    const ask = (client: string, of = session, id = deal.id) =>
      api(flow, of, `/api/card/view?entity=deal&id=${id}&client=${client}&size=full`);
    const { status, body } = await ask(contact);
    expect(status).toBe(200);
    const { card, html } = body as { card: unknown; html: string };
    expect(cardDocument.parse(card)).toMatchObject({
      client: { key: contact },
      alternatives: [{ key: company }],
      detail: { earlier: 0 },
    });
    expect(html).toMatch(/^<main [^>]*data-size="full"/);
    expect(html).toContain(`data-switch="${contact}" aria-pressed="true"`);
    // A client of another record, a record that the page does not stand in, no session.
    expect((await ask("company:999999")).status).toBe(403);
    expect((await ask(contact, session, "999999")).status).toBe(403);
    expect((await ask("company:1;drop")).status).toBe(400);
    expect((await ask(contact, null)).status).toBe(401);
  }));

it("whoever reads the deal but not its other client is refused that client", () =>
  withInstalled("bitrix24", async (flow) => {
    const { deal, contact } = await sharedDeal(flow);
    const { portal } = nativeOf(flow);
    const [limited, admin] = [flow.crm.users[LIMITED]?.id, flow.crm.users[0]?.id];
    const assign = (entityTypeId: number, id: string, user: string | undefined) =>
      flow.run(
        flow.world.site.fetch(
          new Request(`${portal.origin()}/rest/crm.item.update`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({
              auth: tokensOf(flow).access,
              entityTypeId,
              id: Number(id),
              fields: { assignedById: Number(user) },
            }),
          }),
        ),
      );
    await assign(2, deal.id, limited);
    await assign(3, contact.slice("contact:".length), admin);
    await flow.pass(30);
    const page = await openCard(flow, "deal", deal.id, LIMITED);
    expect(documentOf(page).client).not.toBeNull();
    const path = `/api/card/view?entity=deal&id=${deal.id}&client=${contact}`;
    expect((await api(flow, page.session, path)).status).toBe(403);
  }));

it("openApplication with a record opens its whole page over the other one, with the viewer's rights", () =>
  withInstalled("bitrix24", async (flow) => {
    const { id } = soldDeal(flow);
    const opened = (recordId: string, userIndex = 0) =>
      openPage(
        flow,
        "app",
        { PLACEMENT_OPTIONS: JSON.stringify({ pulse_entity: "deal", pulse_id: recordId }) },
        { userIndex },
      );
    const page = await opened(id);
    expect(documentOf(page).detail).toBeDefined();
    expect(page.html).toContain("data-close");
    const path = `/api/card?entity=deal&id=${id}`;
    expect((await api(flow, page.session, path)).status).toBe(200);
    const refused = await opened("999999");
    expect(documentOf(refused)).toMatchObject({ state: "no_permission", client: null });
    // Options of another kind are the app's own page.
    const odd = await openPage(flow, "app", {
      PLACEMENT_OPTIONS: '{"pulse_entity":"lead","pulse_id":[]}',
    });
    expect(odd.block("pulse-card")).toBeNull();
  }));
