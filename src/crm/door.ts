import type { CardSize } from "./card.ts";
import type { ErrorCode } from "./error.ts";
import type { AppRegistration, CardEntity, Grant, ViewerProof } from "./host.ts";
import type { AutomationQuestion } from "./host-writes.ts";
import type { PortalKey } from "./portal-key.ts";
import type { Clock, Log, Random, Transport } from "./ports.ts";
import type { ScanEntity } from "./records.ts";

/**
 * A door is one route of a host: it reads the vendor's request, proves it, and says in our words what is to happen. It
 * answers with a value; the `http` room turns that into a response with the right headers.
 */
export interface Door {
  readonly method: "GET" | "POST";
  /** Hono path, for example `/amocrm/events/:secret`. */
  readonly path: string;
  readonly maxBodyBytes: number;
  /** May a page of this origin call the door across origins? Absent = nobody. */
  allowsOrigin?(origin: string): boolean;
  handle(call: DoorCall, desk: Desk): Promise<DoorReply>;
}

export interface DoorCall {
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded as UTF-8; empty for GET. */
  readonly body: string;
  /** Network address of the caller, as far as the runtime knows it; for counting only, never for proof. */
  readonly caller?: string;
}

export type DoorReply =
  | { readonly kind: "empty"; readonly status: 200 | 204 }
  | {
      readonly kind: "json";
      readonly status: number;
      readonly body: unknown;
      /** Exact origin that may read it cross-origin. */
      readonly corsOrigin?: string;
    }
  | { readonly kind: "redirect"; readonly to: string; readonly cookie?: ConnectCookie }
  /** A top-level page with the CRM's own button, whose script asks the person and sends them back to us. */
  | {
      readonly kind: "button";
      readonly crm: string;
      readonly locale: string;
      readonly button: ConnectButton;
      readonly cookie: ConnectCookie;
    }
  | {
      readonly kind: "error";
      readonly code: ErrorCode;
      /** A person sees it inside a frame of these origins: without them the frame would stay empty. */
      readonly frameOrigins?: readonly string[];
      readonly retryAfterMs?: number;
    }
  | { readonly kind: "page"; readonly page: EmbeddedPage }
  /** A shell without data that asks the frame for fresh auth and posts it back (reload inside the frame). */
  | {
      readonly kind: "shell";
      readonly island: string;
      readonly frameOrigins: readonly string[];
      readonly locale: string | null;
    };

/** The vendor's script tag: it draws the button where it stands. */
export interface ConnectButton {
  /** Class by which the script finds its tag. */
  readonly name: string;
  /** Address of the vendor's script; from configuration, never from a request. */
  readonly script: string;
  /** Names without `data-`. */
  readonly data: Readonly<Record<string, string>>;
}

/** The one cookie of the product: top-level connect page only. */
export interface ConnectCookie {
  readonly value: string;
  readonly maxAgeSeconds: number;
}

export interface EmbeddedPage {
  readonly place: "card" | "app" | "installer" | "message";
  /** null only for messages before a portal is known. */
  readonly portal: PortalKey | null;
  readonly viewer: ViewerProof | null;
  readonly locale: string;
  /** Exact origin that may frame the page; null = nobody. */
  readonly frameOrigin: string | null;
  /** Our script that speaks with this host's frame, for example `bitrix24-frame`. */
  readonly island: string | null;
  readonly entity?: { readonly entity: CardEntity; readonly id: string };
  /** `card`: may the viewer read the record in the CRM? false shows "no access" without any figure. */
  readonly canRead?: boolean;
  /** `card`: how much room the place has; absent = a column. */
  readonly size?: CardSize;
  /** `card`: opened over another page of ours, which is there again when it closes. */
  readonly canClose?: boolean;
  /** `message`: which text. */
  readonly message?: string;
}

/** A change that the host hinted at. Ids only. */
export interface Hint {
  readonly entity: ScanEntity;
  /** Empty = something of this kind has changed: its next pass by update time comes forward. */
  readonly id: string;
  readonly isDeletion: boolean;
}

export interface Delivery {
  /** Portals this may be meant for, in order; the first one that knows the secret takes it. */
  readonly candidates: readonly PortalKey[];
  /** null = nothing to compare: the door has judged the caller by itself, or the hints are harmless without a proof. */
  readonly secret: string | null;
  readonly hints: readonly Hint[];
  /** The body could not be read although the secret is right: scan instead. */
  readonly isUnreadable?: boolean;
  /** Something waits in the host's queue of changes. */
  readonly hasQueued?: boolean;
  /** What the portal's own automation asks; answered by a later tick. */
  readonly questions?: readonly AutomationQuestion[];
}

/**
 * Work that a door has promised for later. `keep` replaces its data in the store: what was reached so far survives a
 * restart. A rejection with a retryable code means "again later", any other ends the errand.
 */
export type ErrandWork = (
  data: string,
  desk: Desk,
  keep: (data: string) => Promise<void>,
) => Promise<void>;

