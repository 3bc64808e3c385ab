import { expect, test } from "vitest";
import { dryRunDocument, type PlannedChange } from "../../../src/crm/overview.ts";
import { writingDocument } from "../../../src/crm/writing.ts";
import type { AmocrmPortal } from "../../../src/sandbox/amocrm/index.ts";
import { api, openApp } from "../browser.ts";
import { writesOfApp } from "../crm-side.ts";
import type { Flow } from "../flow-world.ts";
import { withInstalled } from "../node-flow.ts";

const NOTHING = {
  task: "call",
  note: false,
  fields: false,
  flag: false,
  notice: false,
  automation: false,
  automationTarget: null,
} as const;

function crm(flow: Flow): AmocrmPortal {
  const { native } = flow.world.site;
  if (native.product !== "amocrm") throw new Error("another product");
  return native.portal;
}

async function choose(flow: Flow, choice: object) {
  const { session } = await openApp(flow);
  const saved = await api(flow, session, "/api/writing", "PUT", { ...NOTHING, ...choice });
  expect(saved.status).toBe(200);
  return writingDocument.parse(saved.body);
}

/** Choice, draft and approval; then everything is written. */
async function carryOut(flow: Flow, choice: object): Promise<readonly PlannedChange[]> {
  await choose(flow, choice);
  const { session } = await openApp(flow);
  const drafted = await api(flow, session, "/api/playbooks/at_risk/dry-run", "POST");
  const run = dryRunDocument.parse(drafted.body);
  expect(writesOfApp(flow)).toEqual([]);
  await api(flow, session, `/api/runs/${run.runId}/approve`, "POST");
  await flow.pass(30);
  return run.changes;
}

const of = (changes: readonly PlannedChange[], kind: PlannedChange["kind"]) =>
  changes.filter((change) => change.kind === kind);

const installed = (body: (flow: Flow) => Promise<void>) =>
  withInstalled("amocrm", async (flow) => {
    flow.crm.clearJournal();
    await body(flow);
  });

/** Our own writes come back as hooks: they are read, and nothing follows. */
async function expectQuiet(flow: Flow) {
  flow.crm.clearJournal();
  await flow.pass(60);
  expect(writesOfApp(flow)).toEqual([]);
}

test("segment and score stand in two fields of ours, made once, in a group of their own", () =>
  installed(async (flow) => {
    expect(crm(flow).appFields()).toEqual([]);
    const fields = of(await carryOut(flow, { fields: true }), "fields");
    expect(fields.length).toBeGreaterThan(0);
    for (const { client, after } of fields) {
      const held = crm(flow).fieldValues(client.kind, client.id);
      expect([held.PULSE_SEGMENT, held.PULSE_SCORE ?? "–"]).toEqual(after);
    }
    const made = crm(flow).appFields();
    const kinds = new Set(fields.map(({ client }) => client.kind)).size;
    expect(made).toHaveLength(2 * kinds);
    expect(made.every(({ isApiOnly, group }) => isApiOnly && group === "Пульс клиента")).toBe(true);
    await expectQuiet(flow);
  }));

test("a field that the customer has deleted meanwhile is made anew", () =>
  installed(async (flow) => {
    // One client has to wait five minutes; the fields are gone by then.
    const body = JSON.stringify({ status: 503, retry_after: 300 });
    const contentType = "application/problem+json";
    const fault = { kind: "status", status: 503, body, contentType } as const;
    flow.crm.addFault({ match: "PATCH /api/v4/contacts/", times: 1, fault });
    await choose(flow, { fields: true });
    const { session } = await openApp(flow);
    const drafted = await api(flow, session, "/api/playbooks/at_risk/dry-run", "POST");
    const run = dryRunDocument.parse(drafted.body);
    await api(flow, session, `/api/runs/${run.runId}/approve`, "POST");
    await flow.pass(2);
    const contacts = of(run.changes, "fields").filter(({ client }) => client.kind === "contact");
    const held = () =>
      contacts.filter(({ client }) => {
        return "PULSE_SEGMENT" in crm(flow).fieldValues("contact", client.id);
      });
    expect(held()).toHaveLength(contacts.length - 1);
    for (const code of ["PULSE_SEGMENT", "PULSE_SCORE"]) crm(flow).deleteField("contact", code);
    await flow.pass(30);
    expect(held()).toHaveLength(1);
    const made = crm(flow)
      .appFields()
      .filter(({ entity }) => entity === "contacts");
    expect(made.map(({ code }) => code)).toEqual(["PULSE_SEGMENT", "PULSE_SCORE"]);
  }));

