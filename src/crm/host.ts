import type { Door, ErrandWork, Hint } from "./door.ts";
import type { AppError, ErrorCode } from "./error.ts";
import type { HostChangeQueue } from "./host-queue.ts";
import type {
  AutomationDraft,
  FlagDraft,
  HostAnswers,
  HostFields,
  HostWriter,
  NoteDraft,
  NoticeDraft,
  UndoOutcome,
  WriteKind,
} from "./host-writes.ts";
import type { PortalCheck } from "./portal-check.ts";
import type { PortalKey } from "./portal-key.ts";
import type { Clock, HttpRequest, HttpResponse, Instant, Log, Random, Transport } from "./ports.ts";
import type { ClientRef, MirrorRecord, PaymentKind, ScanEntity } from "./records.ts";

/**
 * What every CRM adapter offers. Five functions are required (`check`, `scan`, `mark`, `clientUrl`, `limits`); the rest
 * is declared in `capabilities` and nothing outside the adapter asks for a host's name.
 */
export interface Host {
  /** Products served by this adapter; the part of a portal key before the colon. */
  readonly products: readonly string[];
  readonly capabilities: Capabilities;
  readonly limits: HostLimits;
  /** A portal's own request rate where its plan has another than `limits`, from what `prepare` remembered; null = `limits`. */
  ratesOf?(memo: Memo): HostRates | null;

  /** Reads who the portal is with the stored token. Throws AppError `host.*`. */
  check(link: HostLink): Promise<HostAccount>;

  /** One slice of a scan. The cursor is the adapter's own text. Throws AppError `host.*`. */
  scan(link: HostLink, query: ScanQuery, cursor: string | null): Promise<ScanSlice>;

  /** Makes the client carry exactly this mark of ours; a no-op when it already does. Throws AppError `host.*`. */
  mark(link: HostLink, client: ClientRef, mark: ClientMark): Promise<MarkResult>;

  /**
   * The same for many clients in few requests, at most `limits.marksAtOnce`; one answer for each, in their order, so that
   * one that is refused costs the others nothing. Rejects only when nothing could be sent. Absent = one by one.
   */
  markMany?(
    link: HostLink,
    items: readonly { readonly client: ClientRef; readonly mark: ClientMark }[],
  ): Promise<readonly MarkOutcome[]>;

  /** Address of the client's card for a person. */
  clientUrl(account: HostAddress, client: ClientRef): string;
  dealUrl(account: HostAddress, dealId: string): string;

  /** What an HTTP answer means; the only place where a host's error vocabulary is known. */
  judge(response: HttpResponse): Verdict;

  /** Puts the access token where this host wants it. */
  authorise(request: HttpRequest, auth: HostAuth): HttpRequest;

  readonly tokens: HostTokens;
  /**
   * Where a person renews a dead connection: a path of ours with the button's flow. Absent = the next opening by somebody
   * who may is enough.
   */
  connectPath?(account: HostAddress): string;
  /**
   * A token made by hand in the CRM's settings, as an operator enters it. `address` is the account's host name, or null when
   * the token's own server is to be asked. Throws AppError `input.invalid`, `host.*`.
   */
  adoptToken?(
    entered: { readonly token: string; readonly address: string | null },
    ports: { readonly transport: Transport; readonly clock: Clock },
  ): Promise<Grant>;
  /** The host's routes of surface.md. */
  doors(): readonly Door[];
  /** What `Desk.later` may be asked for by these doors, by kind. */
  readonly errands?: Readonly<Record<string, ErrandWork>>;
  /**
   * Path of the route that takes this host's events, starting with `/`. Hosts that sign nothing carry the portal's secret
   * in it (`/amocrm/events/<secret>`); hosts that send a secret of their own ignore it (`/bitrix24/events`).
   */
  hookPath(secret: string): string;

  /**
   * Idempotent set-up on the portal: hook subscription, places, fields. Called after install, update and daily.
   * Returns what has to be remembered (field and option ids, hook address) for later calls, as `account.memo`.
   */
  prepare(link: HostLink, setup: PortalSetup): Promise<PreparedPortal>;

  /** Present where the host can keep changes until we have them. */
  readonly changeQueue?: HostChangeQueue;

  /** What of the set-up is missing or wrong at the portal, by reading only. Absent = nothing besides the connection. */
  verify?(link: HostLink, setup: PortalSetup): Promise<readonly PortalCheck[]>;

