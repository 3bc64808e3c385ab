import { AppError, errorCode } from "../crm/error.ts";
import type { AppRegistration, Grant, Host } from "../crm/host.ts";
import type { PortalKey } from "../crm/portal-key.ts";
import type { Clock, Instant, Log, Transport, Vault } from "../crm/ports.ts";
import type { Lock } from "./lock.ts";
import { enterTrouble, readPortal } from "./portal-row.ts";
import type { Sql, SqlReader } from "./sql.ts";

export interface TokenRow {
  readonly access_sealed: string;
  readonly refresh_sealed: string;
  readonly access_expires_at: Instant;
  readonly refreshed_at: Instant;
  readonly version: number;
  readonly refresh_attempt_at: Instant | null;
  /** Made by hand in the CRM: never refreshed, and its end is final. */
  readonly is_static: number;
  readonly registration_sealed: string | null;
}

export interface CurrentToken {
  readonly accessToken: string;
  readonly endpoint: string;
  readonly version: number;
  readonly expiresAt: Instant;
  readonly isStatic: boolean;
}

export interface Tokens {
  /** Throws AppError `host.token_revoked` when there is none. */
  current(): Promise<CurrentToken>;
  /**
   * Replaces the pair unless somebody else has already replaced that version. The new pair is committed before anybody
   * can use it. Throws AppError `host.token_revoked` (state `reconnect`) or what the token server's failure means.
   */
  refresh(seenVersion: number): Promise<void>;
  /** Keys that only this portal has; null when it uses the configured ones. */
  registration(): Promise<AppRegistration | null>;
  /** Resolves when no refresh is under way. */
  idle(): Promise<void>;
}

export interface TokensParts {
  readonly sql: Sql;
  readonly host: Host;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly vault: Vault;
  readonly lock: Lock;
  readonly log: Log;
}

export function readToken(sql: SqlReader): TokenRow | undefined {
  return sql.get<TokenRow>("select * from token");
}

/** Time for a person to make another one. */
const LAST_DAYS_MS = 14 * 86_400_000;

/** A token made by hand has a last day, and nothing renews it. */
export function endsSoon(sql: SqlReader, now: Instant): boolean {
  const token = readToken(sql);
  return token?.is_static === 1 && token.access_expires_at - now < LAST_DAYS_MS;
}

export function makeTokens(parts: TokensParts): Tokens {
  const { sql, clock, vault, lock } = parts;
  let opened: { version: number; accessToken: string } | null = null;
  let failures = 0;
  let lastFailure: unknown = null;

  return {
    async current() {
      const { portal, token } = present(sql);
      if (opened?.version !== token.version) {
        const accessToken = await vault.open(token.access_sealed, accessPlace(portal.key));
        opened = { version: token.version, accessToken };
      }
      return {
        accessToken: opened.accessToken,
        endpoint: portal.endpoint,
        version: token.version,
        expiresAt: token.access_expires_at,
        isStatic: token.is_static === 1,
      };
    },
    refresh(seenVersion) {
      const asked = failures;
      return lock.run(async () => {
        const { portal, token } = present(sql);
        if (token.version !== seenVersion) return;
        // Whoever waited for a try that failed has their answer: another one would only hammer the server.
        if (failures > asked) throw lastFailure;
        if (token.is_static === 1) return await relocate(parts, token);
        const refreshToken = await vault.open(token.refresh_sealed, refreshPlace(portal.key));
        // A crash between here and the commit leaves a spent token: the attempt is the only trace of it.
        sql.run("update token set refresh_attempt_at = ?", clock.now());
        const grant = await spend(parts, refreshToken, seenVersion).catch((cause: unknown) => {
          failures += 1;
          lastFailure = cause;
          throw cause;
        });
        if (!grant) return;
        const sealed = await sealPair(vault, grant);
        sql.transaction(() => storeRefreshed(sql, grant, sealed, seenVersion, clock.now()));
      });
    },
    registration: () => openRegistration(sql, vault),
    idle: () => lock.run(async () => undefined),
  };
}

/**
 * A token made by hand opened nothing. The account may have moved; else there is nothing to renew it with: a person has to
 * make another one, or connect the account by the button.
 */
async function relocate({ sql, host, transport, clock, vault }: TokensParts, token: TokenRow) {
  const { portal } = present(sql);
  const accessToken = await vault.open(token.access_sealed, accessPlace(portal.key));
  const { key, endpoint } = portal;
  const found = await host.tokens.locate?.({ key, endpoint, accessToken }, transport);
  if (!found || found === endpoint) {
    enterTrouble(sql, "reconnect", "token_revoked", clock.now());
    throw new AppError("host.token_revoked", { details: { isStatic: true } });
  }
  sql.transaction(() => {
    sql.run("update portal set endpoint = ?", found);
    // Others that failed at the old address look at the new one instead of asking again.
    sql.run("update token set version = version + 1");
  });
}

