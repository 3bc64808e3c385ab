import { expect, test } from "vitest";
import { bench, CLIENT_ID, caller, exchange, login, settle } from "./amocrm-kit.ts";

test("the consent screen sends the browser back with code, referer, state and client_id", async () => {
  const b = bench();
  const screen = await b.sandbox.fetch(new Request(b.portal.consentUrl("st4te")));
  const html = await screen.text();
  const who = /option value="([^"]+)"/.exec(html)?.[1] ?? "";
  const form = new URLSearchParams({ client_id: CLIENT_ID, state: "st4te", who, answer: "grant" });
  const post = { method: "POST", body: form };
  const answer = await b.sandbox.fetch(new Request("https://www.amocrm.ru/oauth", post));
  const back = new URL(answer.headers.get("location") ?? "");
  expect(answer.status).toBe(302);
  expect(back.searchParams.get("state")).toBe("st4te");
  expect(back.searchParams.get("referer")).toBe("example.amocrm.ru");
  expect(back.searchParams.get("client_id")).toBe(CLIENT_ID);
  form.set("answer", "refuse");
  const refused = await b.sandbox.fetch(new Request("https://www.amocrm.ru/oauth", post));
  expect(refused.headers.get("location")).toContain("error=access_denied");
});

test("a code works once, within 20 minutes and with the registered redirect URI", async () => {
  const b = bench();
  const code = () => new URL(b.portal.grant("s")).searchParams.get("code") ?? "";
  const first = code();
  const wrong = await exchange(b, {
    grant_type: "authorization_code",
    code: first,
    redirect_uri: "https://x.example/",
  });
  expect(wrong.status).toBe(400);
  const good = await exchange(b, { grant_type: "authorization_code", code: first });
  expect(good.body).toMatchObject({ token_type: "Bearer", expires_in: 86_400 });
  const claims = JSON.parse(
    Buffer.from(good.body.access_token.split(".")[1], "base64url").toString(),
  );
  expect(claims).toMatchObject({
    account_id: Number(b.portal.accountId),
    api_domain: "api-b.amocrm.ru",
  });
  const again = await exchange(b, { grant_type: "authorization_code", code: first });
  expect(again).toMatchObject({
    status: 400,
    body: { hint: "Authorization code has been revoked" },
  });
  const late = code();
  await b.clock.advance(20 * 60_000);
  const expired = await exchange(b, { grant_type: "authorization_code", code: late });
  expect(expired.body.hint).toBe("Authorization code has expired");
});

test("a refresh token is spent by its first use and form bodies are accepted", async () => {
  const b = bench();
  const code = new URL(b.portal.grant("s")).searchParams.get("code") ?? "";
  const { body } = await exchange(b, { grant_type: "authorization_code", code });
  const fresh = await exchange(b, {
    grant_type: "refresh_token",
    refresh_token: body.refresh_token,
  });
  expect(fresh.status).toBe(200);
  const spent = await exchange(b, {
    grant_type: "refresh_token",
    refresh_token: body.refresh_token,
  });
  expect(spent).toMatchObject({ status: 400, body: { hint: "Token has been revoked" } });
  const form = new URLSearchParams({
    client_id: CLIENT_ID,
    client_secret: "s".repeat(64),
    redirect_uri: "https://app.example.com/amocrm/oauth",
    grant_type: "refresh_token",
    refresh_token: fresh.body.refresh_token,
  });
  const answer = await b.sandbox.fetch(
    new Request("https://example.amocrm.ru/oauth2/access_token", { method: "POST", body: form }),
  );
  expect(answer.status).toBe(200);
});

test("a marketplace install calls the redirect URI once from the server, whatever comes back", async () => {
  const b = bench();
  b.setRespond(() => new Response(null, { status: 500 }));
  await b.portal.install();
  expect(b.delivered).toHaveLength(1);
  const url = new URL(b.delivered[0]?.url ?? "");
  expect(url.searchParams.get("from_widget")).toBe("1");
  expect(url.searchParams.has("state")).toBe(false);
  const code = url.searchParams.get("code") ?? "";
  expect((await exchange(b, { grant_type: "authorization_code", code })).status).toBe(200);
});

test("a renamed account is found through the API host and the old host answers 404", async () => {
  const b = bench();
  const code = new URL(b.portal.grant("s")).searchParams.get("code") ?? "";
  const { body } = await exchange(b, { grant_type: "authorization_code", code });
  b.portal.rename("newname");
  const old = await b.sandbox.fetch(new Request("https://example.amocrm.ru/api/v4/account"));
  expect(old.status).toBe(404);
  const where = await b.sandbox.fetch(
    new Request("https://api-b.amocrm.ru/oauth2/account/current/subdomain", {
      headers: { "x-refresh-token": body.refresh_token },
    }),
  );
  expect(await where.json()).toEqual({
    id: Number(b.portal.accountId),
    subdomain: "newname",
    domain: "newname.amocrm.ru",
    top_level_domain: "ru",
  });
  const fields = { grant_type: "refresh_token", refresh_token: body.refresh_token };
  expect((await exchange(b, fields, "newname.amocrm.ru")).status).toBe(200);
});

test("uninstalling kills the tokens and sends the signed disconnect hook", async () => {
  const b = bench();
  const call = caller(b, await login(b));
  expect((await call("GET", "/api/v4/account")).status).toBe(200);
  await b.portal.uninstall({ erase: true });
  const hook = new URL(b.delivered[0]?.url ?? "");
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode("s".repeat(64)),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const text = new TextEncoder().encode(`${CLIENT_ID}|${b.portal.accountId}`);
  const expected = Buffer.from(await crypto.subtle.sign("HMAC", key, text)).toString("hex");
  expect(hook.searchParams.get("signature")).toBe(expected);
  const refused = await call("GET", "/api/v4/account");
  expect(refused).toMatchObject({ status: 401, type: "application/problem+json" });
});

test("a disposable token is signed with the secret and reused for 25 minutes", async () => {
  const b = bench();
  const token = await b.portal.disposableToken(1);
  expect(await b.portal.disposableToken(1)).toBe(token);
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  expect(claims).toMatchObject({
    iss: "https://example.amocrm.ru",
    aud: "https://app.example.com",
    client_uuid: CLIENT_ID,
    user_id: Number(b.portal.users[1]?.id),
    is_admin: false,
  });
  expect(claims.exp - claims.iat).toBe(1800);
  await b.clock.advance(25 * 60_000);
  expect(await b.portal.disposableToken(1)).not.toBe(token);
});

test("a button that creates its integration posts the keys first and insists on 200", async () => {
  const b = bench();
  const button = {
    redirectUri: "https://app.example.com/amocrm/oauth",
    secretsUri: "https://app.example.com/amocrm/secrets",
    state: "st4te",
    name: "Client Pulse",
  };
  const back = new URL(await b.portal.grantExternal(button));
  const keys = JSON.parse(b.delivered[0]?.body ?? "{}");
  expect(keys.client_id).toBe(back.searchParams.get("client_id"));
  b.setRespond(() => new Response(null, { status: 204 }));
  await expect(b.portal.grantExternal(button)).rejects.toThrow("Code 204");
});

test("the same seed gives the same tokens", async () => {
  const [one, two] = [bench({}, 7), bench({}, 7)];
  expect(await login(one)).toBe(await login(two));
  await settle();
});
