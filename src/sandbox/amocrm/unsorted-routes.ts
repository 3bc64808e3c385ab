import { hal, type JsonObject, nothing, refuse } from "./answer.ts";
import { type Call, type Route, single } from "./call.ts";
import { changeCard, type Scene } from "./change.ts";
import { createLead, deleteCard } from "./deeds.ts";
import { list } from "./listing.ts";
import { seconds } from "./options.ts";
import { child, words } from "./query.ts";
import type { Unsorted } from "./trade.ts";
import { self } from "./view.ts";

/** Incoming leads: requests that wait for somebody to accept them. */

function unsortedView(call: Call, row: Unsorted): JsonObject {
  return {
    uid: row.uid,
    source_uid: "a1fee7c0fc436088e64ba2e8822ba2b3",
    source_name: row.source_name,
    category: row.category,
    pipeline_id: row.pipeline_id,
    created_at: row.created_at,
    metadata: {
      form_id: "f1",
      form_name: row.source_name,
      form_page: "https://example.com",
      ip: "203.0.113.2",
      form_sent_at: row.created_at,
      referer: "https://search.example.com",
    },
    account_id: call.account.id,
    _links: self(call, `leads/unsorted/${row.uid}`),
    _embedded: {
      contacts: row.contacts.map((id) => ({ id })),
      leads: [{ id: row.lead }],
      companies: row.companies.map((id) => ({ id })),
    },
  };
}

function listUnsorted(call: Call): Response {
  const filter = call.query.get("filter");
  if (!call.account.isFilterEnabled && filter !== undefined)
    refuse(403, "Filters are not available");
  const uids = words(child(filter, "uid"));
  return list(call, {
    table: call.account.trade.unsorted,
    name: "unsorted",
    getters: {
      category: (row) => row.category,
      pipeline_id: (row) => row.pipeline_id,
      created_at: (row) => row.created_at,
    },
    orders: ["created_at"],
    view: (row) => unsortedView(call, row),
    extra: uids.length === 0 ? null : { key: "uid", test: (row) => uids.includes(row.uid) },
  });
}

function waiting(call: Call, uid: string | undefined): Unsorted | undefined {
  return call.account.trade.unsorted.byId.rows.find((row) => row.uid === uid);
}

/** A request comes in; its lead stands on the first step of the pipeline and in no usual list. */
export function addUnsorted(
  scene: Scene,
  links: { readonly contacts: readonly number[]; readonly companies: readonly number[] },
  name: string,
): Unsorted {
  const { account, settings } = scene;
  const pipeline = account.pipelines[0];
  const step = pipeline?.statuses.find((status) => status.type === 1)?.id ?? 0;
  const id = account.nextId("unsorted");
  const lead = createLead(
    scene,
    { name, status_id: step },
    { contacts: links.contacts, company: links.companies[0] ?? null },
  );
  const at = seconds(settings);
  const row: Unsorted = {
    id,
    uid: `f575b754b0d1eb1c380e53d6821ffd2820a6dfbe3822de0cfddaf2${id.toString(16)}`,
    category: "forms",
    source_name: "Сайт",
    pipeline_id: pipeline?.id ?? 0,
    created_at: at,
    updated_at: at,
    lead: lead.id,
    ...links,
    isOver: false,
  };
  account.trade.unsorted.insert(row);
  scene.hooks.emit({
    code: "add_unsorted",
    key: "unsorted",
    action: "add",
    pairs: [
      ["[uid]", row.uid],
      ["[source_name]", row.source_name],
      ["[category]", row.category],
      ["[pipeline_id]", String(row.pipeline_id)],
      ["[created_at]", String(at)],
    ],
  });
  return row;
}

/** Accepted: the lead becomes a usual one. Declined: it is gone. Both leave the list of incoming ones. */
export function settleUnsorted(scene: Scene, row: Unsorted, verdict: "accept" | "decline"): void {
  const { account } = scene;
  account.trade.unsorted.change(row, (one) => {
    one.isOver = true;
  });
  const lead = account.leads.get(row.lead);
  const pipeline = account.pipeline(row.pipeline_id);
  if (lead !== undefined && pipeline !== undefined) {
    if (verdict === "accept") changeCard(scene, lead, { status_id: account.firstStatus(pipeline) });
    else deleteCard(scene, lead);
  }
  scene.hooks.emit({
    code: "delete_unsorted",
    key: "unsorted",
    action: "delete",
    pairs: [
      ["[action]", verdict],
      ["[uid]", row.uid],
      ...(verdict === "accept"
        ? ([["[accept_result][leads][0]", String(row.lead)]] as const)
        : ([["[decline_result][leads][0]", String(row.lead)]] as const)),
      ["[category]", row.category],
      ["[created_at]", String(row.created_at)],
      ["[modified_user_id]", String(scene.actor)],
    ],
  });
}

function settle(call: Call, uid: string | undefined, verdict: "accept" | "decline"): Response {
  const row = waiting(call, uid) ?? refuse(404, "Resource not found");
  const by = Number(single(call).user_id ?? call.user.id);
  const { account, settings, hooks } = call;
  settleUnsorted({ account, settings, hooks, actor: by }, row, verdict);
  return hal({
    uid: row.uid,
    pipeline_id: row.pipeline_id,
    category: row.category,
    created_at: row.created_at,
    _embedded: { leads: [{ id: row.lead }], contacts: [], companies: [] },
  });
}

export const UNSORTED_ROUTES: readonly Route[] = [
  { method: "GET", path: "/api/v4/leads/unsorted", handle: listUnsorted },
  {
    method: "GET",
    path: "/api/v4/leads/unsorted/{}",
    handle: (call, [uid]) => {
      const row = waiting(call, uid);
      return row === undefined ? nothing() : hal(unsortedView(call, row));
    },
  },
  {
    method: "POST",
    path: "/api/v4/leads/unsorted/{}/accept",
    handle: (call, [uid]) => settle(call, uid, "accept"),
  },
  {
    method: "DELETE",
    path: "/api/v4/leads/unsorted/{}/decline",
    handle: (call, [uid]) => settle(call, uid, "decline"),
  },
];
