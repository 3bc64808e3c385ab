import { describe, expect, test } from "vitest";
import { makeFixture, makeSeed } from "./bitrix24-fixture.ts";

const HOOK = "http://app.example/b24/hook";

describe("events", () => {
  async function bound() {
    const fixture = makeFixture();
    fixture.portal.seed(makeSeed(6));
    for (const event of ["ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALMOVETOCATEGORY"]) {
      await fixture.call("event.bind", { event, handler: HOOK });
    }
    await fixture.portal.flushHooks();
    fixture.delivered.length = 0;
    return { ...fixture, dealId: fixture.portal.truth().deals[1]!.id };
  }

  test("a person's change arrives as a form in the portal's own key order", async () => {
    const { portal, delivered, dealId } = await bound();
    portal.edit({ kind: "setAmount", dealId, amountMinor: 5_00 }, 1);
    await portal.flushHooks();
    expect([...delivered[0]!.form.keys()]).toEqual([
      "event",
      "event_handler_id",
      "data[FIELDS][ID]",
      "ts",
      "auth[access_token]",
      "auth[expires]",
      "auth[expires_in]",
      "auth[scope]",
      "auth[domain]",
      "auth[server_endpoint]",
      "auth[status]",
      "auth[client_endpoint]",
      "auth[member_id]",
      "auth[user_id]",
      "auth[application_token]",
    ]);
    expect(delivered[0]!.form.get("data[FIELDS][ID]")).toBe(dealId);
  });

  test("a robot's change carries no token; our own write echoes; a pipeline move has its own event", async () => {
    const { portal, delivered, call, dealId } = await bound();
    portal.edit({ kind: "winDeal", dealId }, -1);
    await portal.flushHooks();
    expect(delivered[0]!.form.has("auth[access_token]")).toBe(false);
    expect(delivered[0]!.form.get("auth[application_token]")).toBe(portal.applicationToken());
    delivered.length = 0;
    const { categories } = (await call("crm.category.list", { entityTypeId: 2 })).result;
    const deal = portal.truth().deals[2]!;
    const target = categories.find((one: { id: number }) => String(one.id) !== deal.pipelineId);
    const fields = { categoryId: target.id };
    await call("crm.item.update", { entityTypeId: 2, id: Number(deal.id), fields });
    await portal.flushHooks();
    expect(delivered.map((one) => one.form.get("event"))).toEqual(["ONCRMDEALMOVETOCATEGORY"]);
  });

  test("trouble drops, doubles and holds back; a flush sends what was held", async () => {
    const { portal, delivered, dealId } = await bound();
    let amount = 1;
    const change = () => {
      amount += 1;
      portal.edit({ kind: "setAmount", dealId, amountMinor: amount * 100 });
    };
    portal.setHookTrouble({ drop: 1, double: 0, reorder: 0, maxDelayMs: 0 });
    change();
    await portal.flushHooks();
    expect(delivered.length).toBe(0);
    portal.setHookTrouble({ drop: 0, double: 1, reorder: 0, maxDelayMs: 0 });
    change();
    await portal.flushHooks();
    expect(delivered.length).toBe(2);
    portal.setHookTrouble({ drop: 0, double: 0, reorder: 1, maxDelayMs: 0 });
    change();
    expect(delivered.length).toBe(2);
    await portal.flushHooks();
    expect(delivered.length).toBe(3);
    expect(portal.journal().filter((one) => one.call === "hook ONCRMDEALUPDATE").length).toBe(3);
  });

  test("a handler that never answers is given up after ten seconds and not tried again", async () => {
    const { portal, replies, clock, delivered, dealId } = await bound();
    replies.push(() => new Promise(() => undefined));
    portal.edit({ kind: "winDeal", dealId });
    await clock.turn();
    await clock.advance(10_001);
    await portal.flushHooks();
    expect(delivered.length).toBe(1);
    expect(portal.journal().at(-1)).toMatchObject({ call: "hook ONCRMDEALUPDATE", status: 0 });
  });

  test("the offline queue keeps one record per object and hands it out once", async () => {
    const { portal, call, dealId } = await bound();
    await call("event.bind", { event: "ONCRMDEALUPDATE", event_type: "offline" });
    portal.edit({ kind: "setAmount", dealId, amountMinor: 1_00 });
    portal.edit({ kind: "setAmount", dealId, amountMinor: 2_00 });
    const got = (await call("event.offline.get", { clear: 0 })).result;
    expect(got.events.map((one: { EVENT_DATA: object }) => one.EVENT_DATA)).toEqual([
      { FIELDS: { ID: Number(dealId) } },
    ]);
    expect((await call("event.offline.get", {})).result.events).toEqual([]);
    await call("event.offline.clear", { process_id: got.process_id });
    expect((await call("event.offline.list", {})).result).toEqual([]);
  });
});
