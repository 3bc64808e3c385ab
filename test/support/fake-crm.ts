import { AppError } from "../../src/crm/error.ts";
import type { Grant, Host, HostLimits, ScanQuery, ScanSlice } from "../../src/crm/host.ts";
import type { Clock, HttpRequest, HttpResponse, Transport } from "../../src/crm/ports.ts";
import {
  type ClientRecord,
  type DealRecord,
  type LeadRecord,
  type MirrorRecord,
  type PaymentRecord,
  recordId,
  type ScanEntity,
  type StageEntryRecord,
} from "../../src/crm/records.ts";

/** What a test may do to the next request that reaches the CRM. */
type Fault =
  | { readonly kind: "status"; readonly status: number; readonly retryAfterMs?: number }
  | { readonly kind: "cut" }
  /** Done by the CRM, but nobody hears of it. */
  | { readonly kind: "lost" };

export interface FakeCrm {
  readonly host: Host;
  readonly transport: Transport;
  readonly records: Record<ScanEntity, Map<string, MirrorRecord>>;
  readonly arrivals: number[];
  readonly calls: string[];
  /** Ids whose presence in an answer makes it unreadable. */
  readonly poison: Set<string>;
  readonly state: {
    access: string;
    refresh: string;
    refreshes: number;
    latencyMs: number;
    pageSize: number;
    mostAtOnce: number;
    /** Execution time of each scanning call; 0 = the host does not count it. */
    callSeconds: number;
    /** Where the portal lives now; everywhere else it answers with a redirect. */
    endpoint: string;
    timeZone: string;
    currency: string;
  };
  /** Faults for requests whose call name contains the text, first come first served. */
  fail(match: string, ...faults: Fault[]): void;
  /** Runs when a request with that name has been answered by the CRM, before the answer arrives. */
  during(match: string, body: () => void): void;
  put(record: MirrorRecord): void;
  remove(entity: ScanEntity, id: string): void;
  grant(): Grant;
}

const LIMITS: HostLimits = {
  requestsPerSecond: 5,
  burst: 2,
  concurrency: 3,
  writeFenceMs: 120_000,
  tokenKeepAliveMs: 7 * 86_400_000,
};
const HOUR_MS = 3_600_000;

/** What every CRM has; more only for tests that name it. */
const FIRST_READS: readonly ScanEntity[] = [
  "user",
  "pipeline",
  "company",
  "contact",
  "deal",
  "stageEntry",
  "activity",
];
/** Everything that can be read. */
export const ALL_READS: readonly ScanEntity[] = [
  ...FIRST_READS,
  "label",
  "rate",
  "lead",
  "dealProducts",
  "payment",
];

export function makeFakeCrm(
  clock: Clock,
  limits: Partial<HostLimits> = {},
  reads?: readonly ScanEntity[],
): FakeCrm {
  const records: FakeCrm["records"] = {
    pipeline: new Map(),
    user: new Map(),
    company: new Map(),
    contact: new Map(),
    deal: new Map(),
    stageEntry: new Map(),
    activity: new Map(),
    payment: new Map(),
    lead: new Map(),
    dealProducts: new Map(),
    dealPayments: new Map(),
    label: new Map(),
    rate: new Map(),
  };
  const state: FakeCrm["state"] = {
    access: "access-1",
    refresh: "refresh-1",
    refreshes: 0,
    latencyMs: 50,
    pageSize: 100,
    mostAtOnce: 0,
    callSeconds: 0,
    endpoint: "https://crm.example/",
    timeZone: "Europe/Moscow",
    currency: "RUB",
  };
  const faults: { match: string; fault: Fault }[] = [];
  const hooks: { match: string; body: () => void }[] = [];
  const arrivals: number[] = [];
  const calls: string[] = [];
  const poison = new Set<string>();
  let atOnce = 0;

  const answer = (request: HttpRequest, name: string): HttpResponse => {
    if (name === "refresh") return refresh(request);
    if (!request.url.startsWith(state.endpoint)) return json(301, {});
    if (request.headers?.authorization !== state.access) return json(401, {});
    if (name === "check") {
      return json(200, { timeZone: state.timeZone, currency: state.currency });
    }
    if (name === "prepare") return json(200, {});
    const { query, cursor } = JSON.parse(request.body ?? "{}");
    const slice = scan(records, query, cursor, state.pageSize, clock.now());
    return json(slice.records.some((record) => poison.has(recordId(record))) ? 422 : 200, slice);
  };
  const refresh = (request: HttpRequest): HttpResponse => {
    if (request.body !== state.refresh) return json(400, {});
    state.refreshes += 1;
    state.access = `access-${state.refreshes + 1}`;
    state.refresh = `refresh-${state.refreshes + 1}`;
    const { access, refresh: next, endpoint } = state;
    return json(200, { access, refresh: next, endpoint });
  };

  const transport: Transport = async (request) => {
    const name = new URL(request.url).pathname.slice(1);
    arrivals.push(clock.monotonic());
    calls.push(name);
    atOnce += 1;
    state.mostAtOnce = Math.max(state.mostAtOnce, atOnce);
    try {
      await clock.sleep(state.latencyMs / 2);
      const at = faults.findIndex(({ match }) => name.includes(match));
      const fault = at < 0 ? null : faults.splice(at, 1)[0]?.fault;
      if (fault?.kind === "status") {
        return json(fault.status, { retryAfterMs: fault.retryAfterMs });
      }
      if (fault?.kind === "cut") throw new AppError("host.unreachable");
      const response = answer(request, name);
      const hook = hooks.findIndex(({ match }) => name.includes(match));
      if (hook >= 0) hooks.splice(hook, 1)[0]?.body();
      // A refusal costs the token server nothing: it overtakes the answers of those who came first.
      if (response.status !== 400) await clock.sleep(state.latencyMs / 2);
      if (fault?.kind === "lost") throw new AppError("host.timeout");
      return response;
    } finally {
      atOnce -= 1;
    }
  };

  return {
    host: makeHost({ ...LIMITS, ...limits }, clock, state, reads),
    transport,
    records,
    arrivals,
    calls,
    poison,
    state,
    fail: (match, ...list) => {
      for (const fault of list) faults.push({ match, fault });
    },
    during: (match, body) => hooks.push({ match, body }),
    put: (record) => {
      const entity = record.entity === "client" ? record.kind : record.entity;
      records[entity].set(recordId(record), record);
    },
    remove: (entity, id) => records[entity].delete(id),
    grant: () => grantOf(state, clock.now()),
  };
}

