import type { ClientKind } from "../../crm/records.ts";
import { type Feed, isUnfilteredPoll, type Mode, plainFeed, updatedWindow } from "./feed.ts";
import { toClient, toDeal } from "./mapping.ts";
import { clientRow, leadRow } from "./schema.ts";

/** Leads, contacts and companies: the three lists that everything else hangs on. */

export function dealFeed(mode: Mode, currency: string, canFilter: boolean): Feed {
  return plainFeed(
    {
      name: "leads.list",
      path: "leads",
      collection: "leads",
      leavingEntity: "lead",
      isNewestFirst: isUnfilteredPoll(mode, canFilter),
      related: [["with", "contacts,loss_reason,source_id"]],
      params: updatedWindow(mode, canFilter),
    },
    (raw) => {
      const { data } = leadRow.safeParse(raw);
      if (!data) return null;
      const records = data.is_deleted ? [] : [toDeal(data, currency)];
      return { id: data.id, records, at: data.updated_at };
    },
  );
}

export function clientFeed(kind: ClientKind, mode: Mode, canFilter: boolean): Feed {
  const path = kind === "contact" ? "contacts" : "companies";
  return plainFeed(
    {
      name: `${path}.list`,
      path,
      collection: path,
      leavingEntity: kind,
      isNewestFirst: isUnfilteredPoll(mode, canFilter),
      params: updatedWindow(mode, canFilter),
    },
    (raw) => {
      const { data } = clientRow.safeParse(raw);
      if (!data) return null;
      const records = data.is_deleted ? [] : [toClient(data, kind)];
      return { id: data.id, records, at: data.updated_at };
    },
  );
}
