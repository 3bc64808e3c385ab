import { atRisk } from "./at-risk.ts";
import { type Rule, rule } from "./rule.ts";

/** Every playbook on offer. */
export const CATALOGUE: readonly Rule[] = [atRisk].map((one) => rule.parse(one));

export function findPlaybook(code: string): Rule | null {
  return CATALOGUE.find((one) => one.code === code) ?? null;
}