  /** Present when `capabilities.task` is not `none`. */
  readonly tasks?: HostTasks;
  /** Present when the capability of the same name is not `none`; see host-writes.ts. */
  readonly notes?: HostWriter<NoteDraft>;
  readonly fields?: HostFields;
  readonly flags?: HostWriter<FlagDraft>;
  readonly notices?: HostWriter<NoticeDraft>;
  readonly automation?: HostWriter<AutomationDraft>;
  readonly answers?: HostAnswers;
  /**
   * What of its capabilities this portal has, by what `prepare` remembered: a scope that was not granted or a field that
   * could not be made takes a kind away. Absent = everything that is declared.
   */
  offers?(memo: Memo): readonly WriteKind[];
  /** Present when `capabilities.embed` has a viewer to prove. Reads one record with the viewer's rights. */
  canViewerRead?(
    link: HostLink,
    viewer: ViewerProof,
    entity: CardEntity,
    id: string,
  ): Promise<boolean>;
}

export type CardEntity = "deal" | "contact" | "company";

export interface Capabilities {
  readonly install: "oauth-code" | "app-callback" | "pasted-secret" | "file";
  /** What `scan` can read; nothing else is asked for. What the portal's plan lacks is an empty, finished scan. */
  readonly reads: readonly ScanEntity[];
  /** Product rows can be asked for by their deals only: the first sync names them. Absent = they are listed by `all`. */
  readonly dealProducts?: "byDeal";
  /** Kinds of paid records among `payment`s that may be the money source; absent = none. */
  readonly payments?: readonly PaymentKind[];
  /** How changes are found without push. `since` = filter by update time; `scanHash` = full scan, compare. */
  readonly changes: "since" | "scanHash" | "none";
  readonly deletions: "idScan" | "none";
  readonly push: "hints" | "none";
  /** Does an own write come back as an event? */
  readonly echo: "remember" | "none";
  readonly mark: "tag" | "enumField" | "none";
  readonly task: "native" | "none";
  /** Remarks of ours in a client's history: `log` = told apart from people's, `common` = among them. */
  readonly note: "log" | "common" | "none";
  /** What we compute of a client as fields of ours. */
  readonly fields: "typed" | "none";
  /** A coloured label on a deal in the board. */
  readonly flag: "badge" | "none";
  /** Messages to people: the host's own, or a task that stands for one. */
  readonly notify: "message" | "task" | "none";
  /** The portal's own automation: it listens for our events (`trigger`) or we start one that was chosen (`bot`). */
  readonly automation: "trigger" | "bot" | "none";
  /** May the portal's automation ask us about a client? */
  readonly questions: "robot" | "none";
  readonly stageHistory: "log" | "none";
  readonly embed: "iframe" | "none";
  readonly names: "viewerToken" | "hostPage" | "none";
}

export interface HostRates {
  readonly requestsPerSecond: number;
  /** What the host itself allows an app in a second; absent = not known. An administrator may give us all but one of it. */
  readonly hostRequestsPerSecond?: number;
  /** Enough for us while the account's other apps make the host complain; absent = half, then half of that. */
  readonly contendedRequestsPerSecond?: number;
  /** For everything that leaves one address of ours, all portals together; absent = the host does not count addresses. */
  readonly requestsPerSecondOfAddress?: number;
  /** Requests that may be sent at once after a pause. */
  readonly burst: number;
}

export interface HostLimits extends HostRates {
  /** Requests in flight at once. */
  readonly concurrency: number;
  /** Clients that `markMany` takes at once. Absent = it is not there. */
  readonly marksAtOnce?: number;
  /** Longest time the host may still carry out a write after we gave up on it; plus a margin. */
  readonly writeFenceMs: number;
  /** For hosts that limit the execution time of each method: so many seconds within the window; `budget` plans below it. */
  readonly methodSeconds?: {
    readonly limit: number;
    readonly windowMs: number;
    /** Seconds that calls of one request are planned to take at most; a request is cut somewhere above. */
    readonly request?: number;
  };
  /** Refresh an idle portal's token this long after the last refresh. */
  readonly tokenKeepAliveMs: number;
}

/** Where a portal lives now. `endpoint` was proven (never taken from a request) and ends with `/`. */
export interface HostAddress {
  readonly key: PortalKey;
  readonly endpoint: string;
}

export interface HostAccount extends HostAddress {
  readonly timeZone: string;
  readonly currency: string;
  /** Two-letter language of the portal, if known. */
  readonly locale: string | null;
  /** The host's own judgement of the licence. */
  readonly isPaid: boolean;
}

export interface HostAuth {
  readonly accessToken: string;
  readonly endpoint: string;
}

