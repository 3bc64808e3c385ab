import type { Account } from "./account.ts";
import { html, problem } from "./answer.ts";
import type { Integration } from "./grants.ts";
import type { User } from "./model.ts";
import type { World } from "./world.ts";

/** The consent screen: GET shows who may agree where, POST agrees or refuses. */

export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

interface Ask {
  readonly integration: Integration;
  readonly state: string;
  readonly mode: string;
}

export function serveConsent(world: World, request: Request, url: URL, text: string): Response {
  const params = request.method === "POST" ? new URLSearchParams(text) : url.searchParams;
  if (url.pathname !== "/oauth" && url.pathname !== "/oauth/")
    return problem(404, "Resource not found");
  const integration = world.grants.integrations.get(params.get("client_id") ?? "");
  if (integration === undefined) return html("<h1>Integration not found</h1>", 404);
  const ask: Ask = {
    integration,
    state: params.get("state") ?? "",
    mode: params.get("mode") ?? "",
  };
  return request.method === "POST" ? decide(world, params, ask) : screen(world, ask);
}

function screen(world: World, ask: Ask): Response {
  const admins = world.accounts.flatMap((account) =>
    account.users
      .filter((user) => user.isAdmin && user.isActive)
      .map((user) => ({ account, user })),
  );
  const choices = admins.map(({ account, user }) => choice(account, user)).join("");
  const hidden = (name: string, value: string) =>
    `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`;
  const name = escapeHtml(ask.integration.name ?? ask.integration.clientId);
  return html(
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>Access request</title></head><body>
<h1>${name} asks for access</h1><form method="post" action="/oauth">
${hidden("client_id", ask.integration.clientId)}${hidden("state", ask.state)}${hidden("mode", ask.mode)}
<label>Account <select name="who">${choices}</select></label>
<p>Scopes: crm, notifications</p>
<button name="answer" value="grant">Allow</button> <button name="answer" value="refuse">Refuse</button>
</form></body></html>`,
  );
}

function choice(account: Account, user: User): string {
  const label = escapeHtml(`${account.subdomain} — ${user.email}`);
  return `<option value="${account.id}:${user.id}">${label}</option>`;
}

function decide(world: World, params: URLSearchParams, ask: Ask): Response {
  if (params.get("answer") === "refuse") {
    const url = new URL(ask.integration.redirectUri);
    url.searchParams.set("error", "access_denied");
    url.searchParams.set("client_id", ask.integration.clientId);
    url.searchParams.set("state", ask.state);
    return send(url.toString(), ask.mode);
  }
  const [accountId, userId] = (params.get("who") ?? "").split(":").map(Number);
  const account = world.accounts.find((row) => row.id === accountId);
  const user = account?.user(userId ?? 0);
  if (account === undefined || user === undefined || !user.isAdmin)
    return problem(403, "Access denied");
  return send(world.grantUrl(account, user, ask.integration, { state: ask.state }), ask.mode);
}

/** `popup` sends the opener; `post_message` and no mode go on in the same window. */
function send(location: string, mode: string): Response {
  if (mode !== "popup") return new Response(null, { status: 302, headers: { location } });
  const target = JSON.stringify(location).replaceAll("<", "\\u003c");
  return html(
    `<!doctype html><script>const to = ${target};
if (window.opener) { window.opener.location = to; window.close(); } else { window.location = to; }</script>`,
  );
}
