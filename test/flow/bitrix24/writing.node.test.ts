import { expect, test } from "vitest";
import { cardDocument } from "../../../src/crm/card.ts";
import { dryRunDocument, type PlannedChange } from "../../../src/crm/overview.ts";
import { undoDocument, writingDocument } from "../../../src/crm/writing.ts";
import type { Bitrix24Portal } from "../../../src/sandbox/bitrix24/index.ts";
import { api, openApp, openCard } from "../browser.ts";
import { callsOfApp, writesOfApp } from "../crm-side.ts";
import type { Flow, FlowPorts } from "../flow-world.ts";
import { withInstalled } from "../node-flow.ts";

const ALL = ["crm", "placement", "user_brief", "task", "im", "bizproc"];
const EVERYTHING = {
  task: "call",
  note: true,
  fields: true,
  flag: true,
  notice: true,
  automation: true,
  automationTarget: null,
} as const;

function crm(flow: Flow): Bitrix24Portal {
  const { native } = flow.world.site;
  if (native.product !== "bitrix24") throw new Error("another product");
  return native.portal;
}

/** Every client whom the playbook would mark has an open deal: what lies on a deal has a place then. */
const installed = (
  body: (flow: Flow) => Promise<void>,
  { scopes = ALL, ...ports }: Partial<FlowPorts> & { readonly scopes?: readonly string[] } = {},
) =>
  withInstalled(
    "bitrix24",
    async (flow) => {
      const { run } = await draft(flow);
      for (const { client } of of(run.changes, "mark").slice(0, 3)) {
        const { kind: clientKind, id: clientId } = client;
        flow.crm.edit({ kind: "createDeal", clientKind, clientId, amountMinor: 100_000 });
      }
      await flow.pass(5);
      await body(flow);
    },
    { ...ports, knobs: { bitrix24: { scopes } } },
  );

async function choose(flow: Flow, choice: object) {
  const { session } = await openApp(flow);
  const saved = await api(flow, session, "/api/writing", "PUT", choice);
  expect(saved.status).toBe(200);
  return writingDocument.parse(saved.body);
}

async function draft(flow: Flow) {
  const { session } = await openApp(flow);
  const drafted = await api(flow, session, "/api/playbooks/at_risk/dry-run", "POST");
  return { session, run: dryRunDocument.parse(drafted.body) };
}

/** Draft and approval; `minutes` = until everything is written. */
async function carryOut(flow: Flow, choice: object, minutes = 10) {
  await choose(flow, choice);
  const { session, run } = await draft(flow);
  await api(flow, session, `/api/runs/${run.runId}/approve`, "POST");
  await flow.pass(minutes);
  return run;
}

const of = (changes: readonly PlannedChange[], kind: PlannedChange["kind"]) =>
  changes.filter((change) => change.kind === kind);

test("nothing more is written than was chosen, and only after the list was approved", () =>
  installed(async (flow) => {
    const before = await choose(flow, EVERYTHING);
    expect(before.offered).toEqual([
      "mark",
      "task",
      "note",
      "fields",
      "flag",
      "notice",
      "automation",
    ]);
    flow.crm.clearJournal();
    const { run } = await draft(flow);
    for (const kind of before.offered) expect(run.changes.map((one) => one.kind)).toContain(kind);
    await flow.pass(30);
    expect(writesOfApp(flow)).toEqual([]);
  }));

test("segment and score stand in fields of ours that people cannot edit; the same again is not sent", () =>
  installed(async (flow) => {
    const portal = crm(flow);
    const run = await carryOut(flow, { ...EVERYTHING, note: false, flag: false, notice: false });
    const fields = of(run.changes, "fields");
    expect(fields.length).toBeGreaterThan(0);
    for (const { client, after } of fields) {
      const held = portal.userFields(client.kind, client.id);
      expect(held.UF_CRM_PULSE_SEGMENT).toBe(after[0]);
      expect(String(held.UF_CRM_PULSE_SCORE ?? "–")).toBe(after[1]);
    }
    // Our own writes come back as events: they are read, and nothing follows.
    flow.crm.clearJournal();
    await flow.pass(60);
    expect(writesOfApp(flow)).toEqual([]);
  }));

