import { beforeEach, describe, expect, it } from "vitest";
import { isRetryable } from "../../src/crm/error.ts";
import type { Grant, Host, ScanQuery, TaskDraft } from "../../src/crm/host.ts";
import type { Clock, Random, Transport } from "../../src/crm/ports.ts";
import type {
  ClientRecord,
  DealRecord,
  MirrorRecord,
  PipelineRecord,
  ScanEntity,
} from "../../src/crm/records.ts";
import type { SandboxPortal, SeedData } from "../../src/sandbox/contract.ts";
import { makeTestLink, type TestLink } from "./host-link.ts";

/** A host and the sandbox that it faces, freshly made, seeded with `contractSeed` and installed. */
export interface HostUnderTest {
  readonly host: Host;
  readonly portal: SandboxPortal;
  readonly grant: Grant;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly publicUrl: string;
  /** Moves the sandbox's clock. */
  advance(ms: number): Promise<void>;
  /** Runs asynchronous work on the sandbox's clock. */
  run<T>(work: Promise<T>): Promise<T>;
}

const CLIENTS = 130;
const DEALS = 260;

/** Enough for three pages of any host, with every awkward deal in it. */
export function contractSeed(now: number): SeedData {
  const day = 86_400_000;
  const start = now - 400 * day;
  return {
    currency: "RUB",
    clients: Array.from({ length: CLIENTS }, (_, at) => ({
      key: `c${at}`,
      kind: at % 3 === 0 ? "company" : "contact",
      createdAt: start + at * 3_600_000,
      responsible: at % 2,
    })),
    deals: Array.from({ length: DEALS }, (_, at) => {
      const outcome = (["won", "open", "won", "lost"] as const)[at % 4] ?? "open";
      const createdAt = start + at * day;
      return {
        clientKey: at % 17 === 0 ? null : `c${(at * 7) % CLIENTS}`,
        amountMinor: at % 13 === 0 ? null : at % 11 === 0 ? 0 : 100_000 + at * 1_237,
        outcome,
        createdAt,
        closedAt: outcome === "open" ? null : createdAt + 5 * 3_600_000,
        responsible: at % 2,
        pipeline: at % 5 === 0 ? 1 : 0,
        source: at % 3 === 0 ? null : at % 3,
      };
    }),
    activities: Array.from({ length: 70 }, (_, at) => ({
      clientKey: `c${at}`,
      kind: (["call", "meeting", "email", "task"] as const)[at % 4] ?? "call",
      direction: at % 2 === 0 ? "in" : "out",
      at: start + at * day,
      isDone: at % 3 !== 0,
    })),
  };
}

interface Scanned {
  /** Of the kind that was asked for. */
  readonly records: readonly MirrorRecord[];
  /** Records of other kinds that came along. */
  readonly others: readonly MirrorRecord[];
  readonly ids: readonly string[];
  readonly missing: readonly string[];
  /** Cursor after each slice, the last one is null. */
  readonly cursors: readonly (string | null)[];
  readonly sizes: readonly number[];
  readonly total: number | null;
  readonly hostNow: number | null;
}

const kindOf = (record: MirrorRecord): ScanEntity =>
  record.entity === "client" ? record.kind : record.entity;

