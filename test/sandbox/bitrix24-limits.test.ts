import { expect, test } from "vitest";
import { APP, makeFixture, makeSeed } from "./bitrix24-fixture.ts";

test("a batch hands results on by reference and shows empty maps as lists", async () => {
  const { portal, batch } = makeFixture();
  portal.seed(makeSeed(70));
  const { result } = await batch({
    a: "crm.item.list?entityTypeId=2&start=-1&select[0]=id",
    b: "crm.item.list?entityTypeId=2&start=-1&select[0]=id&filter[>id]=$result[a][items][49][id]",
  });
  expect(result.result.a.items.length).toBe(50);
  expect(result.result.b.items[0].id).toBe(result.result.a.items[49].id + 1);
  expect(result.result_error).toEqual([]);
  expect(result.result_next).toEqual([]);
  expect(result.result_time.a.operating).toBe(0.3);
  expect(result.result_time.b.operating).toBe(0.6);
});

test("a reference to nothing starts from the beginning of the table", async () => {
  const { portal, batch } = makeFixture();
  portal.seed(makeSeed(10));
  const { result } = await batch({
    a: "crm.deal.list?start=-1&select%5B%5D=ID",
    b: "crm.deal.list?start=-1&select%5B%5D=ID&filter%5B%3EID%5D=%24result%5Ba%5D%5B49%5D%5BID%5D",
  });
  expect(result.result.b).toEqual(result.result.a);
});

test("halt stops at the first failure; without it the others run", async () => {
  const { batch } = makeFixture();
  const cmd = { a: "profile", b: "nope", c: "server.time" };
  const halted = (await batch(cmd, 1)).result;
  expect(Object.keys(halted.result)).toEqual(["a"]);
  const whole = (await batch(cmd, 0)).result;
  expect(Object.keys(whole.result)).toEqual(["a", "c"]);
  expect(whole.result_error.b.error).toBe("ERROR_METHOD_NOT_FOUND");
});

test("a batch itself takes no operating time, and its window has an end like every other", async () => {
  const { batch } = makeFixture();
  const { time } = await batch({ a: "profile" });
  expect(time.operating).toBe(0);
  expect(time.operating_reset_at).toBeGreaterThan(time.start);
});

test("command 51 and a batch inside a batch are refused one by one", async () => {
  const { batch } = makeFixture();
  const commands = Array.from({ length: 51 }, (_, i) => (i === 3 ? "batch" : "server.time"));
  const { result } = await batch(commands);
  expect(result.result_error["3"].error).toBe("ERROR_BATCH_METHOD_NOT_ALLOWED");
  expect(result.result_error["50"].error).toBe("ERROR_BATCH_LENGTH_EXCEEDED");
});

test("the bucket takes 50 at once and 2 a second after that", async () => {
  const { send, clock } = makeFixture();
  const statuses: number[] = [];
  for (let i = 0; i < 51; i += 1) statuses.push((await send("server.time")).status);
  expect(statuses.slice(0, 50).every((status) => status === 200)).toBe(true);
  expect(statuses[50]).toBe(503);
  await clock.advance(1000);
  const later = [await send("server.time"), await send("server.time"), await send("server.time")];
  expect(later.map((answer) => answer.status)).toEqual([200, 200, 503]);
});

test("a method over its operating limit is blocked until its baskets leave, others go on", async () => {
  const { batch, send, clock } = makeFixture({ operatingLimitSeconds: 15 });
  const cmd = Array.from({ length: 50 }, () => "crm.deal.list?start=-1");
  await batch(cmd);
  const second = (await batch(cmd)).result;
  const codes = Object.values(second.result_error as Record<string, { error: string }>);
  expect(codes[0]?.error).toBe("OPERATION_TIME_LIMIT");
  const blocked = await send("crm.deal.list", { start: -1 });
  expect(blocked.status).toBe(429);
  expect((await send("crm.contact.list", { start: -1 })).status).toBe(200);
  await clock.advance(601_000);
  expect((await send("crm.deal.list", { start: -1 })).status).toBe(200);
});

test("with speed 20 the operating window passes in half a minute", async () => {
  const { batch, send, clock } = makeFixture({ operatingLimitSeconds: 10, speed: 20 });
  await batch(Array.from({ length: 40 }, () => "crm.deal.list?start=-1"));
  expect((await send("crm.deal.list")).status).toBe(429);
  await clock.advance(31_000);
  expect((await send("crm.deal.list")).status).toBe(200);
});

