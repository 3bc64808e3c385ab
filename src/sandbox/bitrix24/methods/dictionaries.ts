import { isoTime } from "../dates.ts";
import { DEAL, INVOICE, LEAD } from "../fields.ts";
import { type Columns, compileFilter, type Sort } from "../filter.ts";
import { compileOrder, listPage } from "../list-page.ts";
import { nowOf } from "../model.ts";
import { RestError } from "../rest-error.ts";
import type { HistoryRow, Stage } from "../rows.ts";
import { semanticsOf } from "../stages.ts";
import {
  type Answer,
  type Call,
  CRM,
  either,
  listParam,
  type Methods,
  mapParam,
  startOf,
} from "./method.ts";

/** Pipelines, stages and other dictionaries, stage history, currencies. */

function categories(call: Call): Answer {
  const typeId = Number(call.params.entityTypeId);
  if (typeId === INVOICE && call.portal.items.has(INVOICE)) {
    const { invoiceCategoryId: id } = call.portal;
    const row = { id, name: "General", sort: 500, entityTypeId: INVOICE, isDefault: "Y" };
    return { result: { categories: [{ ...row, originId: "", originatorId: "" }] }, total: 1 };
  }
  if (typeId !== DEAL) {
    if (call.portal.items.has(typeId)) {
      const text = `Entity type ${typeId} is not supported`;
      throw new RestError(400, "ENTITY_TYPE_NOT_SUPPORTED", text);
    }
    throw new RestError(400, "NOT_FOUND", "Smart process not found");
  }
  const rows = call.portal.categories.map((category) => ({
    id: category.id,
    name: category.name,
    sort: category.sort,
    entityTypeId: DEAL,
    isDefault: category.id === 0 ? "Y" : "N",
    originId: "",
    originatorId: "",
  }));
  return { result: { categories: rows }, total: rows.length };
}

const COLORS = { process: "#39A8EF", success: "#7BD500", failure: "#FF5752", apology: "#FF5752" };

function statusRow(stage: Stage): Record<string, unknown> {
  const semantics = semanticsOf(stage);
  const isStage = stage.kind !== null;
  const color = stage.kind === null ? null : COLORS[stage.kind];
  return {
    ID: String(stage.id),
    ENTITY_ID: stage.entityId,
    STATUS_ID: stage.statusId,
    NAME: stage.name,
    NAME_INIT: stage.isSystem ? stage.name : "",
    SORT: String(stage.sort),
    SYSTEM: stage.isSystem ? "Y" : "N",
    CATEGORY_ID:
      stage.categoryId === null || stage.categoryId === 0 ? null : String(stage.categoryId),
    COLOR: color,
    SEMANTICS: semantics === "P" ? null : semantics,
    ...(isStage ? { EXTRA: { SEMANTICS: stage.kind, COLOR: color } } : {}),
  };
}

function statuses(call: Call): Answer {
  const filter = Object.entries(mapParam(either(call.params, "filter")));
  const rows = call.portal.stages.map(statusRow).filter((row) =>
    filter.every(([key, value]) => {
      const cell = String(row[key.replace(/^[=@]/, "").toUpperCase()] ?? "");
      return listParam(value).includes(cell);
    }),
  );
  const order = mapParam(either(call.params, "order"));
  if (String(order.SORT ?? "ASC").toUpperCase() === "DESC") rows.reverse();
  return { result: rows, total: rows.length };
}

const HISTORY: Readonly<Record<string, readonly [Sort, (row: HistoryRow) => unknown]>> = {
  ID: ["number", (row) => row.id],
  TYPE_ID: ["number", (row) => row.typeId],
  OWNER_ID: ["number", (row) => row.ownerId],
  CREATED_TIME: ["time", (row) => row.at],
  CATEGORY_ID: ["number", (row) => row.categoryId],
  STAGE_SEMANTIC_ID: ["text", (row) => row.semantics],
  STAGE_ID: ["text", (row) => row.stageId],
};

function historyColumns(call: Call, typeId: number): Columns<HistoryRow> {
  const refuse = (text: string) => (name: string) => {
    throw new RestError(400, "INVALID_ARG_VALUE", `Invalid filter: field '${name}' ${text}`);
  };
  return {
    offsetMinutes: call.portal.offsetMinutes,
    isPlainDatesOnly: call.portal.isPlainDatesOnly,
    hasGroups: true,
    find: (name) => {
      const key = typeId === LEAD ? name.replace(/^STATUS_/, "STAGE_") : name;
      const found = HISTORY[key];
      return found === undefined ? null : { sort: found[0], read: found[1] };
    },
    onUnknown: refuse("is not allowed in filter"),
    onInvalid: refuse("has invalid value"),
  };
}

