import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveSandbox } from "../../src/runtime/node/sandbox-server.ts";
import { type Body, bench } from "../sandbox/amocrm-kit.ts";
import { launch } from "./kit.ts";

/** The card page in a real browser, with a widget written as the platform's documentation shows. */

const SCRIPT = `define(["jquery", "lib/components/base/modal"], function ($, Modal) {
  return function Widget() {
    var self = this;
    self.callbacks = {
      render: function () {
        self.render_template({ caption: { class_name: "pulse" }, body: "", render: '<p class="id">{{ id }}</p><b class="token"></b>' },
          { id: AMOCRM.data.current_card.id });
        return true;
      },
      init: function () {
        self.$authorizedAjax({ url: self.params.app + "/amocrm/session", method: "POST", dataType: "json", contentType: "application/json", data: JSON.stringify({ id: AMOCRM.data.current_card.id }) })
          .done(function (answer) { $(".token").text(answer.user + " " + self.system().area + " " + AMOCRM.constant("user").id); });
        return true;
      },
      bind_actions: function () { return true; },
      settings: function () {}, onSave: function () { return true; }, destroy: function () {},
      advancedSettings: function () { $("#work-area-" + self.get_settings().widget_code).append("<h1>" + self.i18n("widget.name") + "</h1>"); }
    };
    return this;
  };
});`;

const MANIFEST = {
  widget: { version: "1.0.0", init_once: false },
  locations: ["lcard-1", "ccard-1", "comcard-1", "advanced_settings"],
  settings: {},
};

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => browser?.close());

async function stage() {
  const app = await serveSandbox(async (request) => {
    const headers = {
      "access-control-allow-origin": request.headers.get("origin") ?? "",
      "access-control-allow-headers": "X-Auth-Token, Content-Type",
    };
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers });
    const claims = (request.headers.get("x-auth-token") ?? "").split(".")[1] ?? "";
    const { user_id } = JSON.parse(Buffer.from(claims, "base64url").toString());
    return Response.json({ user: user_id }, { headers });
  });
  let port = 0;
  const b = bench({ accountOrigin: () => `http://127.0.0.1:${port}` });
  const crm = await serveSandbox((request) => b.sandbox.fetch(request));
  port = crm.port;
  b.sandbox.control.setWidget({
    code: "pulse",
    files: {
      "script.js": SCRIPT,
      "manifest.json": JSON.stringify(MANIFEST),
      "i18n/ru.json": JSON.stringify({ widget: { name: "Пульс клиента" } }),
    },
    params: { app: `http://127.0.0.1:${app.port}` },
  });
  const close = async () => {
    await crm.close();
    await app.close();
  };
  return { ...b, close };
}

test("a widget runs unmodified in a card and follows the person to the next card", async () => {
  const s = await stage();
  const client = s.portal.edit({ kind: "createClient", clientKind: "company" });
  const deal = s.portal.edit({
    kind: "createDeal",
    clientId: client,
    clientKind: "company",
    amountMinor: 100,
  });
  await s.portal.install(0);
  const page = await (browser as Browser).newPage();
  const failures: string[] = [];
  page.on("pageerror", (error) => failures.push(error.message));
  const manager = s.portal.users[1]?.id ?? "";
  await page.goto(s.portal.cardUrl("deal", deal, 1));
  await page.getByText(`${manager} lcard ${manager}`).waitFor();
  expect(await page.locator(".id").textContent()).toBe(deal);
  const seen = await page.evaluate(() => fetch("/api/v4/account").then((answer) => answer.json()));
  expect((seen as Body).current_user_id).toBe(Number(manager));
  await page.locator("#card_holder a").click();
  await page.getByText(`${manager} comcard ${manager}`).waitFor();
  expect(await page.locator(".id").textContent()).toBe(client);
  await page.goto(s.portal.appUrl(0));
  await page.getByRole("heading", { name: "Пульс клиента" }).waitFor();
  expect(failures).toEqual([]);
  await page.close();
  await s.close();
});

test("an admin installs from the widget's settings and the server-to-server call goes out", async () => {
  const s = await stage();
  const deal = s.portal.edit({
    kind: "createDeal",
    clientId: null,
    clientKind: "company",
    amountMinor: 100,
  });
  const page = await (browser as Browser).newPage();
  await page.goto(s.portal.cardUrl("deal", deal, 0));
  await page.locator('body[data-widget="not installed"]').waitFor();
  await page.getByText("Settings of the widget").click();
  await page.getByText("Install", { exact: true }).click();
  await page.locator('body[data-widget="ready"]').waitFor();
  expect(s.delivered.map((one) => new URL(one.url).searchParams.get("from_widget"))).toEqual(["1"]);
  await page.close();
  await s.close();
});
