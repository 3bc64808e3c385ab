import { beforeEach, describe, expect, it } from "vitest";
import type { DoorReply } from "../../src/crm/door.ts";
import { CLIENT_SECRET, makeBitrix24Subject, OAUTH, PUBLIC_URL } from "./bitrix24-subject.ts";

type Subject = Awaited<ReturnType<typeof makeBitrix24Subject>>;

let subject: Subject;

beforeEach(async () => {
  subject = await makeBitrix24Subject({
    users: [{ isAdmin: true }, { sees: "own" }, {}],
  });
});

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const fieldsOf = (body: string) => Object.fromEntries(new URLSearchParams(body));

function post(path: string, body: string, type = "application/x-www-form-urlencoded") {
  const init = { method: "POST", headers: { "content-type": type }, body };
  return subject.run(subject.app.reply(new Request(`${PUBLIC_URL}${path}`, init)));
}

function get(path: string, headers: Record<string, string> = {}) {
  return subject.run(subject.app.reply(new Request(`${PUBLIC_URL}${path}`, { headers })));
}

function page(reply: DoorReply) {
  if (reply.kind !== "page") throw new Error(`not a page: ${JSON.stringify(reply)}`);
  return reply.page;
}

/** What the browser posts for a page of the portal. */
function opened(place: string, userIndex = 0, entity?: { kind: "deal"; id: string }) {
  const { url, body } = subject.portal.openPage(place, entity, userIndex);
  return { path: url.slice(PUBLIC_URL.length), body, fields: fieldsOf(body) };
}

async function prepared() {
  const { link, grant } = await subject.install();
  await subject.run(
    subject.host.prepare(link, {
      hookUrl: `${PUBLIC_URL}${subject.host.hookPath("")}`,
      publicUrl: PUBLIC_URL,
      locale: "ru",
      userId: grant.userId,
    }),
  );
  return { link, grant };
}

describe("the installer page", () => {
  it("stores what the token server answered, not what the browser claimed", async () => {
    subject.portal.beginInstall();
    const { path, fields } = opened("install");
    const claimed = path.replace(/DOMAIN=[^&]*/, "DOMAIN=evil.example.com");
    const shown = page(await post(claimed, form(fields)));
    expect(shown).toMatchObject({
      place: "installer",
      portal: subject.key,
      locale: "ru",
      frameOrigin: subject.portal.origin(),
      island: "bitrix24-frame",
      viewer: { userId: "1", isAdmin: true },
    });
    const stored = subject.app.portals.get(subject.key);
    expect(stored?.grant).toMatchObject({
      endpoint: `${subject.portal.origin()}/rest/`,
      tokenServer: OAUTH,
      userId: "1",
    });
    expect(stored?.grant.refreshToken).not.toBe(fields.REFRESH_ID);
    expect(stored?.options).toMatchObject({
      hookSecret: subject.portal.applicationToken(),
      isFinished: false,
    });
  });

  const forgeries: readonly (readonly [string, (fields: Record<string, string>) => unknown])[] = [
    ["another portal's member_id", (f) => Object.assign(f, { member_id: "b".repeat(32) })],
    ["a member_id that is none", (f) => Object.assign(f, { member_id: "../../etc" })],
    ["no member_id", (f) => delete f.member_id],
    ["an invented refresh token", (f) => Object.assign(f, { REFRESH_ID: "0".repeat(70) })],
    ["no refresh token", (f) => delete f.REFRESH_ID],
    ["the access token as refresh token", (f) => Object.assign(f, { REFRESH_ID: f.AUTH_ID })],
    [
      "a foreign token server",
      (f) => Object.assign(f, { SERVER_ENDPOINT: "https://evil.example.com/rest/" }),
    ],
    [
      "user-info in the token server",
      (f) => Object.assign(f, { SERVER_ENDPOINT: `${OAUTH}@evil.example.com/rest/` }),
    ],
    [
      "a look-alike token server",
      (f) => Object.assign(f, { SERVER_ENDPOINT: `${OAUTH}.evil.example.com/rest/` }),
    ],
    [
      "a portal as token server",
      (f) => Object.assign(f, { SERVER_ENDPOINT: `${subject.portal.origin()}/rest/` }),
    ],
  ];

  it.each(forgeries)("refuses %s and stores nothing", async (_name, forge) => {
    subject.portal.beginInstall();
    const { path, fields } = opened("install");
    forge(fields);
    expect(await post(path, form(fields))).toMatchObject({ kind: "error", code: "auth.refused" });
    expect(subject.app.portals.size).toBe(0);
  });

  it("leaves an installed portal as it was when somebody forges another installation", async () => {
    await subject.install();
    const before = JSON.stringify(subject.app.portals.get(subject.key));
    for (const [, forge] of forgeries) {
      const { path, fields } = opened("app", 1);
      forge(fields);
      await post(path.replace("/app", "/install"), form(fields));
    }
    expect(JSON.stringify(subject.app.portals.get(subject.key))).toBe(before);
  });

  it("sends the secret only to the configured token servers, and never in an address", async () => {
    await subject.install();
    for (const [, forge] of forgeries) {
      const { path, fields } = opened("app", 0);
      forge(fields);
      await post(path.replace("/app", "/install"), form(fields));
    }
    const carrying = subject.seen.filter(({ body }) => body.includes(CLIENT_SECRET));
    expect(carrying.length).toBeGreaterThan(0);
    for (const { url } of carrying) {
      expect(["oauth.bitrix24.localhost", "second.bitrix24.localhost"]).toContain(
        new URL(url).host,
      );
    }
    for (const { url } of subject.seen) expect(url).not.toContain(CLIENT_SECRET);
  });

  it("needs an administrator", async () => {
    subject.portal.beginInstall();
    const { path, body } = opened("install", 1);
    expect(await post(path, body)).toMatchObject({ kind: "error", code: "auth.not_admin" });
    expect(subject.app.portals.size).toBe(0);
  });

  it("works for portals that name neither server nor token", async () => {
    subject = await makeBitrix24Subject({ hasOldPages: true });
    await subject.install();
    expect(subject.app.portals.get(subject.key)?.grant.tokenServer).toBe(OAUTH);
  });

  it("says that the host is down when it is, instead of refusing", async () => {
    subject.portal.beginInstall();
    const { path, body } = opened("install");
    subject.portal.addFault({
      match: "/oauth/token",
      times: 1,
      fault: { kind: "status", status: 503 },
    });
    expect(await post(path, body)).toMatchObject({ kind: "error", code: "host.unavailable" });
  });
});

