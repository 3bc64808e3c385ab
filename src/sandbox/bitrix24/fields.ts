import type { Sort } from "./filter.ts";

/** Kinds of the universal API, as `crm.item.fields` names them. */
export type FieldType =
  | "integer"
  | "string"
  | "text"
  | "double"
  | "boolean"
  | "datetime"
  | "date"
  | "user"
  | "crm_status"
  | "crm_company"
  | "crm_contact"
  | "crm_category"
  | "crm_currency"
  | "crm_lead"
  | "crm_quote"
  | "enumeration"
  | "money"
  | "url";

export interface Field {
  /** Name in `crm.item.*` and in our rows: `createdTime`. */
  readonly name: string;
  /** `upperName` of `crm.item.fields`: `CREATED_TIME`. */
  readonly upper: string;
  /** Name in `crm.deal.*`, `crm.contact.*`, `crm.company.*`; null = not there. */
  readonly classic: string | null;
  readonly type: FieldType;
  readonly isReadOnly: boolean;
  readonly isMultiple: boolean;
  readonly isUniversal: boolean;
  /** Shows a phone or mail of the multifields: `phoneWork`. */
  readonly isAlias: boolean;
  /** What both families show while nothing is set. */
  readonly empty: unknown;
}

export const LEAD = 1;
export const DEAL = 2;
export const CONTACT = 3;
export const COMPANY = 4;
/** The new invoices; a kind of smart process. */
export const INVOICE = 31;

/**
 * One line a field, in the order of the real answers: `name:type[:flags][=CLASSIC]`.
 * Flags: r read-only, m multiple, u only in the universal family, c only in the classic family, 0 empty shows 0,
 * e empty shows "", N empty shows "N", Y empty shows "Y".
 */
const COMMON_HEAD = `id:integer:r createdTime:datetime:r=DATE_CREATE dateCreateShort:datetime:ru
updatedTime:datetime:r=DATE_MODIFY dateModifyShort:datetime:ru createdBy:user:r=CREATED_BY_ID
updatedBy:user:r=MODIFY_BY_ID assignedById:user opened:boolean:Y`;
const UTM = `utmSource:string utmMedium:string utmCampaign:string utmContent:string utmTerm:string`;
const ORIGIN = `originatorId:string originId:string`;
const ADDRESS = `address:string:c address2:string:c=ADDRESS_2 addressCity:string:c
addressPostalCode:string:c addressRegion:string:c addressProvince:string:c addressCountry:string:c`;
/** The first line is in both families for leads. */
const LEAD_ADDRESS = `address2:string:c=ADDRESS_2 addressCity:string:c addressPostalCode:string:c
addressRegion:string:c addressProvince:string:c addressCountry:string:c addressCountryCode:string:c
addressLocAddrId:string:c`;
const LOC = `addressLocAddrId:string:c`;
const REACH = `hasPhone:boolean:rN hasEmail:boolean:rN hasImol:boolean:rN`;
const ACTIVITY = `lastActivityBy:user:r lastActivityTime:datetime:r`;
const ALIASES = `phoneMobile:string:rue phoneWork:string:rue phoneMailing:string:rue emailHome:string:rue
emailWork:string:rue emailMailing:string:rue skype:string:ru icq:string:ru imol:string:rue email:string:rue
phone:string:rue`;

const SPECS: Readonly<Record<number, string>> = {
  [LEAD]: `${COMMON_HEAD} companyId:crm_company:0 contactId:crm_contact:0
stageId:crm_status=STATUS_ID isConvert:boolean:ru statusDescription:text stageSemanticId:string:r=STATUS_SEMANTIC_ID
productId:integer:u opportunity:double:0 currencyId:crm_currency sourceId:crm_status sourceDescription:text
title:string name:string lastName:string secondName:string shortName:string:ru companyTitle:string post:string
address:string ${LEAD_ADDRESS} comments:text webformId:integer:u0 ${ORIGIN} dateClosed:datetime:r birthdate:date
honorific:crm_status ${REACH} login:string:ru isReturnCustomer:boolean:rN searchContent:string:ru
isManualOpportunity:boolean:N movedBy:user:r=MOVED_BY_ID movedTime:datetime:r ${ACTIVITY} ${ALIASES}
${UTM} observers:user:mu contactIds:crm_contact:mu`,
  [DEAL]: `${COMMON_HEAD} leadId:crm_lead companyId:crm_company:0 contactId:crm_contact:0
quoteId:crm_quote title:string productId:integer:u categoryId:crm_category:0 stageId:crm_status
stageSemanticId:string:r isNew:boolean:rN isRecurring:boolean:N isReturnCustomer:boolean:N
isRepeatedApproach:boolean:N closed:boolean:rN typeId:crm_status opportunity:double:0
isManualOpportunity:boolean:N taxValue:double:0 currencyId:crm_currency probability:integer comments:text:e
begindate:date begindateShort:datetime:ru closedate:date closedateShort:datetime:ru eventDate:datetime:ru
eventDateShort:datetime:ru eventId:string:ru eventDescription:text:ru locationId:string webformId:integer:u0
sourceId:crm_status:e sourceDescription:text:e ${ORIGIN} additionalInfo:text searchContent:string:ru
orderStage:string:ru movedBy:user:r=MOVED_BY_ID movedTime:datetime:r ${ACTIVITY} isWork:boolean:ru isWon:boolean:ru
isLose:boolean:ru receivedAmount:double:ru lostAmount:double:ru hasProducts:boolean:ru ${UTM}
observers:user:mu contactIds:crm_contact:mu`,
  [CONTACT]: `${COMMON_HEAD} post:string comments:text:e honorific:crm_status name:string
secondName:string lastName:string photo:string leadId:crm_lead typeId:crm_status sourceId:crm_status:e
sourceDescription:text:e companyId:crm_company:0 birthdate:date export:boolean:N ${REACH} ${ORIGIN}
originVersion:string faceId:integer shortName:string:ru login:string:ru searchContent:string:ru webformId:integer:u0
${ADDRESS} ${LOC} ${ACTIVITY} ${ALIASES} ${UTM} observers:user:mu companyIds:crm_company:mu`,
  [COMPANY]: `${COMMON_HEAD} typeId:crm_status=COMPANY_TYPE title:string logo:string leadId:crm_lead
${REACH} bankingDetails:text industry:crm_status revenue:double:0 currencyId:crm_currency employees:crm_status
comments:text:e isMyCompany:boolean:N ${ORIGIN} originVersion:string searchContent:string:ru webformId:integer:u0
${ADDRESS} addressCountryCode:string:c ${LOC} addressLegal:string:c regAddress:string:c
regAddress2:string:c=REG_ADDRESS_2 regAddressCity:string:c regAddressPostalCode:string:c regAddressRegion:string:c
regAddressProvince:string:c regAddressCountry:string:c regAddressCountryCode:string:c regAddressLocAddrId:string:c
${ACTIVITY} lastCommunicationTime:datetime:c ${ALIASES} ${UTM} observers:user:mu contactIds:crm_contact:mu`,
  [INVOICE]: `id:integer:r xmlId:string title:string accountNumber:string createdBy:user:r updatedBy:user:r
movedBy:user:r createdTime:datetime:r updatedTime:datetime:r movedTime:datetime:r categoryId:crm_category:0
opened:boolean:Y stageId:crm_status previousStageId:string:r begindate:date closedate:date companyId:crm_company:0
contactId:crm_contact:0 opportunity:double:0 isManualOpportunity:boolean:N taxValue:double:0 currencyId:crm_currency
mycompanyId:crm_company:0 sourceId:crm_status:e sourceDescription:text:e comments:text:e assignedById:user
lastActivityBy:user:r lastActivityTime:datetime:r parentId2:integer:0 parentId7:integer:0 ${UTM} observers:user:mu
contactIds:crm_contact:mu`,
};