function historyRow(call: Call, row: HistoryRow, typeId: number): Record<string, unknown> {
  const head = {
    ID: row.id,
    TYPE_ID: row.typeId,
    OWNER_ID: row.ownerId,
    CREATED_TIME: isoTime(row.at, call.portal.offsetMinutes),
  };
  return typeId === LEAD
    ? { ...head, STATUS_SEMANTIC_ID: row.semantics, STATUS_ID: row.stageId }
    : {
        ...head,
        CATEGORY_ID: row.categoryId,
        STAGE_SEMANTIC_ID: row.semantics,
        STAGE_ID: row.stageId,
      };
}

function stageHistory(call: Call): Answer {
  const typeId = Number(call.params.entityTypeId);
  if (typeId !== DEAL && typeId !== LEAD && typeId !== INVOICE) {
    const text = `Entity type ${typeId} is not supported`;
    throw new RestError(400, "ENTITY_TYPE_NOT_SUPPORTED", text);
  }
  const columns = historyColumns(call, typeId);
  const query = compileFilter(mapParam(either(call.params, "filter")), columns);
  const { test } = query;
  const ofType = (row: HistoryRow): boolean =>
    row.entityTypeId === typeId && (test === null || test(row));
  const order = compileOrder(mapParam(either(call.params, "order")), columns, "ID");
  const offset = call.portal.offsetMinutes;
  const seen = call.portal.history.size === 0 ? query : { ...query, test: ofType };
  const page = listPage(call.portal.history, seen, order, startOf(call.params), offset);
  const select = listParam(either(call.params, "select"));
  const items = page.rows.map((row) => {
    const full = historyRow(call, row, typeId);
    if (select.length === 0 || select.includes("*")) return full;
    return Object.fromEntries(Object.entries(full).filter(([name]) => select.includes(name)));
  });
  return { result: { items }, total: page.total, next: page.next };
}

const RATES: Readonly<Record<string, readonly [amount: number, name: string, format: string]>> = {
  RUB: [1, "Russian Ruble", "# &#8381;"],
  USD: [78.32, "United States Dollar", "$#"],
  EUR: [91.15, "Euro", "# &euro;"],
  KZT: [0.151, "Tenge", "# &#8376;"],
};

const HUNDREDS: ReadonlySet<string> = new Set(["KZT"]);

function quote(code: string, base: string, perUnit: number): string {
  return (perUnit * (HUNDREDS.has(code) && code !== base ? 100 : 1)).toFixed(4);
}

function currencies(call: Call): Answer {
  const base = call.portal.currency;
  const given = call.portal.rates;
  const baseRate = RATES[base]?.[0] ?? 1;
  const codes = [...new Set([base, ...Object.keys(RATES), ...given.keys()])];
  const rows = codes.map((code, index) => {
    const [amount, name, format] = RATES[code] ?? [1, code, `# ${code}`];
    return {
      CURRENCY: code,
      // Small units are quoted by the hundred.
      AMOUNT_CNT: HUNDREDS.has(code) && code !== base ? "100" : "1",
      AMOUNT: quote(code, base, given.get(code) ?? amount / baseRate),
      SORT: String((index + 1) * 100),
      BASE: code === base ? "Y" : "N",
      FULL_NAME: name,
      LID: "ru",
      FORMAT_STRING: format,
      DEC_POINT: ".",
      THOUSANDS_SEP: "&nbsp;",
      DECIMALS: "2",
      DATE_UPDATE: isoTime(nowOf(call.world), call.portal.offsetMinutes),
    };
  });
  // The real method never counts.
  return { result: rows, total: 0 };
}

export const dictionaryMethods: Methods = {
  "crm.category.list": { scopes: CRM, cost: "cheap", run: categories },
  "crm.status.list": { scopes: CRM, cost: "cheap", run: statuses },
  "crm.stagehistory.list": { scopes: CRM, cost: "list", run: stageHistory },
  "crm.currency.list": { scopes: CRM, cost: "cheap", run: currencies },
  "crm.currency.base.get": {
    scopes: CRM,
    cost: "cheap",
    run: (call) => ({ result: call.portal.currency }),
  },
  "crm.settings.mode.get": {
    scopes: CRM,
    cost: "cheap",
    run: (call) => ({ result: call.portal.hasLeads ? 1 : 2 }),
  },
};
