import { AppError } from "../../crm/error.ts";
import type { AutomationDraft, HostWriter } from "../../crm/host-writes.ts";
import { writeRequest } from "./api.ts";

const ENTITY = { contact: 1, lead: 2 } as const;

/**
 * Starts the Salesbot that the playbook names, on the client's deal, else on the contact. A start leaves nothing that could
 * be found again, and a second one would send the bot's messages twice: an uncertain one is not repeated.
 * Throws AppError `input.invalid` without a bot or for a company without a deal, which bots cannot run on.
 */
export const automation: HostWriter<AutomationDraft> = {
  async create(link, { target, dealId, client }) {
    const botId = Number(target ?? "");
    const on =
      dealId !== null
        ? { entity_id: Number(dealId), entity_type: ENTITY.lead }
        : client.kind === "contact"
          ? { entity_id: Number(client.id), entity_type: ENTITY.contact }
          : null;
    if (!Number.isSafeInteger(botId) || botId <= 0 || on === null) {
      throw new AppError("input.invalid", { details: { field: on === null ? "client" : "bot" } });
    }
    await link.send(
      "salesbot.run",
      writeRequest("POST", "salesbot/run", [{ bot_id: botId, ...on }], "v2"),
    );
    return { id: null };
  },
};
