import { recordId } from "../../../src/crm/records.ts";
import { makeBitrix24 } from "../../../src/hosts/bitrix24/index.ts";
import { keyedList } from "../../../src/hosts/bitrix24/lists.ts";
import { jsonResponse, scriptedLink } from "./bench.ts";
import {
  asFields,
  asList,
  type Fields,
  type NamedSample,
  responseOf,
  resultOf,
} from "./bitrix24-sample.ts";
import { expectEqual, type Problems } from "./ledger.ts";

/** Lists of records: every row of the sample has to become a record with the row's own id and facts. */

export const host = makeBitrix24({
  registrations: [
    { product: "bitrix24", clientId: "app.573ad8a0346747.09223434", clientSecret: "s" },
  ],
  publicUrl: "https://pulse.example.com",
  oauthServers: ["https://oauth.bitrix.info", "https://oauth.bitrix24.tech"],
  zones: {},
  devHosts: [],
});

export type Reader = (sample: NamedSample, all: readonly NamedSample[]) => Promise<Problems>;

const TYPES: Readonly<Record<number, "deal" | "contact" | "company">> = {
  2: "deal",
  3: "contact",
  4: "company",
};

/** Rows of any kind of item have the deal's fields, so leads go through the deal's mapping too. */
function itemProblems(row: Fields, entityTypeId: number): Problems {
  const entity = TYPES[entityTypeId] ?? "deal";
  const list = keyedList(entity, scriptedLink(host, []));
  const record = list.toRecord(row);
  const facts = asFields(record);
  const problems = [
    ...expectEqual("id", facts.id, String(row.id)),
    ...expectEqual("createdAt", facts.createdAt, Date.parse(String(row.createdTime))),
  ];
  if (entity !== "deal") return problems;
  const sum = typeof row.opportunity === "number" ? Math.round(row.opportunity * 100) : null;
  const ended = row.stageSemanticId === "S" ? "won" : row.stageSemanticId === "F" ? "lost" : "open";
  return [
    ...problems,
    ...expectEqual("amountMinor", facts.amountMinor, sum),
    ...expectEqual("stageId", facts.stageId, row.stageId ?? ""),
    ...expectEqual("outcome", facts.outcome, ended),
    ...expectEqual("companyId", facts.companyId, row.companyId ? String(row.companyId) : null),
    ...expectEqual(
      "responsibleId",
      facts.responsibleId,
      row.assignedById ? String(row.assignedById) : null,
    ),
  ];
}

/** Our scans ask for ids in ascending order, whatever order the sample asked for; rows of other selections carry ids only. */
export const readItemList: Reader = async (sample) => {
  const entityTypeId = Number(asFields(sample.request).entityTypeId);
  const rows = asList(asFields(resultOf(sample)).items).map(asFields);
  const sorted = rows.toSorted((left, right) => Number(left.id) - Number(right.id));
  const answer = { ...asFields(sample.response), result: { items: sorted } };
  const link = scriptedLink(host, [jsonResponse(200, answer)]);
  const slice = await host.scan(link, { entity: "deal", mode: { kind: "ids" } }, null);
  const whole = rows.filter((row) => row.createdTime !== undefined);
  return [
    ...expectEqual(
      "ids",
      slice.ids,
      sorted.map((row) => String(row.id)),
    ),
    ...expectEqual("rows", rows.length > 0, true),
    ...expectEqual("hostNow", slice.hostNow, Date.parse(String(timeOf(sample).date_start))),
    ...whole.flatMap((row) => itemProblems(row, entityTypeId)),
  ];
};

function timeOf(sample: NamedSample): Fields {
  return asFields(asFields(sample.response).time);
}

/** `crm.item.get`: the viewer may read; its item has the shape of a list's row. */
export const readItem: Reader = async (sample) => {
  const item = asFields(asFields(resultOf(sample)).item);
  const link = scriptedLink(host, [responseOf(sample)]);
  const viewer = { userId: "1", isAdmin: false, accessToken: "viewer" };
  const isReadable = await host.canViewerRead?.(link, viewer, "deal", String(item.id));
  return [
    ...expectEqual("readable", isReadable, true),
    ...itemProblems(item, Number(asFields(sample.request).entityTypeId)),
  ];
};

/** `crm.item.update` as `mark` calls it: one read, one write, and the item in the answer. */
export const readUpdate: Reader = async (sample) => {
  const item = asFields(asFields(resultOf(sample)).item);
  const id = String(item.id);
  const memo = {
    "tags.company": JSON.stringify({ fieldId: "7", options: { "segment:loyal": "41" } }),
  };
  const row = { id: item.id, UF_CRM_PULSE_TAGS: [] };
  const held = jsonResponse(200, { result: { items: [row] }, total: 0 });
  const link = scriptedLink(host, [held, responseOf(sample)], { memo });
  const marked = await host.mark(link, { kind: "company", id }, { tags: ["segment:loyal"] });
  return [
    ...expectEqual("changed", marked.changed, true),
    ...expectEqual("requests", link.sent.length, 2),
    ...itemProblems(item, Number(asFields(sample.request).entityTypeId)),
  ];
};

