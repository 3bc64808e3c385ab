import type {
  DealProduct,
  LabelRecord,
  LeadRecord,
  PaymentRecord,
  RateRecord,
} from "../../crm/records.ts";
import { contactsOf, needId, stageOutcome, times, toAmount, toOutcome, toUtm } from "./mapping.ts";
import { type Fields, isFields, toId, toInstant, toList, toNumber, toText } from "./values.ts";

/** Leads have no pipelines; this stands for the one that they have. */
const LEAD_PIPELINE = "lead";

/** Classic leads. Source: crm.item.list, entityTypeId 1. Throws `host.bad_answer` for a row without id or time. */
export function toLead(row: Fields): LeadRecord {
  const outcome = toOutcome(row.stageSemanticId);
  return {
    entity: "lead",
    id: needId(row.id, "lead.id"),
    pipelineId: LEAD_PIPELINE,
    stageId: toText(row.stageId) ?? "",
    outcome,
    companyId: toId(row.companyId),
    contactIds: contactsOf(row),
    responsibleId: toId(row.assignedById),
    ...times(row, "lead.createdTime"),
    closedAt: outcome === "open" ? null : (toInstant(row.dateClosed) ?? toInstant(row.movedTime)),
    sourceId: toText(row.sourceId),
    utm: toUtm(row),
  };
}

/**
 * New invoices (entityTypeId 31). They do not say what their stage means: `isPaidStage` knows. Paid at the moment at which
 * the stage was reached. Throws `host.bad_answer` for a row without id or time.
 */
export function toInvoice(
  row: Fields,
  portalCurrency: string,
  isPaidStage: (stageId: string) => boolean,
): PaymentRecord {
  const { updatedAt } = times(row, "invoice.createdTime");
  const currency = toText(row.currencyId) ?? portalCurrency;
  const amountMinor = toAmount(row.opportunity, currency);
  const company = toId(row.companyId);
  const contact = toId(row.contactId);
  return {
    entity: "payment",
    id: needId(row.id, "invoice.id"),
    kind: "invoice",
    dealId: toId(row.parentId2),
    client: company
      ? { kind: "company", id: company }
      : contact
        ? { kind: "contact", id: contact }
        : null,
    amountMinor,
    currency: amountMinor === null ? null : currency,
    paidAt: isPaidStage(toText(row.stageId) ?? "") ? (toInstant(row.movedTime) ?? updatedAt) : null,
    updatedAt,
  };
}

/**
 * A product row; `price` is what one piece costs after its discount. A quantity or a price that is none leaves the row
 * out: null.
 */
export function toDealProduct(row: Fields, currency: string): DealProduct | null {
  const quantity = toNumber(row.quantity);
  const priceMinor = toAmount(row.price, currency);
  if (quantity === null || priceMinor === null) return null;
  return { productId: toId(row.productId), quantity, priceMinor };
}

/** What one unit of each currency costs in the portal's own. Rows without a usable price are left out. */
export function toRates(result: unknown, portalCurrency: string): readonly RateRecord[] {
  const rates = new Map<string, RateRecord>();
  for (const row of toList(result).filter(isFields)) {
    const currency = toText(row.CURRENCY)?.toUpperCase() ?? "";
    const perUnit = (toNumber(row.AMOUNT) ?? 0) / (toNumber(row.AMOUNT_CNT) ?? 1);
    if (!/^[A-Z]{3}$/.test(currency) || currency === portalCurrency) continue;
    if (!Number.isFinite(perUnit) || perUnit <= 0) continue;
    rates.set(currency, { entity: "rate", currency, perUnit });
  }
  return [...rates.values()];
}

const DEAL_STAGES = /^DEAL_STAGE(_\d+)?$/;

/** Names of sources, and of the stages in which deals are lost: these are the portal's reasons. */
export function toLabels(result: unknown): readonly LabelRecord[] {
  return toList(result)
    .filter(isFields)
    .flatMap((row): LabelRecord[] => {
      const id = toText(row.STATUS_ID);
      const dictionary = dictionaryOf(row);
      if (id === null || dictionary === null) return [];
      return [{ entity: "label", dictionary, id, name: toText(row.NAME) ?? id, parentId: null }];
    });
}

function dictionaryOf(row: Fields): "source" | "lossReason" | null {
  const entity = toText(row.ENTITY_ID) ?? "";
  if (entity === "SOURCE") return "source";
  return DEAL_STAGES.test(entity) && stageOutcome(row) === "lost" ? "lossReason" : null;
}
