import type { Account } from "./account.ts";
import { uuidFrom } from "./account.ts";
import { json, typed } from "./answer.ts";
import { signJwt } from "./jwt.ts";
import { type Settings, seconds } from "./options.ts";

const CODE_SECONDS = 20 * 60;
const ACCESS_SECONDS = 86_400;
const REFRESH_SECONDS = 90 * 86_400;

/** What a developer enters in the integration's settings. */
export interface Integration {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly disconnectUri?: string;
  readonly name?: string;
}

interface Grant {
  readonly account: Account;
  readonly clientId: string;
  readonly userId: number;
  expiresAt: number;
  isSpent: boolean;
}

interface Access {
  readonly account: Account;
  readonly clientId: string;
  readonly userId: number;
}

/** Codes and tokens of all accounts. */
export class Grants {
  readonly integrations = new Map<string, Integration>();
  readonly #settings: Settings;
  readonly #codes = new Map<string, Grant>();
  readonly #refresh = new Map<string, Grant>();
  readonly #access = new Map<string, Grant>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  newCode(account: Account, clientId: string, userId: number): string {
    const code = this.#opaque();
    this.#codes.set(code, this.#grant(account, clientId, userId, CODE_SECONDS));
    return code;
  }

  #grant(account: Account, clientId: string, userId: number, life: number): Grant {
    return { account, clientId, userId, expiresAt: seconds(this.#settings) + life, isSpent: false };
  }

  #opaque(): string {
    const bytes = this.#settings.random.bytes(40);
    return `def50200${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }

  /** The living access behind a bearer token. */
  access(token: string): Access | null {
    const grant = this.#access.get(token);
    if (grant === undefined || grant.isSpent || grant.expiresAt <= seconds(this.#settings))
      return null;
    return grant;
  }

  /** The account behind a living refresh token; does not spend it. */
  accountOfRefresh(token: string): Account | null {
    const grant = this.#refresh.get(token);
    return grant === undefined || grant.isSpent ? null : grant.account;
  }

  /** Kills tokens of an account: of one integration, or of all. */
  revoke(account: Account, what: "access" | "all", clientId?: string): void {
    const maps = what === "access" ? [this.#access] : [this.#access, this.#refresh, this.#codes];
    for (const map of maps)
      for (const grant of map.values())
        if (grant.account === account && (clientId === undefined || grant.clientId === clientId))
          grant.isSpent = true;
  }

  /** A token that a person made in the account's settings: no refresh, administrator rights. */
  async longLived(
    account: Account,
    clientId: string,
    userId: number,
    days: number,
  ): Promise<string> {
    return this.#newAccess(account, clientId, userId, days * 86_400);
  }

  /** `POST /oauth2/access_token`. */
  async exchange(account: Account, input: ReadonlyMap<string, string>): Promise<Response> {
    const integration = this.integrations.get(input.get("client_id") ?? "");
    if (integration === undefined || integration.clientSecret !== input.get("client_secret"))
      return oauthProblem(401, "Client authentication failed");
    if (input.get("redirect_uri") !== integration.redirectUri)
      return oauthProblem(400, "Check the `redirect_uri` parameter");
    const type = input.get("grant_type");
    if (type === "authorization_code")
      return this.#byCode(account, integration, input.get("code") ?? "");
    if (type === "refresh_token")
      return this.#byRefresh(account, integration, input.get("refresh_token") ?? "");
    return oauthProblem(400, "Check the `grant_type` parameter");
  }

  async #byCode(account: Account, integration: Integration, code: string): Promise<Response> {
    const grant = this.#codes.get(code);
    if (grant === undefined || grant.account !== account || grant.clientId !== integration.clientId)
      return oauthProblem(400, "Cannot decrypt the authorization code");
    if (grant.isSpent) return oauthProblem(400, "Authorization code has been revoked");
    if (grant.expiresAt <= seconds(this.#settings))
      return oauthProblem(400, "Authorization code has expired");
    grant.isSpent = true;
    return this.#pair(grant);
  }

  async #byRefresh(account: Account, integration: Integration, token: string): Promise<Response> {
    const grant = this.#refresh.get(token);
    if (grant === undefined) return oauthProblem(400, "Invalid refresh token");
    if (grant.account !== account || grant.clientId !== integration.clientId)
      return oauthProblem(400, "Token is not linked to client");
    if (grant.isSpent) return oauthProblem(400, "Token has been revoked");
    if (grant.expiresAt <= seconds(this.#settings)) return oauthProblem(400, "Token has expired");
    grant.isSpent = true;
    if (!this.#settings.oldAccessSurvivesRefresh)
      this.revoke(account, "access", integration.clientId);
    return this.#pair(grant);
  }

  async #pair(grant: Grant): Promise<Response> {
    const { account, clientId, userId } = grant;
    const refresh = this.#opaque();
    this.#refresh.set(refresh, this.#grant(account, clientId, userId, REFRESH_SECONDS));
    return json({
      token_type: "Bearer",
      expires_in: ACCESS_SECONDS,
      server_time: seconds(this.#settings),
      access_token: await this.#newAccess(account, clientId, userId, ACCESS_SECONDS),
      refresh_token: refresh,
    });
  }

  async #newAccess(
    account: Account,
    clientId: string,
    userId: number,
    life: number,
  ): Promise<string> {
    const now = seconds(this.#settings);
    const jti = uuidFrom(this.#settings.random);
    const host = new URL(this.#settings.accountOrigin(account.subdomain)).host;
    const token = await signJwt(
      {
        aud: clientId,
        jti,
        iat: now,
        nbf: now,
        exp: now + life,
        sub: String(userId),
        grant_type: "",
        account_id: account.id,
        base_domain: host.split(".").slice(-2).join("."),
        version: 2,
        scopes: ["push_notifications", "files", "crm", "files_delete", "notifications"],
        api_domain: new URL(this.#settings.apiOrigin()).host,
      },
      `sandbox key of ${jti}`,
    );
    this.#access.set(token, this.#grant(account, clientId, userId, life));
    return token;
  }
}

function oauthProblem(status: number, hint: string): Response {
  const body = {
    hint,
    title: "Некорректный запрос",
    type: "https://developers.amocrm.ru/v3/errors/OAuthProblemJson",
    status,
    detail: "В запросе отсутствует ряд параметров или параметры невалидны",
  };
  return typed(JSON.stringify(body), status, "application/problem+json");
}