function listReader(entity: "stageEntry" | "activity", facts: (row: Fields) => Fields): Reader {
  return async (sample) => {
    const list = keyedList(entity, scriptedLink(host, []));
    const result = resultOf(sample);
    const raw = (Array.isArray(result) ? result : asList(asFields(result).items)).map(asFields);
    const records = list.rows(result).map((row) => asFields(list.toRecord(row)));
    return [
      ...expectEqual("rows", raw.length > 0, true),
      ...expectEqual(
        "ids",
        records.map(({ id }) => id),
        raw.map((row) => String(row.ID)),
      ),
      ...raw.flatMap((row, at) =>
        Object.entries(facts(row)).flatMap(([name, value]) =>
          expectEqual(name, records[at]?.[name], value),
        ),
      ),
    ];
  };
}

export const readStageEntries = listReader("stageEntry", (row) => ({
  dealId: String(row.OWNER_ID),
  pipelineId: String(row.CATEGORY_ID),
  stageId: row.STAGE_ID,
  enteredAt: Date.parse(String(row.CREATED_TIME)),
}));

const ACTIVITY_TYPES: Readonly<Record<string, string>> = { 1: "meeting", 2: "call", 4: "email" };

export const readActivities = listReader("activity", (row) => ({
  at: Date.parse(String(row.START_TIME)),
  updatedAt: Date.parse(String(row.LAST_UPDATED)),
  isDone: row.COMPLETED === "Y",
  dealId: row.OWNER_TYPE_ID === "2" ? row.OWNER_ID : null,
  ...(ACTIVITY_TYPES[String(row.TYPE_ID)] ? { kind: ACTIVITY_TYPES[String(row.TYPE_ID)] } : {}),
}));

export const readUsers: Reader = async (sample) => {
  const link = scriptedLink(host, [responseOf(sample)]);
  const slice = await host.scan(link, { entity: "user", mode: { kind: "all" } }, null);
  const raw = asList(resultOf(sample)).map(asFields);
  return expectEqual(
    "users",
    slice.records.map((record) => [
      recordId(record),
      asFields(record).isActive,
      asFields(record).groupId,
    ]),
    raw.map((row) => [row.ID, row.ACTIVE, String(asList(row.UF_DEPARTMENT)[0])]),
  );
};

/** Pipelines and their stages come from two methods: each sample is read beside a minimal answer of the other. */
export const readCategories: Reader = async (sample) => {
  const raw = asList(asFields(resultOf(sample)).categories).map(asFields);
  const none = Object.fromEntries(raw.map((_, at) => [`p${at}`, []]));
  const link = scriptedLink(host, [responseOf(sample), batchResponse(none)]);
  const slice = await host.scan(link, { entity: "pipeline", mode: { kind: "all" } }, null);
  return expectEqual(
    "pipelines",
    slice.records.map((record) => [recordId(record), asFields(record).name, asFields(record).sort]),
    raw.map((row) => [String(row.id), row.name, row.sort]),
  );
};

export const readStatuses: Reader = async (sample) => {
  const categories = { result: { categories: [{ id: 0, name: "General", sort: 1 }] } };
  const batch = batchResponse({ p0: resultOf(sample) });
  const link = scriptedLink(host, [jsonResponse(200, categories), batch]);
  const slice = await host.scan(link, { entity: "pipeline", mode: { kind: "all" } }, null);
  const stages = asList(asFields(slice.records[0]).stages).map(asFields);
  const raw = asList(resultOf(sample)).map(asFields);
  const outcome = (row: Fields): string => {
    const extra = asFields(row.EXTRA).SEMANTICS;
    if (row.SEMANTICS === "S" || extra === "success") return "won";
    return row.SEMANTICS === "F" || extra === "failure" || extra === "apology" ? "lost" : "open";
  };
  return [
    ...expectEqual("rows", raw.length > 0, true),
    ...expectEqual(
      "stages",
      stages.map((stage) => [stage.id, stage.name, stage.sort, stage.outcome]),
      raw.map((row) => [row.STATUS_ID, row.NAME, Number(row.SORT), outcome(row)]),
    ),
  ];
};

/** PHP's empty maps are lists, as in the samples. */
export function batchResponse(result: Fields) {
  return jsonResponse(200, {
    result: { result, result_error: [], result_total: [], result_next: [], result_time: [] },
    time: { date_start: "2026-06-01T12:00:00+03:00", date_finish: "2026-06-01T12:00:01+03:00" },
  });
}