/** One authorised, rate-limited, logged way to a portal's CRM. Made by the portal, used by the adapter. */
export interface HostLink {
  readonly address: HostAddress;
  /** The portal's proven token server; null or absent when it is the portal itself. */
  readonly tokenServer?: string | null;
  /** What `prepare` returned last; empty before. */
  readonly memo: Memo;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly currency: string;
  /** Currency of a deal that the mirror knows: product rows have none of their own. null = as the portal's. */
  currencyOf?(dealId: string): string | null;
  /**
   * Sends one request; waits for the rate limiter, adds the token, refreshes it once when the host says it has expired
   * (or moved) and repeats. Returns only answers that `judge` calls `ok`. Throws AppError with the code of the verdict.
   * `name` is for the log and the API-use counter. `endpoint` is passed to the builder because it may change.
   * `isOptional` is for what not every plan has: that the host wants it paid for says nothing about the portal then.
   */
  send(
    name: string,
    build: (endpoint: string) => HttpRequest,
    options?: { readonly isOptional?: boolean },
  ): Promise<HttpResponse>;
  /**
   * Sends one request that carries its own credentials (a viewer's token): rate-limited and logged, but never given the
   * portal's token, never refreshed or repeated, and it says nothing about the portal's state. Returns every answer.
   */
  sendOwn?(name: string, build: (endpoint: string) => HttpRequest): Promise<HttpResponse>;
  /** Per-method time budget, for hosts that have one. */
  readonly budget: MethodBudget;
}

export type Memo = Readonly<Record<string, string>>;

export interface MethodBudget {
  /** How many calls of this method fit now, at most `wanted`. Throws AppError `host.rate_limited` (with retryAfterMs) when none. */
  grant(method: string, wanted: number): number;
  /** What the host said about the method: seconds used in its window, and when the oldest part leaves the window. */
  note(method: string, usedSeconds: number, resetAt: Instant | null, calls: number): void;
  /** The host closed the method until then; null: it did not say, so until the oldest part leaves the window. */
  block(method: string, until: Instant | null): void;
}

export type Verdict =
  | { readonly kind: "ok" }
  /** `isUnknown`: the host does not know the token at all, so a fresh one that meets the same fate is not worth another. */
  | { readonly kind: "tokenExpired"; readonly isUnknown?: boolean }
  /** The portal lives elsewhere now; the new address is to be read from the token server. */
  | { readonly kind: "moved" }
  | {
      readonly kind: "error";
      readonly code: ErrorCode;
      readonly retryAfterMs?: number;
      readonly details?: Readonly<Record<string, string | number | boolean | null>>;
    };

// ---- reading

export interface ScanQuery {
  readonly entity: ScanEntity;
  readonly mode: /** Everything, in a stable order. */
    | { readonly kind: "all" }
    /** Only ids, everything: for the search of what vanished. */
    | { readonly kind: "ids" }
    /** Changed at or after this instant of the host's clock. */
    | { readonly kind: "since"; readonly at: Instant }
    /** These records, at most `capabilities`-wide batches of 250 ids; the answer's `missing` names those not returned. */
    | { readonly kind: "byId"; readonly ids: readonly string[] };
}

export interface ScanSlice {
  /** Records of other kinds may come along where the host sends them together: goods of a deal, names of its source. */
  readonly records: readonly MirrorRecord[];
  /**
   * Mode `ids`: the ids of this slice. A host that cannot select fields has the whole records in its hands then and hands
   * them over as well: relations that change without touching an update time are mended so.
   */
  readonly ids?: readonly string[];
  /** Mode `byId`: asked for, not returned: deleted or out of reach. */
  readonly missing?: readonly string[];
  /** Other records that have changed without showing it in their own lists: they are read again by id. */
  readonly hints?: readonly Hint[];
  /** null = the scan is complete. */
  readonly next: string | null;
  /** All records of the scan, where the host counts them (progress). */
  readonly total: number | null;
  /** The host's clock at this slice, for the next `since`. */
  readonly hostNow: Instant | null;
}

// ---- writing

/** What a client carries of ours. Codes are ours and stable; the adapter turns them into tags or fields. */
export interface ClientMark {
  /** For example `segment:at_risk`; the full set that the client should have after the write. */
  readonly tags: readonly string[];
  /** What a person reads for a code, in the portal's language; without it the code itself is shown. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Undo: change it only while the client carries exactly these of ours, else leave it alone. */
  readonly onlyIf?: readonly string[];
}

export interface MarkResult {
  readonly changed: boolean;
  readonly before: readonly string[];
  /** Present when something has to be remembered for later calls: replaces `HostLink.memo`. */
  readonly memo?: Memo;
}

/** `failed` with the AppError that a single mark would have thrown. */
export type MarkOutcome =
  | { readonly kind: "done"; readonly result: MarkResult }
  | { readonly kind: "failed"; readonly error: AppError };

