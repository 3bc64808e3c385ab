import type { Room } from "./amocrm-room.ts";
import type { AmocrmSample } from "./amocrm-sample.ts";
import { asFields, asList, type Fields } from "./bitrix24-sample.ts";

/** What has to be in the sandbox's account before a sample's request can be answered as the sample is. */

export interface Prepared {
  readonly path?: string;
  readonly query?: Record<string, string>;
  readonly body?: unknown;
}

type Prepare = (room: Room, sample: AmocrmSample) => Promise<Prepared> | Prepared;

async function firstId(room: Room, path: string, collection: string): Promise<number> {
  const { body } = await room.call("GET", path);
  const [row] = asList(asFields(asFields(body)._embedded)[collection]);
  return Number(asFields(row).id);
}

const bodyOf = (sample: AmocrmSample) => asList(sample.request?.body).map(asFields);

const plainLead = ({ name, price, request_id, _embedded }: Fields): Fields => ({
  name: name ?? "Deal",
  ...(price === undefined ? {} : { price }),
  ...(request_id === undefined ? {} : { request_id }),
  ...(_embedded === undefined ? {} : { _embedded }),
});

const onLeads: Prepare = (room, sample) => ({
  body: bodyOf(sample).map(({ tags_to_add, price }, at) => ({
    id: room.ids.deals[at],
    ...(price === undefined ? {} : { price }),
    ...(tags_to_add === undefined ? {} : { tags_to_add }),
  })),
});

/** A lost deal with a tag and a reason: everything that the sample of a single deal shows. */
async function decorate(room: Room): Promise<void> {
  const loss_reason_id = await firstId(room, "/api/v4/leads/loss_reasons", "loss_reasons");
  const company = { to_entity_id: room.ids.company, to_entity_type: "companies" };
  await room.call("POST", `/api/v4/leads/${room.ids.deals[1]}/link`, [company]);
  const change = { loss_reason_id, tags_to_add: [{ name: "VIP" }] };
  await room.call("PATCH", `/api/v4/leads/${room.ids.deals[1]}`, change);
}

async function aCustomer(room: Room): Promise<number> {
  return Number(room.portal.addCustomer({ kind: "contact", id: String(room.ids.contact) }));
}

async function aSegment(room: Room): Promise<number> {
  const { body } = await room.call("POST", "/api/v4/customers/segments", { name: "Segment 1" });
  return Number(asFields(body).id);
}

/** Customers, purchases and incoming leads. */
const TRADE: Readonly<Record<string, Prepare>> = {
  "GET /api/v4/customers": async (room) => {
    const segment = { id: await aSegment(room) };
    const _embedded = { segments: [segment], contacts: [{ id: room.ids.contact }] };
    await room.call("POST", "/api/v4/customers", [{ name: "Customer", _embedded }]);
    return {};
  },
  "POST /api/v4/customers": async (room, sample) => {
    const segments = [{ id: await aSegment(room) }];
    return {
      body: bodyOf(sample).map(({ _embedded, ...item }) => ({
        ...item,
        ...(_embedded === undefined ? {} : { _embedded: { ...asFields(_embedded), segments } }),
      })),
    };
  },
  "PATCH /api/v4/customers": async (room, sample) => {
    const id = await aCustomer(room);
    return { body: bodyOf(sample).map((item) => ({ ...item, id })) };
  },
  "GET /api/v4/customers/transactions": async (room) => {
    const sold = { catalog_id: 1079, quantity: 10 };
    const _embedded = { catalog_elements: [{ id: 1677, metadata: sold }] };
    const path = `/api/v4/customers/${await aCustomer(room)}/transactions`;
    await room.call("POST", path, [{ price: 123, _embedded }]);
    return { query: { page: "1", limit: "50" } };
  },
  "POST /api/v4/customers/{}/transactions": async (room) => ({
    path: `/api/v4/customers/${await aCustomer(room)}/transactions`,
  }),
  "POST /api/v4/customers/{}/bonus_points": async (room) => ({
    path: `/api/v4/customers/${await aCustomer(room)}/bonus_points`,
  }),
  "GET /api/v4/customers/segments": async (room, sample) => {
    if (sample.response.status === 422) room.portal.setCustomersMode("periodicity");
    else await aSegment(room);
    return {};
  },
  "GET /api/v4/customers/statuses": (room) => {
    room.portal.setCustomersMode("periodicity");
    return {};
  },
  "GET /api/v4/leads/unsorted": (room) => {
    room.portal.addIncoming({ kind: "contact", id: String(room.ids.contact) });
    return {};
  },
};

