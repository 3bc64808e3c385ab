import { z } from "zod";
import { AppError } from "../../src/crm/error.ts";
import type { Host, HostLink, ScanQuery, ScanSlice, Verdict } from "../../src/crm/host.ts";
import { portalKey } from "../../src/crm/portal-key.ts";
import type { HttpResponse } from "../../src/crm/ports.ts";
import type { MirrorRecord } from "../../src/crm/records.ts";

/**
 * The smallest host that keeps the contract: no push, no place in the card, no tasks, no history, no filter by change
 * time. What works with it leans on nothing that only large CRMs have.
 */
export const TINY_ORIGIN = "https://tiny.example";

const PREFIX = "pulse ";

const row = z.object({
  id: z.string(),
  kind: z.enum(["company", "contact"]).optional(),
  state: z.enum(["open", "won", "lost"]).optional(),
  cents: z.int().nullable().optional(),
  owner: z.string().nullable().optional(),
  client: z.string().nullable().optional(),
  labels: z.array(z.string()).default([]),
  made: z.number().default(0),
  changed: z.number().default(0),
  closed: z.number().nullable().default(null),
});
const page = z.object({ rows: z.array(row), more: z.boolean() });
const cursorText = z.string().regex(/^[1-9]\d{0,9}$/);

type Row = z.infer<typeof row>;

export function makeTinyHost(): Host {
  return {
    products: ["tiny"],
    capabilities: {
      install: "pasted-secret",
      reads: ["user", "pipeline", "company", "contact", "deal"],
      changes: "scanHash",
      deletions: "idScan",
      push: "none",
      echo: "none",
      mark: "tag",
      task: "none",
      note: "none",
      fields: "none",
      flag: "none",
      notify: "none",
      automation: "none",
      questions: "none",
      stageHistory: "none",
      embed: "none",
      names: "none",
    },
    limits: {
      requestsPerSecond: 5,
      burst: 5,
      concurrency: 1,
      writeFenceMs: 30_000,
      tokenKeepAliveMs: 86_400_000,
    },
    async check(link) {
      const answer = await read(link, "account", z.object({ currency: z.string() }));
      const { key, endpoint } = link.address;
      return {
        key,
        endpoint,
        timeZone: "UTC",
        currency: answer.currency,
        locale: null,
        isPaid: true,
      };
    },
    scan,
    async mark(link, client, { tags }) {
      const { rows } = await read(link, `clients?ids=${client.id}`, page);
      const [found] = rows.filter(({ kind }) => kind === client.kind);
      if (!found) throw new AppError("host.not_found");
      const foreign = found.labels.filter((label) => !label.startsWith(PREFIX));
      const labels = [...foreign, ...tags.map((tag) => PREFIX + tag)].sort();
      const before = ourTags(found);
      if (labels.join("\n") === [...found.labels].sort().join("\n"))
        return { changed: false, before };
      await link.send("labels", (endpoint) => ({
        method: "PUT",
        url: `${endpoint}clients/${client.id}/labels`,
        body: JSON.stringify({ labels }),
      }));
      return { changed: true, before };
    },
    clientUrl: ({ endpoint }, { id }) => new URL(`/see/client/${id}`, endpoint).href,
    dealUrl: ({ endpoint }, id) => new URL(`/see/deal/${id}`, endpoint).href,
    judge,
    authorise: (request, { accessToken }) => ({
      ...request,
      headers: { ...request.headers, authorization: `Bearer ${accessToken}` },
    }),
    tokens: {
      async refresh(stored, transport, clock) {
        const response = await transport({
          method: "POST",
          url: `${stored.endpoint}token`,
          body: JSON.stringify({ refresh: stored.refreshToken }),
        });
        if (response.status === 403) throw new AppError("host.token_revoked");
        if (response.status !== 200) throw new AppError("host.unavailable");
        const pair = z
          .object({ access: z.string(), refresh: z.string() })
          .parse(JSON.parse(response.text));
        return {
          key: stored.key,
          endpoint: stored.endpoint,
          tokenServer: null,
          accessToken: pair.access,
          refreshToken: pair.refresh,
          accessExpiresAt: clock.now() + 3_600_000,
          userId: "1",
          scopes: [],
        };
      },
    },
    doors: () => [],
    hookPath: () => "/tiny/none",
    prepare: async (link) => ({ memo: link.memo, warnings: [] }),
  };
}

