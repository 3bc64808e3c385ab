import { type Account, uuidFrom } from "./account.ts";
import { Grants, type Integration } from "./grants.ts";
import { HookSender } from "./hooks.ts";
import { hmacHex, signJwt } from "./jwt.ts";
import { Limiter } from "./limiter.ts";
import type { User } from "./model.ts";
import { type Settings, seconds } from "./options.ts";

const TOKEN_CACHE_SECONDS = 25 * 60;
const TOKEN_SECONDS = 30 * 60;

/** Files of a widget archive as its developer uploads it, and the settings a person saved. */
export interface WidgetSetup {
  /** Path in the archive to text: `script.js`, `manifest.json`, `i18n/ru.json`. */
  readonly files: Readonly<Record<string, string>>;
  /** What `get_settings()` adds to the platform's own keys. */
  readonly params?: Readonly<Record<string, string>>;
  /** Code in paths; default `client_pulse`. */
  readonly code?: string;
  /** `frame-src` of the CRM's pages, for a browser that is to refuse frames; default none is sent. */
  readonly frameSources?: string;
  /** Integration that the widget belongs to; default the first one. */
  readonly clientId?: string;
}

/** Everything that the accounts of one sandbox share. */
export class World {
  readonly settings: Settings;
  readonly grants: Grants;
  readonly limiter: Limiter;
  readonly accounts: Account[] = [];
  readonly unimplemented = new Set<string>();
  widget: WidgetSetup | null = null;
  readonly #senders = new Map<Account, HookSender>();
  readonly #installed = new Set<string>();
  readonly #tokens = new Map<string, { readonly token: string; readonly until: number }>();
  #hosts = new Map<string, Account>();

  constructor(settings: Settings) {
    this.settings = settings;
    this.grants = new Grants(settings);
    this.limiter = new Limiter(settings);
  }

  add(account: Account): HookSender {
    const sender = new HookSender(account, this.settings);
    this.accounts.push(account);
    this.#senders.set(account, sender);
    return sender;
  }

  sender(account: Account): HookSender {
    return this.#senders.get(account) ?? this.add(account);
  }

  origin(account: Account): string {
    return this.settings.accountOrigin(account.subdomain);
  }

  /** Origins may change under us (ports, renames), so a hit is checked and a miss looks again. */
  accountAt(host: string): Account | undefined {
    const known = this.#hosts.get(host);
    if (known !== undefined && new URL(this.origin(known)).host === host) return known;
    this.#hosts = new Map(
      this.accounts.map((account) => [new URL(this.origin(account)).host, account]),
    );
    return this.#hosts.get(host);
  }

  integration(clientId?: string): Integration {
    const all = this.grants.integrations;
    const found = clientId === undefined ? [...all.values()][0] : all.get(clientId);
    if (found === undefined) throw new Error("no integration is registered in the sandbox");
    return found;
  }

  isInstalled(account: Account, clientId: string): boolean {
    return this.#installed.has(`${account.id}:${clientId}`);
  }

  /** The person agrees: what a browser is then sent to. */
  grantUrl(
    account: Account,
    user: User,
    integration: Integration,
    more: Readonly<Record<string, string>>,
  ): string {
    this.#installed.add(`${account.id}:${integration.clientId}`);
    const url = new URL(integration.redirectUri);
    url.searchParams.set("code", this.grants.newCode(account, integration.clientId, user.id));
    const host = new URL(this.origin(account)).host;
    url.searchParams.set("referer", host);
    url.searchParams.set("platform", /(^|\.)kommo\.com/.test(host) ? "2" : "1");
    url.searchParams.set("client_id", integration.clientId);
    for (const [key, value] of Object.entries(more)) url.searchParams.set(key, value);
    return url.toString();
  }

  /** Marketplace: one GET from the platform's server, 3 s, the answer is not looked at. */
  async installFromMarket(account: Account, user: User, integration: Integration): Promise<void> {
    const url = this.grantUrl(account, user, integration, { from_widget: "1" });
    const wait = Math.max(250, 3_000 / this.settings.speed);
    const status = await Promise.race([
      this.#reach(url),
      this.settings.clock.sleep(wait).then(() => 499),
    ]);
    const at = this.settings.clock.now();
    account.note({ at, call: "hook install", status, isWrite: false });
  }

  /** Tokens die, then the signed disconnect hook goes out once. */
  async disconnect(account: Account, integration: Integration): Promise<void> {
    this.#installed.delete(`${account.id}:${integration.clientId}`);
    this.grants.revoke(account, "all", integration.clientId);
    if (this.settings.uninstallDropsHooks) account.webhooks.length = 0;
    if (integration.disconnectUri === undefined) return;
    const url = new URL(integration.disconnectUri);
    url.searchParams.set("account_id", String(account.id));
    url.searchParams.set("client_uuid", integration.clientId);
    const message = `${integration.clientId}|${account.id}`;
    url.searchParams.set("signature", await hmacHex(integration.clientSecret, message));
    const status = await this.#reach(url.toString());
    const at = this.settings.clock.now();
    account.note({ at, call: "hook disconnect", status, isWrite: false });
  }

  async #reach(url: string): Promise<number> {
    try {
      return (await this.settings.deliver(new Request(url, { redirect: "manual" }))).status;
    } catch {
      return 0;
    }
  }

  /** Button that creates an integration: keys first, demanding exactly 200, then the address with the code. */
  async grantExternal(
    account: Account,
    user: User,
    button: {
      readonly redirectUri: string;
      readonly secretsUri: string;
      readonly state: string;
      readonly name: string;
    },
  ): Promise<string> {
    const integration: Integration = {
      clientId: uuidFrom(this.settings.random),
      clientSecret: [...this.settings.random.bytes(32)]
        .map((byte) => byte.toString(16).padStart(2, "0"))
        .join(""),
      redirectUri: button.redirectUri,
      name: button.name,
    };
    const body = JSON.stringify({
      client_id: integration.clientId,
      client_secret: integration.clientSecret,
      state: button.state,
    });
    const headers = { "content-type": "application/json" };
    const request = new Request(button.secretsUri, { method: "POST", headers, body });
    const answer = await this.settings.deliver(request);
    if (answer.status !== 200) throw new Error(`Code ${answer.status}`);
    this.grants.integrations.set(integration.clientId, integration);
    return this.grantUrl(account, user, integration, { state: button.state });
  }

  /** The one-time token of a person in the CRM page; the page keeps it for 25 minutes. */
  async disposableToken(account: Account, user: User, integration: Integration): Promise<string> {
    const key = `${account.id}:${user.id}:${integration.clientId}`;
    const now = seconds(this.settings);
    const cached = this.#tokens.get(key);
    if (cached !== undefined && cached.until > now) return cached.token;
    const token = await signJwt(
      {
        iss: this.origin(account),
        aud: new URL(integration.redirectUri).origin,
        jti: uuidFrom(this.settings.random),
        iat: now,
        nbf: now,
        exp: now + TOKEN_SECONDS,
        account_id: account.id,
        subdomain: account.subdomain,
        client_uuid: integration.clientId,
        user_id: user.id,
        is_admin: user.isAdmin,
      },
      integration.clientSecret,
    );
    this.#tokens.set(key, { token, until: now + TOKEN_CACHE_SECONDS });
    return token;
  }

  forgetDisposableTokens(): void {
    this.#tokens.clear();
  }
}
