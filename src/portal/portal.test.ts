import { describe, expect, it } from "vitest";
import { aCompany, aDeal, aStageEntry } from "../../test/support/fake-crm.ts";
import { makeRoom } from "../../test/support/portal-room.ts";

describe("a portal", () => {
  it("reads everything once after the installation and goes on with changes", async () => {
    const room = makeRoom();
    for (let n = 1; n <= 250; n += 1) {
      room.crm.put(aCompany({ id: String(n) }));
      room.crm.put(aDeal({ id: String(n), companyId: String(n) }));
      room.crm.put(aStageEntry({ id: String(n), dealId: String(n), enteredAt: 1_500 }));
    }
    await room.installed();
    expect((await room.portal.summary())?.state).toBe("active");
    expect(room.count("deal")).toBe(250);
    expect(room.count("purchase where moment = 'history' and at = 1500")).toBe(250);
    expect(await room.portal.progress()).toMatchObject({ phase: "done" });

    const now = room.clock.now();
    room.crm.put(aDeal({ id: "251", updatedAt: now, closedAt: now }));
    await room.live(11 * 60_000);
    expect(room.count("purchase where id = '251' and moment = 'closed'")).toBe(1);
  });

  it("shows a card, an overview and totals as soon as the facts are there", async () => {
    const room = makeRoom();
    const monthMs = 30 * 86_400_000;
    const now = room.clock.now();
    for (let n = 1; n <= 40; n += 1) {
      room.crm.put(aCompany({ id: String(n) }));
      for (let month = 1; month <= 6; month += 1) {
        const closedAt = now - month * monthMs - n * 3_600_000;
        const id = String(n * 10 + month);
        room.crm.put(aDeal({ id, companyId: String(n), closedAt, updatedAt: closedAt }));
      }
    }
    await room.installed();
    await room.live(60_000);
    const viewer = { canRead: true, isAdmin: true };
    const card = await room.portal.card("company", "7", viewer);
    expect(card.client).toMatchObject({ kind: "company", id: "7" });
    expect(card.worth?.purchases).toBe(6);
    expect(await room.portal.totals()).toMatchObject({
      clients: 40,
      purchases: 240,
      revenueMinor: 240 * 100_00,
    });
    expect((await room.portal.overview()).clients).toBe(40);

    room.crm.put(aDeal({ id: "5", companyId: "7", closedAt: now, updatedAt: now }));
    await room.hint({ entity: "deal", id: "5" });
    await room.live(10_000);
    expect((await room.portal.card("company", "7", viewer)).worth?.purchases).toBe(7);
  });

  it("runs its steps without overlap and once more when called meanwhile", async () => {
    const room = makeRoom();
    room.crm.put(aDeal({ id: "1" }));
    await room.installed();
    await room.portal.repair();
    const [one, other] = [room.portal.tick(), room.portal.tick()];
    const wishes = await room.clock.run(Promise.all([one, other]));
    expect(wishes[0]).toBe(wishes[1]);
    expect(wishes[0]).toBeGreaterThan(room.clock.now());
  });
});
