import { expect, it } from "vitest";
import {
  DAY_MS,
  memorySql,
  seedClient,
  seedDeal,
  seedPortal,
  seedPurchase,
} from "../../test/support/actor-parts.ts";
import { cardDetail } from "../crm/card-detail.ts";
import { AppError } from "../crm/error.ts";
import { chooseClient } from "./card-client.ts";
import { detailOf } from "./card-detail.ts";
import { readPortal } from "./portal-row.ts";
import { makeZone } from "./zone.ts";

const TODAY = Date.UTC(2026, 9, 1) / DAY_MS;
const KEY = "company:5";

function aDesk() {
  const sql = memorySql();
  seedPortal(sql);
  seedClient(sql, { key: KEY });
  const portal = readPortal(sql);
  if (!portal) throw new Error("no portal");
  const zone = makeZone(portal.time_zone);
  const room = { sql, portal, zone, now: TODAY * DAY_MS + DAY_MS / 2, today: TODAY };
  const detail = () => {
    const found = detailOf(room, KEY, (id) => `https://crm.example/${id}`);
    expect(cardDetail.parse(found)).toEqual(found);
    return found;
  };
  return { sql, detail, buy: (ago: number, minor: number | null) => buy(sql, ago, minor) };
}

function buy(sql: ReturnType<typeof memorySql>, ago: number, minor: number | null): void {
  seedPurchase(sql, { key: KEY, day: TODAY - ago, minor });
}

it("lists purchases by day, reads the rhythm from days with purchases, and leaves refunds and the future out of it", () => {
  const { detail, buy: bought } = aDesk();
  for (const ago of [120, 90, 60, 32, 32, 2]) bought(ago, 50_000);
  bought(15, -20_000);
  bought(-3, 10_000);
  const { purchases, rhythm, earlier } = detail();
  expect(purchases.map(({ amountMinor }) => amountMinor)).toEqual([
    50_000, 50_000, 50_000, 50_000, 50_000, -20_000, 50_000,
  ]);
  expect(purchases.at(-1)?.day).toBe("2026-09-29");
  expect(rhythm).toEqual({ fromDays: 29, usualDays: 30, toDays: 30, gaps: 4 });
  expect(earlier).toBe(0);
});

it("a client with a very long history has the newest rows and the number of the others", () => {
  const { detail, buy: bought } = aDesk();
  for (let ago = 1; ago <= 130; ago += 1) bought(ago, null);
  expect(detail()).toMatchObject({ earlier: 10, purchases: { length: 120 } });
  expect(detail().purchases[0]).toMatchObject({ amountMinor: null });
});

it("tells the fate of everything that playbooks wrote", () => {
  const { sql, detail } = aDesk();
  const at = (ago: number) => (TODAY - ago) * DAY_MS + DAY_MS / 2;
  sql.run(
    `insert into run (id, playbook, version, made_at, state, document, made_by, approved_at)
     values ('r1', 'at_risk', 1, ?, 'approved', '{}', '1', ?)`,
    at(9),
    at(8),
  );
  const write = (key: string, kind: string, state: string, hostId: string | null) =>
    sql.run(
      `insert into action (key, run_id, playbook, client_key, kind, payload, state, attempts, next_at, host_id,
         value_minor, created_at, done_at)
       values (?, 'r1', 'at_risk', ?, ?, '{}', ?, 1, 0, ?, 0, ?, ?)`,
      ...[key, KEY, kind, state, hostId, at(8), at(7)],
    );
  write("1", "mark", "done", null);
  write("2", "task", "done", "31");
  write("3", "task", "done", "32");
  write("4", "note", "failed", null);
  write("5", "flag", "cancelled", null);
  write("6", "notice", "deferred", null);
  write("7", "fields", "done", null);
  write("8", "note", "done", null);
  for (const [key, outcome] of [
    ["7", "removed"],
    ["8", "kept"],
  ]) {
    write(`${key}|undo`, "undo", "done", null);
    sql.run(
      `insert into write_log (at, action_key, client_key, kind, before, after) values (0, ?, ?, 'undo', '[]', ?)`,
      ...[`${key}|undo`, KEY, JSON.stringify([outcome])],
    );
  }
  sql.run(
    `insert into activity (id, kind, direction, at, is_done, deal_id, client_key, updated_at)
     values ('task-32', 'task', null, ?, 1, null, ?, 0)`,
    at(2),
    KEY,
  );
  const [entry] = detail().playbooks;
  expect(entry).toMatchObject({
    playbook: "at_risk",
    proposedOn: "2026-09-22",
    approvedOn: "2026-09-23",
  });
  expect(entry?.writes.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
    "mark written",
    "task open",
    "task finished",
    "note refused",
    "flag cancelled",
    "notice waiting",
    "fields undone",
    "note kept",
  ]);
});

it("a product group counts a deal once, at the rate of its purchase", () => {
  const { sql, detail } = aDesk();
  seedDeal(sql, { id: "9", key: KEY });
  for (const part of ["a", "b"]) {
    sql.run(
      `insert into purchase (id, deal_id, client_key, at, day, amount_minor, currency, base_minor, moment)
       values (?, '9', ?, ?, ?, 100, 'USD', 8000, 'paid')`,
      ...[`payment:${part}`, KEY, TODAY * DAY_MS, TODAY],
    );
  }
  sql.run(
    `insert into label (dictionary, id, name, parent_id)
     values ('product', 'p', 'Чашка', 'g'), ('productGroup', 'g', 'Посуда', null)`,
  );
  sql.run(
    "insert into deal_product (deal_id, place, product_id, quantity, price_minor) values ('9', 0, 'p', 2, 50), ('9', 1, null, 1, 7)",
  );
  expect(detail().groups).toEqual([
    { name: "Посуда", purchases: 1, amountMinor: 8_000, lastOn: "2026-10-01" },
  ]);
  expect(detail().purchases[0]?.deal).toEqual({ id: "9", url: "https://crm.example/9" });
});

it("another client of the record is shown only when it is one", () => {
  const found = { key: "company:1", alternatives: ["contact:2", "contact:3"], isMerged: false };
  expect(chooseClient(found, undefined)).toBe(found);
  expect(chooseClient(found, "contact:3")).toEqual({
    key: "contact:3",
    alternatives: ["company:1", "contact:2"],
    isMerged: false,
  });
  expect(() => chooseClient(found, "contact:4")).toThrow(new AppError("auth.refused"));
});
