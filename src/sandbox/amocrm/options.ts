import type { SandboxOptions } from "../contract.ts";

/** How an amoCRM sandbox differs from the defaults; every knob is a disputed or undocumented point of the platform. */
export interface AmocrmKnobs {
  /** Public origin of an account, without a slash at the end. Default `https://{subdomain}.amocrm.ru`. */
  readonly accountOrigin?: (subdomain: string) => string;
  /** Origin of the consent screen. Default `https://www.amocrm.ru`. */
  readonly consentOrigin?: string | (() => string);
  /** Shared API host, named by the token's claim `api_domain`. Default `https://api-b.amocrm.ru`. */
  readonly apiOrigin?: string | (() => string);
  /** Requests a second of one integration in one account. Default 7. */
  readonly requestsPerSecond?: number;
  /** 429 in a row that block the caller's address. Default 10. */
  readonly blockAfter?: number;
  /** How long an address stays blocked, milliseconds before `speed`. Default 60 000. */
  readonly blockMs?: number;
  /** Deadline of a hook, milliseconds before `speed`; never below 250 real ones. Default 2 000. */
  readonly hookDeadlineMs?: number;
  /** Items packed into one delivery. Default 1. */
  readonly itemsPerDelivery?: number;
  /** Hooks in flight at once for one destination. Default 8. */
  readonly hookConcurrency?: number;
  /** A status change also sends `update_lead`. Default true. */
  readonly statusAlsoUpdates?: boolean;
  /** Linking and unlinking moves `updated_at` and sends hooks of both sides. Default true. */
  readonly linksTouch?: boolean;
  /** The access token before a refresh stays good until its own end. Default true. */
  readonly oldAccessSurvivesRefresh?: boolean;
  /** Posting a webhook again: `replace` its events or `merge` them. Default `replace`. */
  readonly webhookRepost?: "replace" | "merge";
  /** Event codes that this product or plan does not know: a subscription with one of them is refused. Default none. */
  readonly unknownHookCodes?: readonly string[];
  /** Status of a successful creation. Default 200. */
  readonly createdStatus?: 200 | 201;
  /** Biggest page of the events feed. Default 100. */
  readonly eventsLimit?: number;
  /** Biggest page of custom fields. Default 50. */
  readonly customFieldsLimit?: number;
  /** REST answers with numbers as text, absent keys for nulls and empty maps as lists. Default false. */
  readonly looseTypes?: boolean;
  /** Subscriptions vanish with the integration. Default false. */
  readonly uninstallDropsHooks?: boolean;
}

export type AmocrmSandboxOptions = SandboxOptions & AmocrmKnobs;

export type Settings = SandboxOptions &
  Required<Omit<AmocrmKnobs, "consentOrigin" | "apiOrigin">> & {
    readonly consentOrigin: () => string;
    readonly apiOrigin: () => string;
    readonly speed: number;
  };

function later(value: string | (() => string) | undefined, fallback: string): () => string {
  return typeof value === "function" ? value : () => value ?? fallback;
}

export function settingsOf(options: AmocrmSandboxOptions): Settings {
  return {
    clock: options.clock,
    random: options.random,
    deliver: options.deliver,
    speed: options.speed ?? 1,
    accountOrigin: options.accountOrigin ?? ((subdomain) => `https://${subdomain}.amocrm.ru`),
    consentOrigin: later(options.consentOrigin, "https://www.amocrm.ru"),
    apiOrigin: later(options.apiOrigin, "https://api-b.amocrm.ru"),
    requestsPerSecond: options.requestsPerSecond ?? 7,
    blockAfter: options.blockAfter ?? 10,
    blockMs: options.blockMs ?? 60_000,
    hookDeadlineMs: options.hookDeadlineMs ?? 2_000,
    itemsPerDelivery: options.itemsPerDelivery ?? 1,
    hookConcurrency: options.hookConcurrency ?? 8,
    statusAlsoUpdates: options.statusAlsoUpdates ?? true,
    linksTouch: options.linksTouch ?? true,
    oldAccessSurvivesRefresh: options.oldAccessSurvivesRefresh ?? true,
    webhookRepost: options.webhookRepost ?? "replace",
    unknownHookCodes: options.unknownHookCodes ?? [],
    createdStatus: options.createdStatus ?? 200,
    eventsLimit: options.eventsLimit ?? 100,
    customFieldsLimit: options.customFieldsLimit ?? 50,
    looseTypes: options.looseTypes ?? false,
    uninstallDropsHooks: options.uninstallDropsHooks ?? false,
  };
}

/** Seconds, as the API counts. */
export function seconds(settings: Settings): number {
  return Math.floor(settings.clock.now() / 1000);
}
