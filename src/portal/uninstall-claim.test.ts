import { describe, expect, it } from "vitest";
import { makeRoom } from "../../test/support/portal-room.ts";

const MINUTE_MS = 60_000;

describe("an uninstallation told by a message that may be an old one", () => {
  it("changes nothing while our token still opens the portal", async () => {
    const room = makeRoom();
    await room.installed();
    await room.portal.uninstall({ erase: false, isReplayable: true });
    await room.live(MINUTE_MS);
    expect(await room.portal.summary()).toMatchObject({ state: "active" });
    expect(room.count("token")).toBe(1);
  });

  it("is believed when the token is dead", async () => {
    const room = makeRoom();
    await room.installed();
    room.crm.state.access = "gone";
    room.crm.state.refresh = "gone";
    await room.portal.uninstall({ erase: false, isReplayable: true });
    await room.live(MINUTE_MS);
    expect(await room.portal.summary()).toMatchObject({ state: "suspended" });
    expect(room.count("token")).toBe(0);
  });

  it.each([402, 418])(
    "is not believed because the CRM refuses us otherwise (%i)",
    async (status) => {
      const room = makeRoom();
      await room.installed();
      room.crm.fail("check", { kind: "status", status });
      await room.portal.uninstall({ erase: false, isReplayable: true });
      await room.live(MINUTE_MS);
      expect(room.count("token")).toBe(1);
      await room.live(3 * 60 * MINUTE_MS);
      expect(await room.portal.summary()).toMatchObject({ state: "active" });
    },
  );

  it("with a proof of its own takes effect at once", async () => {
    const room = makeRoom();
    await room.installed();
    await room.portal.uninstall({ erase: true });
    expect(await room.portal.summary()).toMatchObject({ state: "suspended" });
  });
});
