import type { ScanEntity } from "../../../src/crm/records.ts";
import { readPage } from "../../../src/hosts/amocrm/api.ts";
import type { Feed, RowReader } from "../../../src/hosts/amocrm/feed.ts";
import { feedsOf } from "../../../src/hosts/amocrm/feeds.ts";
import { hasLostRows } from "../../../src/hosts/amocrm/vanished.ts";
import { type Check, host } from "./amocrm-doors.ts";
import { type AmocrmSample, responseOf, routeOf } from "./amocrm-sample.ts";
import { jsonResponse, START, scriptedLink } from "./bench.ts";
import { asFields, asList, type Fields } from "./bitrix24-sample.ts";
import { expectEqual, type Problems } from "./ledger.ts";

/** REST answers through the adapter's own readers. */

const KEY = "amocrm:28805383" as const;

/** Where the samples' account has its goods and money. */
const MEMO = { filters: "on", customers: "on", products: "5787" };

function link(answers: Parameters<typeof scriptedLink>[1]) {
  return scriptedLink(host, answers, { key: KEY, currency: "RUB", memo: MEMO });
}

function feedOf(entity: ScanEntity, at = 0): Feed {
  const feed = feedsOf(entity, { kind: "all" }, link([]))[at];
  if (!feed) throw new Error(`no feed of ${entity}`);
  return feed;
}

const seconds = (value: unknown) => (typeof value === "number" ? value * 1000 : null);
const idText = (value: unknown) => (value ? String(value) : null);

function leadFacts(row: Fields): Fields {
  const outcome = { 142: "won", 143: "lost" }[Number(row.status_id)] ?? "open";
  const price = row.price_with_minor_units ?? row.price;
  return {
    pipelineId: String(row.pipeline_id),
    stageId: String(row.status_id),
    outcome,
    amountMinor: typeof price === "number" ? Math.round(price * 100) : null,
    responsibleId: idText(row.responsible_user_id),
    createdAt: seconds(row.created_at),
    updatedAt: seconds(row.updated_at),
    closedAt: outcome === "open" ? null : seconds(row.closed_at),
    companyId: idText(asFields(asList(asFields(row._embedded).companies)[0]).id),
  };
}

const clientFacts = (row: Fields): Fields => ({
  responsibleId: idText(row.responsible_user_id),
  createdAt: seconds(row.created_at),
  updatedAt: seconds(row.updated_at),
});

const stageFacts = (row: Fields): Fields => {
  const after = asFields(asFields(asList(row.value_after)[0]).lead_status);
  return {
    dealId: String(row.entity_id),
    stageId: String(after.id),
    pipelineId: String(after.pipeline_id),
    enteredAt: seconds(row.created_at),
  };
};

const hundredfold = (value: unknown) => (typeof value === "number" ? value * 100 : null);

interface Listed {
  readonly feed: () => Feed;
  /** Call of the sample that answers what the reader asks besides. */
  readonly join?: string;
  readonly facts: (row: Fields) => Fields;
}

const LISTS: Readonly<Record<string, Listed>> = {
  leads: { feed: () => feedOf("deal"), facts: leadFacts },
  contacts: { feed: () => feedOf("contact"), facts: clientFacts },
  companies: { feed: () => feedOf("company"), facts: clientFacts },
  "leads/pipelines": {
    feed: () => feedOf("pipeline"),
    facts: (row) => ({ name: row.name, sort: row.sort }),
  },
  users: {
    feed: () => feedOf("user"),
    facts: (row) => ({ isActive: asFields(row.rights).is_active }),
  },
  events: { feed: () => feedOf("stageEntry"), facts: stageFacts },
  "customers/transactions": {
    feed: () => feedOf("payment"),
    join: "GET /api/v4/customers?with=contacts",
    facts: (row) => ({
      kind: "transaction",
      amountMinor: hundredfold(row.price),
      currency: "RUB",
      paidAt: seconds(row.completed_at),
    }),
  },
  "catalogs/{}/elements": {
    feed: () => feedOf("label", 2),
    facts: (row) => ({ dictionary: "product", name: row.name }),
  },
  "leads/loss_reasons": {
    feed: () => feedOf("label", 0),
    facts: (row) => ({ dictionary: "lossReason", name: row.name }),
  },
  "leads/unsorted": {
    feed: () => feedOf("lead"),
    facts: (row) => ({
      pipelineId: idText(row.pipeline_id),
      createdAt: seconds(row.created_at),
      contactIds: asList(asFields(row._embedded).contacts).map((one) => idText(asFields(one).id)),
      outcome: "open",
    }),
  },
  "leads/notes": { feed: () => feedOf("activity", 0), facts: () => ({}) },
  tasks: {
    feed: () => feedOf("activity", 3),
    facts: (row) => ({
      isDone: row.is_completed,
      dealId: row.entity_type === "leads" ? idText(row.entity_id) : null,
      updatedAt: seconds(row.updated_at),
    }),
  },
};