test("a note in the timeline, a badge on the board, one message a client, the trigger on the open deal", () =>
  installed(async (flow) => {
    const portal = crm(flow);
    const run = await carryOut(flow, EVERYTHING);
    const count = (kind: PlannedChange["kind"]) => of(run.changes, kind).length;
    expect(portal.notes()).toHaveLength(count("note"));
    expect(
      portal
        .boardBadges()
        .map(({ dealId }) => dealId)
        .sort(),
    ).toEqual(
      of(run.changes, "flag")
        .map(({ dealId }) => dealId)
        .sort(),
    );
    expect(portal.notifications()).toHaveLength(count("notice"));
    expect(
      portal
        .triggerRuns()
        .map(({ ownerId }) => String(ownerId))
        .sort(),
    ).toEqual(
      of(run.changes, "automation")
        .map(({ dealId }) => dealId)
        .sort(),
    );
    expect(portal.triggerRuns().every(({ ownerTypeId }) => ownerTypeId === 2)).toBe(true);
  }));

test("what the installation was not granted is neither offered nor called", () =>
  installed(
    async (flow) => {
      const { offered } = await choose(flow, EVERYTHING);
      expect(offered).not.toContain("notice");
      const run = await carryOut(flow, EVERYTHING);
      expect(of(run.changes, "notice")).toEqual([]);
      const called = callsOfApp(flow).map(({ call }) => call);
      expect(called.filter((call) => /^(?:im|bizproc)\./.test(call))).toEqual([]);
    },
    { scopes: ["crm", "placement", "user_brief"] },
  ));

test("a task of the module of tasks that is done counts as done, one that was only changed does not", () =>
  installed(async (flow) => {
    const portal = crm(flow);
    const run = await carryOut(flow, { ...EVERYTHING, task: "task" }, 30);
    const [made] = portal.tasks();
    const planned = of(run.changes, "task").find(({ taskTitle }) => taskTitle === made?.title);
    if (!made || !planned) throw new Error("no task");
    const openTask = async () => {
      const { kind, id } = planned.client;
      const card = cardDocument.parse((await openCard(flow, kind, id)).block("pulse-card"));
      return card.action?.openTaskId ?? null;
    };
    await flow.pass(12);
    const taskId = await openTask();
    expect(taskId).toMatch(/^t\d+$/);
    portal.touchTask(made.id, "rename");
    await flow.pass(12);
    expect(await openTask()).toBe(taskId);
    portal.touchTask(made.id, "finish");
    await flow.pass(12);
    expect(await openTask()).toBeNull();
    flow.crm.clearJournal();
    await flow.pass(30);
    // Done once is done: it is not asked for again.
    const asked = flow.sent.slice(-40).map(({ body }) => decodeURIComponent(body ?? ""));
    expect(asked.filter((body) => body.includes(`[ID][0]=${taskId?.slice(1)}&`))).toEqual([]);
  }));

test("a task of the module of tasks is linked to the deal and found again after a lost answer", () =>
  installed(async (flow) => {
    const portal = crm(flow);
    portal.addFault({ match: "tasks.task.add", times: 1, fault: { kind: "cutAfterCommit" } });
    const run = await carryOut(flow, { ...EVERYTHING, task: "task" }, 30);
    const made = portal.tasks();
    const wanted = of(run.changes, "task");
    expect(made.map(({ title }) => title).sort()).toEqual(
      wanted.map(({ taskTitle }) => taskTitle).sort(),
    );
    expect(callsOfApp(flow).some(({ call }) => call === "tasks.task.list")).toBe(true);
  }));

