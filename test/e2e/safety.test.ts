import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { CardEntity } from "../../src/crm/host.ts";
import { serveSandbox } from "../../src/runtime/node/sandbox-server.ts";
import { ADMIN, openApp, openCard, PRODUCTS, type Product, places, useStage } from "./kit.ts";

const stage = useStage({ isInstalled: true });

/** Each would run if a name ever became markup, a script block's text, an attribute or an address. */
const HOSTILE = [
  '<img src=x onerror="window.hacked=1">',
  "</script><script>window.hacked=1</script>",
  '"><svg onload=window.hacked=1>',
  "javascript:window.hacked=1//",
  "{{constructor.constructor('window.hacked=1')()}}",
].join(" ");

/** A person renames a record by the CRM's own means. */
async function rename(page: Page, product: Product, entity: CardEntity, id: string): Promise<void> {
  const { native } = stage.site(product);
  if (native.product === "amocrm") {
    const path = { deal: "leads", contact: "contacts", company: "companies" }[entity];
    await page.goto(native.portal.cardUrl(entity, id, ADMIN));
    const status = await page.evaluate(
      async ([where, body]) =>
        (await fetch(`/api/v4/${where}`, { method: "PATCH", body: body ?? "" })).status,
      [path, JSON.stringify([{ id: Number(id), name: HOSTILE }])],
    );
    expect(status).toBe(200);
    return;
  }
  const { portal } = native;
  await page.goto(portal.cardUrl(entity, id, ADMIN));
  const call = {
    auth: new URLSearchParams(portal.openPage("app").body).get("AUTH_ID"),
    entityTypeId: { deal: 2, contact: 3, company: 4 }[entity],
    id,
    fields: entity === "contact" ? { name: HOSTILE, lastName: "" } : { title: HOSTILE },
  };
  const status = await page.evaluate(async (body) => {
    const headers = { "content-type": "application/json" };
    return (await fetch("/rest/crm.item.update", { method: "POST", headers, body })).status;
  }, JSON.stringify(call));
  expect(status).toBe(200);
}

async function expectUnhurt(page: Page): Promise<void> {
  for (const frame of page.frames()) {
    expect(await frame.evaluate(() => "hacked" in window)).toBe(false);
    expect(await frame.locator("img, svg[onload], body script:not([type])").count()).toBe(
      frame === page.mainFrame() ? await frame.locator("body script:not([type])").count() : 0,
    );
  }
}

describe.each(PRODUCTS)("%s", (product) => {
  test("a name that is markup is shown as what it is, and runs nothing", async () => {
    await stage.visit({}, async ({ page }) => {
      const before = await openApp(page, stage, product);
      const first = before.locator(".attention a[data-client]").first();
      const key = (await first.getAttribute("data-client")) ?? "";
      const [kind = "", id = ""] = key.split(":");
      await rename(page, product, kind as CardEntity, id);

      const app = await openApp(page, stage, product);
      const link = app.locator(`.attention a[data-client="${key}"]`);
      await expect.poll(() => link.textContent()).toContain(HOSTILE);
      await expectUnhurt(page);

      await app.locator("[data-dry-run]").click();
      const row = app.locator(`.run [data-client="${key}"]`).first();
      await app.locator(".run").waitFor();
      if ((await row.count()) > 0) await expect.poll(() => row.textContent()).toContain(HOSTILE);
      await expectUnhurt(page);
    });
  });

  test("a deal with a hostile title opens like any other", async () => {
    await stage.visit({}, async ({ page }) => {
      const { deal } = places(stage.site(product));
      await rename(page, product, "deal", deal);
      const frame = await openCard(page, stage, product, { entity: "deal", id: deal });
      await frame.locator(".verdict").waitFor();
      await frame.locator("[data-theme-switch]").waitFor();
      expect(await frame.content()).not.toContain("hacked");
      await expectUnhurt(page);
    });
  });

  test("no foreign page can put the card into a frame, not even with everything it needs", async () => {
    const opening = await cardOpening(product);
    const foreign = await serveSandbox(async () => {
      const html = `<!doctype html><link rel="icon" href="data:,"><iframe name="card"></iframe>${opening}
<script>document.forms[0].submit()</script>`;
      return new Response(html, { headers: { "content-type": "text/html; charset=utf-8" } });
    });
    try {
      await stage.visit({ expected: /frame-ancestors/ }, async ({ page }) => {
        const refusal = page.waitForEvent("console", (line) =>
          line.text().includes("frame-ancestors"),
        );
        await page.goto(`http://evil.localhost:${foreign.port}/`);
        await refusal;
        const frame = page.frame("card") ?? page.frames()[1];
        await expect.poll(() => frame?.url()).toMatch(/^chrome-error:/);
      });
    } finally {
      await foreign.close();
    }
  });
});

/** A form that opens the real card, as the CRM does it, with real proof inside. */
async function cardOpening(product: Product): Promise<string> {
  const { native } = stage.site(product);
  const { deal } = places(stage.site(product));
  const form = (method: string, url: string, fields: Iterable<[string, string]>) => {
    const inputs = [...fields].map(
      ([name, value]) => `<input type="hidden" name="${name}" value='${value}'>`,
    );
    return `<form method="${method}" action="${url}" target="card">${inputs.join("")}</form>`;
  };
  if (native.product === "bitrix24") {
    const place = { kind: "deal", id: deal } as const;
    const post = native.portal.openPage("CRM_DEAL_DETAIL_TAB", place, ADMIN);
    return form("post", post.url.replaceAll("&", "&amp;"), new URLSearchParams(post.body));
  }
  const answer = await fetch(`${stage.world.publicUrl}/amocrm/session`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-auth-token": await native.portal.disposableToken(ADMIN),
      origin: native.portal.origin(),
    },
    body: JSON.stringify({ place: "card", entity: "deal", id: deal }),
  });
  const { cardUrl } = (await answer.json()) as { cardUrl: string };
  const url = new URL(cardUrl);
  return form("get", `${url.origin}${url.pathname}`, url.searchParams);
}
