import { describe, expect, it } from "vitest";
import type { HookTrouble } from "../../src/sandbox/contract.ts";
import { checkMirror } from "../../src/simulation/oracles.ts";
import { SIMULATED_PRODUCTS } from "../../src/simulation/site.ts";
import { callsOfApp } from "./crm-side.ts";
import { buyerOf, isSold } from "./deals.ts";
import type { Flow } from "./flow-world.ts";
import { withInstalled } from "./node-flow.ts";
import { work } from "./people.ts";

const NEVER_MS = 1e12;
/** Only hooks and the repair that is asked for, so that nothing else can heal what the trouble breaks. */
const HOOKS_ONLY = {
  // A queue of the CRM's own would bring what hooks have lost.
  knobs: { bitrix24: { portal: { features: [] } } },
  policy: { pollEveryMs: NEVER_MS, idScanEveryMs: NEVER_MS },
};

const TROUBLES: readonly (readonly [string, HookTrouble])[] = [
  [
    "30 % of the events lost, 30 % doubled, 30 % late and out of order",
    { drop: 0.3, double: 0.3, reorder: 0.3, maxDelayMs: 120_000 },
  ],
  ["every event lost", { drop: 1, double: 0, reorder: 0, maxDelayMs: 0 }],
];

async function repaired(flow: Flow): Promise<void> {
  await flow.portal().repair();
  flow.world.instance().wake();
  await flow.pass(5);
}

/** What is counted follows the mirror, in sum and for each client. */
async function expectSales(flow: Flow): Promise<void> {
  const sold = flow.crm.truth().deals.filter(isSold);
  const byClient = new Map<string, number>();
  for (const deal of sold) {
    const { clientKind, clientId } = buyerOf(deal);
    const key = `${clientKind}:${clientId}`;
    byClient.set(key, (byClient.get(key) ?? 0) + (deal.amountMinor ?? 0));
  }
  const insights = flow.world.sql.all<{ key: string; total: number }>(
    "select client_key as key, total_minor as total from insight",
  );
  expect(new Map(insights.map(({ key, total }) => [key, total]))).toEqual(byClient);
  expect(await flow.portal().totals()).toMatchObject({
    purchases: sold.length,
    revenueMinor: sold.reduce((sum, deal) => sum + (deal.amountMinor ?? 0), 0),
  });
}

describe.each(SIMULATED_PRODUCTS)("convergence on %s", (product) => {
  it.each(TROUBLES)("with %s the mirror is right after one repair cycle", (_name, trouble) =>
    withInstalled(
      product,
      async (flow) => {
        flow.crm.setHookTrouble(trouble);
        await work(flow, 72, 11);
        flow.crm.setHookTrouble(null);
        await flow.run(flow.crm.flushHooks());
        await flow.pass(5);
        // The trouble was real: hooks alone did not bring everything.
        expect(checkMirror(flow.world)).not.toEqual([]);
        await repaired(flow);
        expect(checkMirror(flow.world)).toEqual([]);
        await expectSales(flow);
      },
      HOOKS_ONLY,
    ),
  );

  it("doubled and reordered events alone need no repair", () =>
    withInstalled(
      product,
      async (flow) => {
        flow.crm.setHookTrouble({ drop: 0, double: 0.5, reorder: 0.5, maxDelayMs: 60_000 });
        await work(flow, 60, 12);
        flow.crm.setHookTrouble(null);
        await flow.run(flow.crm.flushHooks());
        await flow.pass(5);
        expect(checkMirror(flow.world)).toEqual([]);
      },
      HOOKS_ONLY,
    ));

  it("the portal repairs itself within a day when nobody asks", () =>
    withInstalled(product, async (flow) => {
      flow.crm.setHookTrouble({ drop: 1, double: 0, reorder: 0, maxDelayMs: 0 });
      await work(flow, 36, 13);
      await flow.pass(25 * 60);
      expect(checkMirror(flow.world)).toEqual([]);
    }));

  it("a quiet sync of a thousand clients meets no limit", () =>
    withInstalled(
      product,
      async (flow) => {
        expect(checkMirror(flow.world)).toEqual([]);
        const limits = callsOfApp(flow).filter(({ status }) => [403, 429, 503].includes(status));
        expect(limits).toEqual([]);
      },
      { clients: 1_000 },
    ));
});
