import { describe, expect, it } from "vitest";
import type { PortalSetup } from "../../src/sandbox/amocrm/index.ts";
import { CLIENT_ID, makeInstalled, PUBLIC_URL, pump } from "./amocrm-subject.ts";
import { describeHost, type HostUnderTest } from "./host.contract.ts";
import { describeWriting } from "./host-writing.contract.ts";

function underTest(setup: PortalSetup) {
  return async (): Promise<HostUnderTest> => {
    const { clock, host, portal, transport, random, grant } = await makeInstalled({}, setup);
    return {
      ...{ host, portal, grant, transport, clock, random },
      publicUrl: PUBLIC_URL,
      advance: (ms) => clock.runTo(clock.now() + ms),
      run: (work) => pump(clock, work),
    };
  };
}

describeHost("amoCRM", underTest({ subdomain: "contract" }));
describeWriting("amoCRM", underTest({ subdomain: "contract" }));
describeHost(
  "amoCRM without filters",
  underTest({ subdomain: "contract", isFilterDisabled: true }),
);

const HOOK_SECRET = "a-secret-of-forty-characters-0123456789ab";

describe("amoCRM beside the contract", () => {
  const prepare = ({ host, link, clock }: Awaited<ReturnType<typeof makeInstalled>>) =>
    pump(
      clock,
      host.prepare(link, {
        hookUrl: `${PUBLIC_URL}${host.hookPath(HOOK_SECRET)}`,
        publicUrl: PUBLIC_URL,
        locale: "ru",
        userId: "1",
      }),
    );

  it("is told of edits by hooks, and only of what changed", async () => {
    const made = await makeInstalled();
    const { app, clock, portal, grant } = made;
    expect((await prepare(made)).warnings).toEqual([]);
    const installed = app.portals.get(grant.key)!;
    installed.options = { ...installed.options, hookSecret: HOOK_SECRET };
    const dealId = portal.truth().deals[5]!.id;
    portal.edit({ kind: "setAmount", dealId, amountMinor: 100_00 });
    portal.edit({ kind: "deleteDeal", dealId: portal.truth().deals[6]!.id });
    const clientId = portal.edit({ kind: "createClient", clientKind: "company" });
    await pump(clock, portal.flushHooks());
    const hints = app.deliveries.flatMap((delivery) => delivery.hints);
    expect(hints).toContainEqual({ entity: "deal", id: dealId, isDeletion: false });
    expect(hints).toContainEqual({ entity: "company", id: clientId, isDeletion: false });
    expect(hints.filter((hint) => hint.isDeletion)).toHaveLength(1);
    expect(portal.webhooks().map((hook) => hook.disabled)).toEqual([false]);
  });

  it("takes its older hooks away when the secret changes", async () => {
    const made = await makeInstalled();
    await prepare(made);
    await pump(
      made.clock,
      made.host.prepare(made.link, {
        hookUrl: `${PUBLIC_URL}${made.host.hookPath("another-secret-0123456789")}`,
        publicUrl: PUBLIC_URL,
        locale: "ru",
        userId: "1",
      }),
    );
    expect(made.portal.webhooks().map((hook) => hook.destination)).toEqual([
      `${PUBLIC_URL}/amocrm/events/another-secret-0123456789`,
    ]);
  });

  it("opens a card for an administrator, and without the record for a person who may not see it", async () => {
    const open = async (userIndex: number) => {
      const { app, clock, portal } = await makeInstalled();
      const deal = portal.truth().deals[1]!;
      const request = new Request(`${PUBLIC_URL}/amocrm/session`, {
        method: "POST",
        headers: {
          "x-auth-token": await portal.disposableToken(userIndex),
          origin: portal.origin(),
          "content-type": "application/json",
        },
        body: JSON.stringify({ place: "card", entity: "deal", id: deal.id }),
      });
      const reply = await pump(clock, app.reply(request));
      expect(reply).toMatchObject({ kind: "json", status: 200, corsOrigin: portal.origin() });
      const { cardUrl } = (reply as { body: { cardUrl: string } }).body;
      const page = await pump(clock, app.reply(new Request(cardUrl)));
      const again = await pump(clock, app.reply(new Request(cardUrl)));
      expect(again).toMatchObject({
        kind: "page",
        page: { place: "message", message: "open_again" },
      });
      if (page.kind !== "page") throw new Error("no page");
      return { ...page.page, isThisDeal: page.page.entity?.id === deal.id };
    };
    expect(await open(0)).toMatchObject({
      ...{ canRead: true, isThisDeal: true, frameOrigin: "https://contract.amocrm.ru" },
      viewer: { isAdmin: true },
    });
    const people = [await open(1), await open(2)];
    expect(people.map((page) => page.canRead).sort()).toEqual([false, true]);
    for (const page of people) expect(page.isThisDeal).toBe(page.canRead);
  });

  it("finds the account again after it was renamed", async () => {
    const { clock, host, link, portal } = await makeInstalled();
    portal.rename("renamed");
    expect(await pump(clock, host.check(link))).toMatchObject({
      endpoint: "https://renamed.amocrm.ru/",
    });
    expect(link.refreshes).toBe(1);
  });

  it("believes a signed disconnect and no other", async () => {
    const { app, clock, portal, grant } = await makeInstalled();
    const forged = `${PUBLIC_URL}/amocrm/uninstall?account_id=${portal.accountId}&client_uuid=${CLIENT_ID}&signature=${"0".repeat(64)}`;
    expect(await pump(clock, app.reply(new Request(forged)))).toEqual({
      kind: "error",
      code: "auth.refused",
    });
    expect(app.uninstalled).toEqual([]);
    await pump(clock, portal.uninstall({ erase: false }));
    await pump(clock, Promise.resolve());
    await expect.poll(() => app.uninstalled).toEqual([{ key: grant.key, erase: false }]);
  });

  it("asks for nothing that the platform does not have", async () => {
    const made = await makeInstalled();
    await prepare(made);
    for (const entity of [
      "deal",
      "company",
      "contact",
      "activity",
      "stageEntry",
      "user",
      "pipeline",
    ] as const) {
      await pump(made.clock, made.host.scan(made.link, { entity, mode: { kind: "all" } }, null));
    }
    expect(made.sandbox.control.unimplemented()).toEqual([]);
  });
});
