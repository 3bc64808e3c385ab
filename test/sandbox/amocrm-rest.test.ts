import { expect, test } from "vitest";
import { type Bench, type Body, bench, caller, login, START, smallSeed } from "./amocrm-kit.ts";

async function open(knobs = {}): Promise<Bench & { call: ReturnType<typeof caller> }> {
  const b = bench(knobs);
  return { ...b, call: caller(b, await login(b)) };
}

test("a list is HAL with an absolute next link, and a page beyond the end is an empty 204", async () => {
  const b = await open();
  b.portal.seed(smallSeed());
  const first = await b.call("GET", "/api/v4/leads?limit=5&with=contacts&order[id]=asc");
  expect(first).toMatchObject({ status: 200, type: "application/hal+json" });
  expect(first.requestId).toBeTruthy();
  expect(first.body._links.next.href).toMatch(/^https:\/\/example\.amocrm\.ru\/api\/v4\/leads\?/);
  const ids: number[] = [];
  let next: string | undefined = "/api/v4/leads?limit=5&order[id]=asc";
  while (next !== undefined) {
    const page: { body: Body } = await b.call("GET", next);
    ids.push(...page.body._embedded.leads.map((row: Body) => row.id));
    next = page.body._links.next?.href.replace("https://example.amocrm.ru", "");
  }
  expect(ids).toEqual(b.portal.truth().deals.map((deal) => Number(deal.id)));
  expect(await b.call("GET", "/api/v4/leads?page=99")).toMatchObject({ status: 204, text: "" });
  expect((await b.call("GET", "/api/v4/leads/1")).status).toBe(204);
});

test("filters by update time, ids, stage pairs and price agree with the rows", async () => {
  const b = await open();
  b.portal.seed(smallSeed());
  const all = (await b.call("GET", "/api/v4/leads?limit=250")).body._embedded.leads;
  const cut = all[6].updated_at;
  const since = await b.call(
    "GET",
    `/api/v4/leads?filter[updated_at][from]=${cut}&order[updated_at]=asc`,
  );
  const expected = all.filter((row: Body) => row.updated_at >= cut).map((row: Body) => row.id);
  const got = since.body._embedded.leads;
  expect(got.map((row: Body) => row.id).sort()).toEqual(expected.sort());
  expect(got.map((row: Body) => row.updated_at)).toEqual(
    got.map((row: Body) => row.updated_at).sort(),
  );
  const byId = await b.call(
    "GET",
    `/api/v4/leads?filter[id][]=${all[2].id}&filter[id][]=${all[0].id}`,
  );
  expect(byId.body._embedded.leads.map((row: Body) => row.id)).toEqual([all[0].id, all[2].id]);
  const { pipeline_id, id } = all[0];
  const won = `filter[statuses][0][pipeline_id]=${pipeline_id}&filter[statuses][0][status_id]=142`;
  expect((await b.call("GET", `/api/v4/leads?${won}`)).body._embedded.leads[0].id).toBe(id);
  const priced = await b.call("GET", "/api/v4/leads?filter[price][from]=100");
  expect(priced.body._embedded.leads.every((row: Body) => row.price >= 100)).toBe(true);
});

test("one bad item refuses the whole batch and nothing is written", async () => {
  const b = await open();
  const bad = await b.call("POST", "/api/v4/leads", [
    { name: "good" },
    {
      name: "bad",
      request_id: "b",
      custom_fields_values: [{ field_id: 1, values: [{ value: "a" }] }],
    },
  ]);
  expect(bad).toMatchObject({ status: 400, type: "application/problem+json" });
  expect(bad.body["validation-errors"]).toEqual([
    {
      request_id: "b",
      errors: [
        {
          code: "NotSupportedChoice",
          path: "custom_fields_values.0.field_id",
          detail: "The value you selected is not a valid choice.",
        },
      ],
    },
  ]);
  expect((await b.call("GET", "/api/v4/leads")).status).toBe(204);
  expect((await b.call("POST", "/api/v4/leads", { name: "object" })).body.status).toBe(400);
});

test("creation answers ids and request ids only; winning sets closed_at and reopening clears it", async () => {
  const b = await open();
  const made = await b.call("POST", "/api/v4/leads", [
    { name: "a", price: 12.5, request_id: "r" },
    { name: "b" },
  ]);
  const [one, two] = made.body._embedded.leads;
  expect(Object.keys(one)).toEqual(["id", "request_id", "_links"]);
  expect([one.request_id, two.request_id]).toEqual(["r", "1"]);
  await b.call("PATCH", `/api/v4/leads/${one.id}`, { status_id: 142 });
  const won = (await b.call("GET", `/api/v4/leads/${one.id}`)).body;
  expect(won).toMatchObject({ price: 12, price_with_minor_units: 12.5, closed_at: START / 1000 });
  b.portal.edit({ kind: "reopenDeal", dealId: String(one.id) });
  expect((await b.call("GET", `/api/v4/leads/${one.id}`)).body.closed_at).toBeNull();
});