export function tinyKey() {
  return portalKey("tiny", "1");
}

const KIND_PATHS = { company: "clients?kind=company", contact: "clients?kind=contact" } as const;

async function scan(
  link: HostLink,
  { entity, mode }: ScanQuery,
  cursor: string | null,
): Promise<ScanSlice> {
  const after = cursor === null ? "0" : cursorText.safeParse(cursor).data;
  if (after === undefined) throw new AppError("input.invalid", { details: { field: "cursor" } });
  if (entity === "stageEntry" || entity === "activity") return slice([], mode, null);
  const path =
    entity === "company" || entity === "contact" ? KIND_PATHS[entity] : `${entity}s?all=1`;
  const asked = mode.kind === "byId" ? mode.ids.filter((id) => /^[1-9]\d*$/.test(id)) : null;
  if (asked?.length === 0) return slice([], mode, null);
  const bounds = asked ? `&ids=${asked.join(",")}` : `&after=${after}`;
  const { rows, more } = await read(link, `${path}${bounds}`, page);
  const next = more && !asked ? (rows.at(-1)?.id ?? null) : null;
  return slice(
    rows.map((one) => toRecord(entity, one)),
    mode,
    next,
  );
}

function slice(
  records: readonly (MirrorRecord & { id: string })[],
  mode: ScanQuery["mode"],
  next: string | null,
): ScanSlice {
  const shared = { next, total: null, hostNow: null };
  if (mode.kind === "ids") return { ...shared, records: [], ids: records.map(({ id }) => id) };
  if (mode.kind !== "byId") return { ...shared, records };
  const found = new Set(records.map(({ id }) => id));
  return { ...shared, records, missing: mode.ids.filter((id) => !found.has(id)) };
}

function toRecord(entity: ScanQuery["entity"], one: Row): MirrorRecord & { id: string } {
  const times = { createdAt: one.made, updatedAt: one.changed };
  const { id, kind, owner = null } = one;
  if (entity === "user") return { entity, id, isActive: true, groupId: null };
  if (entity === "pipeline") {
    const stages = (["open", "won", "lost"] as const).map((outcome, sort) => ({
      id: outcome,
      name: outcome,
      sort,
      outcome,
    }));
    return { entity, id, name: id, sort: 0, stages };
  }
  if (kind && entity !== "deal") {
    const none = { companyId: null, sourceId: null, isOwn: false };
    return {
      entity: "client",
      kind,
      id,
      responsibleId: owner,
      ...times,
      ...none,
      ourTags: ourTags(one),
    };
  }
  const client = one.client?.split(":");
  const amountMinor = one.cents ?? null;
  return {
    entity: "deal",
    id,
    pipelineId: "1",
    stageId: one.state ?? "open",
    outcome: one.state ?? "open",
    amountMinor,
    currency: amountMinor === null ? null : "RUB",
    companyId: client?.[0] === "company" ? (client[1] ?? null) : null,
    contactIds: client?.[0] === "contact" && client[1] ? [client[1]] : [],
    responsibleId: owner,
    ...times,
    closedAt: one.closed,
    closeDay: null,
    sourceId: null,
    utm: null,
    lossReasonId: null,
    isTemplate: false,
  };
}

function ourTags({ labels }: Row): readonly string[] {
  return labels
    .filter((label) => label.startsWith(PREFIX))
    .map((label) => label.slice(PREFIX.length));
}

async function read<T>(link: HostLink, path: string, schema: z.ZodType<T>): Promise<T> {
  const response = await link.send(path.split("?")[0] ?? path, (endpoint) => ({
    method: "GET",
    url: `${endpoint}${path}`,
  }));
  const parsed = schema.safeParse(JSON.parse(response.text));
  if (!parsed.success) throw new AppError("host.bad_answer");
  return parsed.data;
}

function judge({ status, text }: HttpResponse): Verdict {
  if (status === 401) return { kind: "tokenExpired" };
  if (status === 429) return { kind: "error", code: "host.rate_limited", retryAfterMs: 1_000 };
  if (status >= 500) return { kind: "error", code: "host.unavailable" };
  if (status >= 400)
    return { kind: "error", code: status === 404 ? "host.not_found" : "host.refused" };
  try {
    JSON.parse(text);
    return { kind: "ok" };
  } catch {
    return { kind: "error", code: "host.bad_answer" };
  }
}
