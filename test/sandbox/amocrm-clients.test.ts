import { expect, test, vi } from "vitest";
import { amocrmJs, app, carryHttps, served, shevernitskiy } from "./amocrm-judges.ts";
import { type Body, smallSeed } from "./amocrm-kit.ts";

/** Two clients that others wrote, unmodified, over a real socket. */

test("@shevernitskiy/amo exchanges a code, pages a list and refreshes an old token", async () => {
  const b = await served();
  b.portal.seed(smallSeed());
  const origin = b.portal.origin();
  const tokens: Body[] = [];
  const amo = shevernitskiy(origin, { ...app, grant_type: "authorization_code", code: b.code() });
  (amo as Body).rest.options.on_token = (token: Body) => tokens.push(token);
  const page = await amo.lead.getLeads({ limit: 5, page: 1, order: { id: "asc" } } as Body);
  expect(page._embedded.leads).toHaveLength(5);
  expect((page as Body)._links.next.href).toContain(origin);
  expect(tokens).toHaveLength(1);
  const old = shevernitskiy(origin, {
    ...app,
    ...tokens[0],
    grant_type: "refresh_token",
    expires_at: 1,
  });
  expect((await old.account.getAccount()).id).toBe(Number(b.portal.accountId));
  const spent = shevernitskiy(origin, {
    ...app,
    ...tokens[0],
    grant_type: "refresh_token",
    expires_at: 1,
  });
  await expect(spent.account.getAccount()).rejects.toThrow();
});

test("@shevernitskiy/amo understands 204, validation errors, task creation and the limiter", async () => {
  const b = await served();
  const amo = shevernitskiy(b.portal.origin(), {
    ...app,
    grant_type: "authorization_code",
    code: b.code(),
  });
  await expect(amo.lead.getLeads()).rejects.toThrow("204 No Content");
  const bad = [
    { name: "x", custom_fields_values: [{ field_id: 1, values: [{ value: "a" }] }] },
  ] as Body;
  await expect(amo.lead.addLeads(bad)).rejects.toThrow("400 Bad Request");
  const made = await amo.task.addTasks([{ text: "Call", complete_till: 1_800_000_000 }] as Body);
  expect((made as Body)._embedded.tasks[0].id).toBe(Number(b.portal.tasks()[0]?.id));
  const slow = await served({ requestsPerSecond: 1 });
  const limited = shevernitskiy(slow.portal.origin(), {
    ...app,
    grant_type: "authorization_code",
    code: slow.code(),
  });
  await limited.account.getAccount();
  await expect(limited.account.getAccount()).rejects.toThrow("429 Too Many Requests");
});

test("@shevernitskiy/amo meets the limits that our own silence is measured by: seven a second, then a closed door", async () => {
  const b = await served({ requestsPerSecond: 7, blockAfter: 10, blockMs: 60_000 });
  const auth = { ...app, grant_type: "authorization_code", code: b.code() };
  const amo = shevernitskiy(b.portal.origin(), auth);
  const ask = () =>
    amo.account.getAccount().then(
      () => 200,
      (error: Error) => Number(/\b[45]\d\d\b/.exec(error.message)?.[0]),
    );
  const statuses: number[] = [];
  for (let call = 0; call < 19; call += 1) statuses.push(await ask());
  expect(statuses).toEqual([
    ...Array.from({ length: 7 }, () => 200),
    ...Array.from({ length: 10 }, () => 429),
    403,
    403,
  ]);
  await b.clock.advance(59_000);
  expect(await ask()).toBe(403);
  await b.clock.advance(1_100);
  expect(await ask()).toBe(200);
});

test("amocrm-js exchanges, lists, follows next and refreshes with one-time tokens", async () => {
  const b = await served();
  b.portal.seed(smallSeed());
  carryHttps(b.port);
  const client = amocrmJs({ code: b.code() });
  const leads: Body = await client.leads.get({ limit: 8 } as Body);
  const first = [...leads].map((lead: Body) => lead.id);
  await leads.next();
  const second = [...leads].map((lead: Body) => lead.id);
  expect([...first, ...second].map(String)).toEqual(b.portal.seeded().deals);
  const before = client.token.getValue();
  await client.token.refresh();
  expect(client.token.getValue()?.refresh_token).not.toBe(before?.refresh_token);
  vi.spyOn(console, "error").mockReturnValue();
  client.token.setValue(before as Body);
  await expect(client.token.refresh()).rejects.toThrow("API_RESPONSE_ERROR");
});

test("amocrm-js reads 204 as nothing, 400 as an error, and creates tasks", async () => {
  const b = await served();
  carryHttps(b.port);
  vi.spyOn(console, "error").mockReturnValue();
  const client = amocrmJs({ code: b.code() });
  expect((await client.request.get("/api/v4/leads")).data).toEqual({});
  await expect(client.request.post("/api/v4/leads", { name: "object" } as Body)).rejects.toThrow();
  const body = [{ text: "Call", complete_till: 1_800_000_000 }];
  const made = await client.request.post("/api/v4/tasks", body as Body);
  expect((made.data as Body)._embedded.tasks).toHaveLength(1);
});
