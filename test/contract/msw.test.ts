import { http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeSystemClock } from "../../src/runtime/system-ports.ts";
import { makeTransport } from "../../src/runtime/transport.ts";
import { makeAmocrmSandbox } from "../../src/sandbox/amocrm/index.ts";
import { makeSeededRandom } from "../../src/simulation/seeded-random.ts";

const CLIENT = {
  clientId: "31885693-c5a8-4c1f-9d2e-0123456789ab",
  clientSecret: "msw-secret-0123456789abcdef0123456789abcdef",
  redirectUri: "https://pulse.example.com/amocrm/oauth",
};

describe("a sandbox behind msw", () => {
  const sandbox = makeAmocrmSandbox({
    clock: makeSystemClock(() => Promise.resolve()),
    random: makeSeededRandom(3),
    deliver: async () => new Response(null),
  });
  sandbox.control.registerIntegration(CLIENT);
  const portal = sandbox.control.createPortal({ subdomain: "msw" });
  const server = setupServer(
    http.all("https://msw.amocrm.ru/*", ({ request }) => sandbox.fetch(request)),
  );
  // Axios' fetch adapter keeps the fetch it was given, so it is given the one that msw has replaced.
  const transport = makeTransport({ fetch: (...args) => globalThis.fetch(...args) });

  beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
  afterAll(() => server.close());

  it("exchanges a code and answers with the token, over the product's own transport", async () => {
    const code = new URL(portal.grant("state")).searchParams.get("code");
    const granted = await transport({
      method: "POST",
      url: "https://msw.amocrm.ru/oauth2/access_token",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uri: CLIENT.redirectUri,
        grant_type: "authorization_code",
        code,
      }),
    });
    expect(granted.status).toBe(200);
    const { access_token: token } = JSON.parse(granted.text);
    const account = await transport({
      method: "GET",
      url: "https://msw.amocrm.ru/api/v4/account",
      headers: { authorization: `Bearer ${token}` },
    });
    expect(account.headers["content-type"]).toBe("application/hal+json");
    expect(JSON.parse(account.text)).toMatchObject({ subdomain: "msw" });
  });

  it("refuses a request to anybody else", async () => {
    await expect(
      transport({ method: "GET", url: "https://elsewhere.example.com/" }),
    ).rejects.toMatchObject({ code: "host.unreachable" });
  });
});