export function describeHost(name: string, make: () => Promise<HostUnderTest>): void {
  describe(`${name} keeps the host contract`, () => {
    let subject: HostUnderTest;
    let link: TestLink;

    beforeEach(async () => {
      subject = await make();
      link = makeTestLink(subject);
      link.memo = (await subject.run(prepare())).memo;
    });

    const prepare = () =>
      subject.host.prepare(link, {
        hookUrl: `${subject.publicUrl}${subject.host.hookPath("a-secret-of-forty-characters-0123456789ab")}`,
        publicUrl: subject.publicUrl,
        locale: "ru",
        userId: subject.grant.userId,
      });

    const scan = async (
      entity: ScanEntity,
      mode: ScanQuery["mode"] = { kind: "all" },
      from: string | null = null,
    ): Promise<Scanned> => {
      const seen = {
        records: [] as MirrorRecord[],
        others: [] as MirrorRecord[],
        ids: [] as string[],
        missing: [] as string[],
        cursors: [] as (string | null)[],
        sizes: [] as number[],
      };
      let cursor = from;
      let total: number | null = null;
      let hostNow: number | null = null;
      for (let slices = 0; slices < 500; slices += 1) {
        const slice = await subject.run(subject.host.scan(link, { entity, mode }, cursor));
        const asked = slice.records.filter((record) => kindOf(record) === entity);
        seen.records.push(...asked);
        seen.others.push(...slice.records.filter((record) => kindOf(record) !== entity));
        seen.ids.push(...(slice.ids ?? []));
        seen.missing.push(...(slice.missing ?? []));
        seen.cursors.push(slice.next);
        seen.sizes.push(asked.length);
        total = slice.total;
        hostNow ??= slice.hostNow;
        cursor = slice.next;
        if (cursor === null) return { ...seen, total, hostNow };
      }
      throw new Error("The scan does not end.");
    };
    const deals = async () => (await scan("deal")).records as DealRecord[];
    const clients = async () =>
      [...(await scan("company")).records, ...(await scan("contact")).records] as ClientRecord[];
    const writes = () => subject.portal.journal().filter((entry) => entry.isWrite).length;
    const oneClient = async () => {
      const [client] = await clients();
      return { kind: client!.kind, id: client!.id };
    };

    describe("reading", () => {
      it("scans exactly the deals that the CRM has, each once and in our words", async () => {
        const found = await deals();
        const truth = subject.portal.truth().deals;
        const shown = found.map((deal) => ({
          id: deal.id,
          pipelineId: deal.pipelineId,
          stageId: deal.stageId,
          outcome: deal.outcome,
          amountMinor: deal.amountMinor,
          companyId: deal.companyId,
          contactIds: [...deal.contactIds],
        }));
        expect(byId(shown)).toEqual(
          byId(truth.map((deal) => ({ ...deal, contactIds: [...deal.contactIds] }))),
        );
        expect(found).toHaveLength(DEALS);
        for (const deal of found) {
          expect(deal.currency === null).toBe(deal.amountMinor === null);
          expect(deal.closedAt === null).toBe(deal.outcome === "open");
          expect(deal.updatedAt).toBeGreaterThanOrEqual(deal.createdAt);
        }
      });

      it("scans exactly the clients that the CRM has", async () => {
        const found = await clients();
        const name = (client: { kind: string; id: string }) => `${client.kind}:${client.id}`;
        expect(found.map(name).sort()).toEqual(subject.portal.truth().clients.map(name).sort());
      });

      it("knows every stage and every user that a deal names", async () => {
        const pipelines = (await scan("pipeline")).records as PipelineRecord[];
        const users = new Set(
          (await scan("user")).records.map((user) => user.entity === "user" && user.id),
        );
        for (const deal of await deals()) {
          const stages = pipelines.find(({ id }) => id === deal.pipelineId)?.stages ?? [];
          const stage = stages.find(({ id }) => id === deal.stageId);
          expect(stage?.outcome).toBe(deal.outcome);
          if (deal.responsibleId !== null) expect(users).toContain(deal.responsibleId);
        }
      });

      it("goes on from any cursor as if nothing had happened", async () => {
        const whole = await scan("deal");
        const ids = whole.records.map((record) => "id" in record && record.id);
        let read = 0;
        for (const [at, cursor] of whole.cursors.entries()) {
          read += whole.sizes[at] ?? 0;
          if (cursor === null) continue;
          const rest = await scan("deal", { kind: "all" }, cursor);
          expect(rest.records.map((record) => "id" in record && record.id)).toEqual(
            ids.slice(read),
          );
        }
      });

      it("refuses a cursor that is not its own", async () => {
        for (const bad of ["", "{}", "[]", "null", '{"last":"x"}', "1e9"]) {
          await expect(
            subject.run(subject.host.scan(link, { entity: "deal", mode: { kind: "all" } }, bad)),
          ).rejects.toMatchObject({ code: "input.invalid" });
        }
      });

      it("reads named records and says which are missing", async () => {
        const all = (await deals()).map(({ id }) => id);
        const wanted = [...all.slice(10, 130), "999999999", "not-an-id"];
        const found = await scan("deal", { kind: "byId", ids: wanted });
        expect(found.records.map((record) => "id" in record && record.id).sort()).toEqual(
          all.slice(10, 130).sort(),
        );
        expect([...found.missing].sort()).toEqual(["999999999", "not-an-id"]);
      });

      it("asks for nothing when no id can exist", async () => {
        const found = await scan("deal", { kind: "byId", ids: ["x", "-1", "0"] });
        expect(found.records).toEqual([]);
        expect([...found.missing].sort()).toEqual(["-1", "0", "x"]);
      });

      it("never lets names, phones or mails through", async () => {
        const entities: ScanEntity[] = [
          "deal",
          "company",
          "contact",
          "activity",
          "stageEntry",
          "user",
        ];
        for (const entity of entities) {
          const text = JSON.stringify(await scan(entity));
          for (const canary of subject.portal.canaries()) expect(text).not.toContain(canary);
        }
      });
    });

    describe("changes", () => {
      it("finds what changed since the host's own clock, and only that where it can filter", async () => {
        if (subject.host.capabilities.changes !== "since") {
          expect((await scan("deal", { kind: "since", at: 0 })).records).toHaveLength(DEALS);
          return;
        }
        const before = await scan("deal");
        expect(before.hostNow).not.toBeNull();
        await subject.advance(120_000);
        const since = (await scan("deal")).hostNow ?? 0;
        await subject.advance(60_000);
        const changed = subject.portal.truth().deals[7]!.id;
        subject.portal.edit({ kind: "setAmount", dealId: changed, amountMinor: 4_242_00 });
        const found = await scan("deal", { kind: "since", at: since });
        const ids = found.records.map((record) => "id" in record && record.id);
        expect(ids).toContain(changed);
        expect(ids.length).toBeLessThan(DEALS / 4);
        const [deal] = found.records.filter((record) => "id" in record && record.id === changed);
        expect(deal).toMatchObject({ amountMinor: 4_242_00 });
      });

      it("shows a deleted deal by its absence", async () => {
        const gone = subject.portal.truth().deals[3]!.id;
        subject.portal.edit({ kind: "deleteDeal", dealId: gone });
        const ids = await scan("deal", { kind: "ids" });
        for (const record of ids.records) expect(ids.ids).toContain("id" in record && record.id);
        expect(ids.ids).not.toContain(gone);
        expect([...ids.ids].sort()).toEqual(
          subject.portal
            .truth()
            .deals.map(({ id }) => id)
            .sort(),
        );
        expect((await scan("deal", { kind: "byId", ids: [gone] })).missing).toEqual([gone]);
      });
    });

    describe("writing", () => {
      it("marks a client once however often it is told to", async () => {
        const client = await oneClient();
        const mark = (...tags: string[]) => subject.run(subject.host.mark(link, client, { tags }));
        const first = await mark("segment:at_risk", "tier:vip");
        expect(first).toMatchObject({ changed: true, before: [] });
        if (first.memo) link.memo = first.memo;
        expect(subject.portal.tags(client.kind, client.id)).toHaveLength(2);
        const done = writes();
        const second = await mark("tier:vip", "segment:at_risk");
        expect(second.changed).toBe(false);
        expect([...second.before].sort()).toEqual(["segment:at_risk", "tier:vip"]);
        expect(writes()).toBe(done);
      });

      it("shows marks again when it scans, replaces only its own and takes them all away", async () => {
        const client = await oneClient();
        const mark = async (...tags: string[]) => {
          const result = await subject.run(subject.host.mark(link, client, { tags }));
          if (result.memo) link.memo = result.memo;
          return result;
        };
        const seen = async () => {
          const found = (await scan(client.kind, { kind: "byId", ids: [client.id] })).records;
          return [...(found as ClientRecord[])[0]!.ourTags].sort();
        };
        await mark("segment:at_risk");
        subject.portal.edit({
          kind: "tagClient",
          clientId: client.id,
          clientKind: client.kind,
          add: "a person's own",
        });
        await mark("segment:loyal", "tier:vip");
        expect(await seen()).toEqual(["segment:loyal", "tier:vip"]);
        await mark();
        expect(await seen()).toEqual([]);
        expect(subject.portal.tags(client.kind, client.id)).toEqual(["a person's own"]);
      });

      it("says when the client to mark is gone", async () => {
        const work = subject.host.mark(
          link,
          { kind: "contact", id: "987654321" },
          { tags: ["tier:vip"] },
        );
        await expect(subject.run(work)).rejects.toMatchObject({ code: "host.not_found" });
      });

      it("creates a task that it finds again by its key, and only by that", async () => {
        const { tasks } = subject.host;
        if (!tasks) {
          expect(subject.host.capabilities.task).toBe("none");
          return;
        }
        const draft = await aTask();
        const since = subject.clock.now() - 60_000;
        expect(await subject.run(tasks.find(link, draft, since))).toBeNull();
        const { taskId } = await subject.run(tasks.create(link, draft));
        expect(await subject.run(tasks.find(link, draft, since))).toEqual({ taskId });
        for (const actionKey of [`${draft.actionKey}1`, draft.actionKey.slice(0, -1)]) {
          const other = { ...draft, actionKey };
          expect(await subject.run(tasks.find(link, other, since))).toBeNull();
        }
        const [task] = subject.portal.tasks();
        expect(task).toMatchObject({ id: taskId, responsibleId: draft.responsibleId });
        expect(task?.text).toContain("Call before Friday");
        expect(subject.portal.tasks()).toHaveLength(1);
      });

      const aTask = async (): Promise<TaskDraft> => ({
        actionKey: `${subject.grant.key}|at_risk|1|company:12|3`,
        client: await oneClient(),
        dealId: null,
        responsibleId: subject.portal.users[0]!.id,
        title: "Call the client",
        text: "Call before Friday",
        due: subject.clock.now() + 86_400_000,
      });

      it("prepares a portal once: the second time changes nothing", async () => {
        const done = writes();
        const again = await subject.run(prepare());
        expect(writes()).toBe(done);
        expect(again.memo).toEqual(link.memo);
      });
    });

    describe("tokens and trouble", () => {
      it("reads who the portal is", async () => {
        const account = await subject.run(subject.host.check(link));
        expect(account).toMatchObject({ key: subject.grant.key, currency: "RUB", isPaid: true });
        expect(() => new Intl.DateTimeFormat("en", { timeZone: account.timeZone })).not.toThrow();
      });

      it("spends a refresh token once and never twice", async () => {
        const refresh = (grant: Grant) =>
          subject.run(subject.host.tokens.refresh(grant, subject.transport, subject.clock));
        const renewed = await refresh(subject.grant);
        expect(renewed).toMatchObject({ key: subject.grant.key, endpoint: subject.grant.endpoint });
        expect(renewed.refreshToken).not.toBe(subject.grant.refreshToken);
        expect(renewed.accessExpiresAt).toBeGreaterThan(subject.clock.now());
        await expect(refresh(subject.grant)).rejects.toMatchObject({ code: "host.token_revoked" });
        const fresh = makeTestLink({ ...subject, grant: renewed });
        await subject.run(subject.host.check(fresh));
        expect(fresh.refreshes).toBe(0);
      });

      it("goes on after an access token has died, with one refresh", async () => {
        subject.portal.expireTokens("access");
        expect(await deals()).toHaveLength(DEALS);
        expect(link.refreshes).toBe(1);
      });

      it("says that the connection is lost when nothing is left to refresh", async () => {
        subject.portal.expireTokens("all");
        await expect(subject.run(subject.host.check(link))).rejects.toMatchObject({
          code: "host.token_revoked",
        });
      });

      it.each([
        [503, "", "text/html"],
        [502, "<html>bad gateway</html>", "text/html"],
        [429, "", "text/plain"],
        [200, "<html>maintenance</html>", "text/html"],
        [200, '{"result":[{"id":1},', "application/json"],
      ])(
        "asks to try again later on %i %j, and the next call works",
        async (status, body, contentType) => {
          subject.portal.addFault({
            match: "",
            times: 1,
            fault: { kind: "status", status, body, contentType },
          });
          const thrown = await subject
            .run(subject.host.check(link))
            .catch((error: unknown) => error);
          expect(isRetryable(thrown), String(thrown)).toBe(true);
          await subject.run(subject.host.check(link));
        },
      );

      it("judges 429 and 503 as something that passes", () => {
        const judge = (status: number) => subject.host.judge({ status, headers: {}, text: "" });
        expect(judge(429)).toMatchObject({ kind: "error", code: "host.rate_limited" });
        const unavailable = judge(503);
        expect(unavailable.kind).toBe("error");
        if (unavailable.kind === "error")
          expect(isRetryable({ code: unavailable.code })).toBe(true);
      });

      it("puts the token where it is sent, never into an address", () => {
        const request = { method: "POST" as const, url: `${subject.grant.endpoint}x`, body: "{}" };
        const { url, ...rest } = subject.host.authorise(request, subject.grant);
        expect(url).not.toContain(subject.grant.accessToken);
        expect(JSON.stringify(rest)).toContain(subject.grant.accessToken);
      });
    });

    describe("what it declares", () => {
      it("has exactly the parts that its capabilities promise", async () => {
        const { capabilities, tasks, canViewerRead } = subject.host;
        const paths = subject.host.doors().map(({ method, path }) => `${method} ${path}`);
        expect(new Set(paths).size).toBe(paths.length);
        expect(tasks !== undefined).toBe(capabilities.task === "native");
        expect(canViewerRead !== undefined).toBe(capabilities.embed !== "none");
        const entries = (await scan("stageEntry")).records;
        expect(entries.length > 0).toBe(capabilities.stageHistory === "log");
        const hook = new URL(subject.host.hookPath("s3cret"), subject.publicUrl).pathname;
        const takesHooks = subject.host.doors().some(({ method, path }) => {
          const pattern = new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`);
          return method === "POST" && pattern.test(hook);
        });
        expect(takesHooks).toBe(capabilities.push === "hints");
      });

      it("links to cards of the portal itself", () => {
        const address = { key: subject.grant.key, endpoint: subject.grant.endpoint };
        const { origin } = new URL(subject.grant.endpoint);
        expect(new URL(subject.host.dealUrl(address, "12")).origin).toBe(origin);
        expect(subject.host.clientUrl(address, { kind: "contact", id: "34" })).toContain("34");
      });

      it("counts what it scans where the host counts", async () => {
        const { total } = await scan("deal");
        if (total !== null) expect(total).toBe(DEALS);
      });
    });
  });
}

function byId<T extends { readonly id: string }>(rows: readonly T[]): readonly T[] {
  return [...rows].sort((a, b) => a.id.localeCompare(b.id));
}
