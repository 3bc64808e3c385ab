import { describe, expect, it } from "vitest";
import { checkMirror } from "../../../src/simulation/oracles.ts";
import { callsOfApp } from "../crm-side.ts";
import { cardOf, soldDeal } from "../deals.ts";
import type { Flow, FlowPorts } from "../flow-world.ts";
import { eventPath } from "../hook-post.ts";
import { form, withInstalled } from "../node-flow.ts";
import { accountOf, overviewOf } from "./account-side.ts";

const DAY_MINUTES = 24 * 60;
const NEVER_MS = 1e12;
/** Only what a hook says can bring a change. */
const HOOKS_ONLY: Partial<FlowPorts> = {
  policy: { pollEveryMs: NEVER_MS, idScanEveryMs: NEVER_MS },
};

const hookOf = (flow: Flow) => accountOf(flow).webhooks()[0];
const account = (flow: Flow, id = accountOf(flow).accountId) =>
  `account[subdomain]=simulation&account[id]=${id}&account[_links][self]=https://simulation.amocrm.ru`;

/** The account's own sender is silent: what arrives is written here. */
async function silently<T>(flow: Flow, body: () => Promise<T>): Promise<T> {
  flow.crm.setHookTrouble({ drop: 1, double: 0, reorder: 0, maxDelayMs: 0 });
  return await body();
}

/** A sold deal gets another sum, and this body arrives; the client's total before and after. */
async function totals(flow: Flow, pairs: (dealId: string) => string): Promise<[number, number]> {
  const deal = soldDeal(flow);
  const before = (await cardOf(flow, deal.id)).worth?.totalMinor ?? Number.NaN;
  const amountMinor = (deal.amountMinor ?? 0) + 1_000_000;
  flow.crm.edit({ kind: "setAmount", dealId: deal.id, amountMinor });
  const answer = await flow.ask(eventPath(flow), form(`${account(flow)}&${pairs(deal.id)}`));
  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe("");
  await flow.pass(0.3);
  return [before, (await cardOf(flow, deal.id)).worth?.totalMinor ?? Number.NaN];
}

const manyFields = (dealId: string) => {
  const at = "leads[update][7]";
  const fields = Array.from({ length: 400 }, (_, index) =>
    [
      `${at}[custom_fields][${index}][id]=${index}`,
      `${at}[custom_fields][${index}][values][0][value]=x`,
      `${at}[custom_fields][${index}][values][0][enum]=1`,
    ].join("&"),
  );
  return `${fields.join("&")}&${at}[id]=${dealId}&${at}[name]=`;
};

describe("a hook", () => {
  it.each<[string, (dealId: string) => string]>([
    ["names a deal", (id) => `leads[update][0][id]=${id}`],
    ["has more than a thousand pairs, six levels deep, from index 7 on", manyFields],
    ["is encoded in every bracket", (id) => `${encodeURIComponent("leads[status][0][id]")}=${id}`],
    [
      "names several things at once",
      (id) =>
        `contacts[update][3][id]=1&contacts[update][3][type]=company&task[update][0][id]=9&leads[update][25][id]=${id}`,
    ],
    ["speaks of somebody's note", (id) => `leads[note][0][note][id]=5&leads[update][1][id]=${id}`],
    [
      "lies about everything but the id",
      (id) => `leads[update][0][id]=${id}&leads[update][0][price]=1`,
    ],
  ])("that %s makes the app read the deal again", (_name, pairs) =>
    withInstalled(
      "amocrm",
      (flow) =>
        silently(flow, async () => {
          const [before, after] = await totals(flow, pairs);
          expect(after - before).toBe(1_000_000);
        }),
      HOOKS_ONLY,
    ),
  );

  it.each([
    "leads[__proto__][0][id]=1",
    "leads[update][constructor][id]=1",
    `leads${"[a]".repeat(40)}=1`,
  ])(
    "that cannot be read (%s) is answered like any other and makes the app look for itself",
    (bad) =>
      withInstalled(
        "amocrm",
        (flow) =>
          silently(flow, async () => {
            const [before, after] = await totals(flow, () => bad);
            expect(after - before).toBe(1_000_000);
          }),
        HOOKS_ONLY,
      ),
  );

  it("with the right address and another account's id is refused and changes nothing", () =>
    withInstalled("amocrm", async (flow) => {
      const calls = callsOfApp(flow).length;
      const body = `${account(flow, "777")}&leads[delete][0][id]=${soldDeal(flow).id}`;
      expect((await flow.ask(eventPath(flow), form(body))).status).toBe(404);
      const wrong = eventPath(flow).replace(/.$/, (last) => (last === "0" ? "1" : "0"));
      expect((await flow.ask(wrong, form(`${account(flow)}&leads[update][0][id]=1`))).status).toBe(
        404,
      );
      await flow.pass(1);
      expect(callsOfApp(flow)).toHaveLength(calls);
    }));

  it("of ten thousand edits at once is one read of the lists, and every answer is 200", () =>
    withInstalled(
      "amocrm",
      (flow) =>
        silently(flow, async () => {
          const deals = flow.crm.truth().deals;
          for (const deal of deals) {
            flow.crm.edit({ kind: "setAmount", dealId: deal.id, amountMinor: 4_200 });
          }
          flow.crm.clearJournal();
          const answers: Promise<Response>[] = [];
          for (let n = 0; n < 10_000; n += 1) {
            const body = `${account(flow)}&leads[update][0][id]=${deals[n % deals.length]?.id}`;
            answers.push(flow.world.instance().fetch(requestOf(flow, body)));
          }
          const statuses = await flow.run(
            Promise.all(answers.map(async (one) => (await one).status)),
          );
          expect(new Set(statuses)).toEqual(new Set([200]));
          await flow.pass(2);
          expect(checkMirror(flow.world)).toEqual([]);
          expect(callsOfApp(flow).length).toBeLessThan(60);
        }),
      HOOKS_ONLY,
    ));

  it("that arrives after the removal is answered 200 and starts nothing", () =>
    withInstalled("amocrm", async (flow) => {
      const path = eventPath(flow);
      await flow.run(flow.crm.uninstall({ erase: false }));
      await flow.pass(1);
      const sent = flow.sent.length;
      const answer = await flow.ask(path, form(`${account(flow)}&leads[update][0][id]=1`));
      expect(answer.status).toBe(200);
      await flow.pass(60);
      expect(flow.sent).toHaveLength(sent);
    }));
});

