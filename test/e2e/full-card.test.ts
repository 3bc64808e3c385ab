import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import {
  ADMIN,
  appFrame,
  cardAddress,
  figuresReady,
  LIMITED,
  openApp,
  openCard,
  type Product,
  places,
  setFrameWidth,
  until,
  useStage,
} from "./kit.ts";

/** The card with a whole page to itself: the tab of Bitrix24, and a record opened from the app's own page in both CRMs. */

const stage = useStage({ isInstalled: true });

function bitrix24() {
  const { native } = stage.site("bitrix24");
  if (native.product !== "bitrix24") throw new Error("another product");
  return native.portal;
}

const bestDeal = () => ({ entity: "deal" as const, id: places(stage.site("bitrix24")).deal });

/** A person's own change of a record, through the portal's REST from a page of the portal. */
async function update(page: Page, entityTypeId: number, id: string, fields: object): Promise<void> {
  const auth = new URLSearchParams(bitrix24().openPage("app").body).get("AUTH_ID");
  const status = await page.evaluate(
    async (body) => {
      const headers = { "content-type": "application/json" };
      return (await fetch("/rest/crm.item.update", { method: "POST", headers, body })).status;
    },
    JSON.stringify({ auth, entityTypeId, id: Number(id), fields }),
  );
  expect(status).toBe(200);
}

/** Scrollbars of the frame's document, in px, at the height that the CRM's page gave it. */
async function scrollbars(page: Page, nth: number) {
  const frame = page.locator("iframe").nth(nth).contentFrame();
  return await frame.locator("html").evaluate((html) => ({
    across: html.scrollWidth - html.clientWidth,
    down: html.scrollHeight - html.clientHeight,
  }));
}