test.each([
  "crm.timeline.logmessage.add",
  "crm.activity.configurable.add",
  "crm.automation.trigger.execute",
  "im.notify.system.add",
])("a lost answer of %s writes nothing twice", (method) =>
  installed(async (flow) => {
    const portal = crm(flow);
    portal.addFault({ match: method, times: 1, fault: { kind: "cutAfterCommit" } });
    const run = await carryOut(flow, EVERYTHING, 40);
    expect(portal.notes()).toHaveLength(of(run.changes, "note").length);
    expect(portal.boardBadges()).toHaveLength(of(run.changes, "flag").length);
    expect(portal.triggerRuns()).toHaveLength(of(run.changes, "automation").length);
    expect(portal.notifications()).toHaveLength(of(run.changes, "notice").length);
  }),
);

test("undo takes back what we wrote and leaves what people have touched since", () =>
  installed(async (flow) => {
    const portal = crm(flow);
    const run = await carryOut(flow, EVERYTHING);
    const [touched] = portal.tasks();
    if (!touched) throw new Error("no task");
    portal.touchTask(touched.id, "rename");
    const marked = of(run.changes, "mark")[0]?.client;
    const { session } = await openApp(flow);
    const asked = await api(flow, session, `/api/runs/${run.runId}/undo`, "POST");
    const undone = undoDocument.parse(asked.body);
    expect(undone.lasting).toBe(
      of(run.changes, "notice").length + of(run.changes, "automation").length,
    );
    await flow.pass(15);
    expect(portal.tasks().map(({ id }) => id)).toEqual([touched.id]);
    expect(portal.notes()).toEqual([]);
    expect(portal.boardBadges()).toEqual([]);
    if (marked) {
      expect(portal.tags(marked.kind, marked.id)).toEqual([]);
      const held = portal.userFields(marked.kind, marked.id);
      expect(held.UF_CRM_PULSE_SEGMENT).toBeNull();
      expect(held.UF_CRM_PULSE_SCORE).toBeNull();
    }
    // Asking again plans nothing more.
    const written = writesOfApp(flow).length;
    await api(flow, session, `/api/runs/${run.runId}/undo`, "POST");
    await flow.pass(15);
    expect(writesOfApp(flow)).toHaveLength(written);
  }));

test("labels that people have added stay, through writing and undoing", () =>
  installed(async (flow) => {
    const portal = crm(flow);
    const { run } = await draft(flow);
    const client = of(run.changes, "mark")[0]?.client;
    if (!client) throw new Error("nobody is marked");
    const { kind: clientKind, id: clientId } = client;
    flow.crm.edit({ kind: "tagClient", clientKind, clientId, add: "постоянный" });
    await flow.pass(2);
    await carryOut(flow, EVERYTHING);
    const tags = portal.tags(clientKind, clientId);
    expect(tags).toContain("постоянный");
    expect(tags).toHaveLength(2);
  }));

test("a deleted field is told to the administrator and made anew; no write is lost", () =>
  installed(async (flow) => {
    const portal = crm(flow);
    for (const kind of ["contact", "company"] as const) {
      portal.deleteField(kind, "UF_CRM_PULSE_TAGS");
      portal.deleteField(kind, "UF_CRM_PULSE_SEGMENT");
      portal.deleteField(kind, "UF_CRM_PULSE_SCORE");
    }
    const run = await carryOut(flow, EVERYTHING, 30);
    for (const { client } of of(run.changes, "mark")) {
      expect(portal.tags(client.kind, client.id)).toHaveLength(1);
      expect(portal.userFields(client.kind, client.id).UF_CRM_PULSE_SEGMENT).not.toBeNull();
    }
    const { session } = await openApp(flow);
    const overview = await api(flow, session, "/api/overview");
    expect(overview.body).toMatchObject({
      warnings: expect.arrayContaining(["fields.recreated"]),
    });
  }));

