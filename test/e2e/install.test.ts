import { expect, test } from "vitest";
import type { Bitrix24Portal } from "../../src/sandbox/bitrix24/index.ts";
import {
  appAddress,
  appFrame,
  cardAddress,
  figuresReady,
  hold,
  hurry,
  openApp,
  places,
  type Stage,
  until,
  useStage,
} from "./kit.ts";

const stage = useStage({ isInstalled: false });

function bitrix24(from: Stage): Bitrix24Portal {
  const { native } = from.site("bitrix24");
  if (native.product !== "bitrix24") throw new Error("another product");
  return native.portal;
}

const PATIENCE_MS = 10_000;

function finishCommands(): number {
  return bitrix24(stage)
    .frameLog()
    .filter(({ command }) => command === "setInstallFinish").length;
}

test("Bitrix24: the installer in the frame reports the end of the installation, and the app opens", async () => {
  const portal = bitrix24(stage);
  portal.beginInstall();
  await stage.visit({}, async ({ page }) => {
    const letFinish = await hold(page, /install-finish$/);
    const installer = await openApp(page, stage, "bitrix24");
    await installer.getByRole("heading", { name: "Устанавливаем «Пульс клиента»" }).waitFor();
    await installer.getByText("ничего не записывается").waitFor();
    // The page asks every second whether everything is registered.
    await expect.poll(finishCommands, { timeout: PATIENCE_MS }).toBe(1);
    expect(portal.isInstalled()).toBe(false);

    letFinish();
    await expect.poll(() => portal.isInstalled(), { timeout: PATIENCE_MS }).toBe(true);
    const app = await (await reopened(page)).locator("h1").textContent();
    expect(app).toBe("Пульс клиента");
  });
  await figuresReady(stage.world, stage.site("bitrix24"));
});

test("Bitrix24: a portal that overhears the end of the installation can be told again by hand", async () => {
  const portal = bitrix24(stage);
  await portal.uninstall({ erase: false });
  portal.beginInstall();
  const before = finishCommands();
  await stage.visit({}, async ({ context, page }) => {
    await hurry(context, stage.world);
    await hold(page, /install-finish$/, (nth) => nth === 0);
    const installer = await openApp(page, stage, "bitrix24");
    await installer.getByRole("button", { name: "Завершить установку" }).click();
    await expect.poll(() => portal.isInstalled(), { timeout: PATIENCE_MS }).toBe(true);
    expect(finishCommands() - before).toBe(2);
    await (await reopened(page)).locator("h1").waitFor();
  });
  await figuresReady(stage.world, stage.site("bitrix24"));
});

/** The portal reloads its page and opens the app instead of the installer. */
async function reopened(page: Parameters<typeof appFrame>[0]) {
  const element = page.locator("iframe").first();
  await element.contentFrame().locator("body.app").waitFor();
  return appFrame(page, stage.world);
}

test("amoCRM: installed from the marketplace, the open card fills itself when the first sync is over", async () => {
  const site = stage.site("amocrm");
  const slow = { kind: "delay", ms: 6_000 } as const;
  site.portal.addFault({ match: "GET /api/v4/leads", times: 1, fault: slow });
  // The card asks while the code is still being exchanged: "not known yet" is an answer.
  await stage.visit({ expected: /status of 404/ }, async ({ context, page }) => {
    await hurry(context, stage.world);
    await page.goto(cardAddress(site, "deal", places(site).deal));
    await page.locator('body[data-widget="not installed"]').waitFor();
    await page.getByText("Settings of the widget").click();
    await page.getByText("Install", { exact: true }).click();
    await until(async () => {
      const portal = await stage.world.app().house.find(site.key);
      return (await portal?.progress())?.phase === "running";
    }, "the first sync begins");
    const card = page.locator("iframe").contentFrame();
    await card.locator('main[data-state="installing"] progress').waitFor();
    await card.locator("main .score").waitFor();
    await card.locator('main:not([data-state="installing"])').waitFor();
  });
  await figuresReady(stage.world, site);
});

test("amoCRM: the connect page leads through the consent screen and back, once, in one browser", async () => {
  const site = stage.site("amocrm");
  await site.portal.uninstall({ erase: false });
  await stage.visit({ expected: /status of 40[13]/ }, async ({ context, page }) => {
    await page.goto(`${stage.world.publicUrl}/amocrm/connect`);
    const { hostname, searchParams } = new URL(page.url());
    expect(hostname).toBe("www.localhost");
    expect(await context.cookies(stage.world.publicUrl)).toMatchObject([
      { name: "__Host-pulse-connect", httpOnly: true, secure: true, sameSite: "Lax" },
    ]);

    await stage.visit({ expected: /status of 403/ }, async (stranger) => {
      await stranger.page.goto(`${stage.world.publicUrl}/amocrm/connect`);
      const theirs = new URL(stranger.page.url()).searchParams.get("state");
      expect(theirs).not.toBe(searchParams.get("state"));
      const { native } = site;
      if (native.product !== "amocrm") throw new Error("another product");
      // Somebody else's state and the stranger's cookie do not fit together.
      const answer = await page.goto(native.portal.grant(theirs ?? ""));
      expect(answer?.status()).toBe(403);
      await page.getByRole("heading", { name: "Нет доступа" }).waitFor();
    });

    await page.goto(`${stage.world.publicUrl}/amocrm/connect`);
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByRole("heading", { name: "Готово, CRM подключена" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Откройте страницу ещё раз" }).waitFor();

    await page.goto(appAddress(site));
    const app = await appFrame(page, stage.world);
    await app.getByRole("heading", { name: "Пульс клиента" }).waitFor();
  });
});
