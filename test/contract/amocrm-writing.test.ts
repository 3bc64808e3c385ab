import { describe, expect, it } from "vitest";
import type { ClientRef } from "../../src/crm/records.ts";
import { makeInstalled, pump } from "./amocrm-subject.ts";

/** What the adapter writes besides the mark and the task, against the sandbox account. */

type Subject = Awaited<ReturnType<typeof makeInstalled>>;

const clientsOf = ({ portal }: Subject, kind: ClientRef["kind"]): readonly ClientRef[] =>
  portal.truth().clients.filter((client) => client.kind === kind);

function first(subject: Subject, kind: ClientRef["kind"]): ClientRef {
  const [client] = clientsOf(subject, kind);
  if (!client) throw new Error(`no ${kind} in the seed`);
  return client;
}

const writes = ({ portal }: Subject) => portal.journal().filter(({ isWrite }) => isWrite).length;

const tags = (...names: string[]) => ({ tags: names });

describe("many marks of amoCRM", () => {
  const many = (subject: Subject, clients: readonly ClientRef[], ...names: string[]) => {
    const items = clients.map((client) => ({ client, mark: tags(...names) }));
    return pump(subject.clock, subject.host.markMany?.(subject.link, items) ?? Promise.reject());
  };
  const oddOne = (status: number, body: object) => ({
    match: "PATCH /api/v4/contacts",
    times: 1,
    fault: {
      kind: "status" as const,
      status,
      body: JSON.stringify(body),
      contentType: "application/problem+json",
    },
  });

  it("takes one read and one write for each kind, and nothing the second time", async () => {
    const subject = await makeInstalled();
    const clients = [
      ...clientsOf(subject, "contact").slice(0, 30),
      ...clientsOf(subject, "company").slice(0, 20),
    ];
    const gone = { kind: "contact", id: "987654321" } as const;
    subject.portal.clearJournal();
    const outcomes = await many(subject, [...clients, gone], "segment:at_risk");
    expect(outcomes.slice(0, -1).every((one) => one.kind === "done" && one.result.changed)).toBe(
      true,
    );
    expect(outcomes.at(-1)).toMatchObject({ kind: "failed", error: { code: "host.not_found" } });
    const calls = subject.portal.journal().map(({ call }) => call);
    expect(
      calls.filter((call) => /^(GET|PATCH) \/api\/v4\/(contacts|companies)$/.test(call)),
    ).toEqual([
      "GET /api/v4/contacts",
      "PATCH /api/v4/contacts",
      "GET /api/v4/companies",
      "PATCH /api/v4/companies",
    ]);
    for (const { kind, id } of clients)
      expect(subject.portal.tags(kind, id)).toEqual(["pulse:segment:at_risk"]);
    const done = writes(subject);
    const again = await many(subject, clients, "segment:at_risk");
    expect(again.every((one) => one.kind === "done" && !one.result.changed)).toBe(true);
    expect(writes(subject)).toBe(done);
  });

  it("gives up the items that a batch is refused for and sends the others again", async () => {
    const subject = await makeInstalled();
    const clients = clientsOf(subject, "contact").slice(0, 5);
    const errors = [{ code: "NotSupportedChoice", path: "tags_to_add.0.name" }];
    const refused = [
      { request_id: "1", errors },
      { request_id: 3, errors },
    ];
    subject.portal.addFault(oddOne(400, { "validation-errors": refused, status: 400 }));
    const outcomes = await many(subject, clients, "tier:vip");
    expect(outcomes.map(({ kind }) => kind)).toEqual(["done", "failed", "done", "failed", "done"]);
    expect(outcomes[1]).toMatchObject({
      error: { code: "host.refused", details: { paths: expect.stringContaining("tags_to_add") } },
    });
    const marked = clients.filter(({ kind, id }) => subject.portal.tags(kind, id).length === 1);
    expect(marked).toEqual([clients[0], clients[2], clients[4]]);
  });

  it.each([
    [504, { status: 504 }],
    [400, { title: "Bad Request", status: 400 }],
  ])("sends a batch that fails as a whole (%i) in halves", async (status, body) => {
    const subject = await makeInstalled();
    const clients = clientsOf(subject, "contact").slice(0, 5);
    subject.portal.addFault(oddOne(status, body));
    const outcomes = await many(subject, clients, "tier:vip");
    expect(outcomes.every(({ kind }) => kind === "done")).toBe(true);
    const batches = subject.portal.journal().filter(({ call }) => call.startsWith("PATCH"));
    expect(batches).toHaveLength(3);
  });

  it("does not take a success for the success of every item", async () => {
    const subject = await makeInstalled();
    const clients = clientsOf(subject, "contact").slice(0, 3);
    const rows = [
      { id: Number(clients[0]?.id), request_id: "0" },
      { id: Number(clients[1]?.id), request_id: "1", errors: [{ code: "TooLong" }] },
    ];
    subject.portal.addFault(oddOne(200, { _embedded: { contacts: rows } }));
    const outcomes = await many(subject, clients, "tier:vip");
    expect(outcomes).toMatchObject([
      { kind: "done" },
      { kind: "failed", error: { code: "host.refused" } },
      { kind: "failed", error: { code: "host.bad_answer" } },
    ]);
  });

  it("goes one by one where lists cannot be filtered", async () => {
    const subject = await makeInstalled({}, { subdomain: "contract", isFilterDisabled: true });
    subject.link.memo = { filters: "off" };
    const clients = clientsOf(subject, "company").slice(0, 3);
    const outcomes = await many(subject, clients, "tier:vip");
    expect(outcomes.every((one) => one.kind === "done" && one.result.changed)).toBe(true);
  });
});

