import type { Rule } from "./rule.ts";

/**
 * At risk: the owner calls. Clients silent for longer than their own rhythm allows, or valuable ones in the red band who
 * are not lost for good: a call to those is another playbook.
 */
export const atRisk: Rule = {
  code: "at_risk",
  version: 1,
  when: [
    { lifecycle: ["at_risk"] },
    { segment: ["at_risk", "cannot_lose"], band: ["risk"], lifecycle: ["at_risk", "sleeping"] },
  ],
  cooldownDays: 30,
  actions: [
    { kind: "tag", group: "segment" },
    { kind: "task", text: "at_risk", dueBusinessDays: 2 },
  ],
};