/** Kinds of rows that are read and then left out, because the mirror keeps none of them. */
function isLeftOut(row: Fields): boolean {
  const isOtherNote = "note_type" in row && !/^(call_|sms_|amomail_)/.test(String(row.note_type));
  const isOtherEvent = "value_after" in row && row.type !== "lead_status_changed";
  return row.is_deleted === true || isOtherNote || isOtherEvent;
}

function rowProblems(feed: Feed, read: RowReader, raw: unknown, listed: Listed): Problems {
  const row = asFields(raw);
  const reading = read(raw);
  if (isLeftOut(row)) return expectEqual("left out", reading?.records ?? [], []);
  const record = asFields(reading?.records[0]);
  return [
    ...expectEqual("id", record.id, feed.recordId(String(row.uid ?? row.id))),
    ...Object.entries(listed.facts(row)).flatMap(([name, value]) =>
      expectEqual(`${row.id} ${name}`, record[name], value),
    ),
  ];
}

const readList: Check = async (sample, all) => {
  const path = routeOf(sample).replace("GET /api/v4/", "");
  const listed = LISTS[path] ?? LISTS[path.replace("/{}", "")];
  if (!listed) return [`no feed of ${path}`];
  const feed = listed.feed();
  const isOne = path.endsWith("/{}");
  const joined = all.filter(({ call }) => call === listed.join).map(responseOf);
  const answers = [...joined, ...joined.map(() => ({ status: 204, headers: {}, text: "" }))];
  const page = readPage(responseOf(sample), feed.collection);
  const body = asFields(sample.response.body);
  const raw = isOne ? [body] : asList(asFields(body._embedded)[feed.collection]);
  if (sample.response.status === 204)
    return expectEqual("nothing", page, { rows: [], hasNext: false });
  const read = await feed.reader(link(answers), raw);
  return [
    ...expectEqual("rows", raw.length > 0, true),
    ...expectEqual("page", isOne || page.rows.length, isOne || raw.length),
    ...expectEqual("next", page.hasNext, "next" in asFields(body._links)),
    ...raw.flatMap((row) => rowProblems(feed, read, row, listed)),
  ];
};

/** Deletions in the feed of events tell a scan that rows have moved under it. */
const readDeletions: Check = async (sample) => {
  const rows = asList(asFields(asFields(sample.response.body)._embedded).events).map(asFields);
  const first = Number(rows[0]?.created_at) * 1000;
  const ask = (since: number) => hasLostRows(link([responseOf(sample)]), feedOf("deal"), since);
  return expectEqual("lost rows", [await ask(first - 1_000), await ask(START)], [true, false]);
};

/** Values of other events: no stage in them, so they are no entry and no failure either. */
export const readEventValue: Check = async (sample) => {
  const event = { id: "01pz58t6p04ymgsgfbmfyfy1mf", entity_id: 1, created_at: 1_588_841_241 };
  const read = await feedOf("stageEntry").reader(link([]), []);
  const reading = read({ ...event, ...asFields(sample.response.body) });
  return expectEqual("records", reading?.records, []);
};

const readAccount: Check = async (sample) => {
  const body = asFields(sample.response.body);
  const account = await host.check(link([responseOf(sample)]));
  const zone = asFields(asFields(body._embedded).datetime_settings).timezone;
  return [
    ...expectEqual("currency", account.currency, body.currency),
    ...expectEqual("zone", account.timeZone, zone ?? "Europe/Moscow"),
  ];
};

const createTask: Check = async (sample) => {
  const created = await host.tasks?.create(link([responseOf(sample)]), {
    actionKey: "example",
    client: { kind: "contact", id: "1" },
    dealId: "9785993",
    responsibleId: "504141",
    title: "Call",
    text: "",
    due: START,
  });
  const [row] = asList(asFields(asFields(sample.response.body)._embedded).tasks);
  return expectEqual("taskId", created?.taskId, String(asFields(row).id));
};