describe("the app page", () => {
  it("confirms a finished installation once", async () => {
    await subject.install();
    expect(subject.app.confirmed).toEqual([subject.key]);
    const { path, body } = opened("app");
    expect(page(await post(path, body))).toMatchObject({ place: "app", portal: subject.key });
    expect(subject.app.confirmed).toHaveLength(1);
  });

  it("tells an ordinary user from an administrator by the portal's own word", async () => {
    await subject.install();
    const { path, body } = opened("app", 2);
    expect(page(await post(path, body)).viewer).toMatchObject({ userId: "13", isAdmin: false });
  });

  it("refuses any token that does not work at the stored address of the claimed portal", async () => {
    await subject.install();
    const other = subject.sandbox.control.createPortal({ name: "attacker" });
    other.beginInstall();
    const attacker = fieldsOf(other.openPage("install").body);
    const { path, fields } = opened("app");
    for (const claim of [
      { ...attacker, member_id: subject.portal.memberId },
      { ...fields, AUTH_ID: "0".repeat(70) },
      { ...fields, AUTH_ID: "" },
      { ...fields, member_id: other.memberId },
    ]) {
      expect(await post(path, form(claim))).toMatchObject({ kind: "error", code: "auth.refused" });
    }
  });

  it("refuses a proven user of another portal, also from the cache and while the portal has moved", async () => {
    await subject.install();
    const other = subject.sandbox.control.createPortal({ name: "attacker" });
    await subject.run(other.install());
    const { url, body } = other.openPage("app");
    const path = url.slice(PUBLIC_URL.length);
    const stolen = form({ ...fieldsOf(body), member_id: subject.portal.memberId });
    expect(page(await post(path, body)).portal).toBe(`bitrix24:${other.memberId}`);
    expect(await post(path, stolen)).toMatchObject({ kind: "error", code: "auth.refused" });
    subject.portal.rename("renamed");
    expect(await post(path, stolen)).toMatchObject({ kind: "error" });
  });

  it.each(["reconnect", "suspended", "purged"])(
    "renews a dead connection (%s) when an administrator opens it, and not when a user does",
    async (state) => {
      await subject.install();
      const stored = subject.app.portals.get(subject.key);
      if (!stored) throw new Error("not installed");
      stored.state = state;
      const dead = stored.grant.refreshToken;
      const user = opened("app", 1);
      await post(user.path, user.body);
      expect(subject.app.portals.get(subject.key)?.grant.refreshToken).toBe(dead);
      const admin = opened("app", 0);
      await post(admin.path, admin.body);
      expect(subject.app.portals.get(subject.key)).toMatchObject({ state: "active" });
      expect(subject.app.portals.get(subject.key)?.grant.refreshToken).not.toBe(dead);
    },
  );

  it("does not ask the portal about callers whom nobody knows when too many come", async () => {
    await subject.install();
    const { path, body } = opened("app");
    await post(path, body);
    subject.app.desk.mayAsk = () => false;
    const { length } = subject.seen;
    const stranger = opened("app");
    stranger.fields.AUTH_ID = "f".repeat(32);
    const refused = await post(stranger.path, form(stranger.fields));
    expect(refused).toMatchObject({ kind: "error", code: "host.rate_limited" });
    expect(subject.seen).toHaveLength(length);
    // Whoever was proven a moment ago goes on.
    expect(page(await post(path, body)).place).toBe("app");
  });

  it("finds a renamed portal through the token server", async () => {
    await subject.install();
    subject.portal.rename("renamed");
    const { path, body } = opened("app");
    expect(page(await post(path, body)).frameOrigin).toBe("http://renamed.bitrix24.localhost");
  });

  it("answers a reload with a shell that only the claimed portal may frame", async () => {
    const shell = await get("/bitrix24/app?DOMAIN=contract.bitrix24.localhost&PROTOCOL=0&LANG=ru");
    expect(shell).toEqual({
      kind: "shell",
      island: "bitrix24-frame",
      frameOrigins: ["http://contract.bitrix24.localhost"],
      locale: "ru",
    });
    for (const bad of ["evil.com;script-src *", "*", "", "a b", "evil.com/x"]) {
      const reply = await get(`/bitrix24/card?DOMAIN=${encodeURIComponent(bad)}&PROTOCOL=1`);
      expect(reply).toMatchObject({ kind: "shell", frameOrigins: [] });
    }
  });
});

