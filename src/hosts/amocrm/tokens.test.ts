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
