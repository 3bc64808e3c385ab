import { type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it } from "vitest";
import {
  ACCOUNT_ID,
  CONFIG,
  type DeskFacts,
  ENDPOINT,
  fakeDesk,
  NOW,
  SECRET,
} from "../../../test/support/amocrm-fakes.ts";
import { frameDoors } from "./frames.ts";
import { sessionDoor } from "./session.ts";

const door = sessionDoor(CONFIG);
const ORIGIN = "https://example.amocrm.ru";
const CLAIMS = {
  iss: ORIGIN,
  aud: "https://pulse.example.com",
  jti: "aa1b1d0c",
  iat: NOW / 1000 - 60,
  nbf: NOW / 1000 - 60,
  exp: NOW / 1000 + 1_740,
  account_id: Number(ACCOUNT_ID),
  subdomain: "example",
  client_uuid: "amo-client",
  user_id: 504141,
  is_admin: false,
};
const INSTALLED: DeskFacts = { endpoints: { [`amocrm:${ACCOUNT_ID}`]: ENDPOINT }, canRead: true };

function sign(claims: JWTPayload = {}, alg = "HS256", secret = SECRET): Promise<string> {
  return new SignJWT({ ...CLAIMS, ...claims })
    .setProtectedHeader({ alg })
    .sign(new TextEncoder().encode(secret));
}

function without(name: keyof typeof CLAIMS): Promise<string> {
  const { [name]: _, ...rest } = CLAIMS;
  return new SignJWT(rest)
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(SECRET));
}

async function call(
  token: string,
  {
    facts = INSTALLED,
    body = { place: "card", entity: "deal", id: "12" },
    origin = ORIGIN,
  }: {
    facts?: DeskFacts;
    body?: unknown;
    origin?: string;
  } = {},
) {
  const desk = fakeDesk(facts);
  const url = new URL("https://pulse.example.com/amocrm/session");
  const headers = { "x-auth-token": token, origin };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { desk, reply: await door.handle({ url, params: {}, headers, body: text }, desk) };
}

const refused = { kind: "json", status: 403, body: { code: "auth.refused" } };

