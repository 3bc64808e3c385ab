import { describe, expect, it } from "vitest";
import { aRoomWithDeals } from "../../test/support/deal-room.ts";
import { ALL_READS, aDeal, aLead, aPayment } from "../../test/support/fake-crm.ts";
import type { Room } from "../../test/support/portal-room.ts";
import type { PortalPolicy } from "./portal-api.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function aFullRoom(policy: Partial<PortalPolicy> = {}): Room {
  const room = aRoomWithDeals(5, { reads: ALL_READS, policy });
  room.crm.put(aPayment({ id: "1", dealId: "2" }));
  room.crm.put(aLead({ id: "1" }));
  room.crm.put({
    entity: "dealProducts",
    dealId: "2",
    rows: [
      { productId: "7", quantity: 1.5, priceMinor: 300 },
      { productId: null, quantity: 1, priceMinor: 5 },
    ],
  });
  room.crm.put({
    entity: "label",
    dictionary: "source",
    id: "WEB",
    name: "Сайт",
    parentId: null,
  });
  room.crm.put({ entity: "rate", currency: "USD", perUnit: 80.5 });
  return room;
}

const productsOf = (room: Room, dealId: string) =>
  room.sql.all(
    "select product_id, quantity, price_minor from deal_product where deal_id = ? order by place",
    dealId,
  );

describe("payments, leads, products, labels and rates", () => {
  it("are read in the first sync, products behind their deals", async () => {
    const room = aFullRoom();
    room.crm.state.pageSize = 2;
    await room.installed();
    expect(room.count("payment where deal_id = '2' and paid_at = 2000")).toBe(1);
    expect(room.count("lead where outcome = 'open'")).toBe(1);
    expect(productsOf(room, "2")).toEqual([
      { product_id: "7", quantity: 1.5, price_minor: 300 },
      { product_id: null, quantity: 1, price_minor: 5 },
    ]);
    expect(room.count("label where dictionary = 'source' and name = 'Сайт'")).toBe(1);
    expect(room.count("rate where currency = 'USD' and per_unit = 80.5")).toBe(1);
    const first = (await room.portal.progress()).entities.map(({ entity }) => entity);
    expect(first.toSorted()).toEqual(ALL_READS.toSorted());
    const calls = room.crm.calls.filter((name) => name.startsWith("scan/"));
    const [products, deals] = ["scan/dealProducts/all", "scan/deal/all"] as const;
    expect(calls.indexOf(products)).toBeGreaterThan(calls.indexOf(deals));
  });

  it("are not asked for where the CRM has none", async () => {
    const room = aRoomWithDeals(2, { policy: { idScanEveryMs: 2 * HOUR_MS } });
    await room.installed();
    await room.hint({ entity: "lead", id: "1" }, { entity: "payment", id: "1" });
    await room.live(3 * HOUR_MS);
    const strange = /scan\/(payment|lead|dealProducts|label|rate)/;
    expect(room.crm.calls.filter((name) => strange.test(name))).toEqual([]);
    expect(room.count("dirty")).toBe(0);
  });

  it("follow hints and polls, and vanish with the search of what vanished", async () => {
    const room = aFullRoom({ idScanEveryMs: 2 * HOUR_MS });
    await room.installed();
    room.crm.put(aLead({ id: "1", outcome: "won", updatedAt: room.clock.now() }));
    await room.hint({ entity: "lead", id: "1" });
    await room.live(10_000);
    expect(room.count("lead where outcome = 'won'")).toBe(1);
    room.crm.put(aPayment({ id: "9", amountMinor: -5, updatedAt: room.clock.now() }));
    await room.live(11 * MINUTE_MS);
    expect(room.count("payment where amount_minor = -5")).toBe(1);
    room.crm.remove("payment", "9");
    room.crm.remove("lead", "1");
    await room.live(2 * HOUR_MS + MINUTE_MS);
    expect(room.count("payment where id = '9' and is_deleted = 1")).toBe(1);
    expect(room.count("lead where is_deleted = 1")).toBe(1);
    room.crm.put(aPayment({ id: "9", updatedAt: room.clock.now() }));
    await room.hint({ entity: "payment", id: "9" });
    await room.live(10_000);
    expect(room.count("payment where id = '9' and is_deleted = 0")).toBe(1);
  });

  it("reads the product rows of a deal again when the deal has changed", async () => {
    const room = aFullRoom();
    await room.installed();
    room.crm.put({
      entity: "dealProducts",
      dealId: "2",
      rows: [{ productId: "8", quantity: 1, priceMinor: 1 }],
    });
    room.crm.put(aDeal({ id: "2", amountMinor: 1, updatedAt: room.clock.now() }));
    await room.hint({ entity: "deal", id: "2" });
    await room.live(MINUTE_MS);
    expect(productsOf(room, "2")).toEqual([{ product_id: "8", quantity: 1, price_minor: 1 }]);
    room.crm.remove("dealProducts", "2");
    room.crm.put(aDeal({ id: "2", amountMinor: 2, updatedAt: room.clock.now() }));
    await room.hint({ entity: "deal", id: "2" });
    await room.live(MINUTE_MS);
    expect(productsOf(room, "2")).toEqual([]);
  });

  it("keeps the first rate of each day", async () => {
    const room = aFullRoom({ pollEveryMs: 6 * HOUR_MS });
    await room.installed();
    room.crm.put({ entity: "rate", currency: "USD", perUnit: 81 });
    room.crm.put({ entity: "rate", currency: "EUR", perUnit: 0 });
    await room.portal.repair();
    await room.live(MINUTE_MS);
    expect(room.crm.calls.filter((name) => name === "scan/rate/all").length).toBeGreaterThan(1);
    const rates = () => room.sql.all("select currency, per_unit from rate order by day");
    expect(rates()).toEqual([{ currency: "USD", per_unit: 80.5 }]);
    await room.live(DAY_MS);
    expect(rates()).toEqual([
      { currency: "USD", per_unit: 80.5 },
      { currency: "USD", per_unit: 81 },
    ]);
  });
});
