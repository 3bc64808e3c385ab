import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { serveSandbox } from "../../src/runtime/node/sandbox-server.ts";
import { makeBitrix24Sandbox } from "../../src/sandbox/bitrix24/index.ts";
import { makeSeed, seededRandom } from "../sandbox/bitrix24-fixture.ts";
import { launch } from "./kit.ts";

/** The official library in a real browser, unchanged, judges the sandbox's host page. */

const require = createRequire(import.meta.url);
const main = require.resolve("@bitrix24/b24jssdk");
const root = main.slice(0, main.indexOf("b24jssdk") + "b24jssdk".length);
const LIBRARY = readFileSync(join(dirname(join(root, "package.json")), "dist/umd/index.min.js"));

/** What the library is asked to do, and what it made of the answers. */
const PAGE = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script src="/sdk.js"></script>
<body style="height:300px"><script>
window.done = (async () => {
  const b24 = await B24Js.initializeB24Frame();
  const call = await b24.actions.v2.call.make({ method: "profile", params: {} });
  const batch = await b24.actions.v2.batch.make({
    calls: { me: ["profile", {}], deals: ["crm.item.list", { entityTypeId: 2 }] },
    options: { isHaltOnError: false, returnAjaxResult: false },
  });
  await b24.parent.setTitle("T:1");
  await b24.parent.resizeWindow(800, 412);
  await b24.parent.fitWindow();
  const auth = await b24.auth.refreshAuth();
  const isInstall = b24.isInstallMode;
  await b24.installFinish();
  return {
    user: call.getData().result.ID,
    batch: Object.keys(batch.getData() ?? {}).sort(),
    hasAuth: typeof auth.access_token === "string" && auth.access_token.length > 20,
    isInstall,
  };
})();
</script></body>`;

test("b24jssdk in Chromium: init, call, batch, title, resize, refresh and installFinish", async () => {
  let now = Date.now();
  const app = await serveSandbox(async (request) =>
    new URL(request.url).pathname === "/sdk.js"
      ? new Response(LIBRARY, { headers: { "content-type": "text/javascript" } })
      : new Response(PAGE, { headers: { "content-type": "text/html" } }),
  );
  const box: { fetch?: (request: Request) => Promise<Response> } = {};
  const server = await serveSandbox(
    async (request) => (await box.fetch?.(request)) ?? new Response(null, { status: 503 }),
  );
  // Portal and application on different sites, as in life: nothing may depend on cookies.
  const appOrigin = `http://127.0.0.1:${app.port}`;
  const portalOrigin = `http://localhost:${server.port}`;
  const sandbox = makeBitrix24Sandbox({
    clock: {
      now: () => {
        now += 1000;
        return now;
      },
      monotonic: () => now,
      sleep: () => Promise.resolve(),
      turn: () => Promise.resolve(),
    },
    random: seededRandom(7),
    deliver: async () => new Response(null, { status: 200 }),
    oauthOrigin: portalOrigin,
    portalOrigin: () => portalOrigin,
  });
  box.fetch = sandbox.fetch;
  sandbox.control.registerApp({
    clientId: "local.sdk",
    clientSecret: "secret",
    appUrl: `${appOrigin}/app`,
    installUrl: `${appOrigin}/install`,
    scopes: ["crm", "user_brief"],
  });
  const portal = sandbox.control.createPortal({ name: "sdk" });
  portal.seed(makeSeed(60));
  portal.beginInstall();
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(portal.appUrl());
    const handle = await page.locator("iframe").first().elementHandle();
    const frame = await handle?.contentFrame();
    if (!frame) throw new Error("no frame");
    await frame.waitForURL((url) => url.href.startsWith(appOrigin));
    const seen = await frame.evaluate(() => (window as unknown as { done: Promise<unknown> }).done);
    expect(seen).toEqual({ user: "1", batch: ["deals", "me"], hasAuth: true, isInstall: true });
    expect(portal.isInstalled()).toBe(true);
    const commands = portal.frameLog().map(({ command }) => command);
    for (const command of ["getInitData", "setTitle", "resizeWindow", "refreshAuth"]) {
      expect(commands).toContain(command);
    }
    expect(commands).toContain("setInstallFinish");
    expect(sandbox.control.unimplemented()).toEqual([]);
  } finally {
    await browser.close();
    await server.close();
    await app.close();
  }
});