test("tags_to_add keeps other tags while _embedded.tags replaces them", async () => {
  const b = await open();
  const made = await b.call("POST", "/api/v4/contacts", [{ first_name: "A", last_name: "B" }]);
  const id = made.body._embedded.contacts[0].id;
  b.portal.edit({ kind: "tagClient", clientKind: "contact", clientId: String(id), add: "mine" });
  await b.call("PATCH", "/api/v4/contacts", [{ id, tags_to_add: [{ name: "RFM: champion" }] }]);
  expect(b.portal.tags("contact", String(id))).toEqual(["mine", "RFM: champion"]);
  await b.call("PATCH", "/api/v4/contacts", [
    { id, tags_to_add: [{ name: "RFM: loyal" }], tags_to_delete: [{ name: "RFM: champion" }] },
  ]);
  expect(b.portal.tags("contact", String(id))).toEqual(["mine", "RFM: loyal"]);
  await b.call("PATCH", `/api/v4/contacts/${id}`, { _embedded: { tags: [{ name: "only" }] } });
  expect(b.portal.tags("contact", String(id))).toEqual(["only"]);
  await b.call("PATCH", `/api/v4/contacts/${id}`, { _embedded: { tags: null } });
  expect(b.portal.tags("contact", String(id))).toEqual([]);
});

test("a custom field has one code, keeps its values typed, and loses those of a removed choice", async () => {
  const b = await open();
  const path = "/api/v4/companies/custom_fields";
  const made = await b.call("POST", path, [
    { name: "RFM", type: "select", code: "PULSE_RFM", enums: [{ value: "a" }, { value: "b" }] },
    { name: "Health", type: "numeric", code: "PULSE_HEALTH", is_api_only: true },
  ]);
  const [rfm, health] = made.body._embedded.custom_fields;
  const twice = await b.call("POST", path, [{ name: "RFM", type: "text", code: "PULSE_RFM" }]);
  expect(twice.body["validation-errors"][0].errors[0]).toMatchObject({
    code: "NotSupportedChoice",
    path: "code",
  });
  const company = await b.call("POST", "/api/v4/companies", [
    {
      name: "C",
      custom_fields_values: [
        { field_id: rfm.id, values: [{ enum_id: rfm.enums[1].id }] },
        { field_code: "PULSE_HEALTH", values: [{ value: 41 }] },
      ],
    },
  ]);
  const url = `/api/v4/companies/${company.body._embedded.companies[0].id}`;
  const values = (await b.call("GET", url)).body.custom_fields_values;
  expect(values.map((row: Body) => row.values[0].value)).toEqual(["b", "41"]);
  await b.call("PATCH", `${path}/${rfm.id}`, { enums: [{ id: rfm.enums[0].id, value: "a" }] });
  await b.call("PATCH", url, { custom_fields_values: [{ field_id: health.id, values: null }] });
  expect((await b.call("GET", url)).body.custom_fields_values).toBeNull();
});

test("deleted leads leave the lists, show in the bin and come back with their events", async () => {
  const b = await open();
  b.portal.seed(smallSeed());
  const id = b.portal.seeded().deals[0] ?? "";
  b.portal.edit({ kind: "deleteDeal", dealId: id });
  expect((await b.call("GET", `/api/v4/leads/${id}`)).status).toBe(204);
  const bin = await b.call("GET", "/api/v4/leads?with=only_deleted");
  expect(bin.body._embedded.leads).toMatchObject([{ id: Number(id), is_deleted: true }]);
  b.portal.edit({ kind: "restoreDeal", dealId: id });
  expect((await b.call("GET", `/api/v4/leads/${id}`)).body.id).toBe(Number(id));
  const events = await b.call(
    "GET",
    "/api/v4/events?filter[type]=lead_deleted,lead_restored&limit=250",
  );
  expect(events.body._embedded.events.map((row: Body) => row.type)).toEqual([
    "lead_restored",
    "lead_deleted",
  ]);
});