describe("session", () => {
  it("adds the card's first lines for a page that cannot show our frame", async () => {
    const facts = { ...INSTALLED, lines: ["At risk", "Silent for 71 days"] };
    const body = { place: "card", entity: "deal", id: "12", plain: true };
    const { reply } = await call(await sign(), { facts, body });
    expect(reply).toMatchObject({ status: 200, body: { lines: facts.lines } });
    const app = await call(await sign(), { facts, body: { place: "app", plain: true } });
    expect(app.reply).not.toHaveProperty("body.lines");
  });

  it("swaps the host's token for ours and gives one-use addresses of both pages", async () => {
    const { desk, reply } = await call(await sign());
    expect(reply).toEqual({
      kind: "json",
      status: 200,
      corsOrigin: ORIGIN,
      body: {
        token: "session-token",
        cardUrl: "https://pulse.example.com/amocrm/card?ticket=t1",
        appUrl: "https://pulse.example.com/amocrm/app?ticket=t2",
        expiresAt: NOW + 900_000,
      },
    });
    expect(desk.sessions).toMatchObject([
      { portal: `amocrm:${ACCOUNT_ID}`, entities: [{ entity: "deal", id: "12" }], locale: "ru" },
    ]);
    const [card] = frameDoors(CONFIG);
    const url = new URL("https://pulse.example.com/amocrm/card?ticket=t1");
    const open = () => card!.handle({ url, params: {}, headers: {}, body: "" }, desk);
    expect(await open()).toMatchObject({
      kind: "page",
      page: { place: "card", canRead: true, frameOrigin: ORIGIN, viewer: { userId: "504141" } },
    });
    expect(await open()).toMatchObject({ page: { place: "message", message: "open_again" } });
  });

  it("lets the CRM's page use its token again, as it does for 25 minutes", async () => {
    const token = await sign();
    expect((await call(token)).reply).toMatchObject({ status: 200 });
    expect((await call(token)).reply).toMatchObject({ status: 200 });
  });

  it("proves no card to a person who may not read it, and gives the ticket no record", async () => {
    const { desk, reply } = await call(await sign(), { facts: { ...INSTALLED, canRead: false } });
    expect(reply).toMatchObject({ status: 200 });
    expect(desk.sessions).toMatchObject([{ entities: [] }]);
    expect(await desk.redeemTicket("t1")).toMatchObject({ place: "card", entity: null, id: null });
  });

  it("does not open a ticket of one page as the other", async () => {
    const { desk } = await call(await sign());
    const app = frameDoors(CONFIG)[1]!;
    const url = new URL("https://pulse.example.com/amocrm/app?ticket=t1");
    const headers = { referer: `${ORIGIN}/` };
    const reply = await app.handle({ url, params: {}, headers, body: "" }, desk);
    expect(reply).toMatchObject({ page: { place: "message", frameOrigin: ORIGIN, portal: null } });
  });

  it.each([
    ["no signature", async () => new UnsecuredJWT(CLAIMS).encode()],
    ["another algorithm of the same secret", () => sign({}, "HS512", SECRET)],
    ["another secret", () => sign({}, "HS256", `x${SECRET}`)],
    ["the other product's secret", () => sign({}, "HS256", `kommo-${SECRET}`)],
    ["another audience", () => sign({ aud: "https://evil.example" })],
    ["an issuer outside the zones", () => sign({ iss: "https://evil.tld" })],
    ["an issuer that is another account", () => sign({ iss: "https://other.amocrm.ru" })],
    ["a client that is not ours", () => sign({ client_uuid: "someone" })],
    ["a start in the future", () => sign({ nbf: NOW / 1000 + 600 })],
    ["an account id that is no number", () => sign({ account_id: "../1" })],
    ["no end", () => without("exp")],
    ["no audience", () => without("aud")],
    ["no user", () => without("user_id")],
    ["nothing in it", async () => ""],
    ["no form at all", async () => "a.b.c"],
  ])("refuses a token with %s", async (_name, make) => {
    const { desk, reply } = await call(await make());
    expect(reply).toMatchObject(refused);
    expect(desk.sessions).toEqual([]);
  });

  it("asks for a new token when this one has run out, with a minute of leeway", async () => {
    const late = await call(await sign({ exp: NOW / 1000 - 61 }));
    expect(late.reply).toMatchObject({ status: 401, body: { code: "auth.required" } });
    const justNow = await call(await sign({ exp: NOW / 1000 - 59 }));
    expect(justNow.reply).toMatchObject({ status: 200 });
  });

  it("lets the script read that the account is not connected", async () => {
    const { reply } = await call(await sign(), { facts: {} });
    expect(reply).toMatchObject({
      kind: "json",
      status: 404,
      body: { code: "portal.unknown" },
      corsOrigin: ORIGIN,
    });
  });

  it("answers across origins to nobody outside the zones, and to no other account", async () => {
    const evil = await call(await sign(), { origin: "https://evil.tld" });
    expect(evil.reply).toMatchObject(refused);
    expect(evil.reply).not.toHaveProperty("corsOrigin");
    const other = await call(await sign(), { origin: "https://other.amocrm.ru" });
    expect(other.reply).toMatchObject(refused);
    expect(door.allowsOrigin?.(ORIGIN)).toBe(true);
    for (const origin of ["https://evil.tld", "null", "", "example.amocrm.ru", `${ORIGIN}/`]) {
      expect(door.allowsOrigin?.(origin)).toBe(false);
    }
  });

  it.each([
    "",
    "[]",
    "{",
    { place: "card" },
    { place: ["card"] },
    { place: "card", entity: "deal", id: "1/../2" },
    { place: "card", entity: "user", id: "1" },
  ])("does not understand %j", async (body) => {
    const { reply } = await call(await sign(), { body });
    expect(reply).toMatchObject({ status: 400, body: { code: "input.invalid" } });
  });

  it.each([
    [{ place: "lcard", entity: "leads", id: 12 }, "deal"],
    [{ place: "comcard-1", entity: "companies", id: "12" }, "company"],
    [{ entity: "contact", id: "12" }, "contact"],
  ])(
    "takes an area of the CRM's page that names a record for its card: %j",
    async (body, entity) => {
      const { desk, reply } = await call(await sign(), { body });
      expect(reply).toMatchObject({ status: 200, body: { cardUrl: expect.any(String) } });
      expect(desk.sessions).toMatchObject([{ entities: [{ entity, id: "12" }] }]);
    },
  );

  it.each(["advanced_settings", "settings", "widget_page"])(
    "takes the area %s, which names no record, for the dashboard",
    async (place) => {
      const { reply } = await call(await sign(), { body: { place, entity: null, id: null } });
      expect(reply).toMatchObject({ status: 200, body: { cardUrl: null } });
    },
  );

  it("opens the dashboard without a card", async () => {
    const { reply } = await call(await sign(), { body: { place: "app", locale: "en" } });
    expect(reply).toMatchObject({ status: 200, body: { cardUrl: null } });
  });
});