/** What a door may ask of the application. Everything is async and plain data. */
export interface Desk {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly transport: Transport;
  registration(product: string): AppRegistration | null;
  /** Creates or renews a portal from a proven grant. `hookSecret` is what the host will send with events, if it chose it. */
  install(grant: Grant, options: InstallOptions): Promise<void>;
  /** The host confirmed that the installation is finished: the first sync may start. */
  confirmInstalled(key: PortalKey): Promise<void>;
  uninstall(key: PortalKey, options: UninstallOptions): Promise<void>;
  /** Durable when it resolves. `refused`: unknown portal or wrong secret, indistinguishable. */
  receive(delivery: Delivery): Promise<"stored" | "refused">;
  /** Compares in constant time; false for an unknown portal. */
  secretMatches(key: PortalKey, secret: string): Promise<boolean>;
  /** Where the portal lives; null when it is not installed. */
  address(key: PortalKey): Promise<KnownPortal | null>;
  /** Keys that the portal's owner made for us alone; null when it uses the configured ones or is not installed. */
  ownRegistration(key: PortalKey): Promise<AppRegistration | null>;
  /** Something suggests that the portal has moved or gone: it is asked now, with its own token. Never rejects. */
  lookAgain(key: PortalKey): Promise<void>;
  /**
   * What we registered at the host may be gone, or the portal's standing another: looked at soon. `hookSecret` = what the
   * host sends with events from now on, proven by the door.
   */
  setUpAgain(key: PortalKey, options: SetUpOptions): Promise<void>;
  /** A link with the portal's own stored token, for proofs that need it. Throws `portal.unknown`. */
  canViewerRead(
    key: PortalKey,
    viewer: ViewerProof,
    entity: CardEntity,
    id: string,
  ): Promise<boolean>;
  /**
   * What the card would say first, as a few lines of plain text in this language, for a page that cannot show our frame.
   * `subject` null = a record that the viewer may not read: the lines say so and nothing else.
   */
  plainCard(
    key: PortalKey,
    viewer: ViewerProof,
    subject: { readonly entity: CardEntity; readonly id: string } | null,
    locale: string,
  ): Promise<readonly string[]>;
  /** May the portal be asked now to prove a caller whom we do not know? false = too many have wanted that. */
  mayAsk?(key: PortalKey, caller: string): boolean;
  /** The caller was proven: asking was right and is not counted. */
  wasProven?(key: PortalKey, caller: string): void;
  /** May the token server be asked about a claim of this caller? false = too many claims of theirs proved nothing. */
  mayExchange?(claimed: string, caller: string): boolean;
  /** The claim was proven: asking was right and is not counted. */
  hasExchanged?(claimed: string, caller: string): void;
  /** Our session for an embedded page. */
  openSession(
    session: SessionDraft,
  ): Promise<{ readonly token: string; readonly expiresAt: number }>;
  /** One-use ticket of at most 60 s, and its redemption. */
  issueTicket(draft: TicketDraft): Promise<string>;
  redeemTicket(ticket: string): Promise<TicketDraft | null>;
  /** One-time values with a life, for OAuth `state`. */
  remember(kind: string, value: string, data: string, ttlMs: number): Promise<void>;
  recall(kind: string, value: string): Promise<string | null>;
  /** For secrets among them; `place` ties the text to its purpose. `unseal` throws AppError `vault.cannot_open`. */
  seal(plain: string, place: string): Promise<string>;
  unseal(sealed: string, place: string): Promise<string>;
  /**
   * Durable when it resolves; then the host's errand of this kind runs in the background until it is done, refused for
   * good, or `ttlMs` have passed. The same kind and id is one errand.
   */
  later(kind: string, id: string, data: string, ttlMs: number): Promise<void>;
  /** Viewer's role cached at most 15 minutes; the loader asks the host. */
  cached(kind: string, key: string, ttlMs: number, load: () => Promise<string>): Promise<string>;
}

/** What a door may know of an installed portal. */
export interface KnownPortal {
  readonly endpoint: string;
  readonly state: string;
  /** Has the person who installs finished, as the host says? */
  readonly isFinished: boolean;
  /** The user whose token we use. */
  readonly installerId: string;
}

export interface SetUpOptions {
  readonly hookSecret?: string;
  /** Nobody proved the message: it moves the next look forward, and only so often. */
  readonly isHint?: boolean;
}

export interface UninstallOptions {
  /** The admin asked for the data to be wiped. */
  readonly erase: boolean;
  /** The message proves nothing about when it was made: ask the host with our own token before anything is dropped. */
  readonly isReplayable?: boolean;
}

export interface InstallOptions {
  /** Secret that the host itself will send with its events. Absent: we make one and put it into the hook address. */
  readonly hookSecret?: string;
  /** false: wait for `confirmInstalled` before the first sync. */
  readonly isFinished: boolean;
  readonly locale: string;
}

export interface SessionDraft {
  readonly portal: PortalKey;
  readonly viewer: ViewerProof;
  readonly entities: readonly { readonly entity: CardEntity; readonly id: string }[];
  readonly locale: string;
}

export interface TicketDraft {
  readonly portal: PortalKey;
  readonly userId: string;
  readonly isAdmin: boolean;
  readonly place: "card" | "app";
  readonly entity: CardEntity | null;
  readonly id: string | null;
  readonly locale: string;
  readonly frameOrigin: string;
  /** `card`: opened in the app's own page, which has more room than a column and is there again when it closes. */
  readonly isFull?: boolean;
}
