import { describe, expect, it } from "vitest";
import type { CardDocument } from "../../../src/crm/card.ts";
import { get, openCard } from "../browser.ts";
import { dealWhere, isSold } from "../deals.ts";
import type { Flow } from "../flow-world.ts";
import { withInstalled } from "../node-flow.ts";
import { accountOf, askSession } from "./account-side.ts";

/** Index of the colleague whose rights are changed, and of another one. */
const VIEWER = 2;
const OTHER = 1;

async function deals(flow: Flow) {
  const id = (index: number) => flow.crm.users[index]?.id;
  return {
    own: await dealWhere(flow, (owner) => owner === id(VIEWER)),
    foreign: await dealWhere(flow, (owner) => owner === id(OTHER)),
  };
}

/** Does the viewer's card of this deal show anything of the client? */
async function sees(flow: Flow, dealId: string): Promise<boolean> {
  const page = await openCard(flow, "deal", dealId, VIEWER);
  const card = page.block("pulse-card") as CardDocument;
  const isRefused = card.flags.includes("no_permission");
  if (isRefused) {
    expect([card.worth, card.client, card.health, card.spark]).toEqual([null, null, null, []]);
    expect(card.history).toEqual({ lastPurchaseAt: null, lastContact: null });
    expect(page.html).not.toMatch(/₽|RUB/);
  }
  expect(isRefused).toBe(card.worth === null);
  return !isRefused;
}

describe("the view right of /users/{id}", () => {
  it.each([
    ["A", true, true],
    ["G", true, false],
    ["M", true, false],
    ["L", true, false],
    ["D", false, false],
  ] as const)("%s shows own %s, others' %s", (view, own, foreign) =>
    withInstalled("amocrm", async (flow) => {
      const found = await deals(flow);
      // Another group than everybody's: its rows were written under the first one.
      accountOf(flow).setRights(VIEWER, { view, groupId: 77 });
      expect(await sees(flow, found.own)).toBe(own);
      expect(await sees(flow, found.foreign)).toBe(foreign);
    }),
  );

  it("G shows what belongs to colleagues of the same group, the unnamed first one too", () =>
    withInstalled("amocrm", async (flow) => {
      const { foreign } = await deals(flow);
      accountOf(flow).setRights(VIEWER, { view: "G", groupId: 0 });
      expect(await sees(flow, foreign)).toBe(true);
    }));

  it("a right on the deal's stage goes before that on all deals", () =>
    withInstalled("amocrm", async (flow) => {
      const { own, foreign } = await deals(flow);
      const stageOf = (id: string) => flow.crm.truth().deals.find((deal) => deal.id === id);
      const { pipelineId, stageId } = stageOf(foreign) ?? { pipelineId: "", stageId: "" };
      const stage = { pipelineId: Number(pipelineId), statusId: Number(stageId) };
      accountOf(flow).setRights(VIEWER, { view: "M", statusRights: [{ ...stage, view: "A" }] });
      expect(await sees(flow, foreign)).toBe(true);
      const closed = { ...stage, view: "D" as const };
      accountOf(flow).setRights(VIEWER, { view: "A", statusRights: [closed] });
      const other = flow.crm
        .truth()
        .deals.find((deal) => isSold(deal) && deal.id !== foreign && deal.id !== own);
      expect(other).toMatchObject({ stageId });
      const isSamePlace = other?.pipelineId === pipelineId;
      expect(await sees(flow, other?.id ?? "")).toBe(!isSamePlace);
    }));

  it("that was taken away is gone after fifteen minutes at the latest", () =>
    withInstalled("amocrm", async (flow) => {
      const { foreign } = await deals(flow);
      accountOf(flow).setRights(VIEWER, { view: "A" });
      expect(await sees(flow, foreign)).toBe(true);
      const asked = () => flow.sent.filter(({ url }) => /\/api\/v4\/users\/\d+$/.test(url)).length;
      const before = asked();
      accountOf(flow).setRights(VIEWER, { view: "D" });
      expect(await sees(flow, foreign)).toBe(true);
      expect(asked()).toBe(before);
      await flow.pass(15.1);
      expect(await sees(flow, foreign)).toBe(false);
    }));

  it("of somebody who was dismissed shows nothing", () =>
    withInstalled("amocrm", async (flow) => {
      const { own } = await deals(flow);
      const token = await flow.run(accountOf(flow).disposableToken(VIEWER));
      accountOf(flow).dismissUser(VIEWER);
      const question = { place: "card", entity: "deal", id: own };
      const { status, body } = await askSession(flow, question, VIEWER, token);
      expect(status).toBe(200);
      const page = await get(flow, String(body.cardUrl));
      expect((page.block("pulse-card") as CardDocument).flags).toContain("no_permission");
    }));
});

describe("a ticket", () => {
  const question = async (flow: Flow) => ({
    place: "card",
    entity: "deal",
    id: (await deals(flow)).own,
  });
  const isOpenAgain = async (flow: Flow, url: unknown) => {
    const page = await get(flow, String(url));
    const isEmpty = page.block("pulse-card") === null && page.session === null;
    if (isEmpty) expect(page.html).not.toMatch(/₽|RUB/);
    return isEmpty;
  };

  it("opens its page once", () =>
    withInstalled("amocrm", async (flow) => {
      const { body } = await askSession(flow, await question(flow));
      expect(await isOpenAgain(flow, body.cardUrl)).toBe(false);
      expect(await isOpenAgain(flow, body.cardUrl)).toBe(true);
    }));

  it("dies after sixty seconds", () =>
    withInstalled("amocrm", async (flow) => {
      const first = await askSession(flow, await question(flow));
      await flow.pass(0.95);
      expect(await isOpenAgain(flow, first.body.cardUrl)).toBe(false);
      const second = await askSession(flow, await question(flow));
      await flow.pass(1.05);
      expect(await isOpenAgain(flow, second.body.cardUrl)).toBe(true);
    }));

  it("is bound to its place, its person and its record, whatever the address says", () =>
    withInstalled("amocrm", async (flow) => {
      const { own, foreign } = await deals(flow);
      const asked = { place: "card", entity: "deal", id: own };
      const { body } = await askSession(flow, asked, VIEWER);
      const wrongPlace = String(body.cardUrl).replace("/amocrm/card", "/amocrm/app");
      expect(await isOpenAgain(flow, wrongPlace)).toBe(true);
      expect(await isOpenAgain(flow, body.cardUrl)).toBe(true);

      const again = await askSession(flow, asked, VIEWER);
      const page = await get(flow, `${again.body.cardUrl}&entity=deal&id=${foreign}&user=1`);
      expect(page.html).toContain(`data-entity-id="${own}"`);
      expect(page.block("pulse-session")).toMatchObject({ role: "user", portal: flow.key });
      for (const made of ["", "x", "0".repeat(64)]) {
        expect(await isOpenAgain(flow, `/amocrm/card?ticket=${made}`)).toBe(true);
      }
    }));

  it("names the one page that may frame it; without one nobody may", () =>
    withInstalled("amocrm", async (flow) => {
      const { body } = await askSession(flow, await question(flow));
      const page = await get(flow, String(body.cardUrl));
      expect(page.directive("frame-ancestors")).toBe("https://simulation.amocrm.ru");
      expect(page.headers.get("x-frame-options")).toBeNull();
      expect(page.headers.get("set-cookie")).toBeNull();
      const spent = await get(flow, String(body.cardUrl));
      expect(spent.directive("frame-ancestors")).toBe("'none'");
    }));
});