test("paths are read with repeated and trailing slashes, endings and any case", async () => {
  const { sandbox, portal, tokens } = makeFixture();
  const { access } = tokens();
  for (const path of ["//rest//CRM.Deal.List.json/", "/rest/crm.deal.list/"]) {
    const url = `${portal.origin()}${path}?auth=${access}&start=-1`;
    expect((await sandbox.fetch(new Request(url))).status).toBe(200);
  }
  const preflight = new Request(`${portal.origin()}/rest/profile`, { method: "OPTIONS" });
  const answer = await sandbox.fetch(preflight);
  expect(answer.status).toBe(204);
  expect(answer.headers.get("access-control-allow-origin")).toBe("*");
});

test("checks come in a fixed order: token, method, scope", async () => {
  const { send, clock, tokens } = makeFixture();
  const code = async (answer: Promise<Response>) => {
    const body = await (await answer).json();
    return [(await answer).status, body.error];
  };
  expect(await code(send("nope", {}, "stranger"))).toEqual([401, "invalid_token"]);
  expect(await code(send("nope"))).toEqual([404, "ERROR_METHOD_NOT_FOUND"]);
  expect(await code(send("im.notify.system.add"))).toEqual([403, "insufficient_scope"]);
  expect(await code(send("placement.get", {}, tokens(1).access))).toEqual([403, "ACCESS_DENIED"]);
  const old = tokens().access;
  await clock.advance(3_600_000);
  expect(await code(send("profile", {}, old))).toEqual([401, "expired_token"]);
});

test("faults cut before, after and long after the write", async () => {
  const { portal, send, clock } = makeFixture();
  const count = (): number => portal.truth().deals.length;
  const add = () => send("crm.item.add", { entityTypeId: 2, fields: { title: "t" } });
  portal.addFault({ match: "crm.item.add", times: 1, fault: { kind: "cutBefore" } });
  await expect(add()).rejects.toThrow();
  expect(count()).toBe(0);
  portal.addFault({ match: "crm.item.add", times: 1, fault: { kind: "cutAfterCommit" } });
  await expect(add()).rejects.toThrow();
  expect(count()).toBe(1);
  portal.addFault({ match: "crm.item.add", times: 1, fault: { kind: "lateCommit", ms: 5000 } });
  await expect(add()).rejects.toThrow();
  expect(count()).toBe(1);
  await clock.advance(6000);
  await clock.turn();
  expect(count()).toBe(2);
  const status = { kind: "status", status: 503 } as const;
  portal.addFault({ match: "profile", times: 1, after: 1, fault: status });
  const seen = [await send("profile"), await send("profile"), await send("profile")];
  expect(seen.map((answer) => answer.status)).toEqual([200, 503, 200]);
});

test("a fault named after an inner method is an error inside the batch", async () => {
  const { portal, batch } = makeFixture();
  portal.addFault({ match: "crm.item.list", times: 1, fault: { kind: "status", status: 429 } });
  const { result } = await batch({ a: "crm.item.list?entityTypeId=2", b: "profile" });
  expect(result.result_error.a.error).toBe("OPERATION_TIME_LIMIT");
  expect(result.result.b.ID).toBe("1");
});

test("a cut named after an inner method cuts the whole batch", async () => {
  const { portal, batch } = makeFixture();
  portal.addFault({ match: "crm.item.add", times: 1, fault: { kind: "cutAfterCommit" } });
  const cmd = { a: "crm.item.add?entityTypeId=2&fields[title]=x", b: "profile" };
  await expect(batch(cmd)).rejects.toThrow();
  expect(portal.truth().deals.length).toBe(1);
  const writes = portal.journal().filter((entry) => entry.isWrite);
  expect(writes).toMatchObject([{ call: "crm.item.add", inner: true, status: 200 }]);
  expect((await batch(cmd)).result.result_error).toEqual([]);
});

test("a renamed portal answers 302 at the old address and gives the new one with the next token", async () => {
  const { sandbox, portal, tokens, send } = makeFixture();
  const { access, refresh } = tokens();
  const old = portal.origin();
  portal.rename("gamma");
  const request = new Request(`${old}/rest/profile?auth=${access}`, { method: "POST" });
  const moved = await sandbox.fetch(request);
  expect(moved.status).toBe(302);
  expect(moved.headers.get("location")).toContain(`${portal.origin()}/rest/profile`);
  const params = { grant_type: "refresh_token", refresh_token: refresh, client_id: APP.clientId };
  const body = new URLSearchParams({ ...params, client_secret: APP.clientSecret });
  const url = "http://oauth.bitrix24.localhost/oauth/token/";
  const pair = await (await sandbox.fetch(new Request(url, { method: "POST", body }))).json();
  expect(pair.client_endpoint).toBe(`${portal.origin()}/rest/`);
  expect((await send("profile", {}, pair.access_token)).status).toBe(200);
});
