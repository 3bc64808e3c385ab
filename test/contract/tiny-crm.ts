import type { Clock } from "../../src/crm/ports.ts";
import type {
  Edit,
  FaultRule,
  JournalEntry,
  Sandbox,
  SandboxPortal,
  SeedData,
} from "../../src/sandbox/contract.ts";
import { TINY_ORIGIN } from "./tiny-host.ts";

/** The CRM behind the tiny host: a few tables, one account, one token pair. */
export interface TinyCrm extends Sandbox<SandboxPortal> {
  /** The pair that works now. */
  tokens(): { readonly access: string; readonly refresh: string };
}

interface Client {
  id: string;
  kind: "company" | "contact";
  name: string;
  owner: string;
  labels: string[];
  made: number;
  changed: number;
}

interface Deal {
  id: string;
  state: "open" | "won" | "lost";
  cents: number | null;
  client: string | null;
  owner: string;
  made: number;
  changed: number;
  closed: number | null;
}

const PAGE = 40;
const USERS = [
  { id: "1", isAdmin: true },
  { id: "2", isAdmin: false },
] as const;
const CANARY = "Zamolodchikova-Canary";

export function makeTinyCrm(clock: Clock): TinyCrm {
  const clients = new Map<string, Client>();
  const deals = new Map<string, Deal>();
  const bin = new Map<string, Deal>();
  const journal: JournalEntry[] = [];
  let faults: FaultRule[] = [];
  let pair = { access: "access-1", refresh: "refresh-1" };
  let serial = 1;

  const newId = () => String(serial++);
  const rotate = () => {
    const number = serial++;
    pair = { access: `access-${number}`, refresh: `refresh-${number}` };
  };
  const addClient = (kind: Client["kind"], made: number, owner: string): Client => {
    const client = { id: newId(), kind, name: CANARY, owner, labels: [], made, changed: made };
    clients.set(client.id, client);
    return client;
  };
  const seed = ({ clients: people, deals: sales }: SeedData) => {
    const byKey = new Map<string, Client>();
    for (const one of people) {
      byKey.set(one.key, addClient(one.kind, one.createdAt, USERS[one.responsible % 2]?.id ?? "1"));
    }
    for (const one of sales) {
      const client = one.clientKey === null ? undefined : byKey.get(one.clientKey);
      const id = newId();
      deals.set(id, {
        id,
        state: one.outcome,
        cents: one.amountMinor,
        client: client ? `${client.kind}:${client.id}` : null,
        owner: USERS[one.responsible % 2]?.id ?? "1",
        made: one.createdAt,
        changed: one.closedAt ?? one.createdAt,
        closed: one.closedAt,
      });
    }
  };
  const setState = (deal: Deal, state: Deal["state"]) => {
    deal.state = state;
    deal.closed = state === "open" ? null : clock.now();
  };
  const change = (edit: Edit): string => {
    const now = clock.now();
    if (edit.kind === "createDeal") {
      const id = newId();
      const client = edit.clientId === null ? null : `${edit.clientKind}:${edit.clientId}`;
      const { amountMinor: cents } = edit;
      deals.set(id, {
        id,
        state: "open",
        cents,
        client,
        owner: "1",
        made: now,
        changed: now,
        closed: null,
      });
      return id;
    }
    if (edit.kind === "createClient") return addClient(edit.clientKind, now, "1").id;
    if ("dealId" in edit) {
      changeDeal(edit, now);
      return edit.dealId;
    }
    return changeClient(edit, now);
  };
  const changeClient = (
    edit: Exclude<Edit, { dealId: string } | { kind: "createDeal" | "createClient" }>,
    now: number,
  ): string => {
    if (edit.kind === "deleteClient") clients.delete(edit.clientId);
    if (edit.kind === "mergeClients") {
      clients.delete(edit.loserId);
      for (const deal of deals.values()) {
        if (deal.client === `${edit.clientKind}:${edit.loserId}`) {
          Object.assign(deal, { client: `${edit.clientKind}:${edit.winnerId}`, changed: now });
        }
      }
      return edit.winnerId;
    }
    if (edit.kind === "tagClient") {
      const client = clients.get(edit.clientId);
      if (!client) throw new Error("no such client");
      const kept = client.labels.filter((label) => label !== edit.remove);
      client.labels = edit.add === undefined ? kept : [...kept, edit.add];
      client.changed = now;
    }
    return edit.clientId;
  };
  const changeDeal = (edit: Extract<Edit, { dealId: string }>, now: number): void => {
    const deal = deals.get(edit.dealId) ?? bin.get(edit.dealId);
    if (!deal) throw new Error("no such deal");
    deal.changed = now;
    if (edit.kind === "winDeal") setState(deal, "won");
    if (edit.kind === "loseDeal") setState(deal, "lost");
    if (edit.kind === "reopenDeal") setState(deal, "open");
    if (edit.kind === "setAmount") deal.cents = edit.amountMinor;
    if (edit.kind === "setClient") deal.client = `${edit.clientKind}:${edit.clientId}`;
    if (edit.kind === "deleteDeal") {
      deals.delete(deal.id);
      bin.set(deal.id, deal);
    }
    if (edit.kind === "restoreDeal") {
      bin.delete(deal.id);
      deals.set(deal.id, deal);
    }
  };

  const rowsOf = (what: string, url: URL): readonly { readonly id: string }[] | null => {
    if (what === "pipelines") return [{ id: "1" }];
    if (what === "users") return USERS;
    if (what === "deals") return [...deals.values()];
    if (what !== "clients") return null;
    const kind = url.searchParams.get("kind");
    return [...clients.values()].filter((one) => kind === null || one.kind === kind);
  };
  const list = (what: string, url: URL): Response => {
    const all = rowsOf(what, url);
    if (!all) return Response.json({}, { status: 404 });
    const ids = url.searchParams.get("ids")?.split(",");
    if (ids) return Response.json({ rows: all.filter(({ id }) => ids.includes(id)), more: false });
    const after = Number(url.searchParams.get("after") ?? 0);
    const rest = all.filter(({ id }) => Number(id) > after);
    return Response.json({ rows: rest.slice(0, PAGE), more: rest.length > PAGE });
  };
  const serve = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const [what = "", id = ""] = url.pathname.replace("/api/", "").split("/");
    if (what === "token") {
      const { refresh } = (await request.json()) as { refresh: string };
      if (refresh !== pair.refresh) return Response.json({}, { status: 403 });
      rotate();
      return Response.json(pair);
    }
    if (request.headers.get("authorization") !== `Bearer ${pair.access}`) {
      return Response.json({}, { status: 401 });
    }
    if (what === "account") return Response.json({ currency: "RUB" });
    if (request.method !== "PUT") return list(what, url);
    const client = clients.get(id);
    if (!client) return Response.json({}, { status: 404 });
    client.labels = ((await request.json()) as { labels: string[] }).labels;
    client.changed = clock.now();
    return Response.json({});
  };

  const control: SandboxPortal = {
    accountId: "1",
    origin: () => TINY_ORIGIN,
    users: USERS,
    seed,
    edit: change,
    setHookTrouble: () => undefined,
    flushHooks: async () => undefined,
    addFault: (rule) => faults.push(rule),
    clearFaults: () => {
      faults = [];
    },
    rename: () => {
      throw new Error("This CRM has one address.");
    },
    expireTokens(what) {
      pair = {
        access: `dead-${serial++}`,
        refresh: what === "all" ? `dead-${serial++}` : pair.refresh,
      };
    },
    install: async () => undefined,
    uninstall: async () => control.expireTokens("all"),
    truth: () => ({
      deals: [...deals.values()].map(({ id, state, cents, client }) => ({
        id,
        pipelineId: "1",
        stageId: state,
        outcome: state,
        amountMinor: cents,
        companyId: client?.startsWith("company:") ? client.slice(8) : null,
        contactIds: client?.startsWith("contact:") ? [client.slice(8)] : [],
      })),
      clients: [...clients.values()].map(({ kind, id }) => ({ kind, id })),
    }),
    tasks: () => [],
    tags: (_kind, id) => clients.get(id)?.labels ?? [],
    cardUrl: (entity, id) => `${TINY_ORIGIN}/see/${entity}/${id}`,
    appUrl: () => TINY_ORIGIN,
    journal: () => journal,
    clearJournal: () => {
      journal.length = 0;
    },
    canaries: () => [CANARY],
  };

  const faultFor = (call: string): FaultRule | undefined => {
    const rule = faults.find((one) => call.includes(one.match));
    if (!rule) return undefined;
    const times = rule.times - 1;
    faults = faults.flatMap((one) => (one !== rule ? [one] : times > 0 ? [{ ...one, times }] : []));
    return rule;
  };

  return {
    control,
    tokens: () => pair,
    async fetch(request) {
      const call = `${request.method} ${new URL(request.url).pathname}`;
      const fault = faultFor(call)?.fault;
      if (fault?.kind === "cutBefore") throw new Error("connection lost");
      const response =
        fault?.kind === "status"
          ? new Response(fault.body ?? "", { status: fault.status })
          : await serve(request);
      const isWrite = request.method === "PUT" && response.status === 200;
      journal.push({ at: clock.now(), portal: "1", call, status: response.status, isWrite });
      if (fault?.kind === "cutAfterCommit") throw new Error("connection lost");
      return response;
    },
  };
}
