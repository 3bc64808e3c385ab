import { errorCode } from "../../crm/error.ts";
import type { HostLink, Memo, PortalSetup, PreparedPortal } from "../../crm/host.ts";
import type { ClientKind } from "../../crm/records.ts";
import { failureError } from "./api.ts";
import { BATCH_COMMANDS, type Command, callBatch, type Outcome } from "./batch.ts";
import {
  eventChanges,
  type Offered,
  offeredEvents,
  placeChanges,
  queueChanges,
} from "./bindings.ts";
import { connectorOf, FEATURE_PROBE, hasQueue, readFeatures, withoutQueue } from "./connector.ts";
import { DATE_PROBE, knowsDates, readDateProbe } from "./dates.ts";
import { isTagFieldLost, prepareExtras } from "./extras.ts";
import { readLicence } from "./licence.ts";
import { READING_PROBE, readReadingProbe } from "./reading-setup.ts";
import { SETUP_READS } from "./setup-reads.ts";
import { findTagField, memoName, toMemoText } from "./tag-field.ts";
import { createTagField } from "./tag-field-setup.ts";

const READS: readonly Command[] = [...SETUP_READS, { method: "app.info", params: {} }];

/**
 * Brings events, places and our fields to what they should be and changes nothing that already is. What the
 * administrator's rights do not allow becomes a warning. Throws AppError `host.*` for trouble that passes.
 */
export async function prepare(link: HostLink, setup: PortalSetup): Promise<PreparedPortal> {
  const probe = knowsDates(link.memo) ? [] : DATE_PROBE;
  const commands = [...READS, ...READING_PROBE, ...FEATURE_PROBE, ...probe];
  const { outcomes, time } = await callBatch(link, commands, { halt: false });
  const [offer, events, places, companyFields, contactFields, app, ...others] = outcomes;
  const [mode, statuses, queueFeature, connectorFeature, anyDeal, dealSince] = others;
  const offered = offer?.kind === "ok" ? offeredEvents(offer.result) : null;
  const dates = readDateProbe(anyDeal, dealSince, time.offset);
  const warnings: string[] = [];
  const bind = async (
    read: Outcome | undefined,
    warning: string,
    toChanges: (bound: unknown) => readonly Command[],
  ): Promise<void> => {
    const isDone = read?.kind === "ok" && (await apply(link, toChanges(read.result)));
    if (!isDone) refuse(read, warning, warnings);
  };
  const known = { ...link.memo, ...readFeatures(queueFeature, connectorFeature) };
  const queue = await prepareQueue(link, known, events, offered);
  await bind(events, "hooks.no_rights", (bound) =>
    eventChanges(setup, bound, offered, hasQueue(queue)),
  );
  await bind(places, "places.no_rights", (bound) => placeChanges(setup, bound));
  const company = await prepareField(link, "company", companyFields, warnings);
  const contact = await prepareField(link, "contact", contactFields, warnings);
  const extras = await prepareExtras(link, setup);
  return {
    memo: {
      ...queue,
      ...dates,
      ...readLicence(app),
      ...readReadingProbe(mode, statuses),
      ...company,
      ...contact,
      ...extras.memo,
    },
    warnings: [...new Set([...warnings, ...extras.warnings])],
  };
}

/** A queue that the plan promises and the portal refuses is none: the other channels find everything too. */
async function prepareQueue(
  link: HostLink,
  memo: Memo,
  events: Outcome | undefined,
  offered: Offered,
): Promise<Memo> {
  if (events?.kind !== "ok") return withoutQueue(memo);
  const wish = { hasQueue: hasQueue(memo), connector: connectorOf(memo) };
  const isDone = await apply(link, queueChanges(events.result, offered, wish));
  return isDone ? memo : withoutQueue(memo);
}

/** A failure that passes by itself stops the set-up (it is repeated); a lasting one is told to the administrator. */
function refuse(read: Outcome | undefined, warning: string, warnings: string[]): void {
  if (read?.kind === "failed") throwIfPassing(read);
  warnings.push(warning);
}

function throwIfPassing({ failure }: Extract<Outcome, { kind: "failed" }>): void {
  if (!LASTING.includes(failure.code)) throw failureError(failure);
}

const LASTING: readonly string[] = ["host.no_rights", "host.refused", "host.not_found"];

/** false when the portal refused one of the changes for good. */
async function apply(link: HostLink, changes: readonly Command[]): Promise<boolean> {
  let isDone = true;
  for (let from = 0; from < changes.length; from += BATCH_COMMANDS) {
    const part = changes.slice(from, from + BATCH_COMMANDS);
    const { outcomes } = await callBatch(link, part, { halt: false });
    for (const outcome of outcomes) {
      if (outcome.kind === "ok" || isAlreadyThere(outcome)) continue;
      if (outcome.kind === "failed") throwIfPassing(outcome);
      isDone = false;
    }
  }
  return isDone;
}

/** Somebody bound the same between our look and our change. */
function isAlreadyThere(outcome: Outcome): boolean {
  return outcome.kind === "failed" && outcome.failure.details.hostError === "error_core";
}

async function prepareField(
  link: HostLink,
  kind: ClientKind,
  read: Outcome | undefined,
  warnings: string[],
): Promise<Memo> {
  if (read?.kind !== "ok") {
    refuse(read, "fields.no_rights", warnings);
    return {};
  }
  const found = findTagField(read.result);
  if (found === "foreign") {
    warnings.push("fields.name_taken");
    return {};
  }
  if (isTagFieldLost(link.memo, kind, found !== null)) warnings.push("fields.recreated");
  try {
    const field = found ?? (await createTagField(link, kind));
    return field ? { [memoName(kind)]: toMemoText(field) } : {};
  } catch (thrown) {
    if (!LASTING.includes(errorCode(thrown))) throw thrown;
    warnings.push("fields.no_rights");
    return {};
  }
}
