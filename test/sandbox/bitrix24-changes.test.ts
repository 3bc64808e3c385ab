import { describe, expect, test } from "vitest";
import { makeFixture, makeSeed, NOW } from "./bitrix24-fixture.ts";

describe("changes", () => {
  test("an update without effect touches nothing; a stage change writes history", async () => {
    const { portal, call, clock } = makeFixture();
    portal.seed(makeSeed(2));
    const id = Number(portal.truth().deals.find((deal) => deal.outcome === "open")!.id);
    const before = (await call("crm.item.get", { entityTypeId: 2, id })).result.item;
    await clock.advance(60_000);
    const fields = { opportunity: before.opportunity };
    const same = await call("crm.item.update", { entityTypeId: 2, id, fields });
    expect(same.result.item.updatedTime).toBe(before.updatedTime);
    portal.edit({ kind: "winDeal", dealId: String(id) });
    const after = (await call("crm.item.get", { entityTypeId: 2, id })).result.item;
    expect([after.stageSemanticId, after.closed]).toEqual(["S", "Y"]);
    expect(after.movedTime).not.toBe(before.movedTime);
    const filter = { OWNER_ID: id };
    const history = await call("crm.stagehistory.list", { entityTypeId: 2, filter });
    expect(history.result.items.at(-1)).toMatchObject({ TYPE_ID: 3, STAGE_SEMANTIC_ID: "S" });
  });

  test("a merge moves the loser's deals to the winner without touching them", async () => {
    const { portal, call } = makeFixture();
    portal.seed(makeSeed(40));
    const contacts = portal.truth().clients.filter((one) => one.kind === "contact");
    const [winner, loser] = [contacts[0]!.id, contacts[1]!.id];
    const moved = portal.truth().deals.find((deal) => deal.contactIds.includes(loser))!.id;
    const read = async () =>
      (await call("crm.item.get", { entityTypeId: 2, id: Number(moved) })).result.item;
    const before = await read();
    const edit = { kind: "mergeClients", winnerId: winner, loserId: loser } as const;
    portal.edit({ ...edit, clientKind: "contact" });
    const after = await read();
    expect(after.contactIds).toEqual([Number(winner)]);
    expect(after.updatedTime).toBe(before.updatedTime);
    const gone = await call("crm.item.get", { entityTypeId: 3, id: Number(loser) });
    expect(gone.error).toBe("NOT_FOUND");
  });

  test("a deleted deal comes back with its id", async () => {
    const { portal, call } = makeFixture();
    portal.seed(makeSeed(3));
    const dealId = portal.truth().deals[1]!.id;
    portal.edit({ kind: "deleteDeal", dealId });
    const params = { entityTypeId: 2, id: Number(dealId) };
    expect((await call("crm.item.get", params)).error).toBe("NOT_FOUND");
    portal.edit({ kind: "restoreDeal", dealId });
    expect((await call("crm.item.get", params)).result.item.id).toBe(Number(dealId));
    expect(portal.truth().deals.map((deal) => deal.id)).toContain(dealId);
  });

  test("to-dos, tasks and notes land where a person sees them", async () => {
    const { portal, call } = makeFixture();
    portal.seed(makeSeed(2));
    const ownerId = Number(portal.truth().deals[0]!.id);
    const deadline = new Date(NOW + 86_400_000).toISOString();
    const todo = { ownerTypeId: 2, ownerId, deadline, title: "Call", description: "why" };
    await call("crm.activity.todo.add", { ...todo, responsibleId: 7 });
    const task = { TITLE: "Visit", RESPONSIBLE_ID: 1, UF_CRM_TASK: ["C_5"] };
    const added = await call("tasks.task.add", { fields: task });
    expect(typeof added.result.task.id).toBe("string");
    expect(portal.tasks()).toMatchObject([
      { title: "Call", text: "why", responsibleId: "7", entityId: String(ownerId) },
      { title: "Visit", responsibleId: "1", entityId: "5" },
    ]);
    const fields = {
      entityTypeId: 2,
      entityId: ownerId,
      title: "T",
      text: "moved",
      iconCode: "info",
    };
    await call("crm.timeline.logmessage.add", { fields });
    expect(portal.notes().at(-1)?.text).toBe("moved");
  });
});
