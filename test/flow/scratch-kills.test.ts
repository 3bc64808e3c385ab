import { it } from "vitest";
import { killFirstSync } from "../support/kills/sync-kills.ts";
it.each([["bitrix24",11],["amocrm",11],["bitrix24",12],["amocrm",12],["bitrix24",13],["amocrm",13]] as const)("x %s %s", async (product, seed) => {
  const r = await killFirstSync({ product, seed, clients: 400, kills: 8 });
  console.log(product, JSON.stringify(r));
});
