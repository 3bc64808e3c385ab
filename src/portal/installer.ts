import type { InstallOptions, SetUpOptions } from "../crm/door.ts";
import { errorCode, isRetryable } from "../crm/error.ts";
import type { Grant, Host, HostLink, PortalSetup } from "../crm/host.ts";
import { type PortalKey, parsePortalKey } from "../crm/portal-key.ts";
import type { Clock, Instant, Log, Random, Vault } from "../crm/ports.ts";
import { planQueue } from "./change-queue.ts";
import { storeWarnings } from "./id-scan.ts";
import { clearPause, HOST_PAUSE } from "./pauses.ts";
import { endPaymentPause, notePayment } from "./payment.ts";
import {
  ERASE_WISH,
  healthyState,
  type PortalRow,
  readPortal,
  readScopes,
  setState,
} from "./portal-row.ts";
import { purge } from "./purge.ts";
import { planPurchases } from "./rebuild-purchases.ts";
import { beginScan, finishScan, hastenScan, planScan, readScan } from "./scans.ts";
import type { Sql } from "./sql.ts";
import type { Sync } from "./sync.ts";
import { sealPair, storeGranted } from "./tokens.ts";

const SECRET_BYTES = 20;
const DAY_MS = 86_400_000;
/** A set-up that keeps failing does not hold the data back for ever: hooks are an extra, the poll finds everything. */
const PREPARE_ATTEMPTS = 5;
const PREPARE_FAILED = "prepare_failed";
/** Messages that prove nothing do not make us look at the portal more often than this. */
const HINT_SPACING_MS = 60_000;
/** A licence is paid by people. */
const UNPAID_LOOK_MS = 3_600_000;
const NO_SECRET: HookSecret = { sealed: null, hash: null };

export interface InstallerParts {
  readonly sql: Sql;
  readonly host: Host;
  readonly link: HostLink;
  readonly sync: Sync;
  readonly clock: Clock;
  readonly random: Random;
  readonly vault: Vault;
  readonly log: Log;
  readonly publicUrl: string;
  /** How much faster than life the clock of repeated looks runs. */
  readonly policy?: { readonly speed: number };
}

export interface Installer {
  /** Creates the portal, or renews its grant and keeps its data. */
  install(grant: Grant, options: InstallOptions): Promise<void>;
  confirm(): void;
  /** Tokens are gone when it returns. */
  uninstall(options: { readonly erase: boolean }): void;
  setUpAgain(options: SetUpOptions): Promise<void>;
  /** Reads who the portal is and sets it up; then the first sync may start. Throws what the host threw. */
  prepare(): Promise<void>;
}

export function makeInstaller(parts: InstallerParts): Installer {
  const { sql, clock, vault, log } = parts;
  return {
    async install(grant, options) {
      const { accountId, product } = parsePortalKey(grant.key);
      const known = readPortal(sql);
      const isBack = known !== undefined && known.state !== "suspended" && known.state !== "purged";
      // The hook address that the CRM already knows stays good when a live portal is installed again.
      const secret = options.hookSecret ?? (isBack ? null : makeSecret(parts.random));
      const sealed = await sealPair(vault, grant);
      const hook = secret === null ? NO_SECRET : await sealHook(vault, grant.key, secret);
      sql.transaction(() => {
        const now = clock.now();
        // The wish to erase is kept, also by whoever changes their mind before its day has come.
        if (readPortal(sql)?.state_reason === ERASE_WISH) purge(sql, now);
        putPortal(sql, { grant, options, accountId, product, hook, now });
        storeGranted(sql, grant, sealed, now);
        clearPause(sql, HOST_PAUSE);
        setState(sql, healthyState(sql), null, now);
        planScan(sql, "prepare", "portal", { nextAt: now });
        if (known && !isBack) catchUp(sql, now);
      });
      log.info("portal.installed", { portal: grant.key, again: known !== undefined });
    },
    async setUpAgain({ hookSecret, isHint = false }) {
      const portal = readPortal(sql);
      if (!portal) return;
      const hook = hookSecret ? await sealHook(vault, portal.key, hookSecret) : NO_SECRET;
      sql.transaction(() => {
        const now = clock.now();
        storeHook(sql, hook);
        endPaymentPause(sql);
        const begunAt = readScan(sql, "prepare", "portal")?.started_at ?? 0;
        const nextAt = isHint ? Math.max(now, begunAt + HINT_SPACING_MS) : now;
        planScan(sql, "prepare", "portal", { nextAt });
      });
    },
    confirm() {
      sql.run("update portal set is_finished = 1");
      startFirstSync(parts);
    },
    uninstall({ erase }) {
      sql.transaction(() => {
        sql.run("delete from token");
        setState(sql, "suspended", erase ? ERASE_WISH : "uninstalled", clock.now());
      });
      log.info("portal.uninstalled", { portal: readPortal(sql)?.key ?? null, erase });
    },
    async prepare() {
      const portal = readPortal(sql);
      if (!portal) return;
      const row = readScan(sql, "prepare", "portal");
      // Whoever asks for it while it runs gets another one: what they changed may have been read already.
      if (row) beginScan(sql, row, { startSeq: 0, windowFromAt: null, now: clock.now() });
      const speed = parts.policy?.speed ?? 1;
      const account = await parts.host.check(parts.link);
      notePayment(sql, account.isPaid, clock.now());
      if (!account.isPaid) return lookLater(sql, clock.now(), UNPAID_LOOK_MS / speed);
      const locale = portal.locale || account.locale || "ru";
      sql.transaction(() => noteAccount(sql, portal, { ...account, locale }, clock.now()));
      const warnings = await setUp(parts, { ...portal, locale });
      sql.transaction(() => {
        const now = clock.now();
        sql.run("update portal set prepared_at = ?", now);
        storeWarnings(sql, warnings);
        finishScan(
          sql,
          { job: "prepare", entity: "portal" },
          { now, nextAt: now + DAY_MS / speed },
        );
        startFirstSync(parts);
        planQueue(sql, parts.host, now);
      });
    },
  };
}