function requestOf(flow: Flow, body: string): Request {
  return new Request(`https://pulse.example.com${eventPath(flow)}`, form(body));
}

describe("the subscription", () => {
  it("has an address with a secret of 160 bits, and a new one after a removal", () =>
    withInstalled("amocrm", async (flow) => {
      const first = hookOf(flow)?.destination ?? "";
      expect(first).toMatch(/\/amocrm\/events\/[0-9a-f]{40}$/);
      await flow.run(flow.crm.uninstall({ erase: false }));
      await flow.pass(1);
      await flow.run(flow.crm.install());
      await flow.pass(5);
      const hooks = accountOf(flow)
        .webhooks()
        .map(({ destination }) => destination);
      expect(hooks).toHaveLength(1);
      expect(hooks[0]).not.toBe(first);
    }));

  it("that somebody removed, or took codes from, is made again within a day", () =>
    withInstalled(
      "amocrm",
      async (flow) => {
        const before = hookOf(flow);
        accountOf(flow).removeWebhooks();
        await flow.pass(DAY_MINUTES + 5);
        expect(hookOf(flow)).toMatchObject({
          destination: before?.destination,
          settings: before?.settings,
        });
        const hook = hookOf(flow);
        if (hook) hook.settings = ["add_lead"];
        await flow.pass(DAY_MINUTES + 5);
        expect(hookOf(flow)?.settings).toEqual(before?.settings);
      },
      HOOKS_ONLY,
    ));

  it("that the platform switched off is posted again and reported until it is on", () =>
    withInstalled(
      "amocrm",
      async (flow) => {
        accountOf(flow).disableWebhooks();
        flow.crm.clearJournal();
        await flow.pass(DAY_MINUTES + 5);
        const posts = callsOfApp(flow).filter(({ call }) => call === "POST /api/v4/webhooks");
        expect(posts).toHaveLength(1);
        expect((await overviewOf(flow)).warnings).toContain("hooks_disabled_by_host");
        accountOf(flow).enableWebhooks();
        await flow.pass(DAY_MINUTES + 5);
        expect((await overviewOf(flow)).warnings).not.toContain("hooks_disabled_by_host");
      },
      HOOKS_ONLY,
    ));

  it("goes on without codes that the product does not know", () =>
    withInstalled(
      "amocrm",
      async (flow) => {
        const { settings = [] } = hookOf(flow) ?? {};
        expect(settings).toContain("update_lead");
        expect(settings).not.toContain("restore_lead");
        expect(settings).not.toContain("add_customer");
        expect((await overviewOf(flow)).warnings).not.toContain("hooks_partial");
        flow.crm.clearJournal();
        await flow.pass(DAY_MINUTES + 5);
        expect(callsOfApp(flow).some(({ call }) => call === "POST /api/v4/webhooks")).toBe(false);
      },
      {
        ...HOOKS_ONLY,
        knobs: {
          amocrm: { unknownHookCodes: ["restore_lead", "restore_contact", "add_customer"] },
        },
      },
    ));
});
