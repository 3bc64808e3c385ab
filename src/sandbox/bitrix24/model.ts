import type { Clock, Random } from "../../crm/ports.ts";
import type { FaultRule, HookTrouble, JournalEntry } from "../contract.ts";
import type { Params } from "./form.ts";
import type { Bucket, Operating } from "./limits.ts";
import type {
  Activity,
  Category,
  HistoryRow,
  Item,
  Payment,
  ProductRow,
  Stage,
  Task,
  TimelineNote,
  UserField,
} from "./rows.ts";
import type { Table } from "./table.ts";

/** The state behind all portals and the OAuth server. Every moment is unix milliseconds. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly deliver: (request: Request) => Promise<Response>;
  readonly settings: Settings;
  readonly apps: Map<string, AppCard>;
  readonly portals: Portal[];
  readonly accessTokens: Map<string, Token>;
  readonly refreshTokens: Map<string, Token>;
  /** The token that events carry, per application, portal and user. */
  readonly eventTokens: Map<string, Token>;
  readonly codes: Map<string, Code>;
  readonly frames: Map<string, Frame>;
  readonly unimplemented: string[];
}

export interface Settings {
  readonly speed: number;
  readonly oauthOrigin: string;
  /** The other region's OAuth server; absent: there is one for all. */
  readonly secondOauthOrigin: string | null;
  readonly portalOrigin: (name: string) => string;
  /** Seconds of `operating` per call. */
  readonly costs: Readonly<Record<Cost, number>>;
  readonly operatingLimitSeconds: number;
  /** A used refresh token stays good this long; 0 = dies at once. */
  readonly refreshGraceMs: number;
  /** Answers take as long as they say; otherwise they come at once. */
  readonly hasSlowAnswers: boolean;
  /** What the OAuth server answers for a portal that has removed the application: both have been seen. */
  readonly removedAnswer: "invalid_grant" | "invalid_client";
}

export type Cost = "list" | "write" | "cheap";

export interface AppCard {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly appUrl: string;
  readonly installUrl: string;
  /** Handler of install, update and uninstall events of the version card. */
  readonly eventUrl: string | null;
  /** Where `/oauth/authorize/` sends the browser. */
  readonly redirectUrl: string;
  readonly scopes: readonly string[];
  readonly status: "L" | "F" | "D" | "T" | "P";
  readonly code: string;
}

export interface PortalUser {
  readonly id: number;
  readonly name: string;
  readonly lastName: string;
  readonly isAdmin: boolean;
  readonly isActive: boolean;
  /** Invisible to `user.get` (technical users and bots). */
  readonly isSystem: boolean;
  /** Which CRM records the user may read. */
  readonly sees: "all" | "own";
}

export interface Handler {
  readonly id: number;
  readonly event: string;
  readonly url: string;
  readonly authType: number;
  readonly isOffline: boolean;
  readonly connector: string;
  /** ONOFFLINEEVENT: at most one call in so many seconds. */
  readonly minTimeout: number;
  calledAt: number;
}

export interface Placement {
  readonly placement: string;
  readonly handler: string;
  readonly title: string;
  readonly description: string;
  readonly options: Params;
  readonly langAll: Params;
}

export interface UserFieldType {
  readonly code: string;
  readonly handler: string;
  readonly title: string;
  readonly description: string;
  readonly options: Params;
}

export interface Badge {
  readonly code: string;
  readonly title: string;
  readonly value: string;
  readonly type: string;
}

export interface Robot {
  readonly code: string;
  readonly fields: Params;
}

export interface Trigger {
  readonly code: string;
  name: string;
}

/** A robot that waits for the application's answer. */
export interface RobotRun {
  readonly token: string;
  readonly install: Install;
  readonly code: string;
  /** `DEAL_12`. */
  readonly document: string;
  readonly expiresAt: number;
  answer: Params | null;
}

export interface TriggerRun {
  readonly code: string;
  readonly ownerTypeId: number;
  readonly ownerId: number;
}

export interface Install {
  readonly app: AppCard;
  readonly portal: Portal;
  /** `app.info.ID`, also in `/marketplace/app/<id>/`. */
  readonly localId: number;
  version: number;
  applicationToken: string;
  isInstalled: boolean;
  isRemoved: boolean;
  installedBy: number;
  handlers: Handler[];
  placements: Placement[];
  fieldTypes: UserFieldType[];
  badges: Badge[];
  robots: Robot[];
  triggers: Trigger[];
  appOptions: Params;
  readonly userOptions: Map<number, Params>;
}

