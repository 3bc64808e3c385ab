import { describe, expect, it } from "vitest";
import {
  ACCOUNT_ID,
  type Answer,
  fakeLink,
  json,
  nothing,
} from "../../../test/support/amocrm-fakes.ts";
import { prepare } from "./prepare.ts";

const SETUP = {
  hookUrl: "https://pulse.example.com/amocrm/events/new-secret",
  publicUrl: "https://pulse.example.com",
  locale: "ru",
  userId: "1",
};
const account = (isFilter: boolean, id = Number(ACCOUNT_ID)) =>
  json({ id, currency: "RUB", is_api_filter_enabled: isFilter });

/** An account whose webhooks route answers so. */
const withHooks =
  (hooks: Answer, isFilter = true): Answer =>
  (request, url) => {
    if (url.pathname.endsWith("/account")) return account(isFilter);
    return /\/(?:events|catalogs)$/.test(url.pathname) ? nothing : hooks(request, url);
  };

describe("prepare", () => {
  it("remembers where goods and money stand", async () => {
    const catalogs = [
      { id: 5787, type: "products" },
      { id: "5789", type: "regular" },
      { id: 5791, type: "invoices" },
    ];
    const answer = withHooks((request) => (request.method === "GET" ? nothing : json({})));
    const link = fakeLink((request, url) => {
      if (url.pathname.endsWith("/catalogs")) return json({ _embedded: { catalogs } });
      if (!url.pathname.endsWith("/account")) return answer(request, url);
      const more = { customers_mode: "segments", invoices_settings: { invoices_catalog_id: 5791 } };
      return json({ id: Number(ACCOUNT_ID), currency: "RUB", ...more });
    });
    const { memo } = await prepare(link, SETUP);
    expect(memo).toMatchObject({
      filters: "on",
      products: "5787",
      invoices: "5791",
      customers: "on",
    });
  });

  it("subscribes once and remembers whether lists can be filtered", async () => {
    const link = fakeLink(withHooks((request) => (request.method === "GET" ? nothing : json({}))));
    const { memo, warnings } = await prepare(link, SETUP);
    expect(warnings).toEqual([]);
    expect(memo).toMatchObject({ filters: "on", products: "", invoices: "", customers: "off" });
    expect(memo.hooks?.split(",")).toContain("add_unsorted");
    const body = JSON.parse(link.sent.at(-1)!.body!);
    expect(body).toMatchObject({ destination: SETUP.hookUrl });
    expect(body.settings).toContain("status_lead");
  });

  it("drops the codes that the host refuses by name", async () => {
    let refusals = 0;
    const link = fakeLink(
      withHooks((request) => {
        if (request.method === "GET") return nothing;
        const { settings } = JSON.parse(request.body!) as { settings: string[] };
        const at = settings.indexOf("update_task");
        if (at < 0) return json({});
        refusals += 1;
        const errors = [{ code: "NotSupportedChoice", path: `settings.${at}` }];
        return json({ "validation-errors": [{ errors }] }, 400);
      }),
    );
    expect(await prepare(link, SETUP)).toMatchObject({ warnings: ["hooks_partial"] });
    expect(refusals).toBe(1);
    const { settings } = JSON.parse(link.sent.at(-1)!.body!) as { settings: string[] };
    expect(settings).not.toContain("update_task");
    expect(settings).toContain("add_task");
  });

  it("falls back to the codes that every list has when the host does not say which one it minds", async () => {
    const link = fakeLink(
      withHooks((request) => {
        if (request.method === "GET") return nothing;
        return (request.body ?? "").includes("task") ? json({ status: 400 }, 400) : json({});
      }),
    );
    expect(await prepare(link, SETUP)).toMatchObject({ warnings: ["hooks_partial"] });
    expect(link.names.filter((name) => name === "webhooks.add")).toHaveLength(3);
  });

  it("remembers what was taken, says nothing of rare codes, and asks again when one of them is gone", async () => {
    const rare = ["restore_lead", "add_unsorted"];
    const refusing: Answer = (request) => {
      if (request.method === "GET") return nothing;
      const { settings } = JSON.parse(request.body!) as { settings: string[] };
      const at = settings.findIndex((code) => rare.includes(code));
      if (at < 0) return json({ settings });
      const errors = [{ code: "NotSupportedChoice", path: `settings.${at}` }];
      return json({ "validation-errors": [{ errors }] }, 400);
    };
    const { memo, warnings } = await prepare(fakeLink(withHooks(refusing)), SETUP);
    const taken = memo.hooks?.split(",") ?? [];
    expect(warnings).toEqual([]);
    expect(taken).not.toContain("add_unsorted");
    const day = async (settings: readonly string[]) => {
      const mine = { destination: SETUP.hookUrl, disabled: false, settings };
      const link = fakeLink(
        withHooks((request) =>
          request.method === "GET" ? json({ _embedded: { webhooks: [mine] } }) : json({}),
        ),
        memo,
      );
      await prepare(link, SETUP);
      return link.names.includes("webhooks.add");
    };
    expect(await day(taken)).toBe(false);
    expect(await day(taken.filter((code) => code !== "add_task"))).toBe(true);
  });

  it.each([402, 403])(
    "goes on without hooks when the plan or the rights refuse them (%i)",
    async (status) => {
      const link = fakeLink(withHooks(() => json({}, status)));
      expect(await prepare(link, SETUP)).toMatchObject({ warnings: ["hooks_unavailable"] });
    },
  );

  it.each([402, 403])(
    "says that days of purchases are closing days when the account gives no events (%i)",
    async (status) => {
      const hooks = withHooks((request) => (request.method === "GET" ? nothing : json({})));
      const link = fakeLink((request, url) =>
        url.pathname.endsWith("/events") ? json({ status }, status) : hooks(request, url),
      );
      expect(await prepare(link, SETUP)).toMatchObject({ warnings: ["history_unavailable"] });
    },
  );

  it("says that the host has switched its hook off, and asks for it again", async () => {
    const mine = { destination: SETUP.hookUrl, disabled: true, settings: ["add_lead"] };
    const link = fakeLink(
      withHooks((request) =>
        request.method === "GET" ? json({ _embedded: { webhooks: [mine] } }) : json({}),
      ),
    );
    expect(await prepare(link, SETUP)).toMatchObject({ warnings: ["hooks_disabled_by_host"] });
    expect(link.sent.at(-1)?.method).toBe("POST");
  });

  it("leaves hooks of others alone", async () => {
    const webhooks = [
      { destination: "https://other.example/amocrm/events/x", settings: [] },
      { destination: "https://pulse.example.com/amocrm/events/old", settings: [] },
    ];
    const link = fakeLink(
      withHooks((request) =>
        request.method === "GET" ? json({ _embedded: { webhooks } }) : json({}),
      ),
    );
    await prepare(link, SETUP);
    const deleted = link.sent.filter((request) => request.method === "DELETE");
    expect(deleted.map((request) => JSON.parse(request.body!))).toEqual([
      { destination: "https://pulse.example.com/amocrm/events/old" },
    ]);
  });

  it("warns of an account without filters and stops at another account", async () => {
    const link = fakeLink(withHooks(() => json({}), false));
    expect(await prepare(link, SETUP)).toMatchObject({
      memo: { filters: "off", customers: "off" },
      warnings: expect.arrayContaining(["filters_off"]),
    });
    const other = prepare(
      fakeLink(() => account(true, 5)),
      SETUP,
    );
    await expect(other).rejects.toMatchObject({ code: "host.refused" });
  });
});