export function upperName(camel: string): string {
  return camel.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

const EMPTY: Readonly<Record<string, unknown>> = { "0": 0, e: "", N: "N", Y: "Y" };

function field(spec: string): Field {
  const [head = "", classicName] = spec.split("=");
  const [name = "", type = "string", flags = ""] = head.split(":");
  const upper = upperName(name);
  const emptyFlag = [...flags].find((flag) => flag in EMPTY);
  const isMultiple = flags.includes("m");
  return {
    name,
    upper,
    classic: flags.includes("u") ? null : (classicName ?? upper),
    type: type as FieldType,
    isReadOnly: flags.includes("r"),
    isMultiple,
    isUniversal: !flags.includes("c"),
    isAlias: /^(phone|email)(Mobile|Work|Mailing|Home)?$/.test(name),
    empty: isMultiple ? [] : emptyFlag === undefined ? null : EMPTY[emptyFlag],
  };
}

const FIELDS = new Map<number, readonly Field[]>(
  Object.entries(SPECS).map(([id, spec]) => [Number(id), spec.split(/\s+/).map(field)]),
);
const BY_NAME = new Map(
  [...FIELDS].map(([id, fields]) => [id, new Map(fields.map((f) => [f.name, f]))] as const),
);
const BY_CLASSIC = new Map(
  [...FIELDS].map(
    ([id, fields]) =>
      [
        id,
        new Map(fields.flatMap((f) => (f.classic === null ? [] : [[f.classic, f] as const]))),
      ] as const,
  ),
);

/** Fields of an entity type in the order of real answers; empty for types that are not served. */
export function fieldsOf(entityTypeId: number): readonly Field[] {
  return FIELDS.get(entityTypeId) ?? [];
}

export function fieldNamed(entityTypeId: number, name: string): Field | undefined {
  return BY_NAME.get(entityTypeId)?.get(name);
}

export function classicFieldNamed(entityTypeId: number, name: string): Field | undefined {
  return BY_CLASSIC.get(entityTypeId)?.get(name.toUpperCase());
}

const NUMERIC: ReadonlySet<FieldType> = new Set<FieldType>([
  "integer",
  "double",
  "user",
  "crm_company",
  "crm_contact",
  "crm_category",
  "crm_lead",
  "crm_quote",
  "enumeration",
]);

export function isNumeric(type: FieldType): boolean {
  return NUMERIC.has(type);
}

export function sortOf(type: FieldType): Sort {
  if (type === "datetime") return "time";
  if (type === "date") return "day";
  if (type === "boolean") return "boolean";
  return NUMERIC.has(type) ? "number" : "text";
}

/**
 * Custom-field names of the universal API without `useOriginalUfNames`: letters only or digits only after the entity
 * number become camel case, everything else keeps its tail.
 */
export function universalUfName(fieldName: string): string {
  const tail = fieldName.replace(/^UF_CRM_/, "");
  const numbered = /^(\d+)_(.+)$/.exec(tail);
  if (numbered !== null) {
    const [, entity = "", rest = ""] = numbered;
    if (/^\d+$/.test(rest)) return `ufCrm${entity}_${rest}`;
    if (/^[A-Z_]+$/.test(rest)) return `ufCrm${entity}${pascal(rest)}`;
  }
  if (/^[A-Z_]+$/.test(tail)) return `ufCrm${pascal(tail)}`;
  return `ufCrm_${tail}`;
}

function pascal(upper: string): string {
  return upper
    .split("_")
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join("");
}
