import type { Host, HostConfig } from "../crm/host.ts";
import type { Clock, Random } from "../crm/ports.ts";
import { makeAmocrm } from "../hosts/amocrm/index.ts";
import { makeBitrix24 } from "../hosts/bitrix24/index.ts";
import {
  type AmocrmKnobs,
  type AmocrmPortal,
  type PortalSetup as AmocrmSetup,
  makeAmocrmSandbox,
} from "../sandbox/amocrm/index.ts";
import {
  type AppInput,
  type Bitrix24Control,
  type Bitrix24Portal,
  type Bitrix24SandboxOptions,
  makeBitrix24Sandbox,
  type PortalInput,
} from "../sandbox/bitrix24/index.ts";
import type { SandboxPortal } from "../sandbox/contract.ts";

/** A sandbox CRM with our app registered, and the adapter that faces it. */
export interface SimulatedSite {
  readonly host: Host;
  readonly config: HostConfig;
  readonly portal: SandboxPortal;
  /** The same portal with what only its product has. */
  readonly native: NativePortal;
  readonly fetch: (request: Request) => Promise<Response>;
  /** A request to the token server. */
  isTokenCall(url: string): boolean;
  /** A delivery of events to the app. */
  isEventCall(url: string): boolean;
  /** What creates a task, as fault rules match it. */
  readonly taskCall: string;
}

export type NativePortal =
  | {
      readonly product: "bitrix24";
      readonly portal: Bitrix24Portal;
      readonly control: Bitrix24Control;
      /** The application as the vendor's cabinet knows it. */
      readonly app: AppInput;
    }
  | { readonly product: "amocrm"; readonly portal: AmocrmPortal };

/** What of a Bitrix24 is to be otherwise. */
export interface Bitrix24Knobs {
  readonly sandbox?: Partial<Omit<Bitrix24SandboxOptions, "clock" | "random" | "deliver">>;
  readonly app?: Partial<AppInput>;
  readonly portal?: Partial<PortalInput>;
  readonly config?: Partial<HostConfig>;
  readonly scopes?: readonly string[];
}

export interface SiteParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly deliver: (request: Request) => Promise<Response>;
  /** Disputed points of the product that are to be otherwise than its sandbox has them. */
  readonly amocrm?: AmocrmKnobs;
  readonly bitrix24?: Bitrix24Knobs;
  /** How its account is set up, by tariff and by its people. */
  readonly amocrmPortal?: Omit<AmocrmSetup, "subdomain">;
}

export const SIMULATED_PRODUCTS = ["bitrix24", "amocrm"] as const;
export type SimulatedProduct = (typeof SIMULATED_PRODUCTS)[number];

const PUBLIC_URL = "https://pulse.example.com";
const SECRET = "simulation-secret-0123456789abcdef0123456789abcdef";

export function makeSite(product: SimulatedProduct, parts: SiteParts): SimulatedSite {
  return product === "bitrix24" ? bitrix24Site(parts) : amocrmSite(parts);
}

function bitrix24Site(parts: SiteParts): SimulatedSite {
  const oauthOrigin = "https://oauth.bitrix24.tech";
  const { clock, random, deliver, bitrix24: knobs } = parts;
  const clientId = knobs?.app?.clientId ?? "app.573ad8a0346747.09223434";
  const sandbox = makeBitrix24Sandbox({
    clock,
    random,
    deliver,
    oauthOrigin,
    portalOrigin: (name) => `https://${name}.bitrix24.ru`,
    ...knobs?.sandbox,
  });
  const app: AppInput = {
    clientId,
    clientSecret: SECRET,
    appUrl: `${PUBLIC_URL}/bitrix24/app`,
    installUrl: `${PUBLIC_URL}/bitrix24/install`,
    eventUrl: `${PUBLIC_URL}/bitrix24/install`,
    redirectUrl: `${PUBLIC_URL}/bitrix24/oauth`,
    scopes: knobs?.scopes ?? ["crm", "placement", "user_brief", "task"],
    ...knobs?.app,
  };
  sandbox.control.registerApp(app);
  const config: HostConfig = {
    registrations: [{ product: "bitrix24", clientId, clientSecret: SECRET }],
    publicUrl: PUBLIC_URL,
    oauthServers: [oauthOrigin],
    zones: {},
    devHosts: [],
    ...knobs?.config,
  };
  // An administrator, a colleague who sees everything, and one who sees only what is their own.
  const users = [{ isAdmin: true }, {}, { sees: "own" as const }];
  const portal = sandbox.control.createPortal({ name: "simulation", users, ...knobs?.portal });
  return {
    host: makeBitrix24(config),
    config,
    portal,
    native: { product: "bitrix24", portal, control: sandbox.control, app },
    fetch: sandbox.fetch,
    isTokenCall: (url) => new URL(url).pathname.startsWith("/oauth/token"),
    isEventCall: (url) => url.includes("/bitrix24/events"),
    taskCall: "crm.activity.todo.add",
  };
}

const AMOCRM_REGISTRATIONS: HostConfig["registrations"] = [
  { product: "amocrm", clientId: "31885693-c5a8-4c1f-9d2e-0123456789ab", clientSecret: SECRET },
  {
    product: "kommo",
    clientId: "7f1c0b52-9b1e-4c55-8d2e-abcdef012345",
    clientSecret: `kommo-${SECRET}`,
  },
];

function amocrmSite({ amocrm, amocrmPortal, ...parts }: SiteParts): SimulatedSite {
  const sandbox = makeAmocrmSandbox({ ...parts, ...amocrm });
  const home = amocrm?.accountOrigin?.("x").endsWith(".kommo.com") ? "kommo" : "amocrm";
  // The product of the account first: it is the one that the sandbox installs.
  const registrations = AMOCRM_REGISTRATIONS.toSorted(
    (one, other) => Number(other.product === home) - Number(one.product === home),
  );
  for (const { clientId, clientSecret } of registrations) {
    sandbox.control.registerIntegration({
      clientId,
      clientSecret,
      redirectUri: `${PUBLIC_URL}/amocrm/oauth`,
      disconnectUri: `${PUBLIC_URL}/amocrm/uninstall`,
    });
  }
  const config: HostConfig = {
    registrations,
    publicUrl: PUBLIC_URL,
    oauthServers: [],
    zones: { amocrm: ["amocrm.ru"], kommo: ["kommo.com", "amocrm.com"] },
    devHosts: [],
  };
  const portal = sandbox.control.createPortal({ subdomain: "simulation", ...amocrmPortal });
  return {
    host: makeAmocrm(config),
    config,
    portal,
    native: { product: "amocrm", portal },
    fetch: sandbox.fetch,
    isTokenCall: (url) => url.includes("/oauth2/access_token"),
    isEventCall: (url) => url.includes("/amocrm/events/"),
    taskCall: "POST /api/v4/tasks",
  };
}