test("an option that somebody deleted is made anew when it is needed", () =>
  installed(
    async (flow) => {
      const portal = crm(flow);
      const first = await carryOut(flow, EVERYTHING);
      expect(of(first.changes, "fields")).toHaveLength(1);
      for (const kind of ["contact", "company"] as const) {
        for (const field of ["UF_CRM_PULSE_SEGMENT", "UF_CRM_PULSE_TAGS"]) {
          portal.deleteOption(kind, field, "pulse:at_risk");
          portal.deleteOption(kind, field, "pulse:cannot_lose");
          portal.deleteOption(kind, field, "pulse:segment:at_risk");
          portal.deleteOption(kind, field, "pulse:segment:cannot_lose");
        }
      }
      const { session, run } = await draft(flow);
      expect(of(run.changes, "fields").length).toBeGreaterThan(1);
      await api(flow, session, `/api/runs/${run.runId}/approve`, "POST");
      await flow.pass(10);
      for (const { client, after } of of(run.changes, "fields")) {
        const held = portal.userFields(client.kind, client.id);
        expect(held.UF_CRM_PULSE_SEGMENT).toBe(after[0]);
        expect(portal.tags(client.kind, client.id)).toEqual([after[0]]);
      }
    },
    { policy: { firstBatchLimit: 1 } },
  ));

test.each(["deal", "contact", "company"] as const)(
  "the strip in the body of a %s shows the first lines, and nothing to a colleague without right",
  (kind) =>
    installed(async (flow) => {
      const portal = crm(flow);
      const deal = portal
        .truth()
        .deals.find(
          (one) =>
            one.outcome === "won" && (kind === "company" ? one.companyId : one.contactIds[0]),
        );
      const id =
        kind === "deal" ? deal?.id : kind === "company" ? deal?.companyId : deal?.contactIds[0];
      const open = async (userIndex: number) => {
        const post = portal.openPage("USERFIELD_TYPE", { kind, id: id ?? "" }, userIndex);
        const headers = { "content-type": "application/x-www-form-urlencoded" };
        return flow.ask(post.url, { method: "POST", headers, body: post.body });
      };
      const strip = await open(0);
      expect(strip.headers.get("content-security-policy")).toContain(
        `frame-ancestors ${portal.origin()}`,
      );
      const html = await strip.text();
      expect(html).toContain("pulse-card");
      expect(html).not.toContain("<details");
      expect(await (await open(2)).text()).not.toMatch(/"totalMinor":[1-9]/);
    }),
);

test("a robot of the portal's automation gets segment and health, after its post was answered", () =>
  installed(async (flow) => {
    const portal = crm(flow);
    const deal = portal
      .truth()
      .deals.find((one) => one.outcome === "won" && one.companyId !== null);
    if (!deal) throw new Error("no deal");
    const run = portal.startRobot({ code: "pulse_client", kind: "deal", id: deal.id });
    await flow.run(portal.flushHooks());
    expect(run.answer).toBeNull();
    await flow.pass(1);
    expect(run.answer).toMatchObject({
      segment: expect.stringMatching(/^[a-z_]+$/),
      purchases: expect.stringMatching(/^[1-9]\d*$/),
    });
    // A record that we do not know is answered too: the workflow must go on.
    const unknown = portal.startRobot({ code: "pulse_client", kind: "contact", id: "999999" });
    await flow.pass(1);
    expect(unknown.answer).toMatchObject({ segment: "", purchases: "" });
  }));

test("a forged robot post is answered like any other and asks nothing of the portal", () =>
  installed(async (flow) => {
    const sent = flow.sent.length;
    const body = new URLSearchParams({
      "document_id[0]": "crm",
      "document_id[1]": "CCrmDocumentDeal",
      "document_id[2]": "DEAL_1",
      event_token: "forged|A1|x",
      "auth[member_id]": crm(flow).memberId,
      "auth[application_token]": "0".repeat(32),
    });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const init = { method: "POST", headers, body: body.toString() };
    expect((await flow.ask("/bitrix24/robot", init)).status).toBe(200);
    await flow.pass(1);
    expect(flow.sent.slice(sent).filter(({ url }) => url.includes("bizproc"))).toEqual([]);
  }));