describe("the card", () => {
  const dealOf =
    (responsible: string) => async (link: Awaited<ReturnType<typeof prepared>>["link"]) => {
      const query = { entity: "deal", mode: { kind: "all" } } as const;
      const { records } = await subject.run(subject.host.scan(link, query, null));
      const deal = records.find(
        (one) => one.entity === "deal" && one.responsibleId === responsible,
      );
      if (deal?.entity !== "deal") throw new Error("no such deal");
      return deal.id;
    };

  it("shows a record to those who may read it and to nobody else", async () => {
    const { link } = await prepared();
    const foreign = await dealOf("1")(link);
    const own = await dealOf("7")(link);
    const admin = opened("CRM_DEAL_DETAIL_TAB", 0, { kind: "deal", id: foreign });
    expect(page(await post(admin.path, admin.body))).toMatchObject({
      place: "card",
      entity: { entity: "deal", id: foreign },
      frameOrigin: subject.portal.origin(),
    });
    const mine = opened("CRM_DEAL_DETAIL_TAB", 1, { kind: "deal", id: own });
    expect(page(await post(mine.path, mine.body)).place).toBe("card");
    const user = opened("CRM_DEAL_DETAIL_TAB", 1, { kind: "deal", id: foreign });
    const refused = page(await post(user.path, user.body));
    expect(refused).toMatchObject({ place: "message", message: "no_permission" });
    expect(refused).not.toHaveProperty("entity");
  });

  it.each(["", "undefined", "[]", "{", "null", '{"ID":"0"}', '{"ID":{"a":1}}', '{"ID":"1 or 1"}'])(
    "has no record to show for the options %j",
    async (PLACEMENT_OPTIONS) => {
      await prepared();
      const { path, fields } = opened("CRM_DEAL_DETAIL_TAB", 0, { kind: "deal", id: "1" });
      const shown = page(await post(path, form({ ...fields, PLACEMENT_OPTIONS })));
      expect(shown).toMatchObject({ place: "message", message: "no_record" });
    },
  );

  it("reads the record of a field of our own type", async () => {
    const { link } = await prepared();
    const id = await dealOf("1")(link);
    const { path, fields } = opened("CRM_DEAL_DETAIL_TAB", 0, { kind: "deal", id });
    const options = { ENTITY_DATA: { entityTypeId: 2, entityId: id, module: "crm" } };
    const body = form({
      ...fields,
      PLACEMENT: "USERFIELD_TYPE",
      PLACEMENT_OPTIONS: JSON.stringify(options),
    });
    expect(page(await post(path, body)).entity).toEqual({ entity: "deal", id });
  });

  it("does not let a person look at an empty frame for as long as a portal may be silent", async () => {
    await prepared();
    subject.seen.length = 0;
    const { path, body } = opened("CRM_DEAL_DETAIL_TAB", 0, { kind: "deal", id: "1" });
    await post(path, body);
    const waits = subject.seen.map(({ url, timeoutMs }) => [url.split("/rest/")[1], timeoutMs]);
    expect(waits.map(([method]) => method)).toEqual(["profile", "crm.item.get"]);
    expect(Math.max(...waits.map(([, wait]) => Number(wait)))).toBeLessThanOrEqual(20_000);
  });

  it("opens a session only for a record that the viewer may read", async () => {
    const { link } = await prepared();
    const foreign = await dealOf("1")(link);
    const session = (userIndex: number, id: string) => {
      const { fields } = opened("app", userIndex);
      const placement = { placement: "CRM_DEAL_DETAIL_TAB", options: { ID: id } };
      const body = { AUTH_ID: fields.AUTH_ID, member_id: fields.member_id, placement };
      return post("/bitrix24/session", JSON.stringify(body), "application/json");
    };
    expect(await session(0, foreign)).toMatchObject({ kind: "json", body: { token: "session-1" } });
    expect(subject.app.sessions[0]).toMatchObject({
      portal: subject.key,
      entities: [{ entity: "deal", id: foreign }],
    });
    expect(await session(1, foreign)).toMatchObject({ kind: "error", code: "auth.refused" });
    expect(await post("/bitrix24/session", "[]")).toMatchObject({
      kind: "error",
      code: "input.invalid",
    });
  });
});

