import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Frame } from "playwright-core";
import { describe, expect, test } from "vitest";
import {
  LIMITED,
  MANAGER,
  openApp,
  PRODUCTS,
  type Product,
  setFrameWidth,
  useStage,
} from "./kit.ts";

const stage = useStage({ isInstalled: true });

/** Names of clients as the page shows them, once they have come. */
async function namesIn(frame: Frame): Promise<readonly string[]> {
  const links = frame.locator(".attention a[data-client]");
  await expect
    .poll(async () =>
      (await links.allInnerTexts()).some((text) => /^(Компания|Контакт) \d+$/.test(text)),
    )
    .toBe(false);
  return links.allInnerTexts();
}

function everythingStored(): Buffer {
  const files = readdirSync(stage.dataFolder, { withFileTypes: true, recursive: true });
  const contents = files
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name)));
  return Buffer.concat(contents);
}

async function dryRun(frame: Frame): Promise<void> {
  await frame.getByRole("button", { name: "Показать, что изменится" }).click();
  // After an approval nobody may be left for a list.
  const answer = frame.locator("[data-dry-run-result]");
  await answer.locator(".run").or(answer.getByText("Менять нечего")).waitFor();
}

const renewals = (product: Product) => `POST /${product}/session`;

describe.each(PRODUCTS)("%s", (product) => {
  test("every figure opens its formula, its population and what was left out", async () => {
    await stage.visit({}, async ({ page, appRequests }) => {
      const frame = await openApp(page, stage, product);
      const tiles = frame.locator("details.tile");
      const count = await tiles.count();
      expect(count).toBeGreaterThanOrEqual(10);
      for (let at = 0; at < count; at += 1) {
        const tile = tiles.nth(at);
        expect(await tile.locator("dl").isVisible()).toBe(false);
        await tile.locator("summary").click();
        expect(await tile.locator("dl").innerText()).toMatch(/\S{10}|\d/);
        expect(await tile.locator("dd").count()).toBeGreaterThanOrEqual(4);
      }
      expect(appRequests().filter((line) => line.includes("/api/"))).toEqual([]);
    });
  });

  test("a goal is set on a figure, says where it stands and is removed", async () => {
    await stage.visit({}, async ({ page }) => {
      await openApp(page, stage, product);
      // The page comes anew after each change, in some CRMs in a frame of its own.
      const panel = page.frameLocator("iframe").locator("[data-goals]");
      await panel.getByText("Новая цель").click();
      await panel.getByLabel("Показатель").selectOption({ label: "Купили повторно" });
      await panel.getByLabel("Изменить на, %").fill("10");
      await panel.getByRole("button", { name: "Поставить цель" }).click();
      await panel.locator("li").waitFor();
      expect(await panel.locator("li").innerText()).toMatch(
        /Купили повторно[\s\S]*по плану[\s\S]*было \d+/,
      );
      await panel.locator("[data-goal-remove]").click();
      await panel.getByText("Целей пока нет.").waitFor();
    });
  });

  test("costs are entered by hand and pasted, a bad row is named, and the figures follow", async () => {
    await stage.visit({}, async ({ page }) => {
      await openApp(page, stage, product);
      const panel = page.frameLocator("iframe").locator("[data-spend]");
      await panel.getByText("Внести расходы").click();
      const rows = panel.locator("[data-spend-rows] tr");
      await rows.nth(0).getByLabel("Месяц").fill("2026-01");
      await rows.nth(0).getByLabel("Канал").fill("Реклама");
      await rows.nth(0).getByLabel("Сумма").fill("50,000");
      const save = panel.getByRole("button", { name: "Сохранить таблицу" });
      await save.click();
      await panel.getByText("Строка 1: сумму не прочитать").waitFor();
      await rows.nth(0).getByLabel("Сумма").fill("50 000");
      await panel.getByText("Вставить из таблицы").click();
      await panel.locator("textarea").fill("2026-01;реклама;700\n2026-13;Отдел продаж;300");
      await panel.getByRole("button", { name: "Добавить в таблицу" }).click();
      await panel.getByText("Строка 2: месяц не прочитать").waitFor();
      await panel.locator("textarea").fill("2026-01;реклама;700\n01.2026;Отдел продаж;300;продажи");
      await panel.getByRole("button", { name: "Добавить в таблицу" }).click();
      await panel.getByText("Новых строк: 1, заменено: 1").waitFor();
      await save.click();
      await panel.getByText(/Строк в таблице: 2, всего 1\s000/).waitFor();

      await panel.getByLabel("Средняя маржа, %").fill("40");
      await panel.getByRole("button", { name: "Сохранить маржу" }).click();
      await panel.locator('[name=percent][value="40"]').waitFor();
      await panel.getByText("Изменить таблицу").click();
      await panel.locator("[data-spend-rows] tr").nth(1).waitFor();
      await panel.locator("[data-spend-remove]").nth(1).click();
      await panel.locator("[data-spend-remove]").nth(0).click();
      await panel.getByText("Есть несохранённые изменения").waitFor();
      await panel.getByRole("button", { name: "Сохранить таблицу" }).click();
      await panel.getByText("Пока ничего не внесено").waitFor();
    });
  });

  test("names come from the CRM with the viewer's own rights, and we keep none of them", async () => {
    await stage.visit({}, async ({ page, requests }) => {
      const frame = await openApp(page, stage, product);
      const names = await namesIn(frame);
      expect(names.length).toBeGreaterThan(3);
      const asked = product === "bitrix24" ? "/rest/crm.item.list" : "/api/v4/co";
      const origin = stage.site(product).portal.origin();
      expect(requests.filter((line) => line.includes(`${origin}${asked}`))).not.toEqual([]);
      const stored = everythingStored();
      expect(stored.length).toBeGreaterThan(50_000);
      for (const name of names) {
        for (const word of name.split(" ").filter((part) => part.length > 5)) {
          expect(stored.includes(word), word).toBe(false);
        }
      }
    });
  });

  test("the exact list comes first, and what was approved then stands in the CRM", async () => {
    const { portal } = stage.site(product);
    await stage.visit({}, async ({ page }) => {
      const frame = await openApp(page, stage, product);
      await dryRun(frame);
      await frame.locator(".run").waitFor();
      const rows = await frame.locator(".run .change").allInnerTexts();
      const tasks = rows.filter((row) => row.startsWith("Задача"));
      expect(tasks.length).toBeGreaterThan(0);
      const people = await frame.locator(".run > p.quiet").first().innerText();
      const today = [...people.matchAll(/сегодня (\d+)/g)].reduce(
        (sum, one) => sum + Number(one[1]),
        0,
      );
      expect(portal.tasks()).toEqual([]);

      await frame.getByRole("button", { name: "Утвердить и выполнить" }).click();
      await frame.getByText("Утверждено.").waitFor();
      await expect.poll(() => portal.tasks().length, { timeout: 30_000 }).toBe(today);
      const clients = portal.truth().clients.map(({ id }) => id);
      const deals = portal.truth().deals.map(({ id }) => id);
      for (const task of portal.tasks()) expect([...clients, ...deals]).toContain(task.entityId);
    });
  });

  test("a spent session is renewed through the frame without a word to the person", async () => {
    await stage.visit({ expected: /status of 401/ }, async ({ page, appRequests }) => {
      let refusals = 0;
      await page.route(/\/api\/playbooks\//, async (route) => {
        refusals += 1;
        if (refusals > 1) await route.continue();
        else await route.fulfill({ status: 401, json: { code: "auth.required" } });
      });
      const frame = await openApp(page, stage, product);
      const before = appRequests().filter((line) => line === renewals(product)).length;
      await dryRun(frame);
      expect(refusals).toBe(2);
      expect(appRequests().filter((line) => line === renewals(product))).toHaveLength(before + 1);
    });
  });

  test("a session is renewed before its fifteen minutes are over", async () => {
    await stage.visit({}, async ({ context, page, appRequests }) => {
      await context.addInitScript((origin) => {
        if (location.origin !== origin) return;
        const now = Date.now;
        Date.now = () => now() + 14.5 * 60_000;
      }, stage.world.publicUrl);
      const frame = await openApp(page, stage, product);
      const block = (await frame.locator("script#pulse-session").textContent()) ?? "null";
      const sent = page.waitForRequest(/\/api\/playbooks\//);
      await dryRun(frame);
      const bearer = (await (await sent).allHeaders()).authorization;
      expect(bearer).toMatch(/^Bearer [\w.-]{100,}$/);
      expect(bearer).not.toBe(`Bearer ${JSON.parse(block).token}`);
      expect(appRequests()).toContain(renewals(product));
    });
  });

  test.each([MANAGER, LIMITED])(
    "person %i, no administrator, gets a message and no figure",
    async (userIndex) => {
      await stage.visit({}, async ({ page }) => {
        const frame = await openApp(page, stage, product, { userIndex });
        await frame.getByRole("heading", { name: "Нужен администратор" }).waitFor();
        expect(await frame.content()).not.toMatch(/₽|RUB|data-dry-run/);
      });
    },
  );

  const views = (["light", "dark"] as const).flatMap((theme) =>
    (["ru", "en"] as const).map((locale) => ({ theme, locale })),
  );

  test.each(views)(
    "fits 360 and 1280 px with a list open: $theme, $locale",
    async ({ theme, locale }) => {
      await stage.visit({ colorScheme: theme }, async ({ page }) => {
        const frame = await openApp(page, stage, product, { locale });
        expect(await frame.locator("html").getAttribute("lang")).toBe(locale);
        await frame.locator("[data-dry-run]").click();
        await frame
          .locator("[data-dry-run-result] > :not(.quiet), [data-dry-run-result] > p")
          .first()
          .waitFor();
        for (const width of [1280, 360]) {
          await setFrameWidth(page, width);
          await frame.waitForFunction((px) => window.innerWidth === px, width);
          expect(await overflow(frame), `${width} px`).toBe(0);
        }
        const color = await frame.evaluate(() => getComputedStyle(document.body).backgroundColor);
        expect(color).toBe(theme === "dark" ? "rgb(18, 23, 28)" : "rgb(238, 242, 244)");
        expect(await frame.locator("#attention").innerText()).toBe(
          locale === "ru" ? "Кому позвонить в первую очередь" : "Whom to call first",
        );
      });
    },
  );
});

function overflow(frame: Frame): Promise<number> {
  return frame.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}
