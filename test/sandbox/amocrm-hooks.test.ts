import { expect, test } from "vitest";
import { type Bench, bench, caller, login, settle } from "./amocrm-kit.ts";

const DESTINATION = "https://app.example.com/amocrm/events/t0k3n";
const ALL = [
  "add_lead",
  "update_lead",
  "status_lead",
  "delete_lead",
  "update_contact",
  "delete_contact",
  "add_task",
];

async function subscribed(knobs = {}): Promise<Bench & { call: ReturnType<typeof caller> }> {
  const b = bench(knobs);
  const call = caller(b, await login(b));
  const made = await call("POST", "/api/v4/webhooks", {
    destination: DESTINATION,
    settings: ALL,
    sort: 10,
  });
  expect(made.body).toMatchObject({ destination: DESTINATION, disabled: false, settings: ALL });
  return { ...b, call };
}

test("a change by a person arrives as form pairs with the account block", async () => {
  const b = await subscribed();
  const id = b.portal.edit({
    kind: "createDeal",
    clientId: null,
    clientKind: "contact",
    amountMinor: 12_300,
  });
  await b.portal.flushHooks();
  const form = b.delivered[0]?.form ?? new URLSearchParams();
  expect(form.get("account[id]")).toBe(b.portal.accountId);
  expect(form.get("account[_links][self]")).toBe("https://example.amocrm.ru");
  expect(form.get("leads[add][0][id]")).toBe(id);
  expect(form.get("leads[add][0][price]")).toBe("123");
  b.portal.edit({ kind: "winDeal", dealId: id });
  await b.portal.flushHooks();
  const status = b.delivered.find((one) => one.form.has("leads[status][0][id]"))?.form;
  expect(status?.get("leads[status][0][status_id]")).toBe("142");
  expect(status?.get("leads[status][0][old_status_id]")).not.toBe("142");
  expect(b.delivered.some((one) => one.form.has("leads[update][0][id]"))).toBe(true);
  b.portal.edit({ kind: "deleteDeal", dealId: id });
  await b.portal.flushHooks();
  expect(
    [...(b.delivered.at(-1)?.form.keys() ?? [])].filter((key) => key.startsWith("leads")),
  ).toEqual([
    "leads[delete][0][id]",
    "leads[delete][0][status_id]",
    "leads[delete][0][pipeline_id]",
  ]);
});

test("an app's own writes come back under the installing user's name, several items in one delivery", async () => {
  const b = await subscribed({ itemsPerDelivery: 10 });
  await b.call("POST", "/api/v4/leads", [{ name: "a" }, { name: "b" }]);
  await b.portal.flushHooks();
  expect(b.delivered).toHaveLength(1);
  expect(b.delivered[0]?.form.get("leads[add][1][name]")).toBe("b");
  expect(b.delivered[0]?.form.get("leads[add][1][modified_user_id]")).toBe(b.portal.users[0]?.id);
});

test("a failed hook is tried again after 5 and 15 minutes, and two times more after a 5xx", async () => {
  const b = await subscribed();
  b.setRespond(() => new Response(null, { status: 503 }));
  b.portal.edit({ kind: "createDeal", clientId: null, clientKind: "contact", amountMinor: 1 });
  const counts: number[] = [];
  for (const minutes of [0, 5, 15, 15, 60, 600]) {
    await b.clock.advance(minutes * 60_000);
    counts.push(b.delivered.length);
  }
  expect(counts).toEqual([1, 2, 3, 4, 5, 5]);
  expect(new Set(b.delivered.map((one) => one.body)).size).toBe(1);
});

test("a 4xx gets three tries only, and an answer after two seconds is too late", async () => {
  const b = await subscribed();
  b.setRespond(() => new Response(null, { status: 404 }));
  b.portal.edit({ kind: "createDeal", clientId: null, clientKind: "contact", amountMinor: 1 });
  await b.clock.advance(10 * 3_600_000);
  expect(b.delivered).toHaveLength(3);
  b.setRespond(() => new Promise(() => undefined));
  b.portal.clearJournal();
  b.portal.edit({ kind: "createDeal", clientId: null, clientKind: "contact", amountMinor: 1 });
  await b.clock.advance(2_000);
  expect(b.portal.journal()).toMatchObject([{ call: "hook add_lead", status: 499 }]);
});

test("over a hundred invalid answers in two hours switch the hook off until a person turns it on", async () => {
  const b = await subscribed();
  b.setRespond(() => new Response(null, { status: 400 }));
  const win = () =>
    b.portal.edit({ kind: "createDeal", clientId: null, clientKind: "contact", amountMinor: 1 });
  for (let index = 0; index < 101; index += 1) win();
  await b.portal.flushHooks();
  const listed = await b.call("GET", "/api/v4/webhooks");
  expect(listed.body._embedded.webhooks[0].disabled).toBe(true);
  const before = b.delivered.length;
  win();
  await b.portal.flushHooks();
  expect(b.delivered).toHaveLength(before);
  b.portal.enableWebhooks();
  b.setRespond(() => new Response(null));
  win();
  await b.portal.flushHooks();
  expect(b.delivered).toHaveLength(before + 1);
});

test("trouble drops, doubles and holds hooks, and a flush sends what was held", async () => {
  const b = await subscribed();
  const add = () =>
    b.portal.edit({ kind: "createDeal", clientId: null, clientKind: "contact", amountMinor: 1 });
  const set = (drop: number, double: number, reorder: number) =>
    b.portal.setHookTrouble({ drop, double, reorder, maxDelayMs: 1_000 });
  set(1, 0, 0);
  add();
  await b.portal.flushHooks();
  expect(b.delivered).toHaveLength(0);
  set(0, 1, 0);
  add();
  await b.portal.flushHooks();
  expect(b.delivered).toHaveLength(2);
  set(0, 0, 1);
  const held = add();
  await settle();
  expect(b.delivered).toHaveLength(2);
  set(0, 0, 0);
  const later = add();
  await b.portal.flushHooks();
  const ids = b.delivered.slice(2).map((one) => one.form.get("leads[add][0][id]"));
  expect(ids).toEqual([later, held]);
  set(0, 0, 1);
  const last = add();
  await b.portal.flushHooks();
  expect(b.delivered.at(-1)?.form.get("leads[add][0][id]")).toBe(last);
});

test("an unknown event code is refused, a deleted subscription is gone, a second one is 404", async () => {
  const b = await subscribed();
  const bad = await b.call("POST", "/api/v4/webhooks", {
    destination: DESTINATION,
    settings: ["nope"],
  });
  expect(bad.status).toBe(400);
  expect((await b.call("DELETE", "/api/v4/webhooks", { destination: DESTINATION })).status).toBe(
    204,
  );
  expect((await b.call("DELETE", "/api/v4/webhooks", { destination: DESTINATION })).status).toBe(
    404,
  );
  expect((await b.call("GET", "/api/v4/webhooks")).status).toBe(204);
});