export const PREPARE: Readonly<Record<string, Prepare>> = {
  "POST /api/v4/leads": (_room, sample) =>
    sample.response.status >= 400 ? {} : { body: bodyOf(sample).map(plainLead) },
  "PATCH /api/v4/leads": onLeads,
  "PATCH /api/v4/leads/{}": (_room, sample) =>
    sample.response.status >= 400 ? {} : { body: { price: 12_000 } },
  "PATCH /api/v4/contacts/{}": (_room, sample) => ({
    body: { tags_to_add: asFields(sample.request?.body).tags_to_add },
  }),
  "GET /api/v4/leads": async (room, sample) => {
    if (!sample.call.includes("only_deleted")) {
      await decorate(room);
      return {};
    }
    room.portal.edit({ kind: "deleteDeal", dealId: String(room.ids.deals[2]) });
    return {};
  },
  "GET /api/v4/leads/{}": async (room, sample) => {
    if (sample.response.status === 204) return {};
    await decorate(room);
    return { path: `/api/v4/leads/${room.ids.deals[1]}` };
  },
  "POST /api/v4/contacts/custom_fields": async (room, sample) => {
    await room.call("POST", "/api/v4/contacts/custom_fields", sample.request?.body);
    return {};
  },
  "GET /api/v4/leads/custom_fields": async (room) => {
    const field = { name: "RFM", type: "select", code: "RFM", enums: [{ value: "a", sort: 1 }] };
    await room.call("POST", "/api/v4/leads/custom_fields", [field]);
    return { query: { limit: "50", page: "1" } };
  },
  "GET /api/v4/catalogs/{}/elements": async (room) => ({
    path: `/api/v4/catalogs/${await firstId(room, "/api/v4/catalogs", "catalogs")}/elements`,
  }),
  "GET /api/v4/leads/pipelines/{}/statuses": async (room) => {
    const id = await firstId(room, "/api/v4/leads/pipelines", "pipelines");
    return { path: `/api/v4/leads/pipelines/${id}/statuses` };
  },
  "POST /api/v4/tasks": (room, sample) => ({
    body: bodyOf(sample).map((task) => ({
      ...task,
      entity_id: room.ids.deals[2],
      responsible_user_id: Number(room.portal.users[0]?.id),
    })),
  }),
  "PATCH /api/v4/tasks/{}": async (room) => ({
    path: `/api/v4/tasks/${await firstId(room, "/api/v4/tasks", "tasks")}`,
  }),
  "POST /api/v4/leads/notes": (room, sample) => ({
    body: bodyOf(sample).map((note) => ({ ...note, entity_id: room.ids.deals[2] })),
  }),
  "GET /api/v4/leads/notes": async (room) => {
    const note = { entity_id: room.ids.deals[2], note_type: "common", params: { text: "Text" } };
    await room.call("POST", "/api/v4/leads/notes", [note]);
    return { query: { "filter[note_type]": "common", limit: "250" } };
  },
  "GET /api/v4/events": (room, sample) => {
    if (!sample.call.includes("deletions"))
      return { query: { "filter[type]": "lead_status_changed", limit: "1" } };
    room.portal.edit({ kind: "deleteDeal", dealId: String(room.ids.deals[2]) });
    return { query: { "filter[type]": "lead_deleted", limit: "100" } };
  },
  "GET /api/v4/leads/tags": async (room) => {
    await room.call("POST", "/api/v4/leads/tags", [{ name: "VIP" }]);
    return { query: { "filter[name]": "VIP", limit: "250" } };
  },
  "POST /api/v4/leads/{}/link": (room, sample) => ({
    body: bodyOf(sample)
      .slice(0, 1)
      .map((one) => ({ ...one, to_entity_id: room.ids.contact })),
  }),
  "POST /api/v4/leads/{}/unlink": (room, sample) => ({
    body: bodyOf(sample).map((one) => ({ ...one, to_entity_id: room.ids.contact })),
  }),
  "GET /api/v4/contacts/links": (room) => ({
    query: { "filter[entity_id][0]": String(room.ids.contact) },
  }),
  ...TRADE,
  "GET /api/v4/webhooks": async (room, sample) => {
    const destination = sample.request?.query?.["filter[destination]"] ?? "";
    await room.call("POST", "/api/v4/webhooks", { destination, settings: ["add_lead"], sort: 10 });
    return { query: { "filter[destination]": destination } };
  },
  "DELETE /api/v4/webhooks": async (room, sample) => {
    const { destination } = asFields(sample.request?.body);
    await room.call("POST", "/api/v4/webhooks", { destination, settings: ["add_lead"], sort: 10 });
    return {};
  },
};
