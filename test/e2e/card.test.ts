import type { Frame, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { type CardDocument, cardDocument } from "../../src/crm/card.ts";
import {
  ADMIN,
  figuresReady,
  hold,
  LIMITED,
  openCard,
  PRODUCTS,
  type Product,
  places,
  setFrameWidth,
  useStage,
} from "./kit.ts";

const stage = useStage({ isInstalled: true });

async function block(frame: Frame, id: string): Promise<unknown> {
  return JSON.parse((await frame.locator(`script#${id}`).textContent()) ?? "null");
}

async function documentOf(frame: Frame): Promise<CardDocument> {
  return cardDocument.parse(await block(frame, "pulse-card"));
}

const overflow = (frame: Frame) =>
  frame.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });

const background = (frame: Frame) =>
  frame.evaluate(() => getComputedStyle(document.body).backgroundColor);

const bestDeal = (product: Product) => ({
  entity: "deal" as const,
  id: places(stage.site(product)).deal,
});

const DOCUMENT = { bitrix24: "POST /bitrix24/card", amocrm: "GET /amocrm/card" };
const SCRIPT = /^GET \/assets\/[\w-]+\.js$/;
const LIGHT = "rgb(255, 255, 255)";
const DARK = "rgb(27, 34, 41)";

describe.each(PRODUCTS)("%s", (product) => {
  test("the card is painted from its document alone, with not one script there", async () => {
    await stage.visit({}, async ({ page, appRequests }) => {
      const letScriptsCome = await hold(page, /\/assets\//);
      const frame = await openCard(page, stage, product, bestDeal(product));
      await frame.waitForFunction(
        () => performance.getEntriesByName("first-contentful-paint").length > 0,
      );
      const card = await documentOf(frame);
      expect(card.state).toBe("ok");
      expect(await frame.locator(".verdict").innerText()).toContain(String(card.health?.score));
      expect(await frame.locator(".reason").isVisible()).toBe(true);
      expect(await frame.locator(".facts").innerText()).toContain("₽");
      expect(await block(frame, "pulse-session")).toMatchObject({
        token: expect.stringMatching(/^[\w.-]{100,}$/),
        portal: stage.site(product).key,
        role: "admin",
      });
      const asked = appRequests().slice(appRequests().indexOf(DOCUMENT[product]) + 1);
      // The strip in the card's body is a frame of its own, with its own document.
      const others = asked.filter((line) => !SCRIPT.test(line));
      expect(others.length).toBeLessThanOrEqual(product === "bitrix24" ? 1 : 0);
      expect(others.every((line) => line === DOCUMENT.bitrix24)).toBe(true);

      letScriptsCome();
      await frame.locator("[data-theme-switch]").waitFor();
      expect(appRequests().filter((line) => line.includes("/api/"))).toEqual([]);
    });
  });

  const views = (["light", "dark"] as const).flatMap((theme) =>
    (["ru", "en"] as const).map((locale) => ({ theme, locale })),
  );

  test.each(views)("fits a narrow column and a wide tab: $theme, $locale", async (look) => {
    await stage.visit({ colorScheme: look.theme }, async ({ page }) => {
      const place = { ...bestDeal(product), locale: look.locale };
      const frame = await openCard(page, stage, product, place);
      expect(await frame.locator("html").getAttribute("lang")).toBe(look.locale);
      expect(await frame.locator(".why summary").innerText()).toBe(
        look.locale === "ru" ? "Почему такая оценка" : "Why this score",
      );
      expect(await background(frame)).toBe(look.theme === "dark" ? DARK : LIGHT);
      for (const width of [360, 880, 1280]) {
        await setFrameWidth(page, width);
        await frame.waitForFunction((px) => window.innerWidth === px, width);
        expect(await overflow(frame), `${width} px`).toBe(0);
        await asHighAsContent(page, frame);
      }
      await setFrameWidth(page, 360);
      await frame.waitForFunction(() => window.innerWidth === 360);
      const head = await frame.locator(".head").evaluate((node) => node.getBoundingClientRect());
      expect(head.bottom).toBeLessThanOrEqual(120);
    });
  });

  async function asHighAsContent(page: Page, frame: Frame): Promise<void> {
    await frame.waitForFunction(() => document.documentElement.scrollHeight <= window.innerHeight);
    // The frame follows its content by a message; a wider page is shorter at once, its frame a moment later.
    const spare = async () => {
      const frameHeight = await page
        .locator("iframe")
        .first()
        .evaluate((node) => node.clientHeight);
      return (
        frameHeight - (await frame.evaluate(() => document.body.getBoundingClientRect().height))
      );
    };
    await expect.poll(spare, { timeout: 10_000 }).toBeLessThan(40);
  }

  test("the theme switch turns the colours round also where a frame may store nothing", async () => {
    await stage.visit({ colorScheme: "light" }, async ({ page }) => {
      const frame = await openCard(page, stage, product, bestDeal(product));
      const button = frame.getByRole("button", { name: "Светлая или тёмная тема" });
      await button.click();
      expect(await background(frame)).toBe(DARK);
      expect(await button.getAttribute("aria-pressed")).toBe("true");
      await button.click();
      expect(await background(frame)).toBe(LIGHT);
    });
  });

  test("after a reload inside the frame the card comes back with fresh proof", async () => {
    await stage.visit({}, async ({ page, appRequests }) => {
      const frame = await openCard(page, stage, product, bestDeal(product));
      await frame.locator("[data-theme-switch]").waitFor();
      const [first, before] = [await block(frame, "pulse-session"), appRequests().length];
      await frame.evaluate(() => {
        document.body.dataset.old = "";
        (window as unknown as { pulseFrame: { reload(): void } }).pulseFrame.reload();
      });
      const content = page.locator("iframe").first().contentFrame();
      await content
        .locator("body:not([data-old]) script#pulse-card")
        .waitFor({ state: "attached" });
      const again = await content.locator("script#pulse-session").textContent();
      expect(JSON.parse(again ?? "null").token).not.toBe((first as { token: string }).token);
      const asked = appRequests()
        .slice(before)
        .filter((line) => !SCRIPT.test(line));
      expect(asked).toEqual(
        product === "bitrix24"
          ? ["GET /bitrix24/card", "POST /bitrix24/card"]
          : ["POST /amocrm/session", "GET /amocrm/card"],
      );
    });
  });

  test.each(["company", "contact"] as const)(
    "the card of a %s judges that client",
    async (entity) => {
      await stage.visit({}, async ({ page }) => {
        const id = places(stage.site(product))[entity];
        const card = await documentOf(await openCard(page, stage, product, { entity, id }));
        expect(card).toMatchObject({ state: "ok", client: { kind: entity, id } });
      });
    },
  );

  test("a deal of a client who has never bought says so and judges nothing", async () => {
    const { portal } = stage.site(product);
    const clientId = portal.edit({ kind: "createClient", clientKind: "company" });
    const id = portal.edit({
      kind: "createDeal",
      clientId,
      clientKind: "company",
      amountMinor: 100_00,
    });
    await portal.flushHooks();
    await figuresReady(stage.world, stage.site(product));
    await stage.visit({}, async ({ page }) => {
      const frame = await openCard(page, stage, product, { entity: "deal", id });
      await frame.getByRole("heading", { name: "Покупок ещё не было" }).waitFor();
      expect(await documentOf(frame)).toMatchObject({ state: "no_purchase", health: null });
    });
  });

  test("a viewer without right to the deal is told so and sees no figure", async () => {
    const { portal } = stage.site(product);
    const clientId = places(stage.site(product)).contact;
    const deal = {
      kind: "createDeal",
      clientId,
      clientKind: "contact",
      amountMinor: 700_00,
    } as const;
    const id = portal.edit(deal, ADMIN);
    await portal.flushHooks();
    await figuresReady(stage.world, stage.site(product));
    const place = { entity: "deal" as const, id };
    await stage.visit({}, async ({ page }) => {
      const frame = await openCard(page, stage, product, place);
      expect(await frame.locator("main").innerText()).toContain("₽");
    });
    await stage.visit({}, async ({ page }) => {
      const frame = await openCard(page, stage, product, { ...place, userIndex: LIMITED });
      await frame.getByRole("heading", { name: "Нет доступа" }).waitFor();
      expect(await frame.content()).not.toMatch(/₽|RUB|totalMinor/);
      const said = JSON.parse((await frame.locator("script#pulse-card").textContent()) ?? "");
      expect(said).toMatchObject({ state: "no_permission", client: null, worth: null, spark: [] });
      expect(said.history).toEqual({ lastPurchaseAt: null, lastContact: null });
    });
  });
});

test("amocrm: the chosen theme is remembered where storage is allowed", async () => {
  await stage.visit({ colorScheme: "light", expected: /ERR_FAILED/ }, async ({ page }) => {
    const session = page.waitForResponse(/\/amocrm\/session$/);
    // The frame must not spend the ticket.
    await page.route(/\/amocrm\/card/, (route) => route.abort());
    await page.goto(stage.site("amocrm").portal.cardUrl("deal", bestDeal("amocrm").id, ADMIN));
    const { cardUrl } = (await (await session).json()) as { cardUrl: string };
    await page.goto("about:blank");
    await page.unroute(/\/amocrm\/card/);
    await page.goto(cardUrl);
    const [card] = page.frames();
    if (!card) throw new Error("no page");
    // Browsers refuse storage to foreign frames of a private window; a page of its own has it.
    await page.locator("[data-theme-switch]").click();
    expect(await background(card)).toBe(DARK);
    await page.reload();
    await page.getByRole("heading", { name: "Откройте страницу ещё раз" }).waitFor();
    expect(await background(card)).toBe(DARK);
  });
});

test("amocrm: an answer for the card that is no longer shown is dropped", async () => {
  await stage.visit({}, async ({ page, appRequests }) => {
    const { deal, contact } = places(stage.site("amocrm"));
    const letFirstCome = await hold(page, /\/amocrm\/session$/, (nth) => nth === 0);
    await page.goto(stage.site("amocrm").portal.cardUrl("deal", deal, ADMIN));
    await page.getByText("Загружаем…").waitFor();
    const late = page.waitForResponse(
      (answer) =>
        answer.request().method() === "POST" &&
        answer.url().endsWith("/amocrm/session") &&
        (answer.request().postData() ?? "").includes(deal),
    );
    await page.locator("#card_holder a").first().click();
    const card = page.locator("iframe").contentFrame();
    await card.locator(`main[data-entity="contact"][data-entity-id="${contact}"]`).waitFor();
    letFirstCome();
    await (await late).finished();
    // The page's own turn after the answer: whatever it would do with it is done.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 0)));
    expect(await page.locator("iframe").count()).toBe(1);
    expect(await card.locator("main").getAttribute("data-entity")).toBe("contact");
    expect(appRequests().filter((line) => line === "GET /amocrm/card")).toHaveLength(1);
  });
});
