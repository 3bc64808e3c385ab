import type { HostLink, PortalSetup } from "../../crm/host.ts";
import { found, type PortalCheck } from "../../crm/portal-check.ts";
import { type Command, callBatch, type Outcome } from "./batch.ts";
import { eventChanges, offeredEvents, placeChanges } from "./bindings.ts";
import { hasQueue } from "./connector.ts";
import { SETUP_READS } from "./setup-reads.ts";
import { findTagField } from "./tag-field.ts";
import { isYes } from "./values.ts";

const READS: readonly Command[] = [...SETUP_READS, { method: "user.admin", params: {} }];

/** See `Host.verify`. Only reads: what the daily set-up would change is what is wrong. */
export async function verify(link: HostLink, setup: PortalSetup): Promise<readonly PortalCheck[]> {
  const { outcomes } = await callBatch(link, READS, { halt: false });
  const [offer, events, places, company, contact, admin] = outcomes;
  const offered = offer?.kind === "ok" ? offeredEvents(offer.result) : null;
  return [
    look("rights", admin, (result) => (isYes(result) ? null : "not_administrator")),
    look("hooks", events, (bound) =>
      incomplete(eventChanges(setup, bound, offered, hasQueue(link.memo))),
    ),
    look("places", places, (bound) => incomplete(placeChanges(setup, bound))),
    look("fields", company, fieldFault),
    look("fields", contact, fieldFault),
  ];
}

function look(
  name: PortalCheck["name"],
  read: Outcome | undefined,
  fault: (result: unknown) => string | null,
): PortalCheck {
  if (read?.kind === "ok") return found(name, fault(read.result));
  return found(name, read?.kind === "failed" ? read.failure.code : "host.bad_answer");
}

function incomplete(changes: readonly Command[]): string | null {
  return changes.length === 0 ? null : "missing";
}

function fieldFault(rows: unknown): string | null {
  const field = findTagField(rows);
  if (field === null) return "missing";
  return field === "foreign" ? "name_taken" : null;
}