export interface Token {
  readonly access: string;
  readonly refresh: string;
  readonly install: Install;
  readonly userId: number;
  expiresAt: number;
  refreshExpiresAt: number;
  /** Unknown from now on (uninstalled). */
  isRevoked: boolean;
}

export interface Code {
  readonly install: Install;
  readonly userId: number;
  readonly expiresAt: number;
}

/** One rendering of an application page inside the portal. */
export interface Frame {
  readonly sid: string;
  readonly install: Install;
  readonly userId: number;
  readonly placement: string;
  readonly options: Params;
  readonly isInstaller: boolean;
  readonly log: { readonly command: string; readonly params: unknown }[];
}

export interface OfflineEvent {
  readonly id: number;
  readonly event: string;
  readonly data: Params;
  readonly userId: number;
  readonly connector: string;
  readonly clientId: string;
  at: number;
  processId: string;
  isError: boolean;
}

export interface FaultState {
  readonly rule: FaultRule;
  skipped: number;
  applied: number;
}

export interface Portal {
  name: string;
  origin: string;
  readonly memberId: string;
  readonly oldHosts: Set<string>;
  readonly offsetMinutes: number;
  readonly licence: string;
  readonly isPlainDatesOnly: boolean;
  /** Posts of old portals lack SERVER_ENDPOINT, APPLICATION_TOKEN, APPLICATION_SCOPE. */
  readonly hasOldPages: boolean;
  /** An installation anew keeps the application token. */
  readonly keepsApplicationToken: boolean;
  /** The region's OAuth server. */
  readonly oauthOrigin: string;
  users: readonly PortalUser[];
  readonly installs: Map<string, Install>;
  currency: string;
  readonly items: Map<number, Table<Item>>;
  readonly bin: Map<string, Item>;
  readonly history: Table<HistoryRow>;
  readonly activities: Table<Activity>;
  readonly categories: readonly Category[];
  readonly stages: readonly Stage[];
  readonly userFields: Table<UserField>;
  readonly tasks: Table<Task>;
  readonly productRows: Table<ProductRow>;
  readonly payments: Table<Payment>;
  /** Prices of one unit that differ from the usual. */
  readonly rates: Map<string, number>;
  readonly invoiceCategoryId: number;
  readonly hasLeads: boolean;
  /** Offline records tell nothing but their event, as in the vendor's sample. */
  readonly hasBareQueue: boolean;
  /** Codes that `feature.get` answers with Y. */
  readonly features: ReadonlySet<string>;
  readonly notes: Table<TimelineNote>;
  notifications: Notification[];
  readonly robotRuns: RobotRun[];
  readonly triggerRuns: TriggerRun[];
  offline: OfflineEvent[];
  /** Last id given out, per counter name. */
  readonly counters: Map<string, number>;
  faults: FaultState[];
  trouble: HookTrouble | null;
  journal: JournalEntry[];
  readonly bucket: Bucket;
  readonly operating: Operating;
  readonly hooks: HookQueue;
  /** What can stop the portal as a whole. */
  block: "none" | "deleted" | "overload" | "plan";
  /** What the portal has paid for the application. */
  payment: { readonly isExpired: boolean; readonly days: number | null };
}

export interface Notification {
  readonly id: number;
  readonly userId: number;
  readonly message: string;
  readonly tag: string;
}

export interface HookQueue {
  readonly inFlight: Set<Promise<void>>;
  /** Held back until a later one was sent. */
  held: (() => void)[];
  readonly waiting: Set<Waiting>;
  isWatching: boolean;
}

/** A post whose answer is awaited. */
export interface Waiting {
  readonly deadline: number;
  readonly end: (status: number) => void;
}

export function nextId(portal: Portal, counter: string, first = 1): number {
  const id = (portal.counters.get(counter) ?? first - 1) + 1;
  portal.counters.set(counter, id);
  return id;
}

/** Moments in the CRM have whole seconds. */
export function nowOf(world: World): number {
  return Math.floor(world.clock.now() / 1000) * 1000;
}

export function hex(world: World, bytes: number): string {
  return [...world.random.bytes(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function itemsOf(portal: Portal, entityTypeId: number): Table<Item> | undefined {
  return portal.items.get(entityTypeId);
}

export function userOf(portal: Portal, id: number): PortalUser | undefined {
  return portal.users.find((user) => user.id === id);
}

/** A user fields lives on one entity type: `CRM_DEAL`, `CRM_CONTACT`, ... */
export function userFieldsOf(portal: Portal, entityTypeId: number): UserField[] {
  return [...portal.userFields.rows()].filter((field) => field.entityTypeId === entityTypeId);
}
