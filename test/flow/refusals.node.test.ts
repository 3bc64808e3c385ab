import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { makeSessions } from "../../src/http/sessions.ts";
import { SIMULATED_PRODUCTS } from "../../src/simulation/site.ts";
import { api, openApp, openCard } from "./browser.ts";
import { forgeInstallation } from "./crm-side.ts";
import type { Flow } from "./flow-world.ts";
import { eventPath, hookBody, postHook, storedHooks } from "./hook-post.ts";
import { bodyOf, form, refused, SECRET_ORIGIN, withFlow, withInstalled } from "./node-flow.ts";
import { secretOrigins } from "./secrets.ts";

describe.each(SIMULATED_PRODUCTS)("refusals on %s", (product) => {
  it("the client secret goes to the one proven address only", () =>
    withFlow(product, async (flow) => {
      await forgeInstallation(flow);
      await flow.installAndSync();
      flow.crm.expireTokens("access");
      await flow.pass(15);
      expect([...secretOrigins(flow)]).toEqual([SECRET_ORIGIN[product]]);
    }));

  it("a hook for an account that never installed is not stored and says nothing", () =>
    withInstalled(product, async (flow) => {
      const before = storedHooks(flow);
      const answer = await postHook(flow, {
        accountId: product === "amocrm" ? "777" : "a".repeat(32),
      });
      expect(storedHooks(flow)).toBe(before);
      const wrongSecret = await postHook(flow, { secret: "wrong-secret-0123456789" });
      expect(storedHooks(flow)).toBe(before);
      expect(wrongSecret.status).toBe(answer.status);
      expect(Object.keys(await bodyOf(wrongSecret))).toEqual(Object.keys(await bodyOf(answer)));
      expect(answer.status).toBe(product === "amocrm" ? 404 : 200);
    }));

  it("the right secret with the right account is stored", () =>
    withInstalled(product, async (flow) => {
      const before = storedHooks(flow);
      expect((await postHook(flow, {})).status).toBe(200);
      expect(storedHooks(flow)).toBe(before + 1);
    }));

  it.each([
    ["a broken escape", "&x=%zz"],
    ["a name of the prototype", "&a[__proto__][polluted]=1"],
    ["a constructor's prototype", "&constructor[prototype][polluted]=1"],
    ["a thousand levels", `&a${"[b]".repeat(1_000)}=1`],
    ["a name without its end", "&a[b=1"],
    ["a value that is also a list", "&a=1&a[b]=2"],
    ["too many pairs", "&a=1".repeat(20_001)],
    ["a NUL", "&a=%00"],
  ])("a hook body with %s is a reason to look only behind the right secret", (_name, extra) =>
    withInstalled(product, async (flow) => {
      const before = storedHooks(flow);
      const stranger = await postHook(flow, { secret: "wrong-secret-0123456789", extra });
      expect(storedHooks(flow)).toBe(before);
      expect(stranger.status).toBe(product === "amocrm" ? 404 : 400);
      const ours = await postHook(flow, { extra });
      expect(ours.status).toBe(200);
      expect(storedHooks(flow)).toBe(before + 1);
      expect("polluted" in {}).toBe(false);
    }),
  );

  it("a hook body beyond two mebibytes or encoded is refused before it is read", () =>
    withInstalled(product, async (flow) => {
      const before = storedHooks(flow);
      const long = await postHook(flow, { extra: `&a=${"x".repeat(2 * 1024 * 1024)}` });
      expect(long.status).toBe(413);
      expect(await bodyOf(long)).toEqual(refused("input.too_large"));
      const stream = await flow.ask(eventPath(flow), {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: endless(),
        duplex: "half",
      } as RequestInit);
      expect(stream.status).toBe(413);
      const packed = await postHook(flow, { headers: { "content-encoding": "gzip" } });
      expect(packed.status).toBe(400);
      expect(storedHooks(flow)).toBe(before);
    }));

  it("every door answers a HEAD with 200 and an unknown address with 404", () =>
    withFlow(product, async (flow) => {
      const doors = flow.world.site.host.doors();
      for (const { path } of doors) {
        const answer = await flow.ask(path.replace(":secret", "x".repeat(40)), { method: "HEAD" });
        expect([path, answer.status, await answer.text()]).toEqual([path, 200, ""]);
      }
      for (const path of [
        "/",
        "/wp-login.php",
        "/api",
        `/${product}`,
        eventPath(flow),
        "/api/runs/a/approve",
      ]) {
        const answer = await flow.ask(path);
        expect([path, answer.status]).toEqual([path, 404]);
        expect(await bodyOf(answer)).toEqual({ code: "not_found", message: expect.any(String) });
        expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      }
    }));

  it("the API answers nobody without a session of this portal that is good now", () =>
    withInstalled(product, async (flow) => {
      const { session } = await openApp(flow);
      expect((await api(flow, session, "/api/overview")).status).toBe(200);
      const required = { status: 401, body: refused("auth.required") };
      for (const token of [null, "", "a.b.c", `${session}x`, `${session?.slice(0, -5)}AAAAA`]) {
        expect(await api(flow, token, "/api/overview")).toEqual(required);
        expect(await api(flow, token, "/api/runs/x/approve", "POST")).toEqual(required);
      }
      const draft = {
        portal: flow.key,
        viewer: { userId: "1", isAdmin: true, accessToken: null },
        entities: [],
        locale: "ru",
      };
      const stranger = makeSessions(
        [{ id: "simulation", bytes: new Uint8Array(32) }],
        flow.world.clock,
      );
      const forged = await flow.run(stranger.open(draft));
      expect(await api(flow, forged.token, "/api/overview")).toEqual(required);

      await flow.pass(16);
      expect(await api(flow, session, "/api/overview")).toEqual(required);
    }));

  it("a session of another portal opens nothing here", async () => {
    const other = product === "amocrm" ? "bitrix24" : "amocrm";
    let foreign: string | null = null;
    await withInstalled(other, async (flow) => {
      foreign = (await openApp(flow)).session;
    });
    await withInstalled(product, async (flow) => {
      const unknown = { status: 404, body: refused("portal.unknown") };
      expect(await api(flow, foreign, "/api/overview")).toEqual(unknown);
      expect(await api(flow, foreign, "/api/card?entity=deal&id=1")).toEqual(unknown);
    });
  });

  it("what only an administrator may do is refused to everybody else", () =>
    withInstalled(product, async (flow) => {
      const admin = await openApp(flow);
      const drafted = await api(flow, admin.session, "/api/playbooks/at_risk/dry-run", "POST");
      const { runId } = drafted.body as { runId: string };
      const deal = flow.crm.truth().deals[0]?.id ?? "";
      const sessions = [
        (await openApp(flow, 1)).session,
        (await openApp(flow, 2)).session,
        (await openCard(flow, "deal", deal, 1)).session,
      ];
      for (const session of sessions) {
        for (const [method, path] of [
          ["GET", "/api/overview"],
          ["GET", "/api/sync"],
          ["GET", "/api/segments"],
          ["POST", "/api/segments/preview"],
          ["POST", "/api/segments/clients"],
          ["GET", "/api/segments/rules"],
          ["PUT", "/api/segments/rules"],
          ["POST", "/api/segments/rules/often/remove"],
          ["GET", "/api/usage"],
          ["PUT", "/api/usage/rate"],
          ["GET", "/api/writing"],
          ["PUT", "/api/writing"],
          ["GET", "/api/runs"],
          ["POST", `/api/runs/${runId}/undo`],
          ["POST", "/api/segments/rfm-preview"],
          ["POST", "/api/goals"],
          ["POST", "/api/goals/average_order/remove"],
          ["GET", "/api/spend"],
          ["PUT", "/api/spend"],
          ["PUT", "/api/margin"],
          ["GET", "/api/settings"],
          ["PUT", "/api/settings"],
          ["POST", "/api/settings/preview"],
          ["POST", "/api/playbooks/at_risk/dry-run"],
          ["GET", `/api/runs/${runId}`],
          ["POST", `/api/runs/${runId}/approve`],
        ] as const) {
          const answer = await api(flow, session, path, method);
          expect([path, answer]).toEqual([path, { status: 403, body: refused("auth.not_admin") }]);
        }
      }
      await flow.pass(5);
      expect(flow.crm.tasks()).toEqual([]);
      const run = await api(flow, (await openApp(flow)).session, `/api/runs/${runId}`);
      expect(run.body).toMatchObject({ state: "draft", approvedBy: null });
    }));

  it("questions of the API that make no sense are refused", () =>
    withInstalled(product, async (flow) => {
      const { session } = await openApp(flow);
      const invalid = { status: 400, body: refused("input.invalid") };
      for (const query of [
        "",
        "?entity=deal",
        "?entity=lead&id=1",
        "?entity=deal&id=-1",
        "?entity=deal&id=1%20or%201=1",
      ]) {
        expect(await api(flow, session, `/api/card${query}`)).toEqual(invalid);
      }
      const preview = (body: unknown) => api(flow, session, "/api/segments/preview", "POST", body);
      const unheardOf = { code: "x", when: { fact: "shoeSize", from: 1 } };
      expect(await preview(unheardOf)).toMatchObject({
        status: 400,
        body: { code: "input.invalid", problems: [{ path: "when.fact" }] },
      });
      expect((await preview("x".repeat(200_000))).status).toBe(413);
      expect((await preview(undefined)).status).toBe(400);
      const limits = { recencyDays: [4, 3, 2, 1], frequency: [2, 3, 4, 5], monetaryMinor: null };
      const rfm = await api(flow, session, "/api/segments/rfm-preview", "POST", limits);
      expect(rfm).toEqual(invalid);
      for (const goal of [
        { code: "average_order", dueOn: "2001-01-01", change: 0.1 },
        { code: "no_such_figure", dueOn: "2100-01-01", change: 0.1 },
        { code: "average_order", dueOn: "2100-01-01" },
        { code: "average_order", dueOn: "tomorrow", value: 5 },
      ]) {
        expect(await api(flow, session, "/api/goals", "POST", goal)).toEqual(invalid);
      }
      for (const spend of [{}, { rows: 5 }, { rows: [{ month: "2026-01" }] }, { text: null }]) {
        expect(await api(flow, session, "/api/spend", "PUT", spend)).toEqual(invalid);
      }
      for (const percent of [-1, 101, "5", undefined]) {
        expect(await api(flow, session, "/api/margin", "PUT", { percent })).toEqual(invalid);
      }
      const endless = { text: "x".repeat(700_000) };
      expect((await api(flow, session, "/api/spend", "PUT", endless)).status).toBe(413);
      expect(await api(flow, session, "/api/playbooks/no_such/dry-run", "POST")).toEqual(invalid);
      expect(await api(flow, session, "/api/runs/no-such-run")).toEqual(invalid);
      expect(await api(flow, session, "/api/runs/no-such-run/approve", "POST")).toEqual(invalid);
    }));

  it("an old message of removal, sent again after a reinstallation, removes nothing", () =>
    withInstalled(product, async (flow) => {
      const old = await removalMessage(flow);
      await flow.run(flow.crm.uninstall({ erase: false }));
      await flow.pass(1);
      expect(await flow.portal().summary()).toMatchObject({ state: "suspended" });
      await flow.run(flow.crm.install());
      await flow.pass(3);
      expect(await flow.portal().summary()).toMatchObject({ state: "active" });
      await flow.ask(old.path, old.init);
      await flow.pass(5);
      expect(await flow.portal().summary()).toMatchObject({ state: "active" });
    }));

  it("a stranger cannot remove the app", () =>
    withInstalled(product, async (flow) => {
      if (product === "bitrix24") {
        const body = hookBody(flow, { event: "ONAPPUNINSTALL", secret: "f".repeat(32) });
        await flow.ask("/bitrix24/events", form(`${body}&data[CLEAN]=1`));
        await flow.ask("/bitrix24/install", form(`${body}&data[CLEAN]=1`));
      } else {
        const { accountId } = flow.crm;
        const clientId = flow.world.site.config.registrations[0]?.clientId;
        for (const signature of ["", "0".repeat(64), "é".repeat(64)]) {
          const query = new URLSearchParams({
            account_id: accountId,
            client_uuid: clientId ?? "",
            signature,
          });
          const answer = await flow.ask(`/amocrm/uninstall?${query}`);
          expect(await bodyOf(answer)).toEqual(refused("auth.refused"));
        }
      }
      expect(await flow.portal().summary()).toMatchObject({ state: "active" });
    }));
});

/** What the host says when the app is removed now, as somebody who listened could repeat it. */
async function removalMessage(flow: Flow): Promise<{ path: string; init: RequestInit }> {
  if (flow.product === "bitrix24") {
    const body = `${hookBody(flow, { event: "ONAPPUNINSTALL" })}&data[CLEAN]=1`;
    return { path: "/bitrix24/events", init: form(body) };
  }
  const { accountId } = flow.crm;
  const { clientId = "", clientSecret = "" } = flow.world.site.config.registrations[0] ?? {};
  const signature = createHmac("sha256", clientSecret).update(`${clientId}|${accountId}`);
  const query = new URLSearchParams({
    account_id: accountId,
    client_uuid: clientId,
    signature: signature.digest("hex"),
  });
  return { path: `/amocrm/uninstall?${query}`, init: {} };
}

/** A body without a length, longer than anybody wants. */
function endless(): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(64 * 1024).fill(97);
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      sent += 1;
      if (sent > 1_000) controller.close();
      else controller.enqueue(chunk);
    },
  });
}