/** Only the next look is planned: nothing else is read meanwhile. */
function lookLater(sql: Sql, now: Instant, pauseMs: number): void {
  finishScan(sql, { job: "prepare", entity: "portal" }, { now, nextAt: now + pauseMs });
}

/** What the portal's set-up is made with: the address of its hooks holds its secret. */
export async function readSetup(
  { host, vault, publicUrl }: Pick<InstallerParts, "host" | "vault" | "publicUrl">,
  portal: PortalRow,
): Promise<PortalSetup> {
  const secret = await vault.open(portal.hook_secret_sealed, hookPlace(portal.key));
  return {
    hookUrl: `${publicUrl}${host.hookPath(secret)}`,
    publicUrl,
    locale: portal.locale,
    userId: portal.installer_id,
    scopes: readScopes(portal),
  };
}

/** Subscribes hooks, places and fields. A refusal that will not change by itself becomes a warning. */
async function setUp(
  { sql, host, link, vault, log, publicUrl }: InstallerParts,
  portal: PortalRow,
): Promise<readonly string[]> {
  const setup = await readSetup({ host, vault, publicUrl }, portal);
  try {
    const { memo, warnings } = await host.prepare(link, setup);
    sql.run("update portal set memo = ?", JSON.stringify(memo));
    return warnings;
  } catch (cause) {
    const attempts = readScan(sql, "prepare", "portal")?.attempts ?? 0;
    if (isRetryable(cause) && attempts < PREPARE_ATTEMPTS) throw cause;
    if (errorCode(cause) === "host.token_revoked") throw cause;
    log.warn("portal.prepare_failed", { portal: portal.key, code: errorCode(cause) });
    return [PREPARE_FAILED];
  }
}

/** Needs the account's currency and zone, and the person to have finished the installer. */
function startFirstSync({ sql, sync, clock }: InstallerParts): void {
  const portal = readPortal(sql);
  if (portal?.is_finished === 1 && portal.prepared_at !== null) sync.planFirst(clock.now());
}

function noteAccount(
  sql: Sql,
  before: PortalRow,
  account: { timeZone: string; currency: string; locale: string },
  now: Instant,
): void {
  sql.run(
    "update portal set time_zone = ?, currency = ?, locale = ?",
    account.timeZone,
    account.currency,
    account.locale,
  );
  const isMoved = before.time_zone !== account.timeZone || before.currency !== account.currency;
  if (isMoved && before.prepared_at !== null) {
    // What was converted was converted into another currency.
    if (before.currency !== account.currency) {
      sql.run("update purchase set rate = null, rate_basis = null where rate is not null");
    }
    planPurchases(sql, now);
  }
}

function putPortal(
  sql: Sql,
  row: {
    grant: Grant;
    options: InstallOptions;
    accountId: string;
    product: string;
    hook: HookSecret;
    now: Instant;
  },
): void {
  const { grant, options, now } = row;
  sql.run(
    `insert into portal (id, key, product, account_id, endpoint, token_server, state, state_reason, state_since_at,
       installer_id, scopes, locale, time_zone, currency, client_rule, is_finished, memo, warnings,
       hook_secret_hash, hook_secret_sealed, installed_at, prepared_at)
     values (1, ?, ?, ?, ?, ?, 'installing', null, ?, ?, ?, ?, 'UTC', '', 'company_first', ?, '{}', '[]', '', '', ?, null)
     on conflict (id) do update set endpoint = excluded.endpoint, token_server = excluded.token_server,
       installer_id = excluded.installer_id, scopes = excluded.scopes, locale = excluded.locale,
       is_finished = case when portal.state in ('suspended', 'purged') then excluded.is_finished
         else max(portal.is_finished, excluded.is_finished) end`,
    grant.key,
    row.product,
    row.accountId,
    grant.endpoint,
    grant.tokenServer,
    now,
    grant.userId,
    JSON.stringify(grant.scopes),
    options.locale,
    Number(options.isFinished),
    now,
  );
  storeHook(sql, row.hook);
}

/** Changes of the time away are found by the next poll, what was deleted by the search of what vanished. */
function catchUp(sql: Sql, now: Instant): void {
  hastenScan(sql, "poll", null, now);
  hastenScan(sql, "ids", null, now);
}

interface HookSecret {
  readonly sealed: string | null;
  readonly hash: string | null;
}

async function sealHook(vault: Vault, key: PortalKey, secret: string): Promise<HookSecret> {
  return { sealed: await vault.seal(secret, hookPlace(key)), hash: await sha256Hex(secret) };
}

function storeHook(sql: Sql, { sealed, hash }: HookSecret): void {
  if (sealed === null || hash === null) return;
  sql.run("update portal set hook_secret_hash = ?, hook_secret_sealed = ?", hash, sealed);
}

function hookPlace(key: PortalKey): string {
  return `${key}/portal/hook_secret`;
}

function makeSecret(random: Random): string {
  return hex(random.bytes(SECRET_BYTES));
}

/** Lower-case hex SHA-256 of a text in UTF-8. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return hex(new Uint8Array(digest));
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
