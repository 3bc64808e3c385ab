import { beforeEach, describe, expect, it } from "vitest";
import type { Host } from "../../src/crm/host.ts";
import {
  type ClientFields,
  type HostWriter,
  WRITE_KINDS,
  type WriteKind,
} from "../../src/crm/host-writes.ts";
import type { ClientRef } from "../../src/crm/records.ts";
import type { HostUnderTest } from "./host.contract.ts";
import { makeTestLink, type TestLink } from "./host-link.ts";

/** What every host's further writes have in common; a kind that a host does not declare is not asked for. */
export function describeWriting(name: string, make: () => Promise<HostUnderTest>): void {
  describe(`${name} keeps the contract of writing`, () => {
    let subject: HostUnderTest;
    let link: TestLink;

    beforeEach(async () => {
      subject = await make();
      link = makeTestLink(subject);
      const hookPath = subject.host.hookPath("a-secret-of-forty-characters-0123456789ab");
      const setup = {
        hookUrl: `${subject.publicUrl}${hookPath}`,
        publicUrl: subject.publicUrl,
        locale: "ru",
        userId: subject.grant.userId,
      };
      link.memo = (await subject.run(subject.host.prepare(link, setup))).memo;
    });

    const writes = () => subject.portal.journal().filter((entry) => entry.isWrite).length;
    const client = (): ClientRef => {
      const [first] = subject.portal.truth().clients;
      if (!first) throw new Error("no client in the seed");
      return first;
    };

    const isOffered = (kind: WriteKind) =>
      subject.host.offers?.(link.memo).includes(kind) ?? declaredBy(subject.host)[kind] === true;

    it("offers what it declares, and nothing else", () => {
      const { host } = subject;
      const declared = declaredBy(host);
      for (const [kind, isThere] of Object.entries(implementedBy(host))) {
        expect([kind, isThere]).toEqual([kind, declared[kind]]);
      }
      for (const kind of host.offers?.(link.memo) ?? []) {
        expect(WRITE_KINDS).toContain(kind);
        expect(declared[kind]).toBe(true);
      }
      expect(host.markMany === undefined).toBe(host.limits.marksAtOnce === undefined);
    });

    /** Created once, and found again; another one with other words is not taken for it. */
    async function expectFoundAgain<Draft extends { readonly actionKey: string; text: string }>(
      writer: HostWriter<Draft>,
      draft: Draft,
    ) {
      const since = subject.clock.now() - 60_000;
      if (writer.find) expect(await subject.run(writer.find(link, draft, since))).toBeNull();
      const done = writes();
      const made = await subject.run(writer.create(link, draft));
      expect(writes()).toBeGreaterThan(done);
      if (!writer.find) return;
      expect(await subject.run(writer.find(link, draft, since))).toEqual(made);
      const other = { ...draft, actionKey: `${draft.actionKey}1`, text: `${draft.text}.` };
      expect(await subject.run(writer.find(link, other, since))).toBeNull();
    }

    it("writes a note that it finds again by its key", async () => {
      const { notes } = subject.host;
      if (!notes || !isOffered("note")) return;
      const actionKey = `${subject.grant.key}|at_risk|1|company:12|3|note`;
      await expectFoundAgain(notes, { actionKey, client: client(), title: "Risk", text: "82 %" });
    });

    it("sends a message that it finds again by its key", async () => {
      const { notices } = subject.host;
      if (!notices || !isOffered("notice")) return;
      await expectFoundAgain(notices, {
        actionKey: `${subject.grant.key}|digest|48`,
        userId: subject.portal.users[0]?.id ?? "",
        tag: "digest",
        text: "The week in three lines",
        about: null,
      });
    });

    it("writes fields once however often it is told to, and takes back only its own", async () => {
      const { fields } = subject.host;
      if (!fields || !isOffered("fields")) return;
      const labels = { at_risk: "В зоне риска", loyal: "Лояльный" };
      const write = async (values: ClientFields, onlyIf?: ClientFields) => {
        const draft = { values, labels, ...(onlyIf ? { onlyIf } : {}) };
        const result = await subject.run(fields.write(link, client(), draft));
        if (result.memo) link.memo = result.memo;
        return result;
      };
      const none = { segment: null, score: null };
      const first = { segment: "at_risk", score: 41 };
      expect(await write(first)).toMatchObject({ changed: true, before: none });
      const done = writes();
      expect(await write(first)).toMatchObject({ changed: false, before: first });
      expect(writes()).toBe(done);
      const second = { segment: "loyal", score: null };
      expect(await write(second)).toMatchObject({ changed: true, before: first });
      expect(await write(none, first)).toMatchObject({ changed: false, before: second });
      expect(await write(none, second)).toMatchObject({ changed: true });
      expect(await write(none)).toMatchObject({ changed: false, before: none });
    });

    it("marks many clients as it marks each alone", async () => {
      const { markMany, limits } = subject.host;
      if (!markMany) return;
      const clients = subject.portal.truth().clients.slice(0, limits.marksAtOnce ?? 0);
      const gone = { kind: "contact", id: "987654321" } as const;
      const many = (...tags: string[]) =>
        subject.run(
          markMany(
            link,
            [...clients.slice(1), gone].map((one) => ({ client: one, mark: { tags } })),
          ),
        );
      const [alone] = clients;
      if (!alone) throw new Error("no client in the seed");
      await subject.run(subject.host.mark(link, alone, { tags: ["tier:vip"] }));
      const outcomes = await many("tier:vip");
      expect(outcomes).toHaveLength(clients.length);
      expect(outcomes.at(-1)).toMatchObject({ kind: "failed", error: { code: "host.not_found" } });
      const shown = clients.map(({ kind, id }) => subject.portal.tags(kind, id).join());
      expect(new Set(shown).size).toBe(1);
      const done = writes();
      expect((await many("tier:vip")).slice(0, -1)).toEqual(
        clients.slice(1).map(() => ({
          kind: "done",
          result: { changed: false, before: ["tier:vip"] },
        })),
      );
      expect(writes()).toBe(done);
    });
  });
}

function declaredBy({ capabilities }: Host): Record<string, boolean> {
  const { mark, task, note, fields, flag, notify, automation } = capabilities;
  return {
    mark: mark !== "none",
    task: task !== "none",
    note: note !== "none",
    fields: fields !== "none",
    flag: flag !== "none",
    notice: notify !== "none",
    automation: automation !== "none",
  };
}

function implementedBy(host: Host): Record<string, boolean> {
  return {
    task: host.tasks !== undefined,
    note: host.notes !== undefined,
    fields: host.fields !== undefined,
    flag: host.flags !== undefined,
    notice: host.notices !== undefined,
    automation: host.automation !== undefined,
  };
}
