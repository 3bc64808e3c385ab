import type { HostConfig } from "../../src/crm/host.ts";
import type { Transport } from "../../src/crm/ports.ts";
import { makeBitrix24 } from "../../src/hosts/bitrix24/index.ts";
import { makeBitrix24Sandbox, type PortalInput } from "../../src/sandbox/bitrix24/index.ts";
import { makeVirtualClock, type VirtualClock } from "../support/virtual-clock.ts";
import { makeDoorHarness } from "./door-harness.ts";
import { contractSeed } from "./host.contract.ts";
import { makeSeededRandom, makeTestLink, transportTo } from "./host-link.ts";

export const PUBLIC_URL = "https://pulse.example.com";
export const OAUTH = "http://oauth.bitrix24.localhost";
const CLIENT_ID = "local.6537665f598492.98090704";
export const CLIENT_SECRET = "contract-secret-of-fifty-characters-0123456789abcdef";

const bitrix24Config: HostConfig = {
  registrations: [{ product: "bitrix24", clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }],
  publicUrl: PUBLIC_URL,
  oauthServers: [OAUTH, "http://second.bitrix24.localhost"],
  zones: {},
  devHosts: ["bitrix24.localhost:80"],
};

/**
 * WebCrypto works on threads beside the event loop; on a busy machine it may need longer than the clock's own patience,
 * which takes it for a standstill.
 */
async function runPatiently<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await clock.run(work);
    } catch (thrown) {
      const isStandstill = thrown instanceof Error && thrown.message.startsWith("Everybody waits");
      if (!isStandstill || attempt > 100) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** A sandbox portal with our app on it; `install` plays the administrator in a browser. */
export async function makeBitrix24Subject(
  input: Partial<PortalInput> = {},
  limits: { readonly operatingLimitSeconds?: number } = {},
) {
  const clock = makeVirtualClock();
  const random = makeSeededRandom(5);
  const host = makeBitrix24(bitrix24Config);
  const box: { deliver?: (request: Request) => Promise<Response> } = {};
  const sandbox = makeBitrix24Sandbox({
    clock,
    random: makeSeededRandom(6),
    ...limits,
    deliver: async (request) => {
      if (!box.deliver) throw new Error("nobody listens");
      return await box.deliver(request);
    },
  });
  sandbox.control.registerApp({
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    appUrl: `${PUBLIC_URL}/bitrix24/app`,
    installUrl: `${PUBLIC_URL}/bitrix24/install`,
    redirectUrl: `${PUBLIC_URL}/bitrix24/oauth`,
    scopes: ["crm", "placement", "user_brief", "task"],
  });
  const portal = sandbox.control.createPortal({ name: "contract", ...input });
  const seen: { readonly url: string; readonly body: string; readonly timeoutMs: number }[] = [];
  const reach = transportTo(sandbox.fetch);
  // The contract's link has no limiter: this pace is what the vendor's bucket drains.
  const transport: Transport = async (request) => {
    const timeoutMs = request.timeoutMs ?? Number.POSITIVE_INFINITY;
    seen.push({ url: request.url, body: request.body ?? "", timeoutMs });
    await clock.sleep(600);
    return reach(request);
  };
  const run = <T>(work: Promise<T>) => runPatiently(clock, work);
  const app = makeDoorHarness({ host, config: bitrix24Config, transport, clock, random });
  box.deliver = app.deliver;
  portal.seed(contractSeed(clock.now()));
  const key = `bitrix24:${portal.memberId}` as const;
  return {
    clock,
    random,
    host,
    sandbox,
    portal,
    transport,
    app,
    key,
    /** Every request that left us. */
    seen,
    run,
    async install() {
      await run(portal.install());
      await run(portal.flushHooks());
      const grant = app.portals.get(key)?.grant;
      if (!grant) throw new Error("The installation did not reach the desk.");
      const link = makeTestLink({ host, grant, transport, clock, random });
      return { grant, link };
    },
  };
}