function makeHost(
  limits: HostLimits,
  clock: Clock,
  state: FakeCrm["state"],
  reads?: readonly ScanEntity[],
): Host {
  const used: { method: string; at: number }[] = [];
  const usedSeconds = (method: string) => {
    const from = clock.now() - (limits.methodSeconds?.windowMs ?? 0);
    const calls = used.filter((one) => one.method === method && one.at > from).length;
    return calls * state.callSeconds;
  };
  return {
    products: ["fake"],
    limits,
    capabilities: {
      install: "oauth-code",
      reads: reads ?? FIRST_READS,
      changes: "since",
      deletions: "idScan",
      push: "hints",
      echo: "none",
      mark: "tag",
      task: "none",
      note: "none",
      fields: "none",
      flag: "none",
      notify: "none",
      automation: "none",
      questions: "none",
      stageHistory: "log",
      embed: "none",
      names: "hostPage",
    },
    async check(link) {
      const response = await link.send("check", (endpoint) => ({
        method: "GET",
        url: `${endpoint}check`,
      }));
      return { ...link.address, ...JSON.parse(response.text), locale: "ru", isPaid: true };
    },
    async prepare(link) {
      await link.send("prepare", post("prepare"));
      return { memo: { hook: "1" }, warnings: [] };
    },
    async scan(link, query, cursor) {
      const name = `scan/${query.entity}/${query.mode.kind}`;
      link.budget.grant(name, 1);
      const response = await link.send(name, post(name, { query, cursor }));
      if (state.callSeconds > 0) {
        used.push({ method: name, at: clock.now() });
        link.budget.note(name, usedSeconds(name), null, 1);
      }
      return JSON.parse(response.text);
    },
    mark: async () => ({ changed: false, before: [] }),
    clientUrl: ({ endpoint }, client) => `${endpoint}${client.kind}/${client.id}`,
    dealUrl: ({ endpoint }, id) => `${endpoint}deal/${id}`,
    judge,
    authorise: (request, auth) => ({ ...request, headers: { authorization: auth.accessToken } }),
    tokens: {
      async refresh(stored, transport, clock) {
        const response = await transport({
          method: "POST",
          url: `${stored.endpoint}refresh`,
          body: stored.refreshToken,
        });
        if (response.status === 400) throw new AppError("host.token_revoked");
        if (response.status !== 200) throw new AppError("host.unavailable");
        const pair = JSON.parse(response.text);
        return grantOf(pair, clock.now());
      },
    },
    doors: () => [],
    hookPath: (secret) => `/fake/events/${secret}`,
  };
}