test("a line in the card's history under our name, which starts nothing", () =>
  installed(async (flow) => {
    const notes = of(await carryOut(flow, { note: true }), "note");
    expect(notes.length).toBeGreaterThan(0);
    const written = crm(flow).appNotes();
    expect(written.map(({ clientId }) => clientId).sort()).toEqual(
      notes.map(({ client }) => client.id).sort(),
    );
    for (const note of written) {
      expect(note).toMatchObject({
        type: "service_message",
        service: "Client Pulse",
        startsPipeline: false,
      });
    }
    await expectQuiet(flow);
  }));

test("a note whose answer was lost is looked for and not written twice", () =>
  installed(async (flow) => {
    const fault = { kind: "cutAfterCommit" } as const;
    for (const path of ["contacts", "companies"])
      flow.crm.addFault({ match: `POST /api/v4/${path}/notes`, times: 1, fault });
    const notes = of(await carryOut(flow, { note: true }), "note");
    await flow.pass(30);
    expect(crm(flow).appNotes()).toHaveLength(notes.length);
  }));

test("a bot that the administrator has chosen starts once for every client", () =>
  installed(async (flow) => {
    const document = await choose(flow, { automation: true });
    expect(document).toMatchObject({ needsTarget: true });
    expect(document.offered).toContain("automation");
    const choice = { automation: true, automationTarget: "565" };
    const starts = of(await carryOut(flow, choice), "automation");
    expect(starts.length).toBeGreaterThan(0);
    const runs = crm(flow).botRuns() as readonly Record<string, number>[];
    expect(runs.every(({ bot_id }) => bot_id === 565)).toBe(true);
    // A bot runs on deals and contacts: a company without an open deal has no place for it.
    const able = starts.filter(
      ({ client, dealId }) => dealId !== null || client.kind === "contact",
    );
    expect(runs).toHaveLength(able.length);
  }));

test("a message to the person who answers for the client is a task of theirs", () =>
  installed(async (flow) => {
    const changes = await carryOut(flow, { notice: true });
    const notices = of(changes, "notice");
    expect(notices.length).toBeGreaterThan(0);
    const written = flow.crm.tasks().filter(({ text }) => text.includes("[pulse notice "));
    expect(written).toHaveLength(notices.length);
  }));

test("a list is taken back: labels, fields and tasks, as far as nobody has touched them", () =>
  installed(async (flow) => {
    await choose(flow, { fields: true });
    const { session } = await openApp(flow);
    const drafted = await api(flow, session, "/api/playbooks/at_risk/dry-run", "POST");
    const run = dryRunDocument.parse(drafted.body);
    await api(flow, session, `/api/runs/${run.runId}/approve`, "POST");
    await flow.pass(30);
    const ours = () =>
      crm(flow)
        .openTasks()
        .filter(({ text }) => text.includes("[pulse "));
    const [touched] = ours();
    if (!touched) throw new Error("no task was written");
    crm(flow).editTask(touched.id, "[pulse mine] A person's own words");
    const fresh = await openApp(flow);
    const undone = await api(flow, fresh.session, `/api/runs/${run.runId}/undo`, "POST");
    expect(undone.status).toBe(200);
    await flow.pass(30);
    expect(ours().map(({ id }) => id)).toEqual([touched.id]);
    for (const { client } of of(run.changes, "mark"))
      expect(flow.crm.tags(client.kind, client.id)).toEqual([]);
    for (const { client } of of(run.changes, "fields"))
      expect(crm(flow).fieldValues(client.kind, client.id)).not.toHaveProperty("PULSE_SEGMENT");
  }));
