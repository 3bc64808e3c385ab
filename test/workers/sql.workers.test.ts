import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { MIGRATIONS } from "../../src/portal/migrations.ts";
import { makeDurableSql } from "../../src/runtime/cloudflare/durable-sql.ts";
import { sqlContract } from "../contract/sql.contract.ts";

let made = 0;

sqlContract(async (body) => {
  made += 1;
  const stub = env.PORTAL.get(env.PORTAL.idFromName(`contract-${made}`));
  await runInDurableObject(stub, async (_object, state) => {
    const sql = makeDurableSql(state.storage);
    // The object has migrated its own database; the contract wants an empty one.
    const tables = sql.all<{ name: string }>(
      "select name from sqlite_master where type = 'table' and name not like 'sqlite%' and name not like '_cf%'",
    );
    for (const { name } of tables) sql.run(`drop table ${name}`);
    await body(sql);
  });
});

describe("the worker", () => {
  it("answers its health check and opens portals at the newest schema", async () => {
    const answer = await exports.default.fetch("https://pulse.example/healthz");
    expect(await answer.text()).toBe("ok");
    const stub = env.PORTAL.get(env.PORTAL.idFromName("bitrix24:one"));
    expect(await stub.schemaStep()).toBe(MIGRATIONS.length);
  });
});
