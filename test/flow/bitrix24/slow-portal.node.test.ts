import { expect, it } from "vitest";
import { checkMirror } from "../../../src/simulation/oracles.ts";
import { callsOfApp } from "../crm-side.ts";
import { withInstalled } from "../node-flow.ts";

it("a portal whose pages take three seconds is read without a request being cut", () =>
  withInstalled(
    "bitrix24",
    async (flow) => {
      expect(flow.crm.truth().deals.length).toBeGreaterThan(1_500);
      expect(checkMirror(flow.world)).toEqual([]);
      const batches = callsOfApp(flow).filter(({ call }) => call === "batch");
      expect(batches.length).toBeGreaterThan(5);
      expect(callsOfApp(flow).filter(({ status }) => status !== 200)).toEqual([]);
    },
    {
      clients: 300,
      syncLimitMinutes: 90,
      knobs: { bitrix24: { sandbox: { costs: { list: 3 }, hasSlowAnswers: true } } },
    },
  ));