export interface TaskDraft {
  /** Unique per intended action; put where `find` can see it. */
  readonly actionKey: string;
  readonly client: ClientRef;
  readonly dealId: string | null;
  readonly responsibleId: string;
  readonly title: string;
  readonly text: string;
  readonly due: Instant;
  /** A call or to-do in the card (default), or a task with a result to be controlled; hosts with one kind ignore it. */
  readonly kind?: "call" | "task";
}

export interface HostTasks {
  /** Creates without looking. The caller has searched first. Throws AppError `host.*`. */
  create(link: HostLink, draft: TaskDraft): Promise<{ readonly taskId: string }>;
  /** Looks for a task by its action key. `since` bounds the search. */
  find(
    link: HostLink,
    draft: TaskDraft,
    since: Instant,
  ): Promise<{ readonly taskId: string } | null>;
  /** Id by which `scan` reads a task as an activity that no list of activities shows; null = the lists show it. */
  followedAs?(taskId: string): string | null;
  /** Takes back a task that nobody has touched, as in `HostWriter`. Absent = it stays. */
  undo?(link: HostLink, taskId: string, draft: TaskDraft): Promise<UndoOutcome>;
}

// ---- install and tokens

export interface AppRegistration {
  /** For example `bitrix24`, `amocrm`, `kommo`. */
  readonly product: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Configuration that a host needs and that comes from the environment. */
export interface HostConfig {
  readonly registrations: readonly AppRegistration[];
  /** Where hosts call us; no trailing slash. */
  readonly publicUrl: string;
  /** Origins of token servers that may receive the secret (hosts that have central ones). */
  readonly oauthServers: readonly string[];
  /** Zones by product: `{ amocrm: ["amocrm.ru"], kommo: ["kommo.com", "amocrm.com"] }`. */
  readonly zones: Readonly<Record<string, readonly string[]>>;
  /** `host:port` reachable over plain http, development and tests only. */
  readonly devHosts: readonly string[];
}

export interface Grant {
  readonly key: PortalKey;
  /** Proven base URL, ends with `/`. */
  readonly endpoint: string;
  /** Token server for the next refresh: an origin from the configuration, or null when it is the endpoint itself. */
  readonly tokenServer: string | null;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly accessExpiresAt: Instant;
  /** The user whose rights the token carries. */
  readonly userId: string;
  readonly scopes: readonly string[];
  /** The account's licence is a Russian one, whatever its address says. */
  readonly isRussian?: boolean;
  /** Keys that only this portal has, where its owner made an integration of their own for us. */
  readonly registration?: AppRegistration;
  /** A token that a person made by hand: it is never refreshed (`refreshToken` is empty), and its end is final. */
  readonly isStatic?: true;
}

/** What is needed to refresh. */
export interface StoredGrant {
  readonly key: PortalKey;
  readonly endpoint: string;
  readonly tokenServer: string | null;
  readonly refreshToken: string;
  /** The portal's own keys; absent = those of the configuration. */
  readonly registration?: AppRegistration;
}

export interface HostTokens {
  /**
   * Spends the one-time refresh token. Throws AppError `host.token_revoked` (final), `host.payment_required`,
   * `host.portal_deleted`, `config.invalid` (our own credentials are refused), or a retryable `host.*`.
   */
  refresh(stored: StoredGrant, transport: Transport, clock: Clock): Promise<Grant>;
  /**
   * Where the account of a token that cannot be refreshed lives now: its proven endpoint, or null when the token opens
   * nothing any more. Throws a retryable AppError `host.*`. Absent = such tokens die where they are.
   */
  locate?(
    stored: HostAddress & { readonly accessToken: string },
    transport: Transport,
  ): Promise<string | null>;
}

/** Everything `prepare` may want to register. */
export interface PortalSetup {
  /** Where hooks are to be sent, with the portal's own secret inside where the host signs nothing. */
  readonly hookUrl: string;
  readonly publicUrl: string;
  readonly locale: string;
  readonly userId: string;
  /** What the installation was granted, in the host's words. Absent = not known: everything is tried. */
  readonly scopes?: readonly string[];
}

export interface PreparedPortal {
  readonly memo: Memo;
  /** Said to the admin: hooks not available on this plan, field limit reached, ... Codes, not prose. */
  readonly warnings: readonly string[];
}

/** The viewer of an embedded page, as proven by the door. */
export interface ViewerProof {
  readonly userId: string;
  readonly isAdmin: boolean;
  /** The viewer's own token, where the host gives one. Never stored. */
  readonly accessToken: string | null;
  /** When the role was asked for, where the answer may be a kept one; a session must not outlive it by long. */
  readonly provenAt?: Instant;
}