describe("events", () => {
  const EMPTY = { kind: "empty", status: 200 };

  it("turns what people do into hints of ids", async () => {
    await prepared();
    const [first, second] = subject.portal
      .truth()
      .deals.filter(({ outcome }) => outcome === "open");
    subject.portal.edit({ kind: "winDeal", dealId: first?.id ?? "" });
    subject.portal.edit({ kind: "deleteDeal", dealId: second?.id ?? "" }, -1);
    await subject.run(subject.portal.flushHooks());
    const hints = subject.app.deliveries.flatMap(({ hints: some }) => some);
    expect(hints).toContainEqual({ entity: "deal", id: first?.id, isDeletion: false });
    expect(hints).toContainEqual({ entity: "deal", id: second?.id, isDeletion: true });
  });

  const eventForm = (fields: Record<string, string>) =>
    form({
      event: "ONCRMDEALUPDATE",
      "data[FIELDS][ID]": "12",
      "auth[member_id]": subject.portal.memberId,
      "auth[application_token]": subject.portal.applicationToken(),
      ...fields,
    });

  it("answers a stranger, a wrong token and an unknown portal alike, and keeps nothing of them", async () => {
    await prepared();
    for (const forged of [
      { "auth[application_token]": "0".repeat(32) },
      { "auth[application_token]": "" },
      { "auth[member_id]": "b".repeat(32) },
      { "auth[member_id]": "../x" },
    ]) {
      expect(await post("/bitrix24/events", eventForm(forged))).toEqual(EMPTY);
    }
    expect(subject.app.deliveries).toEqual([]);
    expect(await post("/bitrix24/events", eventForm({}))).toEqual(EMPTY);
    expect(subject.app.deliveries).toHaveLength(1);
  });

  it("takes only ids that can be ids", async () => {
    await prepared();
    for (const id of ["0", "-1", "1e3", "1;2", "12345678901234567", ""]) {
      await post("/bitrix24/events", eventForm({ "data[FIELDS][ID]": id }));
    }
    expect(subject.app.deliveries).toEqual([]);
  });

  it("has the portal scanned when a body beyond all bounds knows the secret", async () => {
    await prepared();
    const body = `${eventForm({})}&a[b][c][d][e][f][g][h][i]=1`;
    expect(await post("/bitrix24/events", body)).toEqual(EMPTY);
    expect(subject.app.deliveries).toMatchObject([{ hints: [], isUnreadable: true }]);
    const forged = body.replace(subject.portal.applicationToken(), "0".repeat(32));
    expect(await post("/bitrix24/events", forged)).toMatchObject({
      kind: "error",
      code: "input.invalid",
    });
  });

  it("uninstalls by the portal's secret only, and erases only when asked", async () => {
    await prepared();
    const gone = { event: "ONAPPUNINSTALL", "data[CLEAN]": "1" };
    await post("/bitrix24/events", eventForm({ ...gone, "auth[application_token]": "x" }));
    expect(subject.app.uninstalled).toEqual([]);
    await subject.run(subject.portal.uninstall({ erase: false }));
    expect(subject.app.uninstalled).toEqual([{ key: subject.key, erase: false }]);
  });

  it("takes the new secret and the new tokens of an update", async () => {
    await prepared();
    subject.portal.updateApp();
    await subject.run(subject.portal.flushHooks());
    expect(subject.app.portals.get(subject.key)).toMatchObject({
      options: { hookSecret: subject.portal.applicationToken() },
      state: "active",
    });
  });

  it("refuses an install event whose tokens prove nothing", async () => {
    await prepared();
    const before = JSON.stringify(subject.app.portals.get(subject.key));
    const forged = eventForm({
      event: "ONAPPINSTALL",
      "auth[refresh_token]": "0".repeat(70),
      "auth[server_endpoint]": `${OAUTH}/rest/`,
      "auth[application_token]": "attacker-chosen-secret-0123456789",
    });
    expect(await post("/bitrix24/install", forged)).toMatchObject({
      kind: "error",
      code: "auth.refused",
    });
    expect(JSON.stringify(subject.app.portals.get(subject.key))).toBe(before);
  });

  it("says nothing to a robot", async () => {
    await prepared();
    expect(await post("/bitrix24/robot", eventForm({}))).toEqual(EMPTY);
    expect(await post("/bitrix24/robot", "auth[member_id]=x")).toEqual(EMPTY);
  });
});