test("a merge moves leads to the winner and the loser vanishes", async () => {
  const b = await open();
  const client = (kind: "company" | "contact") =>
    b.portal.edit({ kind: "createClient", clientKind: kind });
  const [winnerId, loserId] = [client("contact"), client("contact")];
  const deal = b.portal.edit({
    kind: "createDeal",
    clientId: loserId,
    clientKind: "contact",
    amountMinor: 100,
  });
  b.portal.edit({ kind: "mergeClients", winnerId, loserId, clientKind: "contact" });
  expect((await b.call("GET", `/api/v4/contacts/${loserId}`)).status).toBe(204);
  const lead = await b.call("GET", `/api/v4/leads/${deal}?with=contacts`);
  expect(lead.body._embedded.contacts).toMatchObject([{ id: Number(winnerId), is_main: true }]);
  const links = await b.call("GET", `/api/v4/contacts/links?filter[entity_id][]=${winnerId}`);
  expect(links.body._embedded.links).toMatchObject([
    { to_entity_id: Number(deal), to_entity_type: "leads" },
  ]);
});

test("tasks and notes made by an app are seen by the account and in the feed", async () => {
  const b = await open();
  const company = b.portal.edit({ kind: "createClient", clientKind: "company" });
  const entity_id = Number(company);
  const missing = await b.call("POST", "/api/v4/tasks", [{ text: "no date" }]);
  expect(missing.body["validation-errors"][0].errors).toMatchObject([
    { code: "FieldMissing", path: "complete_till" },
  ]);
  const made = await b.call("POST", "/api/v4/tasks", [
    {
      text: "Call\nscript",
      complete_till: START / 1000 + 60,
      entity_id,
      entity_type: "companies",
      request_id: "t",
    },
  ]);
  const task = made.body._embedded.tasks[0];
  expect(b.portal.tasks()).toMatchObject([
    { id: String(task.id), title: "Call", entityId: company },
  ]);
  expect((await b.call("GET", `/api/v4/tasks/${task.id}`)).body.result).toEqual([]);
  await b.call("PATCH", `/api/v4/tasks/${task.id}`, {
    is_completed: true,
    result: { text: "done" },
  });
  expect((await b.call("GET", `/api/v4/tasks/${task.id}`)).body.result).toEqual({ text: "done" });
  const note = {
    entity_id,
    note_type: "service_message",
    params: { service: "Pulse", text: "hi" },
  };
  expect((await b.call("POST", "/api/v4/companies/notes", [note])).status).toBe(200);
  const notes = await b.call(
    "GET",
    `/api/v4/companies/${company}/notes?filter[note_type]=service_message`,
  );
  expect(notes.body._embedded.notes).toMatchObject([{ params: { text: "hi" } }]);
});

test("a manager sees own records only and may not read the users", async () => {
  const b = bench();
  b.portal.seed(smallSeed());
  const call = caller(b, await login(b, 1));
  const rows = (await call("GET", "/api/v4/leads?limit=250")).body._embedded.leads;
  const own = Number(b.portal.users[1]?.id);
  expect(new Set(rows.map((row: Body) => row.responsible_user_id))).toEqual(new Set([own]));
  expect((await call("GET", "/api/v4/users")).status).toBe(403);
  expect((await call("GET", `/api/v4/users/${own}`)).body.rights.leads.view).toBe("M");
});

test("the eighth request in a second gets 429 in HTML, and ten in a row block the address", async () => {
  const b = await open({ requestsPerSecond: 7 });
  const statuses: number[] = [];
  for (let index = 0; index < 18; index += 1)
    statuses.push((await b.call("GET", "/api/v4/account")).status);
  expect(statuses).toEqual([...Array(7).fill(200), ...Array(10).fill(429), 403]);
  expect((await b.call("GET", "/api/v4/account")).type).toContain("text/html");
  await b.clock.advance(60_000);
  expect((await b.call("GET", "/api/v4/account")).status).toBe(200);
});

test("faults cut before, after or long after the work is done", async () => {
  const b = await open();
  const create = () => b.call("POST", "/api/v4/leads", [{ name: "x" }]);
  b.portal.addFault({ match: "POST /api/v4/leads", times: 1, fault: { kind: "cutBefore" } });
  await expect(create()).rejects.toThrow("cut");
  expect(b.portal.truth().deals).toHaveLength(0);
  b.portal.addFault({ match: "POST /api/v4/leads", times: 1, fault: { kind: "cutAfterCommit" } });
  await expect(create()).rejects.toThrow("cut");
  expect(b.portal.truth().deals).toHaveLength(1);
  b.portal.addFault({
    match: "POST /api/v4/leads",
    times: 1,
    fault: { kind: "lateCommit", ms: 5_000 },
  });
  await expect(create()).rejects.toThrow("cut");
  expect(b.portal.truth().deals).toHaveLength(1);
  await b.clock.advance(5_000);
  expect(b.portal.truth().deals).toHaveLength(2);
  b.portal.addFault({ match: "", times: 1, fault: { kind: "status", status: 504 } });
  expect((await create()).status).toBe(504);
});

