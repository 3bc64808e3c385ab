import { describe, expect, it } from "vitest";
import { aCompany, aDeal } from "../../test/support/fake-crm.ts";
import { makeRoom } from "../../test/support/portal-room.ts";
import type { SettingsDraft } from "../crm/settings.ts";

const WITHOUT_ZEROS: SettingsDraft = {
  moneySource: "deals",
  pipelines: null,
  clientRule: "company_first",
  countsZeroSums: false,
  rates: [],
};
const DEALS = 1_700;

async function aRoom() {
  const room = makeRoom();
  for (const id of ["1", "2", "3"]) room.crm.put(aCompany({ id }));
  for (let deal = 1; deal <= DEALS; deal += 1) {
    const companyId = String(1 + (deal % 3));
    room.crm.put(aDeal({ id: String(deal), companyId, amountMinor: deal % 2 === 0 ? 0 : 100 }));
  }
  await room.installed();
  await room.live(1_000);
  const zeros = () => room.count("purchase where amount_minor = 0");
  const counting = () => room.count("scan where job = 'purchases' and state <> 'done'");
  return { ...room, room, zeros, counting };
}

describe("a change of what a purchase is", () => {
  it("is counted slice by slice, goes on after the process died, and lets changes through", async () => {
    const { room, sql, zeros, counting } = await aRoom();
    expect(zeros()).toBe(DEALS / 2);
    await room.portal.saveSettings({ version: 0, ...WITHOUT_ZEROS }, "7");
    expect(zeros()).toBe(DEALS / 2);
    expect((await room.portal.settings()).isCounting).toBe(true);
    // Killed after its first slice, when somebody has just given a deal its sum.
    const { clock } = room;
    const turn = clock.turn;
    const seen: number[] = [];
    let answer: Promise<string> | undefined;
    const dying = {
      turn() {
        seen.push(zeros());
        if (seen.length === 1) {
          room.crm.put(
            aDeal({ id: "1700", companyId: "1", amountMinor: 700, updatedAt: clock.now() }),
          );
          room.restart();
          answer = room.hint({ entity: "deal", id: "1700" });
        }
        return turn();
      },
    };
    Object.assign(clock, dying);
    void room.portal.tick();
    await clock.runTo(clock.now() + 1);
    expect(seen[0]).toBeLessThan(DEALS / 2);
    expect(seen[0]).toBeGreaterThan(DEALS / 4);
    expect(counting()).toBe(1);
    await room.live(60_000);
    expect(await answer).toBe("stored");
    expect(seen.length).toBeGreaterThan(3);
    expect(counting()).toBe(0);
    expect(zeros()).toBe(0);
    expect(room.count("purchase")).toBe(DEALS / 2 + 1);
    expect(sql.get("select base_minor from purchase where id = '1700'")).toEqual({
      base_minor: 700,
    });

    // And back: everything is there again.
    await room.portal.saveSettings({ version: 1, ...WITHOUT_ZEROS, countsZeroSums: true }, "7");
    await room.live(60_000);
    expect(room.count("purchase")).toBe(DEALS);
    const { history } = await room.portal.settings();
    expect(history.map(({ by, changed }) => [by, changed])).toEqual([
      ["7", ["countsZeroSums"]],
      ["7", ["countsZeroSums"]],
    ]);
  });
});
