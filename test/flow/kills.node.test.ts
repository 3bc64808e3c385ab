import { beforeAll, describe, expect, it } from "vitest";
import { buildApp } from "../support/kills/app-process.ts";
import { killFirstSync } from "../support/kills/sync-kills.ts";

/** The app as a real process under SIGKILL; the CRMs' sandboxes live here and see what it asks for. */
describe.each(["bitrix24", "amocrm"] as const)("an app of %s that is killed", (product) => {
  beforeAll(() => {
    buildApp();
  });

  it("goes on with its first sync where it was and ends with the CRM's truth", async () => {
    const result = await killFirstSync({ product, seed: 7, clients: 400, kills: 4 });
    expect(result.violations).toEqual([]);
    expect(result.kills).toBe(4);
  });
});
