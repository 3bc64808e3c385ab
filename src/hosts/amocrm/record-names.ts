import type { CardEntity } from "../../crm/host.ts";

const NAMES: Readonly<Record<string, CardEntity>> = {
  deal: "deal",
  lead: "deal",
  leads: "deal",
  contact: "contact",
  contacts: "contact",
  company: "company",
  companies: "company",
};

/** What the CRM's pages and events call a record that has a card; null = something else, or no word at all. */
export function recordNamed(word: unknown): CardEntity | null {
  return typeof word === "string" && Object.hasOwn(NAMES, word) ? (NAMES[word] ?? null) : null;
}