describe("the tab of a card", () => {
  test("at 1280 px neither the tab nor the strip in the card's body has a scrollbar", async () => {
    await stage.visit({ viewport: { width: 1680, height: 900 } }, async ({ page }) => {
      const frame = await openCard(page, stage, "bitrix24", bestDeal());
      await setFrameWidth(page, 1280);
      await frame.waitForFunction(() => window.innerWidth === 1280);
      await frame.locator(".timeline-chart").waitFor();
      const strip = page.locator("[data-strip] iframe").contentFrame();
      await strip.locator("[data-open-full]").waitFor();
      await frame.locator("details.purchases summary").click();
      await frame.locator("details.purchases table").waitFor();
      for (const nth of [0, 1]) {
        await expect
          .poll(() => scrollbars(page, nth), { timeout: 10_000 })
          .toEqual({ across: 0, down: 0 });
      }
      // Three columns: verdict, timeline and reasons stand side by side.
      const tops = await frame
        .locator("main > div")
        .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().top));
      expect(tops).toHaveLength(3);
      expect(new Set(tops.map(Math.round)).size).toBe(1);
    });
  });

  test("the table of purchases and a deal's link work with the keyboard; the portal opens the deal", async () => {
    await stage.visit({}, async ({ page }) => {
      const frame = await openCard(page, stage, "bitrix24", bestDeal());
      await frame.locator("[data-theme-switch]").waitFor();
      await frame.locator("details.purchases summary").focus();
      await page.keyboard.press("Enter");
      await frame.locator("details.purchases table").waitFor();
      await page.keyboard.press("Tab");
      const path = await frame.evaluate(() => {
        const link = document.activeElement;
        return link instanceof HTMLAnchorElement ? new URL(link.href).pathname : "";
      });
      expect(path).toMatch(/^\/crm\/deal\/details\/\d+\/$/);
      await page.keyboard.press("Enter");
      await until(
        () =>
          bitrix24()
            .frameLog()
            .some((one) => one.command === "openPath"),
        "the portal is asked to open the deal",
      );
      const asked = bitrix24()
        .frameLog()
        .findLast((one) => one.command === "openPath");
      expect(asked?.params).toEqual({ path });
    });
  });

  test("from the strip the whole page opens in a slider and closes from within", async () => {
    await stage.visit({}, async ({ page }) => {
      await openCard(page, stage, "bitrix24", bestDeal());
      const strip = page.locator("[data-strip] iframe").contentFrame();
      await strip.locator("[data-open-full]").click();
      const slider = page
        .locator(".slider > iframe")
        .contentFrame()
        .locator("iframe")
        .contentFrame();
      await slider.locator('main[data-size="full"] .timeline-chart').waitFor();
      await slider.locator("[data-close]").click();
      await page.locator(".slider").waitFor({ state: "detached" });
    });
  });

  test("another client of the deal is shown in its place, and refused to whoever may not read it", async () => {
    const { deal, company, contact } = places(stage.site("bitrix24"));
    const [admin, limited] = [ADMIN, LIMITED].map((one) => Number(bitrix24().users[one]?.id));
    await stage.visit({}, async ({ page }) => {
      await page.goto(bitrix24().cardUrl("deal", deal));
      await update(page, 2, deal, { companyId: Number(company), assignedById: limited });
      await update(page, 3, contact, { assignedById: admin });
      await update(page, 4, company, { assignedById: admin });
    });
    await bitrix24().flushHooks();
    await figuresReady(stage.world, stage.site("bitrix24"));
    await stage.visit({}, async ({ page, appRequests }) => {
      const frame = await openCard(page, stage, "bitrix24", { entity: "deal", id: deal });
      await frame.locator("[data-theme-switch]").waitFor();
      const other = frame.locator('.clients button[aria-pressed="false"]').first();
      const key = await other.getAttribute("data-switch");
      await other.focus();
      await page.keyboard.press("Enter");
      await frame.locator(`.clients button[data-switch="${key}"][aria-pressed="true"]`).waitFor();
      const shown = JSON.parse((await frame.locator("#pulse-card").textContent()) ?? "null");
      expect(shown.client.key).toBe(key);
      expect(await frame.evaluate(() => document.activeElement?.getAttribute("data-switch"))).toBe(
        key,
      );
      expect(appRequests().at(-1)).toBe("GET /api/card/view");
      await frame.locator("[data-theme-switch]").waitFor();
    });
    await stage.visit({ expected: /403/ }, async ({ page }) => {
      const place = { entity: "deal" as const, id: deal, userIndex: LIMITED };
      const frame = await openCard(page, stage, "bitrix24", place);
      await frame.locator("[data-theme-switch]").waitFor();
      await frame.locator('.clients button[aria-pressed="false"]').first().click();
      await frame.getByText("У вас нет прав на этого клиента").waitFor();
    });
  });
});

test.each(["bitrix24", "amocrm"] as const)(
  "%s: a client of the overview opens as a whole page and closes again",
  async (product: Product) => {
    await stage.visit({}, async ({ page }) => {
      const frame = await openApp(page, stage, product);
      await frame.locator(".attention [data-open-full]").first().click();
      const opened =
        product === "bitrix24"
          ? page.locator(".slider > iframe").contentFrame().locator("iframe").contentFrame()
          : page.locator("iframe").first().contentFrame();
      await opened.locator('main[data-size="full"] .timeline-chart').waitFor();
      await opened.locator("[data-close]").click();
      if (product === "bitrix24") await page.locator(".slider").waitFor({ state: "detached" });
      else await page.locator("iframe").first().contentFrame().locator(".attention").waitFor();
    });
  },
);

test("amocrm: the narrow column of a card shows no chart", async () => {
  await stage.visit({}, async ({ page }) => {
    const site = stage.site("amocrm");
    await page.goto(cardAddress(site, "deal", places(site).deal));
    const frame = await appFrame(page, stage.world);
    await frame.locator('main[data-size="column"] .verdict').waitFor();
    expect(await frame.locator(".timeline-chart").count()).toBe(0);
  });
});
