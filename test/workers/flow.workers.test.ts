import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { makeDurableSql } from "../../src/runtime/cloudflare/durable-sql.ts";
import { flowSuite } from "../flow/flow.suite.ts";

/** Bodies and keys are read beside the event loop here: several turns, so that nothing is left behind. */
const TURNS = 3;

async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

let made = 0;

flowSuite(async (body) => {
  made += 1;
  const stub = env.PORTAL.get(env.PORTAL.idFromName(`flow-${made}`));
  await runInDurableObject(stub, (_object, state) =>
    body({ sql: makeDurableSql(state.storage), settle }),
  );
});
