import { describe, expect, it } from "vitest";
import type { HostConfig } from "../../crm/host.ts";
import type { Clock, HttpRequest, Transport } from "../../crm/ports.ts";
import { knownServer, makeTokens, portalEndpoint } from "./oauth.ts";

const SECRET = "canary-client-secret";
const MEMBER = "a223c6b3710f85df22e9377d6c4f7553";
const config: HostConfig = {
  registrations: [{ product: "bitrix24", clientId: "local.1", clientSecret: SECRET }],
  publicUrl: "https://pulse.example.com",
  oauthServers: ["https://oauth.bitrix.info", "https://oauth.bitrix24.tech"],
  zones: {},
  devHosts: [],
};
const clock = { now: () => 1_000_000 } as Clock;
const stored = {
  key: `bitrix24:${MEMBER}`,
  endpoint: "https://old.bitrix24.com/rest/",
  tokenServer: "https://oauth.bitrix.info",
  refreshToken: "old-refresh",
} as const;

const good = {
  access_token: "new-access",
  client_endpoint: "https://portal.bitrix24.com/rest/",
  domain: "oauth.bitrix.info",
  expires: 1_780_319_382,
  expires_in: 3600,
  member_id: MEMBER,
  refresh_token: "new-refresh",
  scope: "crm,placement user_brief",
  server_endpoint: "https://oauth.bitrix24.tech/rest/",
  status: "F",
  user_id: 67,
};

function answering(status: number, body: unknown): { transport: Transport; sent: HttpRequest[] } {
  const sent: HttpRequest[] = [];
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const transport: Transport = async (request) => {
    sent.push(request);
    return { status, headers: {}, text };
  };
  return { transport, sent };
}

const refresh = (status: number, body: unknown) =>
  makeTokens(config).refresh(stored, answering(status, body).transport, clock);

describe("refresh", () => {
  it("takes everything from the answer and keeps the secret out of the address", async () => {
    const { transport, sent } = answering(200, good);
    const grant = await makeTokens(config).refresh(stored, transport, clock);
    expect(grant).toEqual({
      key: stored.key,
      endpoint: "https://portal.bitrix24.com/rest/",
      tokenServer: "https://oauth.bitrix24.tech",
      accessToken: "new-access",
      refreshToken: "new-refresh",
      accessExpiresAt: 1_000_000 + 3_600_000,
      userId: "67",
      scopes: ["crm", "placement", "user_brief"],
    });
    expect(sent[0]?.url).toBe("https://oauth.bitrix.info/oauth/token/");
    expect(sent[0]?.body).toContain(`client_secret=${SECRET}`);
  });

  it("stays with the server that answered when the answer names a strange one", async () => {
    const body = { ...good, server_endpoint: "https://oauth.evil.com/rest/" };
    expect((await refresh(200, body)).tokenServer).toBe("https://oauth.bitrix.info");
  });

  it.each([
    [400, { error: "invalid_grant" }, "host.token_revoked"],
    [400, { error: "INVALID_GRANT" }, "host.token_revoked"],
    [400, { error: "bad_verification_code" }, "host.token_revoked"],
    [401, { error: "wrong_client" }, "config.invalid"],
    [401, { error: "invalid_client" }, "config.invalid"],
    [400, { error: "PAYMENT_REQUIRED" }, "host.payment_required"],
    [
      402,
      { error: "x", error_description: "Subscription has been ended" },
      "host.payment_required",
    ],
    [404, { error: "not_found", error_description: "Portal not found" }, "host.portal_deleted"],
    [503, { error: "service_unavailable" }, "host.unavailable"],
    [500, "<html>", "host.unavailable"],
    [200, "<html>", "host.bad_answer"],
    [200, { ...good, refresh_token: "" }, "host.bad_answer"],
    [200, { ...good, member_id: "b".repeat(32) }, "host.bad_answer"],
    [200, { ...good, client_endpoint: "http://169.254.169.254/rest/" }, "host.forbidden_address"],
    [200, { ...good, client_endpoint: "https://evil.com/x/rest/" }, "host.forbidden_address"],
    [400, { error: "invalid_request" }, "host.refused"],
  ])("%i %j means %s", async (status, body, code) => {
    await expect(refresh(status, body)).rejects.toMatchObject({ code });
  });

  it.each([
    null,
    "https://oauth.evil.com",
    "https://oauth.bitrix.info.evil.com",
    "https://oauth.bitrix.info@evil.com",
    "http://oauth.bitrix.info",
    "https://oauth.bitrix.info:8443",
  ])("sends nothing to the token server %j", async (tokenServer) => {
    const { transport, sent } = answering(200, good);
    await expect(
      makeTokens(config).refresh({ ...stored, tokenServer }, transport, clock),
    ).rejects.toMatchObject({ code: "host.forbidden_address" });
    expect(sent).toEqual([]);
  });
});

describe("addresses", () => {
  it("knows its token servers with and without the REST path, and gives its own spelling", () => {
    expect(knownServer("https://oauth.bitrix.info/rest/", config)).toBe(
      "https://oauth.bitrix.info",
    );
    expect(knownServer("https://oauth.bitrix.info/rest/../", config)).toBeNull();
  });

  it("accepts a portal's endpoint only in its one form", () => {
    expect(portalEndpoint("https://p.bitrix24.ru/rest/", config)).toBe(
      "https://p.bitrix24.ru/rest/",
    );
    const selfHosted = "https://crm.company.example.com:8443/rest/";
    expect(portalEndpoint(selfHosted, config)).toBe(selfHosted);
    for (const bad of [
      "https://p.bitrix24.ru/rest",
      "https://p.bitrix24.ru",
      "https://p.bitrix24.ru/a/rest/",
      "https://u:p@p.bitrix24.ru/rest/",
      "https://p.bitrix24.ru/rest/?x=/rest/",
      "https://p.bitrix24.ru/#/rest/",
      "https://p.bitrix24.ru:25/rest/",
      "https://127.0.0.1:8443/rest/",
      "http://p.bitrix24.ru/rest/",
    ]) {
      expect(() => portalEndpoint(bad, config)).toThrow(
        expect.objectContaining({ code: "host.forbidden_address" }),
      );
    }
  });
});