describe("notes of amoCRM", () => {
  it.each([true, false])(
    "are service lines that are found again by their key (filters: %s)",
    async (canFilter) => {
      const subject = await makeInstalled(
        {},
        { subdomain: "contract", isFilterDisabled: !canFilter },
      );
      const { host, link, clock, portal } = subject;
      link.memo = { filters: canFilter ? "on" : "off" };
      const client = first(subject, "company");
      const draft = {
        actionKey: "amocrm:1|at_risk|1|company:7|1",
        client,
        title: "Risk",
        text: "82 %",
      };
      const since = clock.now() - 60_000;
      const { notes } = host;
      if (!notes?.find) throw new Error("no notes");
      expect(await pump(clock, notes.find(link, draft, since))).toBeNull();
      const made = await pump(clock, notes.create(link, draft));
      expect(await pump(clock, notes.find(link, draft, since))).toEqual(made);
      const other = { ...draft, actionKey: `${draft.actionKey}1` };
      expect(await pump(clock, notes.find(link, other, since))).toBeNull();
      const [note] = portal.appNotes();
      expect(note).toMatchObject({
        id: made.id,
        type: "service_message",
        clientId: client.id,
        service: "Client Pulse",
        startsPipeline: false,
      });
      expect(note?.text).toContain("82 %");
    },
  );
});

describe("fields of amoCRM", () => {
  const LABELS = { at_risk: "В зоне риска", loyal: "Лояльный" };
  const write = async (
    subject: Subject,
    client: ClientRef,
    segment: string | null,
    score: number | null,
    onlyIf?: { segment: string | null; score: number | null },
  ) => {
    const draft = { values: { segment, score }, labels: LABELS, ...(onlyIf ? { onlyIf } : {}) };
    const { fields } = subject.host;
    if (!fields) throw new Error("no fields");
    const result = await pump(subject.clock, fields.write(subject.link, client, draft));
    if (result.memo) subject.link.memo = result.memo;
    return result;
  };
  const shown = ({ portal }: Subject, { kind, id }: ClientRef) => portal.fieldValues(kind, id);

  it("are made once, in a group of ours, that only apps can edit", async () => {
    const subject = await makeInstalled();
    const contact = first(subject, "contact");
    expect(subject.portal.appFields()).toEqual([]);
    const done = await write(subject, contact, "at_risk", 41);
    expect(done).toMatchObject({ changed: true, before: { segment: null, score: null } });
    expect(shown(subject, contact)).toMatchObject({
      PULSE_SEGMENT: "В зоне риска",
      PULSE_SCORE: "41",
    });
    expect(subject.portal.appFields()).toMatchObject([
      { entity: "contacts", code: "PULSE_SEGMENT", type: "select", isApiOnly: true },
      { entity: "contacts", code: "PULSE_SCORE", type: "numeric", isApiOnly: true },
    ]);
    expect(new Set(subject.portal.appFields().map(({ group }) => group))).toEqual(
      new Set(["Пульс клиента"]),
    );
    const count = writes(subject);
    expect(await write(subject, contact, "at_risk", 41)).toMatchObject({ changed: false });
    expect(writes(subject)).toBe(count);
    subject.link.memo = { filters: "on" };
    expect(await write(subject, contact, "loyal", null)).toMatchObject({
      changed: true,
      before: { segment: "at_risk", score: 41 },
    });
    expect(subject.portal.appFields()).toHaveLength(2);
    expect(shown(subject, contact)).toEqual(expect.not.objectContaining({ PULSE_SCORE: "41" }));
  });

  it("are made anew when the customer has deleted one", async () => {
    const subject = await makeInstalled();
    const company = first(subject, "company");
    await write(subject, company, "loyal", 80);
    for (const code of ["PULSE_SEGMENT", "PULSE_SCORE"])
      subject.portal.deleteField("company", code);
    expect(await write(subject, company, "at_risk", 30)).toMatchObject({ changed: true });
    expect(shown(subject, company)).toMatchObject({
      PULSE_SEGMENT: "В зоне риска",
      PULSE_SCORE: "30",
    });
  });

  it("keep the options that people have added when a new one is needed", async () => {
    const subject = await makeInstalled();
    const contact = first(subject, "contact");
    await write(subject, contact, "loyal", 80);
    subject.portal.addFieldOption("contact", "PULSE_SEGMENT", "a person's own");
    const draft = { values: { segment: "own_1", score: 80 }, labels: { own_1: "Оптовики" } };
    const { fields } = subject.host;
    const result = await pump(
      subject.clock,
      fields?.write(subject.link, contact, draft) ?? Promise.reject(),
    );
    expect(result.changed).toBe(true);
    const [segment] = subject.portal.appFields();
    expect(segment?.options).toEqual(
      expect.arrayContaining(["a person's own", "Оптовики", "Лояльный"]),
    );
    expect(shown(subject, contact)).toMatchObject({ PULSE_SEGMENT: "Оптовики" });
  });

  it("are taken back only while nobody has changed them", async () => {
    const subject = await makeInstalled();
    const contact = first(subject, "contact");
    await write(subject, contact, "loyal", 80);
    const other = { segment: "loyal", score: 79 };
    expect(await write(subject, contact, null, null, other)).toMatchObject({ changed: false });
    const same = { segment: "loyal", score: 80 };
    expect(await write(subject, contact, null, null, same)).toMatchObject({ changed: true });
    expect(shown(subject, contact)).not.toHaveProperty("PULSE_SEGMENT");
  });
});

