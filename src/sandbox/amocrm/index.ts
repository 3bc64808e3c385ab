import type { Sandbox } from "../contract.ts";
import { Account, uuidFrom } from "./account.ts";
import { problem } from "./answer.ts";
import { currentSubdomain, serveApi, serveOauth, subdomainOfBearer, unknownHost } from "./api.ts";
import { serveConsent } from "./consent.ts";
import { withFaults } from "./faults.ts";
import type { Integration } from "./grants.ts";
import type { User } from "./model.ts";
import { type AmocrmSandboxOptions, seconds, settingsOf } from "./options.ts";
import { servePage } from "./page.ts";
import { type AmocrmPortal, makePortal } from "./portal.ts";
import type { CustomersMode } from "./trade.ts";
import { type WidgetSetup, World } from "./world.ts";

export type { Integration } from "./grants.ts";
export type { AmocrmKnobs, AmocrmSandboxOptions } from "./options.ts";
export type { AmocrmPortal } from "./portal.ts";
export type { WidgetSetup } from "./world.ts";

export interface PortalSetup {
  readonly subdomain: string;
  /** Default: an administrator and two managers who see their own records. */
  readonly users?: readonly {
    readonly name?: string;
    readonly isAdmin?: boolean;
    /** View right; default A for administrators, M for the others. */
    readonly view?: User["view"];
    readonly groupId?: number;
    readonly isActive?: boolean;
  }[];
  /** IANA name; default `Europe/Moscow`. */
  readonly timeZone?: string;
  /** ISO 4217; default `RUB`. */
  readonly currency?: string;
  /** The account refuses `filter[...]`. Default false. */
  readonly isFilterDisabled?: boolean;
  /** What the tariff and the account's settings make of customers. Default `disabled`. */
  readonly customersMode?: CustomersMode;
}

export interface AmocrmControl {
  createPortal(setup: PortalSetup): AmocrmPortal;
  portals(): readonly AmocrmPortal[];
  registerIntegration(integration: Integration): void;
  /** The widget that the accounts show in cards once the integration is installed. */
  setWidget(widget: WidgetSetup): void;
  /** `METHOD path` of calls that no route serves. */
  unimplemented(): readonly string[];
  /** Lifts the address block and forgets past requests. */
  unblock(): void;
}

/**
 * amoCRM/Kommo as a value: accounts told apart by host, the consent screen and the shared API host. A cut connection is
 * a rejection of `fetch`.
 */
export function makeAmocrmSandbox(options: AmocrmSandboxOptions): Sandbox<AmocrmControl> {
  const world = new World(settingsOf(options));
  const portals: AmocrmPortal[] = [];
  return {
    fetch: (request) => serve(world, request),
    control: {
      createPortal(setup) {
        const account = newAccount(world, setup);
        world.add(account);
        const portal = makePortal(world, account);
        portals.push(portal);
        return portal;
      },
      portals: () => portals,
      registerIntegration: (integration) => {
        world.grants.integrations.set(integration.clientId, integration);
      },
      setWidget: (widget) => {
        world.widget = widget;
      },
      unimplemented: () => [...world.unimplemented],
      unblock: () => world.limiter.unblock(),
    },
  };
}

function newAccount(world: World, setup: PortalSetup): Account {
  const position = world.accounts.length;
  const wanted = setup.users ?? [{ isAdmin: true }, {}, {}];
  const users = wanted.map((row, index): User => {
    const isAdmin = row.isAdmin ?? false;
    return {
      id: 504_141 + position * 1_000 + index * 4,
      name: row.name ?? (isAdmin ? `Администратор ${index + 1}` : `Менеджер ${index + 1}`),
      email: `user${index + 1}@${setup.subdomain}.example`,
      isAdmin,
      isActive: row.isActive ?? true,
      groupId: row.groupId ?? 0,
      view: row.view ?? (isAdmin ? "A" : "M"),
      statusRights: [],
    };
  });
  return new Account({
    id: 28_805_383 + position * 4,
    uuid: uuidFrom(world.settings.random),
    subdomain: setup.subdomain,
    name: setup.subdomain,
    currency: setup.currency ?? "RUB",
    timeZone: setup.timeZone ?? "Europe/Moscow",
    createdAt: seconds(world.settings) - 86_400 * 400,
    users,
    isFilterEnabled: setup.isFilterDisabled !== true,
    customersMode: setup.customersMode ?? "disabled",
  });
}

async function serve(world: World, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const text = request.method === "GET" || request.method === "HEAD" ? "" : await request.text();
  const response = await route(world, request, url, text);
  response.headers.set("x-request-id", uuidFrom(world.settings.random));
  return response;
}

function route(
  world: World,
  request: Request,
  url: URL,
  text: string,
): Promise<Response> | Response {
  for (const host of hostsOf(request, url)) {
    const account = world.accountAt(host);
    if (account !== undefined) return serveAccount(world, account, request, url, text);
    const isConsent = host === new URL(world.settings.consentOrigin()).host;
    if (isConsent && url.pathname === "/oauth2/account/subdomain")
      return subdomainOfBearer(world, request);
    if (isConsent) return serveConsent(world, request, url, text);
    if (host === new URL(world.settings.apiOrigin()).host)
      return url.pathname === "/oauth2/account/current/subdomain"
        ? currentSubdomain(world, request)
        : problem(404, "Resource not found");
  }
  return unknownHost();
}

/** The URL's host first, then the Host header that a plain server may have kept. */
function hostsOf(request: Request, url: URL): string[] {
  const header = request.headers.get("host") ?? request.headers.get("x-forwarded-host");
  return header === null || header === url.host ? [url.host] : [url.host, header];
}

async function serveAccount(
  world: World,
  account: Account,
  request: Request,
  url: URL,
  text: string,
): Promise<Response> {
  const isApi = url.pathname.startsWith("/api/");
  const isOauth = url.pathname.startsWith("/oauth2/");
  if (!isApi && !isOauth) return servePage(world, account, request, url, text);
  const at = world.settings.clock.now();
  const call = `${request.method} ${url.pathname}`;
  const write = isApi && request.method !== "GET" && !url.pathname.endsWith("/webhooks");
  const isFromApp = request.headers.has("authorization") || isOauth;
  const journal = (status: number) => {
    if (isFromApp)
      account.note({ at, call, status, isWrite: write && status >= 200 && status < 300 });
  };
  const hooks = world.sender(account);
  const perform = async () => {
    const response = isOauth
      ? await serveOauth(world, account, request, url, text)
      : await serveApi(world, account, hooks, request, url, text);
    journal(response.status);
    return response;
  };
  return withFaults(account, world.settings, call, perform, journal);
}
