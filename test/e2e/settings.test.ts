import type { FrameLocator } from "playwright-core";
import { describe, expect, test } from "vitest";
import { openApp, PRODUCTS, setFrameWidth, useStage } from "./kit.ts";

const stage = useStage({ isInstalled: true });

function partOf(frame: FrameLocator, title: string) {
  const part = frame.locator("[data-setting]").filter({ hasText: title });
  return { part, open: () => part.locator("summary").first().click() };
}

describe.each(PRODUCTS)("%s", (product) => {
  test("what counts is previewed, saved and taken back", async () => {
    await stage.visit({}, async ({ page }) => {
      await openApp(page, stage, product);
      // The page comes anew after a change, in some CRMs in a frame of its own.
      const frame = page.frameLocator("iframe");
      const { part, open } = partOf(frame, "Что считать покупкой");
      await open();
      await part.getByLabel("Кто покупатель").selectOption({ label: "Только контакты" });
      await part.getByRole("button", { name: "Показать, что изменится" }).click();
      const change = part.locator("table");
      await change.waitFor();
      expect(await change.innerText()).toMatch(/Клиенты[\s\S]*Покупки[\s\S]*Выручка/);
      const shown = await frame.locator("main").getAttribute("data-as-of");
      await part.getByRole("button", { name: "Сохранить" }).click();
      await expect
        .poll(() => frame.locator("main").getAttribute("data-as-of"), { timeout: 45_000 })
        .not.toBe(shown);
      await open();
      await part.getByText("Прежние варианты").click();
      await part.getByRole("button", { name: "Вернуть" }).last().click();
      await change.waitFor();
      await part.getByRole("button", { name: "Сохранить" }).click();
      await expect
        .poll(
          async () => {
            if ((await part.getAttribute("open")) === null) await open();
            return part.getByLabel("Кто покупатель").inputValue();
          },
          { timeout: 45_000 },
        )
        .toBe("company_first");
    });
  });

  test("the rate refuses what is no rate and keeps what is one", async () => {
    await stage.visit({}, async ({ page }) => {
      await openApp(page, stage, product);
      const { part, open } = partOf(page.frameLocator("iframe"), "Как часто обращаться к CRM");
      await open();
      const field = part.locator("input[name=rate]");
      await field.fill("0");
      await part.getByRole("button", { name: "Сохранить" }).click();
      await expect.poll(() => field.getAttribute("aria-invalid")).toBe("true");
      await field.fill("1.5");
      await part.getByRole("button", { name: "Сохранить" }).click();
      await expect.poll(() => part.getByRole("status").innerText()).toMatch(/1,5/);
      // The other tests want their speed back.
      await field.fill("");
      await part.getByRole("button", { name: "Сохранить" }).click();
      await expect.poll(() => part.getByRole("status").innerText()).not.toMatch(/1,5/);
    });
  });

  test("a segment of one's own is counted while it is made, kept, listed and deleted", async () => {
    await stage.visit({}, async ({ page }) => {
      await openApp(page, stage, product);
      await setFrameWidth(page, 360);
      const rules = page.frameLocator("iframe").locator("[data-rules]");
      await rules.locator("summary").click();
      await rules.getByRole("button", { name: "Новый сегмент" }).click();
      await rules.getByLabel("Название").fill("Молчат месяц");
      await rules.getByLabel("Что проверяем").selectOption({ label: "дней с последней покупки" });
      await rules.getByLabel("Как сравниваем").selectOption("over");
      await rules.getByLabel("Значение").fill("30");
      await expect.poll(() => rules.locator("[data-rule-count]").innerText()).toMatch(/\d/);
      await rules.getByRole("button", { name: "Сохранить" }).click();
      const row = rules.locator("[data-rule]").filter({ hasText: "Молчат месяц" });
      await row.waitFor();
      await row.getByRole("button").first().click();
      const list = page.frameLocator("iframe").getByText("Клиенты: Молчат месяц");
      await list.waitFor();
      await row.getByRole("button", { name: "Удалить" }).click();
      await row.getByRole("button", { name: "Точно удалить" }).click();
      await rules.getByText("Своих сегментов пока нет.").waitFor();
    });
  });
});
