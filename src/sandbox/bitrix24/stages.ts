import { INVOICE, LEAD } from "./fields.ts";
import type { Portal } from "./model.ts";
import type { Stage } from "./rows.ts";

/** Stage codes are at most this long; longer ones are cut. */
const MAX_CODE = 21;

type Line = readonly [code: string, name: string, kind: Stage["kind"]];

const GENERAL: readonly Line[] = [
  ["NEW", "New", "process"],
  ["PREPARATION", "Preparation", "process"],
  ["PREPAYMENT_INVOICE", "Invoice", "process"],
  ["UC_7QX1ZD", "In approval", "process"],
  ["EXECUTING", "In progress", "process"],
  ["FINAL_INVOICE", "Final invoice", "process"],
  ["WON", "Deal won", "success"],
  ["LOSE", "Deal lost", "failure"],
  ["APOLOGY", "Analyze failure", "apology"],
];

const SECOND: readonly Line[] = [
  ["NEW", "First contact", "process"],
  ["UC_KN8KFI", "Sample sent", "process"],
  ["PREPAYMENT_INVOICE", "Contract", "process"],
  ["UC_NYL06U", "Delivery", "process"],
  ["WON", "Contract closed", "success"],
  ["LOSE", "Refused", "failure"],
  ["UC_4WPD21", "Went to a competitor", "apology"],
  ["APOLOGY", "No budget", "apology"],
];

const INVOICE_LINES: readonly Line[] = [
  ["N", "New", "process"],
  ["S", "Sent to client", "process"],
  ["UC_2PZ8RT", "Partly paid", "process"],
  ["P", "Paid", "success"],
  ["D", "Not paid", "failure"],
];

const LEAD_LINES: readonly Line[] = [
  ["NEW", "Unassigned", "process"],
  ["IN_PROCESS", "In progress", "process"],
  ["PROCESSED", "Processed", "process"],
  ["CONVERTED", "Good lead", "success"],
  ["JUNK", "Junk lead", "failure"],
];

export const SOURCES = [
  "CALL",
  "EMAIL",
  "WEB",
  "ADVERTISING",
  "PARTNER",
  "RECOMMENDATION",
  "TRADE_SHOW",
  "WEBFORM",
] as const;

const DICTIONARIES: Readonly<Record<string, readonly string[]>> = {
  SOURCE: SOURCES,
  DEAL_TYPE: ["SALE", "COMPLEX", "GOODS", "SERVICES", "SERVICE"],
  CONTACT_TYPE: ["CLIENT", "SUPPLIER", "PARTNER", "OTHER"],
  COMPANY_TYPE: ["CUSTOMER", "SUPPLIER", "COMPETITOR", "PARTNER", "OTHER"],
  INDUSTRY: ["IT", "TELECOM", "MANUFACTURING", "BANKING", "OTHER"],
  EMPLOYEES: ["EMPLOYEES_1", "EMPLOYEES_2", "EMPLOYEES_3", "EMPLOYEES_4"],
  HONORIFIC: ["HNR_RU_1", "HNR_RU_2"],
};

/** Dictionary of the stages of a pipeline, or of a lead. */
export function stageDictionary(entityTypeId: number, categoryId: number): string {
  if (entityTypeId === LEAD) return "STATUS";
  if (entityTypeId === INVOICE) return `SMART_INVOICE_STAGE_${categoryId}`;
  return categoryId === 0 ? "DEAL_STAGE" : `DEAL_STAGE_${categoryId}`;
}

/** Stages and dictionaries of a new portal; the second pipeline has its own names and an extra apology stage. */
export function makeStages(
  secondCategoryId: number,
  invoiceCategoryId: number,
  firstId: number,
): Stage[] {
  const stages: Stage[] = [];
  const add = (
    entityId: string,
    lines: readonly Line[],
    categoryId: number | null,
    letter = "C",
  ): void => {
    lines.forEach(([code, name, kind], index) => {
      const prefix = categoryId === null || categoryId === 0 ? "" : `${letter}${categoryId}:`;
      stages.push({
        id: firstId + stages.length * 2,
        entityId,
        statusId: `${prefix}${code}`.slice(0, MAX_CODE),
        name,
        sort: (index + 1) * 10,
        isSystem: !code.startsWith("UC_"),
        categoryId: kind === null ? null : categoryId,
        kind,
      });
    });
  };
  add("DEAL_STAGE", GENERAL, 0);
  add(`DEAL_STAGE_${secondCategoryId}`, SECOND, secondCategoryId);
  add("STATUS", LEAD_LINES, null);
  add(`SMART_INVOICE_STAGE_${invoiceCategoryId}`, INVOICE_LINES, invoiceCategoryId, "DT31_");
  for (const [entityId, codes] of Object.entries(DICTIONARIES)) {
    const lines = codes.map((code): Line => [code, code.toLowerCase().replaceAll("_", " "), null]);
    add(entityId, lines, null);
  }
  return stages;
}

export function semanticsOf(stage: Stage | undefined): "P" | "S" | "F" {
  if (stage === undefined || stage.kind === "process" || stage.kind === null) return "P";
  return stage.kind === "success" ? "S" : "F";
}

export function stagesOf(portal: Portal, entityTypeId: number, categoryId: number): Stage[] {
  const dictionary = stageDictionary(entityTypeId, categoryId);
  return portal.stages.filter((stage) => stage.entityId === dictionary);
}

export function findStage(
  portal: Portal,
  entityTypeId: number,
  categoryId: number,
  code: string,
): Stage | undefined {
  return stagesOf(portal, entityTypeId, categoryId).find((stage) => stage.statusId === code);
}

export function hasStatus(portal: Portal, dictionary: string, code: string): boolean {
  return portal.stages.some((stage) => stage.entityId === dictionary && stage.statusId === code);
}
