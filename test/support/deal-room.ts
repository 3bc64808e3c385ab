import { expect } from "vitest";
import { aCompany, aDeal, aStageEntry } from "./fake-crm.ts";
import { makeRoom, type Room, type RoomOptions } from "./portal-room.ts";

/** A portal not yet installed; each deal is won and has a company of its own. */
export function aRoomWithDeals(count: number, options: RoomOptions = {}): Room {
  const room = makeRoom(options);
  for (let n = 1; n <= count; n += 1) {
    room.crm.put(aCompany({ id: String(n) }));
    room.crm.put(aDeal({ id: String(n), companyId: String(n) }));
    room.crm.put(aStageEntry({ id: String(n), dealId: String(n) }));
  }
  return room;
}

/** What the host has and what the mirror shows, in one form. */
export function expectMirrored(room: Room): void {
  const deals = [...room.crm.records.deal.values()].map((deal) =>
    deal.entity === "deal" ? [deal.id, deal.amountMinor, deal.outcome] : [],
  );
  const rows = room.sql.all<{ id: string; amount_minor: number; outcome: string }>(
    "select id, amount_minor, outcome from deal where is_deleted = 0",
  );
  const byId = (one: unknown[], other: unknown[]) => Number(one[0]) - Number(other[0]);
  const mirrored = rows.map((row) => [row.id, row.amount_minor, row.outcome]);
  expect(mirrored.toSorted(byId)).toEqual(deals.toSorted(byId));
  const won = deals.filter(([, , outcome]) => outcome === "won").length;
  expect(room.count("purchase")).toBe(won);
}
