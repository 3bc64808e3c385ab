import { describe, expect, it } from "vitest";
import { aRoomWithDeals, expectMirrored } from "../../test/support/deal-room.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

describe("the account", () => {
  it("keeps data and the hook secret when it is installed again", async () => {
    const room = aRoomWithDeals(5);
    await room.installed();
    const before = room.sql.get("select hook_secret_hash, hook_secret_sealed from portal");
    await room.portal.install(room.crm.grant(), { isFinished: true, locale: "en" });
    expect(room.sql.get("select hook_secret_hash, hook_secret_sealed from portal")).toEqual(before);
    expect(room.count("deal")).toBe(5);
    await room.live(MINUTE_MS);
    expectMirrored(room);
  });

  it("makes a secret of its own, under which hooks are taken", async () => {
    const room = aRoomWithDeals(1);
    await room.portal.install(room.crm.grant(), { isFinished: true, locale: "ru" });
    const row = room.sql.get<{ hook_secret_sealed: string }>(
      "select hook_secret_sealed from portal",
    );
    expect(row?.hook_secret_sealed).toMatch(/:[0-9a-f]{40}$/);
    expect(await room.hint({ entity: "deal", id: "1" })).toBe("refused");
  });

  it("loses its tokens at once when uninstalled, and its data two days after a wish to erase", async () => {
    const room = aRoomWithDeals(5);
    await room.installed();
    await room.portal.uninstall({ erase: true });
    expect(room.count("token")).toBe(0);
    const calls = room.crm.calls.length;
    await room.live(47 * 3_600_000);
    expect(room.count("deal")).toBe(5);
    await room.live(2 * 3_600_000);
    expect((await room.portal.summary())?.state).toBe("purged");
    for (const table of ["deal", "purchase", "client", "scan", "api_call"]) {
      expect(room.count(table), table).toBe(0);
    }
    expect(room.crm.calls.length).toBe(calls);
    expect(await room.hint({ entity: "deal", id: "1" })).toBe("refused");
    await room.installed();
    expectMirrored(room);
  });

  it("is looked at daily, and more often where the clock of repeated looks runs faster", async () => {
    const room = aRoomWithDeals(3, { policy: { speed: 24 } });
    await room.installed();
    room.crm.state.currency = "KZT";
    await room.live(DAY_MS / 24 + MINUTE_MS);
    expect((await room.portal.summary())?.currency).toBe("KZT");
  });

  it("counts its purchases anew when its currency or zone changes", async () => {
    const room = aRoomWithDeals(3);
    await room.installed();
    room.crm.state.currency = "KZT";
    await room.live(DAY_MS + MINUTE_MS);
    expect((await room.portal.summary())?.currency).toBe("KZT");
    expect(room.count("purchase where base_minor is null")).toBe(3);
  });
});