function judge(response: HttpResponse): ReturnType<Host["judge"]> {
  if (response.status === 200) return { kind: "ok" };
  if (response.status === 401) return { kind: "tokenExpired" };
  if (response.status === 301) return { kind: "moved" };
  const codes: Record<number, AppError["code"]> = {
    402: "host.payment_required",
    403: "host.blocked",
    418: "host.no_rights",
    422: "host.bad_answer",
    429: "host.rate_limited",
  };
  const { retryAfterMs } = JSON.parse(response.text);
  const code = codes[response.status] ?? "host.unavailable";
  return { kind: "error", code, ...(retryAfterMs ? { retryAfterMs } : {}) };
}

function scan(
  records: FakeCrm["records"],
  { entity, mode }: ScanQuery,
  cursor: string | null,
  pageSize: number,
  hostNow: number,
): ScanSlice {
  const all = [...records[entity].values()].toSorted((a, b) => place(a) - place(b));
  if (mode.kind === "byId") {
    const found = mode.ids.flatMap((id) => records[entity].get(id) ?? []);
    const missing = mode.ids.filter((id) => !records[entity].has(id));
    return { records: found, missing, next: null, total: null, hostNow };
  }
  const changed =
    mode.kind === "since"
      ? all.filter((one) => !("updatedAt" in one) || one.updatedAt >= mode.at)
      : all;
  const from = Number(cursor ?? 0);
  const rest = isWhole(entity) ? changed : changed.filter((one) => place(one) > from);
  const page = isWhole(entity) ? rest : rest.slice(0, pageSize);
  const last = page.at(-1);
  const next = rest.length > page.length && last ? recordId(last) : null;
  const slice = { next, total: changed.length, hostNow };
  if (mode.kind === "ids") return { ...slice, records: [], ids: page.map(recordId) };
  return { ...slice, records: page };
}

/** Ids of dictionaries are words: one answer holds the whole list. */
function isWhole(entity: ScanEntity): boolean {
  return entity === "label" || entity === "rate";
}

function place(record: MirrorRecord): number {
  const id = recordId(record);
  return /^\d+$/.test(id) ? Number(id) : 0;
}

function post(path: string, body: unknown = {}) {
  return (endpoint: string): HttpRequest => ({
    method: "POST",
    url: `${endpoint}${path}`,
    body: JSON.stringify(body),
  });
}

function json(status: number, body: unknown): HttpResponse {
  return { status, headers: {}, text: JSON.stringify(body) };
}

function grantOf(
  { access, refresh, endpoint }: { access: string; refresh: string; endpoint: string },
  now: number,
): Grant {
  return {
    key: "fake:1",
    endpoint,
    tokenServer: null,
    accessToken: access,
    refreshToken: refresh,
    accessExpiresAt: now + 24 * HOUR_MS,
    userId: "1",
    scopes: ["crm"],
  };
}

export function aDeal(fields: Partial<DealRecord> & { id: string }): DealRecord {
  return {
    entity: "deal",
    pipelineId: "1",
    stageId: "won",
    outcome: "won",
    amountMinor: 100_00,
    currency: "RUB",
    companyId: "1",
    contactIds: [],
    responsibleId: "1",
    createdAt: 1_000,
    updatedAt: 2_000,
    closedAt: 2_000,
    closeDay: null,
    sourceId: null,
    utm: null,
    lossReasonId: null,
    isTemplate: false,
    ...fields,
  };
}

export function aCompany(fields: Partial<ClientRecord> & { id: string }): ClientRecord {
  return {
    entity: "client",
    kind: "company",
    companyId: null,
    responsibleId: "1",
    createdAt: 1_000,
    updatedAt: 2_000,
    sourceId: null,
    isOwn: false,
    ourTags: [],
    ...fields,
  };
}

export function aStageEntry(
  fields: Partial<StageEntryRecord> & { id: string; dealId: string },
): StageEntryRecord {
  return {
    entity: "stageEntry",
    pipelineId: "1",
    stageId: "won",
    outcome: "won",
    enteredAt: 2_000,
    ...fields,
  };
}

export function aPayment(fields: Partial<PaymentRecord> & { id: string }): PaymentRecord {
  return {
    entity: "payment",
    kind: "invoice",
    dealId: null,
    client: { kind: "company", id: "1" },
    amountMinor: 100_00,
    currency: "RUB",
    paidAt: 2_000,
    updatedAt: 2_000,
    ...fields,
  };
}

export function aLead(fields: Partial<LeadRecord> & { id: string }): LeadRecord {
  return {
    entity: "lead",
    pipelineId: "1",
    stageId: "new",
    outcome: "open",
    companyId: null,
    contactIds: [],
    responsibleId: "1",
    createdAt: 1_000,
    updatedAt: 2_000,
    closedAt: null,
    sourceId: null,
    utm: null,
    ...fields,
  };
}
