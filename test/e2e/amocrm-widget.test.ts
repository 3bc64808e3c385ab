import { unzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { widgetArchive } from "../../scripts/build-amocrm.ts";
import { appAddress, appFrame, cardAddress, places, useStage } from "./kit.ts";

/** The archive as it is uploaded, inside the CRM's own pages, in a real browser. */

const stage = useStage({ isInstalled: true });

function upload(options: { readonly isPrivate?: boolean; readonly frameSources?: string } = {}) {
  const { native } = stage.site("amocrm");
  if (native.product !== "amocrm") throw new Error("the wrong CRM");
  const archive = widgetArchive({
    publicUrl: stage.world.publicUrl,
    supportEmail: "help@example.com",
    version: "1.0.0",
    product: "amocrm",
    isPrivate: options.isPrivate ?? false,
  });
  const texts = Object.entries(unzipSync(archive)).filter(([name]) => !name.endsWith(".png"));
  native.setWidget(
    Object.fromEntries(texts.map(([name, bytes]) => [name, new TextDecoder().decode(bytes)])),
    options.frameSources,
  );
}

const deal = () => places(stage.site("amocrm")).deal;
const card = (look = {}) => cardAddress(stage.site("amocrm"), "deal", deal(), look);

describe("the widget archive", () => {
  test("puts the card beside a deal where a foreign frame gets neither cookies nor storage", async () => {
    upload();
    await stage.visit({}, async ({ page, context }) => {
      await page.goto(card());
      const frame = await appFrame(page, stage.world);
      expect(await frame.locator(".verdict").innerText()).toMatch(/\d+/);
      await page.locator('body[data-widget="ready"]').waitFor();
      const cookies = await context.cookies(stage.world.publicUrl);
      expect(cookies.filter(({ name }) => !name.startsWith("sandbox_user"))).toEqual([]);
      await expect(frame.evaluate(() => localStorage.length)).rejects.toThrow("Access is denied");
    });
  });

  test("stands in a customer's card, about the company or the contact that buys", async () => {
    upload();
    const site = stage.site("amocrm");
    const { native } = site;
    if (native.product !== "amocrm") throw new Error("the wrong CRM");
    native.portal.setCustomersMode("segments");
    const { company } = places(site);
    const id = native.portal.addCustomer({ kind: "company", id: company });
    const address = new URL(card());
    address.pathname = `/customers/detail/${id}`;
    await stage.visit({}, async ({ page }) => {
      await page.goto(address.href);
      const frame = await appFrame(page, stage.world);
      expect(await frame.locator(".verdict").innerText()).toMatch(/\d+/);
      const shown = JSON.parse((await frame.locator("#pulse-card").textContent()) ?? "{}");
      expect(shown.client).toMatchObject({ kind: "company", id: company });
      await page.locator('body[data-area="cucard"][data-widget="ready"]').waitFor();
    });
  });

  test("says in its settings that the account is connected", async () => {
    upload();
    await stage.visit({}, async ({ page }) => {
      await page.goto(card());
      await page.locator('body[data-widget="ready"]').waitFor();
      await page.locator(".js-widget-settings").click();
      await page.locator(".pulse-settings").getByText("Аккаунт подключён").waitFor();
      await page.locator(".js-widget-save").click();
      await page.locator(".widget-settings").waitFor({ state: "detached" });
    });
  });

  test("opens the overview from the main menu and from the advanced settings", async () => {
    upload();
    await stage.visit({}, async ({ page }) => {
      await page.goto(appAddress(stage.site("amocrm")));
      const settings = await appFrame(page, stage.world);
      await settings.getByRole("heading", { level: 1 }).waitFor();
      await page.locator("#left_menu a").click();
      await page.waitForURL(/\/widget_page\/\w+\/pulse/);
      const menu = await appFrame(page, stage.world);
      await menu.getByRole("heading", { level: 1 }).waitFor();
      expect(await menu.locator("#pulse-session").textContent()).toContain("admin");
    });
  });

  test("has no item in the main menu as an integration of one account", async () => {
    upload({ isPrivate: true });
    await stage.visit({}, async ({ page }) => {
      await page.goto(appAddress(stage.site("amocrm")));
      await appFrame(page, stage.world);
      expect(await page.locator("#left_menu a").count()).toBe(0);
    });
  });

  test("says the first lines as text where the page lets no frame in", async () => {
    upload({ frameSources: "'none'" });
    await stage.visit({ expected: /frame-src|Framing|violates/ }, async ({ page }) => {
      await page.clock.install();
      await page.goto(card({ locale: "en" }));
      await page.locator(".pulse-card iframe").waitFor({ state: "attached" });
      await page.clock.fastForward(10_000);
      const box = page.locator(".pulse-card");
      const open = box.getByRole("button", { name: "Open in a new tab" });
      await open.waitFor();
      const [verdict] = await box.locator("p").allInnerTexts();
      expect(verdict).toMatch(/ \d+\/100$/);
      const popup = page.waitForEvent("popup");
      await open.click();
      const own = await popup;
      await own.locator("main[data-state] .verdict").waitFor();
    });
  });
});
