import type { Memo } from "../../crm/host.ts";
import type { Command, Outcome } from "./batch.ts";
import { stageOutcome } from "./mapping.ts";
import { type Fields, isFields, parseJson, toList, toNumber, toText } from "./values.ts";

/** What has to be known of a portal before its lists can be read right; looked at daily. */

const SIMPLE_MODE = 2;

/** Mode of the CRM, and every dictionary: stages of invoices are in it under names that only their pipelines tell. */
export const READING_PROBE: readonly Command[] = [
  { method: "crm.settings.mode.get", params: {} },
  { method: "crm.status.list", params: { order: { SORT: "ASC" } } },
];

const MODE_NAME = "crmMode";
const PAID_NAME = "paidStages";

/** What is not answered stays as it was remembered. */
export function readReadingProbe(mode: Outcome | undefined, statuses: Outcome | undefined): Memo {
  return { ...readMode(mode), ...readPaidStages(statuses) };
}

function readMode(mode: Outcome | undefined): Memo {
  if (mode?.kind !== "ok") return {};
  return { [MODE_NAME]: toNumber(mode.result) === SIMPLE_MODE ? "simple" : "classic" };
}

function readPaidStages(statuses: Outcome | undefined): Memo {
  if (statuses?.kind !== "ok") return {};
  const stages = toList(statuses.result).filter(isFields).filter(isPaid);
  const ids = stages.flatMap((row) => toText(row.STATUS_ID) ?? []);
  return { [PAID_NAME]: JSON.stringify(ids) };
}

function isPaid(row: Fields): boolean {
  const entity = toText(row.ENTITY_ID) ?? "";
  return entity.startsWith("SMART_INVOICE_STAGE_") && stageOutcome(row) === "won";
}

/** Leads exist in the classic mode only; until the mode is known they are asked for. */
export function hasLeads(memo: Memo): boolean {
  return memo[MODE_NAME] !== "simple";
}

/** Which stages of invoices mean "paid". Portals that did not tell have the vendor's own `DT31_<pipeline>:P`. */
export function paidStages(memo: Memo): (stageId: string) => boolean {
  const told = toList(parseJson(memo[PAID_NAME] ?? "[]")).flatMap((id) => toText(id) ?? []);
  const known = new Set(told);
  return (stageId) => (known.size > 0 ? known.has(stageId) : /^DT31_\d+:P$/.test(stageId));
}
