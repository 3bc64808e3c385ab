import { describe, expect, it } from "vitest";
import {
  ACCOUNT_ID,
  type Answer,
  CONFIG,
  ENDPOINT,
  fakeClock,
  json,
  NOW,
} from "../../../test/support/amocrm-fakes.ts";
import { AppError, errorCode } from "../../crm/error.ts";
import type { StoredGrant } from "../../crm/host.ts";
import type { HttpRequest } from "../../crm/ports.ts";
import { refresh } from "./tokens.ts";

const STORED: StoredGrant = {
  key: `amocrm:${ACCOUNT_ID}`,
  endpoint: ENDPOINT,
  tokenServer: "https://api-b.amocrm.ru",
  refreshToken: "old",
};
const claims = btoa(
  JSON.stringify({ sub: "504141", scopes: ["crm"], api_domain: "api-b.amocrm.ru" }),
);
const PAIR = { expires_in: 86_400, access_token: `h.${claims}.s`, refresh_token: "new" };

async function run(answer: Answer, stored = STORED) {
  const sent: HttpRequest[] = [];
  const transport = async (request: HttpRequest) => {
    sent.push(request);
    return await answer(request, new URL(request.url));
  };
  const result = await refresh(CONFIG, stored, transport, fakeClock()).catch((error) => error);
  return { result, sent };
}

describe("refresh", () => {
  it("spends the token at the account's own address and takes hints from the new one", async () => {
    const { result, sent } = await run(() => json(PAIR));
    expect(result).toEqual({
      key: STORED.key,
      endpoint: ENDPOINT,
      tokenServer: "https://api-b.amocrm.ru",
      accessToken: PAIR.access_token,
      refreshToken: "new",
      accessExpiresAt: NOW + 86_400_000,
      userId: "504141",
      scopes: ["crm"],
    });
    expect(sent.map((one) => one.url)).toEqual(["https://example.amocrm.ru/oauth2/access_token"]);
    expect(JSON.parse(sent[0]!.body!)).toMatchObject({
      grant_type: "refresh_token",
      refresh_token: "old",
      redirect_uri: "https://pulse.example.com/amocrm/oauth",
    });
  });

  it("reads a form as well as JSON, numbers as text, and does without what is missing", async () => {
    const form = new URLSearchParams({
      token_type: "Bearer",
      access_token: PAIR.access_token,
      refresh_token: "new",
      expires_in: "3600",
    });
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const answers = [
      { status: 200, headers: type, text: form.toString() },
      json({ ...PAIR, expires_in: "3600", server_time: "x" }),
    ];
    for (const answer of answers) {
      const { result } = await run(() => answer);
      expect(result).toMatchObject({
        refreshToken: "new",
        accessExpiresAt: NOW + 3_600_000,
        userId: "504141",
      });
    }
    const { access_token, refresh_token } = PAIR;
    const bare = await run(() => json({ access_token, refresh_token }));
    expect(bare.result).toMatchObject({ accessExpiresAt: NOW + 86_400_000 });
  });

  it("asks once more with the same token when the answer was lost, and no third time", async () => {
    let calls = 0;
    const lost = await run(() => {
      calls += 1;
      throw new AppError("host.timeout");
    });
    expect([errorCode(lost.result), calls]).toEqual(["host.timeout", 2]);
    calls = 0;
    const heard = await run(() => {
      calls += 1;
      if (calls === 1) throw new AppError("host.unreachable");
      return json(PAIR);
    });
    expect(heard.result).toMatchObject({ refreshToken: "new" });
  });

  it("does not give an account up while the API host, which knows where it moved, cannot be asked", async () => {
    const gone: Answer = (_request, url) =>
      url.host.startsWith("api-") ? json({}, 503) : { status: 404, headers: {}, text: "<html>" };
    const { result } = await run(gone);
    expect(errorCode(result)).toBe("host.unavailable");
    const known: Answer = (_request, url) =>
      url.host.startsWith("api-") ? json({}, 401) : { status: 404, headers: {}, text: "<html>" };
    expect(errorCode((await run(known)).result)).toBe("host.token_revoked");
  });

  it.each(["evil.example", "a.b.amocrm.ru", "moved.amocrm.ru.evil.example", "moved.kommo.com"])(
    "sends the secret to no address %j that the API host names",
    async (domain) => {
      const { sent, result } = await run((_request, url) =>
        url.host.startsWith("api-")
          ? json({ id: Number(ACCOUNT_ID), domain })
          : json({ status: 404 }, 404),
      );
      expect(errorCode(result)).toBe("host.token_revoked");
      expect(sent.map((one) => new URL(one.url).host)).toEqual([
        "example.amocrm.ru",
        "api-b.amocrm.ru",
      ]);
    },
  );

  it("uses the portal's own keys where it has them, and asks no foreign API host for its address", async () => {
    const registration = { product: "amocrm", clientId: "own", clientSecret: "own-secret" };
    const own = await run(() => json(PAIR), { ...STORED, registration });
    expect(JSON.parse(own.sent[0]!.body!)).toMatchObject({
      client_id: "own",
      client_secret: "own-secret",
    });
    expect(own.result).toMatchObject({ registration });
    const foreign = await run(() => json({}, 401), {
      ...STORED,
      tokenServer: "https://api-b.evil.example",
    });
    expect(foreign.sent).toHaveLength(1);
  });

  it.each([
    [400, "host.token_revoked"],
    [403, "host.token_revoked"],
    [402, "host.payment_required"],
    [429, "host.rate_limited"],
    [500, "host.unavailable"],
    [504, "host.unavailable"],
  ])("takes a %i of the token endpoint for %s", async (status, code) => {
    const { result, sent } = await run(() => json({ hint: "x" }, status));
    expect(result).toMatchObject({ code });
    expect(sent).toHaveLength(1);
  });

  it("does not take the block of our address for a lost connection", async () => {
    const blocked = { status: 403, headers: { "content-type": "text/html" }, text: "<html>" };
    expect((await run(() => blocked)).result).toMatchObject({ code: "host.blocked" });
  });

  it("sends the secret to no stored address outside the zones", async () => {
    const { result, sent } = await run(() => json(PAIR), {
      ...STORED,
      endpoint: "https://evil.tld/",
    });
    expect(result).toMatchObject({ code: "host.forbidden_address" });
    expect(sent).toEqual([]);
  });

  it("follows an account to its new name without telling the secret on the way", async () => {
    const { result, sent } = await run((_request, url) => {
      if (url.host === "api-b.amocrm.ru") {
        return json({ id: Number(ACCOUNT_ID), domain: "renamed.amocrm.ru" });
      }
      return url.host === "renamed.amocrm.ru" ? json(PAIR) : json({}, 401);
    });
    expect(result).toMatchObject({ endpoint: "https://renamed.amocrm.ru/", refreshToken: "new" });
    expect(sent[1]).toMatchObject({ headers: { "x-refresh-token": "old" } });
    expect(sent[1]).not.toHaveProperty("body");
  });

  it.each([
    ["another account", { id: 5, domain: "renamed.amocrm.ru" }],
    ["an address outside the zones", { id: Number(ACCOUNT_ID), domain: "evil.tld" }],
    ["the same name", { id: Number(ACCOUNT_ID), domain: "example.amocrm.ru" }],
    ["nothing", {}],
  ])("stays revoked when the new name is %s", async (_name, body) => {
    const { result, sent } = await run((_request, url) =>
      url.host === "api-b.amocrm.ru" ? json(body) : json({}, 401),
    );
    expect(result).toMatchObject({ code: "host.token_revoked" });
    expect(sent).toHaveLength(2);
  });
});
