import { z } from "zod";
import { AppError } from "../../crm/error.ts";
import type { HostLink, ScanQuery, ScanSlice } from "../../crm/host.ts";
import type { DealPaymentsRecord, PaymentRecord } from "../../crm/records.ts";
import { failureError } from "./api.ts";
import { BATCH_COMMANDS, callBatch, resultOf } from "./batch.ts";
import { toAmount } from "./mapping.ts";
import {
  type Fields,
  isFields,
  isYes,
  parseJson,
  toId,
  toInstant,
  toList,
  toText,
} from "./values.ts";

/** Payments of named deals. The method takes one deal a call, so a request holds fifty of them. */

const METHOD = "crm.item.payment.list";
const DEAL_TYPE = 2;
const LASTING: readonly string[] = ["host.no_rights", "host.refused", "host.not_found"];
const NOTHING: ScanSlice = { records: [], next: null, total: 0, hostNow: null };

const cursorSchema = z.object({ at: z.int().min(0) });

/** A deal that may not be read is told as missing. Throws AppError `host.*`; `input.invalid` for a cursor that is not ours. */
export async function scanDealPayments(
  link: HostLink,
  mode: ScanQuery["mode"],
  cursor: string | null,
): Promise<ScanSlice> {
  if (mode.kind !== "byId") return NOTHING;
  const parsed = cursorSchema.safeParse(cursor === null ? { at: 0 } : parseJson(cursor));
  if (!parsed.success) throw new AppError("input.invalid", { details: { field: "cursor" } });
  const { at } = parsed.data;
  const known = mode.ids.filter((id) => toId(id) !== null);
  const strange = cursor === null ? mode.ids.filter((id) => toId(id) === null) : [];
  if (at >= known.length) return { ...NOTHING, missing: strange, total: mode.ids.length };
  const wanted = Math.min(known.length - at, BATCH_COMMANDS);
  const deals = known.slice(at, at + Math.max(1, link.budget.grant(METHOD, wanted)));
  const commands = deals.map((entityId) => ({
    method: METHOD,
    params: { entityTypeId: DEAL_TYPE, entityId },
  }));
  const { outcomes, time } = await callBatch(link, commands, { halt: false });
  const records: DealPaymentsRecord[] = [];
  const missing = [...strange];
  for (const [index, dealId] of deals.entries()) {
    const outcome = outcomes[index];
    if (outcome?.kind === "failed") {
      if (!LASTING.includes(outcome.failure.code)) throw failureError(outcome.failure);
      missing.push(dealId);
      continue;
    }
    const rows = toList(resultOf(outcome)).filter(isFields);
    const payments = rows.flatMap((row) => toPayment(row, dealId, link.currency));
    records.push({ entity: "dealPayments", dealId, payments });
  }
  const end = at + deals.length;
  return {
    records,
    missing,
    next: end < known.length ? JSON.stringify({ at: end }) : null,
    total: mode.ids.length,
    hostNow: time.hostNow,
  };
}

/** Paid at the moment that the portal names; without one nothing says when, so it does not count. */
function toPayment(row: Fields, dealId: string, portalCurrency: string): readonly PaymentRecord[] {
  const id = toId(row.id);
  if (id === null) return [];
  const currency = toText(row.currency) ?? portalCurrency;
  const amountMinor = toAmount(row.sum, currency);
  return [
    {
      entity: "payment",
      id: `p${id}`,
      kind: "payment",
      dealId,
      client: null,
      amountMinor,
      currency: amountMinor === null ? null : currency,
      paidAt: isYes(row.paid) ? toInstant(row.datePaid) : null,
      // The portal tells no time of change: the later reading wins.
      updatedAt: 0,
    },
  ];
}
