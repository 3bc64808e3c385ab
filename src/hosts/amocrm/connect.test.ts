import { describe, expect, it } from "vitest";
import {
  type Answer,
  CONFIG,
  type FakeDesk,
  fakeDesk,
  json,
  NOW,
  SECRET,
} from "../../../test/support/amocrm-fakes.ts";
import type { DoorReply } from "../../crm/door.ts";
import { errorCode } from "../../crm/error.ts";
import type { HostConfig } from "../../crm/host.ts";
import { connectDoor, oauthDoor, secretsDoor } from "./connect.ts";
import { INSTALL_ERRAND, installErrand } from "./grant.ts";
import { consentOrigin } from "./place.ts";

const TOKENS = {
  token_type: "Bearer",
  expires_in: 86_400,
  access_token: "at",
  refresh_token: "rt",
};
const ACCOUNT = {
  id: 28805383,
  name: "Canary LLC",
  current_user_id: 504141,
  currency: "RUB",
  is_api_filter_enabled: true,
  _embedded: { datetime_settings: { timezone: "Europe/Samara" } },
};

const platform: Answer = (_request, url) =>
  url.pathname === "/oauth2/access_token" ? json(TOKENS) : json(ACCOUNT);

async function open(
  door: ReturnType<typeof connectDoor>,
  desk: FakeDesk,
  query: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<DoorReply | string> {
  const url = new URL(`https://pulse.example.com${door.path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  try {
    return await door.handle({ url, params: {}, headers, body: "" }, desk);
  } catch (error) {
    return errorCode(error);
  }
}

/** Opens the consent screen; what the browser then holds. */
async function begin(desk: FakeDesk, product = "amocrm") {
  const reply = await open(connectDoor(CONFIG), desk, { product });
  if (typeof reply === "string" || reply.kind !== "redirect") throw new Error("no redirect");
  const state = new URL(reply.to).searchParams.get("state") ?? "";
  return { reply, state, cookie: `__Host-pulse-connect=${reply.cookie?.value}` };
}

const callback = { code: "def50200", referer: "example.amocrm.ru", client_id: "amo-client" };

describe("connect", () => {
  it("sends the browser to the product's consent screen with a state of 256 bits", async () => {
    const { reply, state } = await begin(fakeDesk(), "kommo");
    expect(reply.to).toMatch(/^https:\/\/www\.kommo\.com\/oauth\?client_id=kommo-client&/);
    expect(state).toMatch(/^[0-9a-f]{64}$/);
    expect(reply.cookie).toMatchObject({ maxAgeSeconds: 600 });
    expect(reply.to).not.toContain(reply.cookie!.value);
  });

  it("opens the consent screen of the development host that carries the product's name", () => {
    const dev = (devHosts: string[]): HostConfig => ({ ...CONFIG, devHosts });
    expect(consentOrigin("amocrm", CONFIG)).toBe("https://www.amocrm.ru");
    const hosts = ["bitrix24.localhost:8081", "amocrm.localhost:8082"];
    expect(consentOrigin("amocrm", dev(hosts))).toBe("http://www.amocrm.localhost:8082");
    expect(consentOrigin("amocrm", dev(["127.0.0.1:8082"]))).toBe("http://127.0.0.1:8082");
  });
});

describe("oauth with a browser", () => {
  it("installs the account that the new token opens", async () => {
    const desk = fakeDesk({ transport: platform });
    const { state, cookie } = await begin(desk);
    const reply = await open(oauthDoor(CONFIG), desk, { ...callback, state }, { cookie });
    expect(reply).toMatchObject({ kind: "page", page: { place: "message", message: "connected" } });
    expect(desk.installed).toMatchObject([
      {
        key: "amocrm:28805383",
        endpoint: "https://example.amocrm.ru/",
        accessToken: "at",
        refreshToken: "rt",
        accessExpiresAt: NOW + 86_400_000,
        userId: "504141",
      },
    ]);
    expect(JSON.parse(desk.requests[0]!.body!)).toEqual({
      client_id: "amo-client",
      client_secret: SECRET,
      grant_type: "authorization_code",
      code: "def50200",
      redirect_uri: "https://pulse.example.com/amocrm/oauth",
    });
  });

  it("refuses a state without its cookie, a spent state and an invented one", async () => {
    const desk = fakeDesk({ transport: platform });
    const { state, cookie } = await begin(desk);
    const other = `a=b; __Host-pulse-connect=${"0".repeat(64)}`;
    const stolen = await open(oauthDoor(CONFIG), desk, { ...callback, state }, { cookie: other });
    expect(stolen).toEqual({ kind: "error", code: "auth.refused" });
    for (const again of [state, "f".repeat(64), "x", ""]) {
      const reply = await open(oauthDoor(CONFIG), desk, { ...callback, state: again }, { cookie });
      expect(reply).toEqual({ kind: "error", code: "auth.required" });
    }
    expect(desk.requests).toEqual([]);
    expect(desk.installed).toEqual([]);
  });

  it("shows a refusal of the person as such", async () => {
    const desk = fakeDesk();
    const { state, cookie } = await begin(desk);
    const query = { error: "access_denied", state, client_id: "amo-client" };
    const reply = await open(oauthDoor(CONFIG), desk, query, { cookie });
    expect(reply).toMatchObject({ kind: "page", page: { message: "no_access" } });
  });
});

/** What the door promised is done now, as often as the background would; the code of the last failure, or null. */
async function keepPromises(desk: FakeDesk, config = CONFIG, tries = 1): Promise<string | null> {
  const [promise] = desk.promised;
  if (!promise) throw new Error("nothing was promised");
  let { data } = promise;
  let failure: string | null = null;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const keep = async (kept: string) => {
      data = kept;
    };
    failure = await installErrand(config)(data, desk, keep).then(() => null, errorCode);
    if (failure === null) return null;
  }
  return failure;
}

describe("oauth from the marketplace", () => {
  const widget = { ...callback, from_widget: "1" };

  it("keeps the code and asks nobody before the answer; installs afterwards, without a session", async () => {
    const desk = fakeDesk({ transport: platform });
    expect(await open(oauthDoor(CONFIG), desk, widget)).toEqual({ kind: "empty", status: 200 });
    expect(desk.promised).toMatchObject([{ kind: INSTALL_ERRAND, id: "def50200" }]);
    expect(desk.requests).toEqual([]);
    expect(await keepPromises(desk)).toBeNull();
    expect(desk.installed).toHaveLength(1);
    expect(desk.sessions).toEqual([]);
  });

  it.each([
    "evil.tld",
    "example.amocrm.ru.evil.tld",
    "evil.tld/example.amocrm.ru",
    "https://evil.tld",
    "a.b.amocrm.ru",
    "amocrm.ru",
    "example.amocrm.ru:8443",
    "example.amocrm.ru@evil.tld",
    "xn--e1awd7f.amocrm.ru",
    "127.0.0.1",
    "example.amocrm.ru.",
    "http://example.amocrm.ru",
    "",
  ])("sends no secret to %j", async (referer) => {
    const desk = fakeDesk({ transport: platform });
    const reply = await open(oauthDoor(CONFIG), desk, { ...widget, referer });
    expect(reply).toBe("host.forbidden_address");
    expect(desk.requests).toEqual([]);
  });

  it("chooses the registration by the address, and refuses another client id than that one's", async () => {
    const desk = fakeDesk({ transport: platform });
    const kommo = { ...widget, referer: "https://example.kommo.com/", client_id: "kommo-client" };
    expect(await open(oauthDoor(CONFIG), desk, kommo)).toMatchObject({ kind: "empty" });
    await keepPromises(desk);
    expect(desk.requests[0]?.url).toBe("https://example.kommo.com/oauth2/access_token");
    expect(JSON.parse(desk.requests[0]!.body!).client_secret).toBe(`kommo-${SECRET}`);
    expect(desk.installed[0]?.key).toBe("kommo:28805383");
    const mixed = { ...widget, client_id: "kommo-client" };
    expect(await open(oauthDoor(CONFIG), desk, mixed)).toBe("host.forbidden_address");
  });

  it("gives a development host that is a zone itself only the secret of that zone's product", async () => {
    const zone = "127.0.0.1:4009";
    const config = { ...CONFIG, devHosts: [zone], zones: { amocrm: ["amocrm.ru"], kommo: [zone] } };
    const desk = fakeDesk({ transport: platform });
    const mixed = { ...widget, referer: zone, client_id: "amo-client" };
    expect(await open(oauthDoor(config), desk, mixed)).toBe("host.forbidden_address");
    expect(desk.requests).toEqual([]);
    const right = { ...mixed, client_id: "kommo-client" };
    expect(await open(oauthDoor(config), desk, right)).toMatchObject({ kind: "empty" });
    await keepPromises(desk, config);
    expect(JSON.parse(desk.requests[0]!.body!).client_secret).toBe(`kommo-${SECRET}`);
  });

  it("spends the code once, whatever happens between it and the account", async () => {
    let calls = 0;
    const desk = fakeDesk({
      transport: (request, url) => {
        if (url.pathname === "/oauth2/access_token") return platform(request, url);
        calls += 1;
        return calls <= 4 ? json({}, 503) : platform(request, url);
      },
    });
    await open(oauthDoor(CONFIG), desk, widget);
    expect(await keepPromises(desk, CONFIG, 3)).toBeNull();
    expect(desk.installed).toHaveLength(1);
    expect(desk.requests.filter((one) => one.url.endsWith("access_token"))).toHaveLength(1);
  });

  it("gives up on a code that the host refuses", async () => {
    const desk = fakeDesk({ transport: () => json({ hint: "expired" }, 400) });
    await open(oauthDoor(CONFIG), desk, widget);
    expect(await keepPromises(desk)).toBe("host.token_revoked");
    expect(desk.requests).toHaveLength(1);
  });

  it("does not take a code without a state for an installation by a server", async () => {
    const desk = fakeDesk({ transport: platform });
    const reply = await open(oauthDoor(CONFIG), desk, callback);
    expect(reply).toEqual({ kind: "error", code: "auth.required" });
    expect(desk.promised).toEqual([]);
    const bare = await open(oauthDoor(CONFIG), desk, {});
    expect(bare).toMatchObject({ kind: "page", page: { message: "open_again" } });
  });
});

describe("a button that makes an integration", () => {
  const KEYS = { client_id: "11111111-2222-3333-4444-555555555555", client_secret: "k".repeat(64) };

  async function show(desk: FakeDesk) {
    const reply = await open(connectDoor(CONFIG), desk, { create: "1" });
    if (typeof reply === "string" || reply.kind !== "button") throw new Error("no button");
    return { reply, state: reply.button.data.state ?? "", cookie: `c=${reply.cookie.value}` };
  }
  async function sendKeys(desk: FakeDesk, keys: Record<string, string>): Promise<DoorReply> {
    const url = new URL("https://pulse.example.com/amocrm/secrets");
    const body = JSON.stringify(keys);
    return await secretsDoor.handle({ url, params: {}, headers: {}, body }, desk);
  }
  const came = { code: "def50200", referer: "example.amocrm.ru", client_id: KEYS.client_id };

  it("is drawn by the vendor's own script with our two addresses", async () => {
    const { reply } = await show(fakeDesk());
    expect(reply).toMatchObject({
      crm: "amoCRM",
      button: {
        name: "amocrm_oauth",
        script: "https://www.amocrm.ru/auth/button.min.js",
        data: {
          redirect_uri: "https://pulse.example.com/amocrm/oauth",
          secrets_uri: "https://pulse.example.com/amocrm/secrets",
        },
      },
    });
    expect(reply.button.data).not.toHaveProperty("client-id");
  });

  it("connects the account with the keys that came for this state", async () => {
    const desk = fakeDesk({ transport: platform });
    const { state, cookie } = await show(desk);
    expect(await sendKeys(desk, { ...KEYS, state })).toEqual({ kind: "empty", status: 200 });
    const reply = await open(oauthDoor(CONFIG), desk, { ...came, state }, { cookie });
    expect(reply).toMatchObject({ kind: "page", page: { message: "connected" } });
    expect(JSON.parse(desk.requests[0]!.body!)).toMatchObject(KEYS);
    expect(desk.installed).toMatchObject([
      {
        key: "amocrm:28805383",
        registration: { product: "amocrm", clientId: KEYS.client_id },
      },
    ]);
  });

  it("may be any button of the vendor's with a state of ours: keys that came for it are the ones to use", async () => {
    const desk = fakeDesk({ transport: platform });
    const { state, cookie } = await begin(desk);
    await sendKeys(desk, { ...KEYS, state });
    const reply = await open(oauthDoor(CONFIG), desk, { ...came, state }, { cookie });
    expect(reply).toMatchObject({ kind: "page", page: { message: "connected" } });
    expect(JSON.parse(desk.requests[0]!.body!)).toMatchObject(KEYS);
  });

  it("waits a little for keys that the browser has overtaken", async () => {
    const desk = fakeDesk({ transport: platform });
    const { state, cookie } = await show(desk);
    const back = open(oauthDoor(CONFIG), desk, { ...came, state }, { cookie });
    await sendKeys(desk, { ...KEYS, state });
    expect(await back).toMatchObject({ kind: "page", page: { message: "connected" } });
  });

  it("takes no keys of an unknown or used state, and answers 200 all the same", async () => {
    const desk = fakeDesk({ transport: platform });
    const { state, cookie } = await show(desk);
    const other = {
      client_id: "99999999-2222-3333-4444-555555555555",
      client_secret: "x".repeat(64),
    };
    for (const keys of [
      { ...KEYS, state: "f".repeat(64) },
      { ...KEYS, state: "x" },
      { client_id: "", client_secret: "", state },
      { ...KEYS, state },
      { ...other, state },
    ]) {
      expect(await sendKeys(desk, keys)).toEqual({ kind: "empty", status: 200 });
    }
    await open(oauthDoor(CONFIG), desk, { ...came, state }, { cookie });
    expect(JSON.parse(desk.requests[0]!.body!)).toMatchObject(KEYS);
  });

  it("does not use the keys for a code of another integration, and sends them to no other zone", async () => {
    for (const change of [{ client_id: "amo-client" }, { referer: "example.kommo.com" }]) {
      const desk = fakeDesk({ transport: platform });
      const { state, cookie } = await show(desk);
      await sendKeys(desk, { ...KEYS, state });
      const reply = await open(oauthDoor(CONFIG), desk, { ...came, ...change, state }, { cookie });
      expect(["auth.refused", "host.forbidden_address"]).toContain(reply);
      expect(desk.requests).toEqual([]);
    }
  });
});
