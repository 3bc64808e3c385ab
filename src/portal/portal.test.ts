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
    expect(room.count("purchase where deal_id = '251' and moment = 'closed'")).toBe(1);
  });
});
