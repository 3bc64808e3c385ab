import { vi } from "vitest";
import type { Grant, HostConfig } from "../../src/crm/host.ts";
import { makeAmocrm } from "../../src/hosts/amocrm/index.ts";
import {
  type AmocrmKnobs,
  makeAmocrmSandbox,
  type PortalSetup,
} from "../../src/sandbox/amocrm/index.ts";
import { makeVirtualClock, type VirtualClock } from "../support/virtual-clock.ts";
import { makeDoorHarness } from "./door-harness.ts";
import { contractSeed } from "./host.contract.ts";
import { makeSeededRandom, makeTestLink, transportTo } from "./host-link.ts";

export const PUBLIC_URL = "https://pulse.example.com";
export const CLIENT_ID = "31885693-c5a8-4c1f-9d2e-0123456789ab";
const CLIENT_SECRET = "contract-secret-of-sixty-four-characters-0123456789abcdef0123456";

const config: HostConfig = {
  registrations: [{ product: "amocrm", clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }],
  publicUrl: PUBLIC_URL,
  oauthServers: [],
  zones: { amocrm: ["amocrm.ru"], kommo: ["kommo.com", "amocrm.com"] },
  devHosts: [],
};

/** A sandbox account with our integration, installed from the marketplace. */
export async function makeInstalled(
  knobs: AmocrmKnobs = {},
  setup: PortalSetup = { subdomain: "contract" },
) {
  const clock = makeVirtualClock();
  const host = makeAmocrm(config);
  const box: { deliver?: (request: Request) => Promise<Response> } = {};
  const sandbox = makeAmocrmSandbox({
    clock,
    random: makeSeededRandom(11),
    // The contract's link has no limiter; the host's own rate is another suite's subject.
    requestsPerSecond: 100_000,
    ...knobs,
    deliver: async (request) => {
      if (!box.deliver) throw new Error("nobody listens");
      return await box.deliver(request);
    },
  });
  sandbox.control.registerIntegration({
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    redirectUri: `${PUBLIC_URL}/amocrm/oauth`,
    disconnectUri: `${PUBLIC_URL}/amocrm/uninstall`,
  });
  const portal = sandbox.control.createPortal(setup);
  const transport = transportTo(sandbox.fetch);
  const random = makeSeededRandom(12);
  const app = makeDoorHarness({ host, config, transport, clock, random });
  box.deliver = app.deliver;
  portal.seed(contractSeed(clock.now()));
  await pump(clock, portal.install());
  const grant = await installedGrant(() => app.portals.get(`amocrm:${portal.accountId}`)?.grant);
  const link = makeTestLink({ host, grant, transport, clock, random });
  return { clock, host, sandbox, portal, transport, random, app, grant, link };
}

/** Wakes sleepers until the work is done; unlike `clock.run` it lets signing on a busy machine take its real time. */
export async function pump<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  work.then(settle, settle);
  while (!isSettled) {
    await clock.runUntilIdle();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return work;
}

/** The platform hangs up after three (virtual) seconds; signing takes real time beside them, and the app goes on. */
function installedGrant(look: () => Grant | undefined): Promise<Grant> {
  return vi.waitFor(
    () => {
      const grant = look();
      if (!grant) throw new Error("The installation did not reach the desk.");
      return grant;
    },
    { timeout: 20_000, interval: 2 },
  );
}