test("unknown routes are 404 and remembered", async () => {
  const b = await open();
  expect(await b.call("GET", "/api/v4/nope")).toMatchObject({
    status: 404,
    type: "application/problem+json",
  });
  expect(b.sandbox.control.unimplemented()).toEqual(["GET /api/v4/nope"]);
});

test("the journal tells reads from writes, by account", async () => {
  const b = await open();
  b.portal.clearJournal();
  await b.call("GET", "/api/v4/leads");
  await b.call("POST", "/api/v4/leads", [{ name: "x" }]);
  expect(b.portal.journal().map((row) => [row.call, row.status, row.isWrite])).toEqual([
    ["GET /api/v4/leads", 204, false],
    ["POST /api/v4/leads", 200, true],
  ]);
});

test("a far page of 100 000 leads holds exactly its rows, also after a deletion", async () => {
  const b = await open();
  b.portal.seed(smallSeed(10, 100_000));
  const deals = b.portal.seeded().deals;
  const first = async () =>
    (await b.call("GET", "/api/v4/leads?limit=250&page=399")).body._embedded.leads;
  expect((await first()).map((row: Body) => String(row.id))).toEqual(deals.slice(99_500, 99_750));
  b.portal.edit({ kind: "deleteDeal", dealId: deals[0] ?? "" });
  expect((await first())[0].id).toBe(Number(deals[99_501]));
});

test("two accounts share ids but neither rows nor tokens", async () => {
  const b = await open();
  const other = b.sandbox.control.createPortal({
    subdomain: "other",
    currency: "KZT",
    timeZone: "Asia/Almaty",
  });
  const [mine, theirs] = [b.portal, other].map((portal) =>
    portal.edit({ kind: "createDeal", clientId: null, clientKind: "company", amountMinor: 100 }),
  );
  expect(mine).toBe(theirs);
  const token = await other.longLivedToken(30);
  const ask = (host: string) =>
    b.sandbox.fetch(
      new Request(`https://${host}/api/v4/account?with=datetime_settings`, {
        headers: { authorization: `Bearer ${token}` },
      }),
    );
  expect((await ask("example.amocrm.ru")).status).toBe(401);
  const account = (await (await ask("other.amocrm.ru")).json()) as Body;
  expect(account).toMatchObject({ subdomain: "other", currency: "KZT" });
  expect(account._embedded.datetime_settings).toMatchObject({
    timezone: "Asia/Almaty",
    timezone_offset: "+05:00",
  });
});

test("every personal text of a seed carries one of the canary names", async () => {
  const b = await open();
  b.portal.seed(smallSeed());
  const canaries = b.portal.canaries();
  const marked = (text: string) => canaries.some((canary) => text.includes(canary));
  const rows = (await b.call("GET", "/api/v4/contacts?limit=250")).body._embedded.contacts;
  const leads = (await b.call("GET", "/api/v4/leads?limit=250")).body._embedded.leads;
  expect([...rows, ...leads].every((row: Body) => marked(row.name))).toBe(true);
  const values = rows.flatMap((row: Body) =>
    row.custom_fields_values.flatMap((field: Body) => field.values),
  );
  expect(values.every((value: Body) => marked(value.value))).toBe(true);
});

test("seeded history is told by the events feed, newest first, by stage pairs", async () => {
  const b = await open();
  b.portal.seed(smallSeed());
  const { body } = await b.call("GET", "/api/v4/events?filter[type]=lead_status_changed&limit=100");
  const events = body._embedded.events;
  expect(events.map((row: Body) => row.created_at)).toEqual(
    events.map((row: Body) => row.created_at).toSorted((x: number, y: number) => y - x),
  );
  const won = b.portal.truth().deals.filter((deal) => deal.outcome === "won");
  const told = events.filter((row: Body) => row.value_after[0].lead_status.id === 142);
  expect(new Set(told.map((row: Body) => String(row.entity_id)))).toEqual(
    new Set(won.map((deal) => deal.id)),
  );
});

test("an account without filters refuses them, an unpaid one refuses everything", async () => {
  const b = await open();
  b.portal.setFilterEnabled(false);
  expect((await b.call("GET", "/api/v4/leads?filter[id]=1")).status).toBe(403);
  const account = await b.call("GET", "/api/v4/account?with=is_api_filter_enabled");
  expect(account.body.is_api_filter_enabled).toBe(false);
  b.portal.setUnpaid(true);
  expect((await b.call("GET", "/api/v4/account")).status).toBe(402);
});