const markClient: Check = async (sample) => {
  const { id } = asFields(sample.response.body);
  const card = {
    id,
    responsible_user_id: 1,
    created_at: 1,
    updated_at: 2,
    _embedded: { tags: [] },
  };
  const room = link([jsonResponse(200, card), responseOf(sample)]);
  const marked = await host.mark(room, { kind: "contact", id: String(id) }, { tags: ["a"] });
  return [
    ...expectEqual("changed", marked.changed, true),
    ...expectEqual("write", room.sent[1]?.method, sample.request?.method),
    ...expectEqual("body", Object.keys(JSON.parse(room.sent[1]?.body ?? "{}")), ["tags_to_add"]),
  ];
};

/** Set-up asks whether there is a history, reads the hooks, adds ours and takes old ones away: the three samples of hooks take their part. */
/** The vendor's account took fewer event codes than we ask for, and says so in its answer. */
function warningsOf(sent: string | undefined, answer: string | undefined): readonly string[] {
  const codes = (text: string | undefined) => asList(asFields(JSON.parse(text ?? "{}")).settings);
  const taken = new Set(codes(answer));
  return codes(sent).every((code) => taken.has(code)) ? [] : ["hooks_partial"];
}

const setUpHooks: Check = async (_sample, all) => {
  const answer = (route: string) => {
    const found = all.find((one) => routeOf(one) === route && one.response.status < 300);
    if (!found) throw new Error(`no sample of ${route}`);
    return responseOf(found);
  };
  const list = answer("GET /api/v4/webhooks");
  const [hook] = asList(asFields(asFields(JSON.parse(list.text))._embedded).webhooks).map(asFields);
  const rest = [answer("POST /api/v4/webhooks"), answer("DELETE /api/v4/webhooks")];
  // The sample's own hook is an older one of ours.
  const publicUrl = "https://app.example.com";
  const renamed = JSON.stringify(hook?.destination).slice(1, -1);
  const old = `${publicUrl}/amocrm/events/old-secret-of-ours`;
  const known = { ...list, text: list.text.replaceAll(renamed, old) };
  const first = ["GET /api/v4/account", "GET /api/v4/catalogs", "GET /api/v4/events"].map(answer);
  const answers = [...first, known, ...rest];
  const set = link(answers);
  const setup = { hookUrl: `${publicUrl}/amocrm/events/new`, publicUrl, locale: "ru", userId: "1" };
  const { warnings } = (await host.prepare?.(set, setup)) ?? { warnings: ["no set-up"] };
  const calls = set.sent.map(({ method, url }) => `${method} ${new URL(url).pathname}`);
  return [
    ...expectEqual("warnings", warnings, warningsOf(set.sent[4]?.body, rest[0]?.text)),
    ...expectEqual("calls", calls, [
      "GET /api/v4/account",
      "GET /api/v4/catalogs",
      "GET /api/v4/events",
      "GET /api/v4/webhooks",
      "POST /api/v4/webhooks",
      "DELETE /api/v4/webhooks",
    ]),
    ...expectEqual("removed", asFields(JSON.parse(set.sent[5]?.body ?? "{}")).destination, old),
  ];
};

/** Routes that the adapter calls. */
export const ROUTES: Readonly<Record<string, Check>> = {
  "GET /api/v4/account": readAccount,
  "GET /api/v4/leads": readList,
  "GET /api/v4/leads/{}": readList,
  "GET /api/v4/contacts": readList,
  "GET /api/v4/companies": readList,
  "GET /api/v4/leads/pipelines": readList,
  "GET /api/v4/users": readList,
  "GET /api/v4/leads/notes": readList,
  "GET /api/v4/customers/transactions": readList,
  "GET /api/v4/catalogs/{}/elements": readList,
  "GET /api/v4/leads/loss_reasons": readList,
  "GET /api/v4/leads/unsorted": readList,
  "GET /api/v4/tasks": readList,
  "GET /api/v4/events": (sample, all) =>
    sample.call.includes("deletions") ? readDeletions(sample, all) : readList(sample, all),
  "POST /api/v4/tasks": createTask,
  "PATCH /api/v4/contacts/{}": markClient,
  "GET /api/v4/webhooks": setUpHooks,
  "POST /api/v4/webhooks": setUpHooks,
  "DELETE /api/v4/webhooks": setUpHooks,
};

/** Routes that neither the adapter calls nor the sandbox serves share a row with everything else of that kind. */
export function groupOf(sample: AmocrmSample): string {
  if (sample.response.status >= 400) return "refusals";
  const route = routeOf(sample);
  return route in ROUTES ? route : "routes that we do not call";
}
