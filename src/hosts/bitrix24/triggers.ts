import { AppError } from "../../crm/error.ts";
import type { AutomationDraft, HostWriter } from "../../crm/host-writes.ts";
import { callMethod } from "./api.ts";
import type { Command } from "./batch.ts";
import { ENTITY_TYPE } from "./mapping.ts";
import { isFields, toList, toText } from "./values.ts";

/**
 * Triggers of the portal's automation: what its administrator has put behind them starts when we say that something has
 * happened. They exist for deals, not for contacts and companies. What a trigger has started cannot be looked up, and
 * starting it twice would do the work twice: a lost answer is not repeated.
 */
export const automation: HostWriter<AutomationDraft> = {
  async create(link, { dealId, event }) {
    if (dealId === null) throw new AppError("host.refused", { details: { reason: "no_deal" } });
    await callMethod(link, "crm.automation.trigger.execute", {
      CODE: triggerCode(event),
      OWNER_TYPE_ID: ENTITY_TYPE.deal,
      OWNER_ID: dealId,
    });
    return { id: null };
  },
};

const EVENTS = {
  at_risk: { ru: "Пульс: клиент в зоне риска", en: "Pulse: client at risk" },
} as const;

function triggerCode(event: string): string {
  return `pulse.${event.toLowerCase().replace(/[^a-z0-9_-]/g, "_")}`;
}

/** Commands for the triggers that `crm.automation.trigger.list` does not name. Adding a known one only renames it. */
export function triggerChanges(locale: string, listed: unknown): readonly Command[] {
  const known = toList(listed)
    .filter(isFields)
    .map((row) => toText(row.CODE));
  return Object.entries(EVENTS)
    .filter(([event]) => !known.includes(triggerCode(event)))
    .map(([event, { ru, en }]) => ({
      method: "crm.automation.trigger.add",
      params: { CODE: triggerCode(event), NAME: locale === "ru" ? ru : en },
    }));
}
