import { describe, expect, it } from "vitest";
import { withInstalled } from "./node-flow.ts";

describe.each(["bitrix24", "amocrm"] as const)("what %s lacks for us", (product) => {
  it("is nothing after an installation, and looking writes nothing", () =>
    withInstalled(product, async (flow) => {
      flow.crm.clearJournal();
      const checks = await flow.run(flow.portal().verify());
      expect(checks.filter(({ state }) => state !== "ok")).toEqual([]);
      const names = new Set(checks.map(({ name }) => name));
      for (const name of ["connection", "rights", "hooks", "fields"] as const) {
        expect(names.has(name), name).toBe(true);
      }
      const calls = flow.crm.journal();
      expect(calls.length).toBeGreaterThan(1);
      expect(calls.filter(({ isWrite }) => isWrite)).toEqual([]);
    }));

  it("is told when the connection is gone", () =>
    withInstalled(product, async (flow) => {
      await flow.run(flow.crm.uninstall({ erase: false }));
      flow.crm.expireTokens("all");
      const checks = await flow.run(flow.portal().verify());
      expect(checks.map(({ name, state }) => [name, state])).toEqual([["connection", "wrong"]]);
    }));
});
