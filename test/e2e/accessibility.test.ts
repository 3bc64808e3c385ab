import type { Frame, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { openApp, openCard, PRODUCTS, places, useStage } from "./kit.ts";

const stage = useStage({ isInstalled: true });

/** Tab enters a group of radio buttons once, at the chosen one; arrows go on from there. */
const INPUTS = "input:not([type='radio']:not(:checked))";
const INTERACTIVE = `a[href], button:not([disabled]), summary, ${INPUTS}, select, [tabindex='0']`;

/** Marks what a person may operate; how many there are. */
function markInteractive(frame: Frame): Promise<number> {
  return frame.evaluate((selector) => {
    const shown = [...document.querySelectorAll<HTMLElement>(selector)].filter((element) =>
      element.checkVisibility(),
    );
    shown.forEach((element, index) => {
      element.dataset.at = String(index);
    });
    return shown.length;
  }, INTERACTIVE);
}

interface Focused {
  readonly at: string;
  readonly name: string;
  readonly outline: string;
}

/** The element with the keyboard, or null when it is elsewhere. */
function focused(frame: Frame): Promise<Focused | null> {
  return frame.evaluate(() => {
    const element = document.activeElement as HTMLElement | null;
    if (!document.hasFocus() || element?.dataset.at === undefined) return null;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return {
      at: element.dataset.at,
      name: (element.innerText || element.title || element.ariaLabel || "").trim(),
      outline: `${outlineStyle} ${outlineWidth}`,
    };
  });
}

/** Goes through the page with Tab alone. */
async function expectKeyboard(page: Page, frame: Frame): Promise<void> {
  const count = await markInteractive(frame);
  expect(count).toBeGreaterThan(0);
  const reached = new Set<string>();
  const most = count + 40;
  for (let press = 0; press < most && reached.size < count; press += 1) {
    await page.keyboard.press("Tab");
    const one = await focused(frame);
    if (!one) continue;
    reached.add(one.at);
    expect(one.outline, one.name).toBe("solid 2px");
  }
  expect(reached.size).toBe(count);
}

async function expectStructure(frame: Frame): Promise<void> {
  const facts = await frame.evaluate(() => {
    const texts = (selector: string) =>
      [...document.querySelectorAll<HTMLElement>(selector)].map((element) =>
        (element.textContent || element.title || element.ariaLabel || "").trim(),
      );
    const headings = [...document.querySelectorAll("h1, h2, h3")].map(({ tagName }) => tagName);
    return {
      title: document.title,
      mains: document.querySelectorAll("main").length,
      headings,
      nameless: texts("button, a, summary").filter((text) => text === "").length,
      pictures: [...document.querySelectorAll("body svg, img")].filter(
        (picture) =>
          picture.getAttribute("aria-hidden") !== "true" &&
          !picture.hasAttribute("aria-label") &&
          !picture.hasAttribute("aria-labelledby") &&
          !picture.closest("[aria-hidden='true']"),
      ).length,
      tables: [...document.querySelectorAll("table")].filter(
        (table) => !table.querySelector("caption") || !table.querySelector("th[scope]"),
      ).length,
      sections: [...document.querySelectorAll("section[aria-labelledby]")].filter(
        (section) =>
          !document.getElementById(section.getAttribute("aria-labelledby") ?? "")?.textContent,
      ).length,
    };
  });
  expect(facts.title).not.toBe("");
  expect(facts).toMatchObject({ mains: 1, nameless: 0, pictures: 0, tables: 0, sections: 0 });
  expect(facts.headings.filter((heading) => heading === "H1")).toHaveLength(1);
  expect(facts.headings[0]).toBe("H1");
}

describe.each(PRODUCTS)("%s", (product) => {
  test("the card can be read and worked with a keyboard alone", async () => {
    await stage.visit({}, async ({ page }) => {
      const { deal } = places(stage.site(product));
      const frame = await openCard(page, stage, product, { entity: "deal", id: deal });
      await frame.locator("[data-theme-switch]").waitFor();
      await expectStructure(frame);
      await expectKeyboard(page, frame);
      const why = frame.locator(".why");
      const table = why.locator("table").first();
      const isOpen = await table.isVisible();
      await why.locator("summary").first().focus();
      await page.keyboard.press("Enter");
      await table.waitFor({ state: isOpen ? "hidden" : "visible" });
      await page.keyboard.press("Enter");
      await table.waitFor({ state: isOpen ? "visible" : "hidden" });
    });
  });

  test("the dashboard can be read and worked with a keyboard alone", async () => {
    await stage.visit({}, async ({ page }) => {
      const frame = await openApp(page, stage, product);
      await frame.locator("[data-theme-switch]").waitFor();
      await expectStructure(frame);
      await frame.locator("[data-dry-run]").focus();
      await page.keyboard.press("Enter");
      await frame.locator(".run .primary").waitFor();
      await page.locator("body").press("Home");
      await expectKeyboard(page, frame);
    });
  });
});