describe("bots of amoCRM", () => {
  it("start on the deal, else on the contact, and never on a company alone", async () => {
    const subject = await makeInstalled();
    const { host, link, clock, portal } = subject;
    const run = (client: ClientRef, dealId: string | null, target: string | null = "565") => {
      const draft = { actionKey: "k", client, dealId, event: "at_risk", target };
      return pump(clock, host.automation?.create(link, draft) ?? Promise.reject());
    };
    const [contact, company] = [first(subject, "contact"), first(subject, "company")];
    const dealId = portal.truth().deals[0]?.id ?? "";
    expect(await run(company, dealId)).toEqual({ id: null });
    expect(await run(contact, null)).toEqual({ id: null });
    expect(portal.botRuns()).toEqual([
      { bot_id: 565, entity_id: Number(dealId), entity_type: 2 },
      { bot_id: 565, entity_id: Number(contact.id), entity_type: 1 },
    ]);
    await expect(run(company, null)).rejects.toMatchObject({ code: "input.invalid" });
    await expect(run(contact, null, null)).rejects.toMatchObject({ code: "input.invalid" });
    expect(portal.botRuns()).toHaveLength(2);
  });
});

describe("notices of amoCRM", () => {
  it("are tasks of the person, and a newer one of the same tag closes the one before", async () => {
    const subject = await makeInstalled();
    const { host, link, clock, portal } = subject;
    link.memo = { filters: "on" };
    const userId = portal.users[1]?.id ?? "";
    const { notices } = host;
    if (!notices?.find) throw new Error("no notices");
    const draft = (week: number, tag = "digest") => ({
      actionKey: `amocrm:1|${tag}|${week}`,
      userId,
      tag,
      text: `Week ${week}`,
      about: null,
    });
    const since = clock.now() - 60_000;
    const first = await pump(clock, notices.create(link, draft(1)));
    await pump(clock, notices.create(link, draft(1, "other")));
    const second = await pump(clock, notices.create(link, draft(2)));
    expect(await pump(clock, notices.find(link, draft(2), since))).toEqual(second);
    expect(await pump(clock, notices.find(link, draft(3), since))).toBeNull();
    const open = portal.openTasks().filter(({ responsibleId }) => responsibleId === userId);
    const ours = open.filter(({ text }) => text.includes("[pulse"));
    expect(ours.map(({ title }) => title).sort()).toEqual(["Week 1", "Week 2"]);
    expect(ours.some(({ id }) => id === first.id)).toBe(false);
    expect(ours.every(({ entityId }) => entityId === null)).toBe(true);
  });
});

describe("tasks of amoCRM", () => {
  it("are taken back only while nobody has touched them", async () => {
    const subject = await makeInstalled();
    const { host, link, clock, portal } = subject;
    const task = (actionKey: string) => ({
      actionKey,
      client: first(subject, "contact"),
      dealId: null,
      responsibleId: portal.users[0]?.id ?? "",
      title: "Call",
      text: "Before Friday",
      due: clock.now() + 86_400_000,
    });
    const { tasks } = host;
    if (!tasks?.undo) throw new Error("no undo");
    const [one, other] = [task("k|1"), task("k|2")];
    const { taskId } = await pump(clock, tasks.create(link, one));
    const touched = await pump(clock, tasks.create(link, other));
    portal.editTask(touched.taskId, "A person's own words");
    expect(await pump(clock, tasks.undo(link, taskId, one))).toBe("removed");
    expect(await pump(clock, tasks.undo(link, taskId, one))).toBe("kept");
    expect(await pump(clock, tasks.undo(link, touched.taskId, other))).toBe("kept");
    expect(await pump(clock, tasks.undo(link, "987654321", one))).toBe("gone");
    expect(portal.openTasks().map(({ id }) => id)).toContain(touched.taskId);
    expect(portal.openTasks().map(({ id }) => id)).not.toContain(taskId);
  });
});