/** null = the token was refused, but the row holds a newer one by now. */
async function spend(
  { sql, host, transport, clock, log, vault }: TokensParts,
  refreshToken: string,
  seenVersion: number,
): Promise<Grant | null> {
  const portal = readPortal(sql);
  if (!portal) throw new AppError("host.token_revoked");
  const { key, endpoint, token_server: tokenServer } = portal;
  const registration = await openRegistration(sql, vault);
  try {
    const grant = await host.tokens.refresh(
      { key, endpoint, tokenServer, refreshToken, ...(registration ? { registration } : {}) },
      transport,
      clock,
    );
    if (grant.key !== key) throw new AppError("host.token_revoked", { details: { other: true } });
    return grant;
  } catch (cause) {
    const code = errorCode(cause);
    if (code === "config.invalid") log.error("config.client_refused", { portal: key });
    else log.warn("token.refresh_failed", { portal: key, code });
    const isFinal = code === "host.token_revoked" || code === "host.portal_deleted";
    if (isFinal && readToken(sql)?.version !== seenVersion) return null;
    if (code === "host.token_revoked") enterTrouble(sql, "reconnect", "token_revoked", clock.now());
    if (code === "host.portal_deleted") {
      enterTrouble(sql, "suspended", "portal_deleted", clock.now());
    }
    if (code === "host.payment_required") {
      enterTrouble(sql, "payment_required", "token_server", clock.now());
    }
    throw cause;
  }
}

async function openRegistration(sql: SqlReader, vault: Vault): Promise<AppRegistration | null> {
  const portal = readPortal(sql);
  const sealed = readToken(sql)?.registration_sealed ?? null;
  if (!portal || sealed === null) return null;
  return JSON.parse(await vault.open(sealed, registrationPlace(portal.key))) as AppRegistration;
}

export interface SealedPair {
  readonly access: string;
  readonly refresh: string;
  readonly registration: string | null;
}

export async function sealPair(vault: Vault, grant: Grant): Promise<SealedPair> {
  return {
    access: await vault.seal(grant.accessToken, accessPlace(grant.key)),
    refresh: await vault.seal(grant.refreshToken, refreshPlace(grant.key)),
    registration: grant.registration
      ? await vault.seal(JSON.stringify(grant.registration), registrationPlace(grant.key))
      : null,
  };
}

/** Stores a pair that came from an installation, whatever was there before. */
export function storeGranted(sql: Sql, grant: Grant, sealed: SealedPair, now: Instant): void {
  sql.run(
    `insert into token (id, access_sealed, refresh_sealed, access_expires_at, refreshed_at, version, refresh_attempt_at,
       is_static, registration_sealed)
     values (1, ?, ?, ?, ?, 1, null, ?, ?)
     on conflict (id) do update set access_sealed = excluded.access_sealed,
       refresh_sealed = excluded.refresh_sealed, access_expires_at = excluded.access_expires_at,
       refreshed_at = excluded.refreshed_at, version = token.version + 1, refresh_attempt_at = null,
       is_static = excluded.is_static, registration_sealed = excluded.registration_sealed`,
    sealed.access,
    sealed.refresh,
    Math.round(grant.accessExpiresAt),
    now,
    Number(grant.isStatic === true),
    sealed.registration,
  );
}

/** Does nothing when a reinstallation has brought another pair meanwhile: that one is younger. */
function storeRefreshed(
  sql: Sql,
  grant: Grant,
  sealed: SealedPair,
  seenVersion: number,
  now: Instant,
): void {
  const changed = sql.get(
    `update token set access_sealed = ?, refresh_sealed = ?, access_expires_at = ?, refreshed_at = ?,
       version = version + 1, refresh_attempt_at = null where version = ? returning version`,
    sealed.access,
    sealed.refresh,
    Math.round(grant.accessExpiresAt),
    now,
    seenVersion,
  );
  if (!changed) return;
  sql.run(
    "update portal set endpoint = ?, token_server = ?, scopes = ?",
    grant.endpoint,
    grant.tokenServer,
    JSON.stringify(grant.scopes),
  );
}

function present(sql: SqlReader) {
  const portal = readPortal(sql);
  const token = readToken(sql);
  if (!portal || !token) throw new AppError("host.token_revoked");
  return { portal, token };
}

function accessPlace(key: PortalKey): string {
  return `${key}/token/access`;
}

function registrationPlace(key: PortalKey): string {
  return `${key}/token/registration`;
}

function refreshPlace(key: PortalKey): string {
  return `${key}/token/refresh`;
}