describe("connecting from outside", () => {
  async function started() {
    const reply = await get("/bitrix24/connect?portal=contract.bitrix24.localhost");
    if (reply.kind !== "redirect") throw new Error(JSON.stringify(reply));
    const to = new URL(reply.to);
    const consent = await subject.run(subject.sandbox.fetch(new Request(to)));
    const back = new URL(consent.headers.get("location") ?? "");
    return {
      to,
      cookie: `__Host-x=${reply.cookie?.value}`,
      back: `${back.pathname}${back.search}`,
    };
  }

  it("stores a portal after the consent page, in the browser that began", async () => {
    await subject.install();
    subject.app.portals.clear();
    const { to, cookie, back } = await started();
    expect(to.origin).toBe(subject.portal.origin());
    expect(page(await get(back, { cookie }))).toMatchObject({
      place: "message",
      message: "connected",
    });
    expect(subject.app.portals.get(subject.key)?.options.isFinished).toBe(true);
    expect(await get(back, { cookie })).toMatchObject({ kind: "error", code: "auth.refused" });
  });

  it("refuses another browser, an invented state and a foreign token server", async () => {
    await subject.install();
    subject.app.portals.clear();
    const other = await started();
    expect(await get(other.back, { cookie: "__Host-x=abc" })).toMatchObject({
      code: "auth.refused",
    });
    const invented = await started();
    const state = invented.back.replace(/state=\w+/, "state=0");
    expect(await get(state, { cookie: invented.cookie })).toMatchObject({ code: "auth.refused" });
    const foreign = await started();
    const server = foreign.back.replace(/server_domain=[^&]*/, "server_domain=evil.com");
    expect(await get(server, { cookie: foreign.cookie })).toMatchObject({ code: "auth.refused" });
    expect(subject.app.portals.size).toBe(0);
  });

  it("sends nobody to an address that is none", async () => {
    for (const portal of ["", "127.0.0.1", "evil.com/x", "javascript:alert(1)", "a@b.com"]) {
      const reply = await get(`/bitrix24/connect?portal=${encodeURIComponent(portal)}`);
      expect(reply).toMatchObject({ kind: "error", code: "input.invalid" });
    }
  });
});
