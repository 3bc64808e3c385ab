import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { makeInlineCompute } from "../../src/portal/inline-compute.ts";
import { sha256Hex } from "../../src/portal/installer.ts";
import { makePortal } from "../../src/portal/portal.ts";
import { DEFAULT_POLICY } from "../../src/portal/portal-api.ts";
import { makeDurableSql } from "../../src/runtime/cloudflare/durable-sql.ts";
import { makeSystemClock, systemRandom } from "../../src/runtime/system-ports.ts";
import { makeVault } from "../../src/runtime/vault.ts";
import { aCompany, aDeal, aStageEntry, makeFakeCrm } from "../support/fake-crm.ts";

const FAST = { requestsPerSecond: 1_000, burst: 10, concurrency: 4 };

it("reads a whole account inside a Durable Object and takes a hook", async () => {
  const clock = makeSystemClock(() => Promise.resolve());
  const crm = makeFakeCrm(clock, FAST);
  crm.state.latencyMs = 0;
  for (let n = 1; n <= 300; n += 1) {
    crm.put(aCompany({ id: String(n) }));
    crm.put(aDeal({ id: String(n), companyId: String(n) }));
    crm.put(aStageEntry({ id: String(n), dealId: String(n) }));
  }
  const stub = env.PORTAL.get(env.PORTAL.idFromName("fake:1"));
  await runInDurableObject(stub, async (_object, state) => {
    const sql = makeDurableSql(state.storage);
    const portal = makePortal({
      sql,
      host: crm.host,
      clock,
      random: systemRandom,
      transport: crm.transport,
      vault: makeVault([{ id: "k1", bytes: new Uint8Array(32) }], systemRandom),
      compute: makeInlineCompute(sql, clock),
      log: { debug() {}, info() {}, warn() {}, error() {} },
      policy: { ...DEFAULT_POLICY, debounceMs: 0 },
      publicUrl: "https://pulse.example",
    });
    await portal.install(crm.grant(), { hookSecret: "s", isFinished: true, locale: "ru" });
    await portal.tick();
    expect((await portal.progress()).phase).toBe("done");
    expect((await portal.summary())?.state).toBe("active");
    expect(sql.get("select count(*) as n from purchase")).toEqual({ n: 300 });

    crm.put(aDeal({ id: "7", amountMinor: 77, updatedAt: clock.now() }));
    const secretHash = await sha256Hex("s");
    const hints = [{ entity: "deal", id: "7", isDeletion: false }] as const;
    expect(await portal.receive({ secretHash, hints, isUnreadable: false })).toBe("stored");
    await portal.tick();
    expect(sql.get("select amount_minor from deal where id = '7'")).toEqual({ amount_minor: 77 });
  });
});
