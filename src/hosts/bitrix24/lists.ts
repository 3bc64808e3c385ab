import type { HostLink, ScanQuery } from "../../crm/host.ts";
import type { Instant } from "../../crm/ports.ts";
import type { MirrorRecord } from "../../crm/records.ts";
import type { Params } from "./api.ts";
import { filterTime } from "./dates.ts";
import { ENTITY_TYPE, toActivity, toClient, toDeal, toStageEntry } from "./mapping.ts";
import { toInvoice, toLead } from "./mapping-sales.ts";
import { paidStages } from "./reading-setup.ts";
import { readTagFields, tagSpelling } from "./tag-field.ts";
import { type Fields, isFields, toFields, toList } from "./values.ts";

/** Fixed by the vendor for every list method. */
export const PAGE_ROWS = 50;

/** A list method that can be read by a key: `order id`, `filter >id`, no counting. */
export interface KeyedList {
  readonly method: string;
  /** The id's name, in filters, orders and rows. */
  readonly idName: "id" | "ID";
  /** Path of the rows inside `result`, for references between commands. */
  readonly rowsPath: "" | "[items]";
  readonly fixed: Params;
  /** Only what the mirror keeps: never names, phones, mails or texts. */
  readonly select: readonly string[];
  /** Filter key that bounds by change time. */
  readonly since: string;
  /** An instant as this portal's filters understand it. */
  filterTime(instant: Instant): string;
  rows(result: unknown): readonly Fields[];
  toRecord(row: Fields): MirrorRecord;
}

const DEAL_SELECT = [
  "id",
  "categoryId",
  "stageId",
  "stageSemanticId",
  "opportunity",
  "currencyId",
  "companyId",
  "contactId",
  "contactIds",
  "assignedById",
  "createdTime",
  "updatedTime",
  "movedTime",
  "closedate",
  "sourceId",
  "utmSource",
  "utmMedium",
  "utmCampaign",
  "isRecurring",
];

const CLIENT_SELECT = ["id", "assignedById", "createdTime", "updatedTime"];

/** No names, no titles, no comments, no phones or mails. */
const LEAD_SELECT = [
  ...CLIENT_SELECT,
  "stageId",
  "stageSemanticId",
  "companyId",
  "contactId",
  "contactIds",
  "movedTime",
  "dateClosed",
  "sourceId",
  "utmSource",
  "utmMedium",
  "utmCampaign",
];

const INVOICE_SELECT = [
  "id",
  "stageId",
  "opportunity",
  "currencyId",
  "companyId",
  "contactId",
  "parentId2",
  "createdTime",
  "updatedTime",
  "movedTime",
];

const KEYED = ["deal", "contact", "company", "stageEntry", "activity", "lead", "payment"] as const;
type KeyedEntity = (typeof KEYED)[number];

export function isKeyed(entity: ScanQuery["entity"]): entity is KeyedEntity {
  return KEYED.some((one) => one === entity);
}

export function keyedList(entity: KeyedEntity, link: HostLink): KeyedList {
  return { ...listOf(entity, link), filterTime: filterTime(link.memo) };
}

function listOf(entity: KeyedEntity, link: HostLink): Omit<KeyedList, "filterTime"> {
  switch (entity) {
    case "deal":
      return {
        ...itemList(ENTITY_TYPE.deal, DEAL_SELECT),
        toRecord: (row) => toDeal(row, link.currency),
      };
    case "contact":
    case "company": {
      const field = readTagFields(link.memo)[entity];
      const own = entity === "contact" ? ["companyId", "sourceId"] : ["isMyCompany"];
      const select = [...CLIENT_SELECT, ...own, ...(field ? [tagSpelling(link.memo)] : [])];
      return {
        ...itemList(ENTITY_TYPE[entity], select),
        toRecord: (row) => toClient(entity, row, field),
      };
    }
    case "lead":
      return { ...itemList(ENTITY_TYPE.lead, LEAD_SELECT), toRecord: toLead };
    case "payment": {
      const paid = paidStages(link.memo);
      return {
        ...itemList(ENTITY_TYPE.invoice, INVOICE_SELECT),
        toRecord: (row) => toInvoice(row, link.currency, paid),
      };
    }
    case "stageEntry":
      return STAGE_ENTRIES;
    case "activity":
      return ACTIVITIES;
  }
}

function itemList(
  entityTypeId: number,
  select: readonly string[],
): Omit<KeyedList, "toRecord" | "filterTime"> {
  return {
    method: "crm.item.list",
    idName: "id",
    rowsPath: "[items]",
    fixed: { entityTypeId, useOriginalUfNames: "Y" },
    select,
    since: ">=updatedTime",
    rows: itemRows,
  };
}

const STAGE_ENTRIES: Omit<KeyedList, "filterTime"> = {
  method: "crm.stagehistory.list",
  idName: "ID",
  rowsPath: "[items]",
  fixed: { entityTypeId: ENTITY_TYPE.deal },
  select: ["ID", "OWNER_ID", "CREATED_TIME", "CATEGORY_ID", "STAGE_SEMANTIC_ID", "STAGE_ID"],
  since: ">=CREATED_TIME",
  rows: itemRows,
  toRecord: toStageEntry,
};

const ACTIVITIES: Omit<KeyedList, "filterTime"> = {
  method: "crm.activity.list",
  idName: "ID",
  rowsPath: "",
  fixed: {},
  select: [
    "ID",
    "OWNER_ID",
    "OWNER_TYPE_ID",
    "TYPE_ID",
    "PROVIDER_ID",
    "DIRECTION",
    "COMPLETED",
    "START_TIME",
    "CREATED",
    "LAST_UPDATED",
  ],
  since: ">=LAST_UPDATED",
  rows: (result) => toList(result).filter(isFields),
  toRecord: toActivity,
};

function itemRows(result: unknown): readonly Fields[] {
  return toList(toFields(result).items).filter(isFields);
}

/** Arguments of one page. `after`: id, or a reference to the last id of the page before. `start` -1 = do not count. */
export function pageParams(
  list: KeyedList,
  mode: ScanQuery["mode"],
  after: string,
  start: 0 | -1,
): Params {
  const bounds: Record<string, string> = { [`>${list.idName}`]: after };
  if (mode.kind === "since") bounds[list.since] = list.filterTime(mode.at);
  return {
    ...list.fixed,
    select: mode.kind === "ids" ? [list.idName] : list.select,
    order: { [list.idName]: "ASC" },
    filter: bounds,
    start,
  };
}

/** Arguments for named records, at most a page of them. */
export function byIdParams(list: KeyedList, ids: readonly string[]): Params {
  return {
    ...list.fixed,
    select: list.select,
    order: { [list.idName]: "ASC" },
    filter: { [`@${list.idName}`]: ids },
    start: -1,
  };
}
