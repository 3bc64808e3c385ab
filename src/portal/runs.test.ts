import { describe, expect, it } from "vitest";
import {
  DAY_MS,
  memorySql,
  PORTAL_KEY,
  seedBase,
  seedClient,
  seedDeal,
  seedPortal,
  seedPurchase,
  seedScans,
  seedUser,
} from "../../test/support/actor-parts.ts";
import { makeSeededRandom, quietLog } from "../../test/support/portal-room.ts";
import { makeVirtualClock, type VirtualClock } from "../../test/support/virtual-clock.ts";
import { makeWriteHost, type WriteHost } from "../../test/support/write-host.ts";
import { type DryRunDocument, dryRunDocument } from "../crm/overview.ts";
import { makeInlineCompute } from "./inline-compute.ts";
import { makeInsight } from "./insight.ts";
import { makeLock } from "./lock.ts";
import { makeOutbox } from "./outbox.ts";
import { makeRuns, type Runs } from "./runs.ts";
import type { Sql } from "./sql.ts";

const TODAY = Date.UTC(2026, 9, 1) / DAY_MS;

interface Desk {
  readonly sql: Sql;
  readonly clock: VirtualClock;
  readonly crm: WriteHost;
  readonly runs: Runs;
  score(): Promise<void>;
  send(): Promise<void>;
}

async function makeDesk({
  clients = 200,
  limit = 50,
  locale = "ru",
  isScored = true,
} = {}): Promise<Desk> {
  const sql = memorySql();
  const clock = makeVirtualClock();
  const crm = makeWriteHost(clock);
  seedPortal(sql, { locale });
  seedScans(sql, { isDone: true, at: clock.now() });
  for (const id of ["1", "7", "8", "9"]) seedUser(sql, id, true);
  seedBase(sql, makeSeededRandom(5), { clients, today: TODAY });
  const policy = {
    tasksPerPersonPerDay: 5,
    firstBatchLimit: limit,
    holdoutShare: 0.2,
    fenceMs: null,
  };
  const ports = { sql, host: crm.host, clock, random: makeSeededRandom(9), log: quietLog, policy };
  const insight = makeInsight({
    sql,
    clock,
    compute: makeInlineCompute(sql, clock),
    log: quietLog,
  });
  const outbox = makeOutbox({ ...ports, link: crm.link, lock: makeLock() });
  const desk: Desk = {
    sql,
    clock,
    crm,
    runs: makeRuns(ports),
    async score() {
      await clock.run(insight.step());
    },
    async send() {
      for (let round = 0; round < 50; round += 1) {
        const wish = await clock.run(outbox.step());
        if (wish === null || wish > clock.now()) return;
      }
    },
  };
  if (isScored) await desk.score();
  return desk;
}

const countActions = ({ sql }: Desk) =>
  sql.get<{ n: number }>("select count(*) as n from action")?.n;
const clientsOf = (document: DryRunDocument) =>
  new Set(document.changes.map(({ client }) => `${client.kind}:${client.id}`));
const holdouts = ({ sql }: Desk) =>
  sql
    .all<{ client_key: string }>(
      "select client_key from assignment where arm = 'holdout' order by client_key",
    )
    .map((row) => row.client_key);

describe("a dry run", () => {
  it("lists the exact changes and writes nothing to the CRM", async () => {
    const desk = await makeDesk();
    const document = desk.runs.dryRun("at_risk", "1");
    expect(dryRunDocument.parse(document)).toEqual(document);
    expect(desk.runs.run(document.runId)).toEqual(document);
    expect(document.runId).toMatch(/^[a-z0-9_-]{1,64}$/);
    expect(document.changes.length).toBeGreaterThan(10);
    await desk.send();
    expect(desk.crm.calls).toEqual([]);
    expect(countActions(desk)).toBe(0);
    for (const change of document.changes) {
      const { kind, id, url } = change.client;
      expect(url).toBe(`https://crm.example/${kind}/${id}`);
      expect(change.after.filter((tag) => tag.startsWith("segment:"))).toHaveLength(1);
      if (change.kind === "task") {
        expect(change.actionKey).toBe(`${PORTAL_KEY}|at_risk|1|${kind}:${id}|1`);
        // Thursday, 18:00 in Moscow two business days later is Monday, 15:00 UTC.
        expect(change.due).toBe("2026-10-05T15:00:00.000Z");
        expect(change.taskTitle).toMatch(/^Позвонить клиенту: молчит \d+ (день|дня|дней)$/);
      }
    }
  });

  it("speaks the portal's language", async () => {
    const desk = await makeDesk({ locale: "en" });
    const task = desk.runs.dryRun("at_risk", "1").changes.find(({ kind }) => kind === "task");
    expect(task?.taskTitle).toMatch(/^Call the client: silent for \d+ days$/);
    expect(task?.taskText).toMatch(/Usually buys every \d+ days/);
  });

  it("is refused before the first sync has ended, and for a playbook that does not exist", async () => {
    const desk = await makeDesk({ clients: 5 });
    expect(() => desk.runs.dryRun("at_riskk", "1")).toThrow(
      expect.objectContaining({ code: "input.invalid" }),
    );
    const document = desk.runs.dryRun("at_risk", "1");
    seedScans(desk.sql, { isDone: false, at: 0 });
    const notReady = expect.objectContaining({ code: "portal.not_ready" });
    expect(() => desk.runs.dryRun("at_risk", "1")).toThrow(notReady);
    expect(() => desk.runs.approve(document.runId, "1")).toThrow(notReady);
  });

  it("is refused before anybody has been scored: an empty list would mean that nobody is meant", async () => {
    const desk = await makeDesk({ isScored: false });
    const notReady = expect.objectContaining({ code: "portal.not_ready" });
    expect(() => desk.runs.dryRun("at_risk", "1")).toThrow(notReady);
    await desk.score();
    expect(desk.runs.dryRun("at_risk", "1").changes.length).toBeGreaterThan(0);
  });

  it("limits the first batch and takes the clients with the most at stake", async () => {
    const desk = await makeDesk({ clients: 400, limit: 8 });
    const document = desk.runs.dryRun("at_risk", "1");
    expect(clientsOf(document).size).toBe(8);
    const values = document.changes.map((change) => change.expectedMinor ?? 0);
    expect(values).toEqual(values.toSorted((one, other) => other - one));
    const held = new Set(holdouts(desk));
    const best = desk.sql
      .all<{ client_key: string; stake_minor: number }>(
        `select client_key, stake_minor from insight
         where lifecycle = 'at_risk' or (lifecycle = 'sleeping'
           and segment in ('at_risk', 'cannot_lose') and band = 'risk')
         order by stake_minor desc`,
      )
      .filter((row) => !held.has(row.client_key));
    expect(values[0]).toBe(best[0]?.stake_minor);
  });

  it("leaves a fifth alone, the same clients in every run, and says how many", async () => {
    const desk = await makeDesk({ clients: 1_200, limit: 500 });
    const first = desk.runs.dryRun("at_risk", "1");
    const before = holdouts(desk);
    const treated = clientsOf(first);
    expect(first.holdout).toBe(before.length);
    const share = before.length / (before.length + treated.size);
    expect(Math.abs(share - 0.2)).toBeLessThan(0.05);
    for (const key of before) expect(treated).not.toContain(key);
    const strata = desk.sql.all<{ share: number }>(
      "select avg(arm = 'holdout') as share from assignment group by stratum having count(*) >= 10",
    );
    expect(strata.length).toBeGreaterThan(1);
    for (const row of strata) expect(Math.abs(row.share - 0.2)).toBeLessThan(0.08);
    const second = desk.runs.dryRun("at_risk", "2");
    expect(holdouts(desk)).toEqual(before);
    expect(second.changes).toEqual(first.changes);
  });

  it("says how many tasks each person gets today and how many wait", async () => {
    const desk = await makeDesk({ clients: 600 });
    const document = desk.runs.dryRun("at_risk", "1");
    expect(document.tasksPerPerson.length).toBe(3);
    const tasks = document.changes.filter(({ kind }) => kind === "task");
    for (const { userId, today, waiting } of document.tasksPerPerson) {
      expect(today).toBe(5);
      expect(today + waiting).toBe(tasks.filter((one) => one.responsibleId === userId).length);
    }
  });

  it("gives tasks of people who left to the owner, or to nobody when the owner has left too", async () => {
    const desk = await makeDesk();
    seedUser(desk.sql, "7", false);
    const first = desk.runs.dryRun("at_risk", "1");
    const ids = new Set(first.tasksPerPerson.map(({ userId }) => userId));
    expect(ids).toEqual(new Set(["1", "8", "9"]));
    seedUser(desk.sql, "1", false);
    const second = desk.runs.dryRun("at_risk", "1");
    expect(new Set(second.tasksPerPerson.map(({ userId }) => userId))).toEqual(new Set(["8", "9"]));
    expect(second.skipped).toContainEqual({ reason: "no_responsible", count: expect.any(Number) });
  });

  it("attaches the task to the newest open deal and its responsible person", async () => {
    const desk = await makeDesk({ clients: 200 });
    const [change] = desk.runs.dryRun("at_risk", "1").changes;
    const key = `${change?.client.kind}:${change?.client.id}`;
    seedDeal(desk.sql, { id: "71", key, responsibleId: "9" });
    seedDeal(desk.sql, { id: "72", key, outcome: "lost", responsibleId: "8" });
    const task = desk.runs
      .dryRun("at_risk", "1")
      .changes.find((one) => one.kind === "task" && `company:${one.client.id}` === key);
    expect(task).toMatchObject({ dealId: "71", responsibleId: "9" });
  });

  it("proposes nothing on an empty base", async () => {
    const desk = await makeDesk({ clients: 0 });
    expect(desk.runs.dryRun("at_risk", "1")).toMatchObject({ changes: [], holdout: 0 });
  });
});

describe("an approval", () => {
  it("turns every change into one action, and a second one changes nothing", async () => {
    const desk = await makeDesk({ clients: 600 });
    const draft = desk.runs.dryRun("at_risk", "1");
    const approved = desk.runs.approve(draft.runId, "1");
    expect(approved).toMatchObject({ state: "approved", approvedBy: "1" });
    expect(countActions(desk)).toBe(draft.changes.length);
    await desk.send();
    const written = desk.crm.calls.length;
    await desk.clock.runTo(desk.clock.now() + 1_000);
    expect(desk.runs.approve(draft.runId, "2")).toEqual(approved);
    await desk.send();
    expect(countActions(desk)).toBe(draft.changes.length);
    expect(desk.crm.calls).toHaveLength(written);
    expect(desk.crm.tasks().length).toBe(15);
  });

  it("carries out what was shown, text by text", async () => {
    const desk = await makeDesk({ limit: 5 });
    const draft = desk.runs.dryRun("at_risk", "1");
    desk.runs.approve(draft.runId, "1");
    await desk.send();
    for (const { draft: task } of desk.crm.tasks()) {
      const shown = draft.changes.find((one) => one.actionKey === task.actionKey);
      expect(task).toMatchObject({
        title: shown?.taskTitle,
        text: shown?.taskText,
        responsibleId: shown?.responsibleId,
        due: Date.parse(shown?.due ?? ""),
      });
    }
    for (const change of draft.changes.filter(({ kind }) => kind === "mark")) {
      expect(desk.crm.tags.get(`company:${change.client.id}`)).toEqual(change.after);
    }
    expect(desk.sql.all("select distinct approved_by from write_log")).toEqual([
      { approved_by: "1" },
    ]);
  });

  it("shows nobody twice: the next run has only those who are left", async () => {
    const desk = await makeDesk({ clients: 600, limit: 5 });
    const first = desk.runs.dryRun("at_risk", "1");
    desk.runs.approve(first.runId, "1");
    await desk.send();
    const second = desk.runs.dryRun("at_risk", "1");
    for (const key of clientsOf(second)) expect(clientsOf(first)).not.toContain(key);
    expect(clientsOf(second).size).toBeGreaterThan(4);
  });

  it("numbers the client's next entry into the condition as another occurrence", async () => {
    const desk = await makeDesk({ limit: 500 });
    const draft = desk.runs.dryRun("at_risk", "1");
    desk.runs.approve(draft.runId, "1");
    const one = draft.changes.find(({ kind }) => kind === "task");
    const key = `company:${one?.client.id}`;
    seedPurchase(desk.sql, { key, day: TODAY, minor: 500_000 });
    await desk.score();
    desk.sql.run("delete from purchase where client_key = ? and day = ?", key, TODAY);
    desk.sql.run("insert into stale_client (client_key, since_at) values (?, 0)", key);
    await desk.score();
    // The cool-down keeps us away from the client for a month after the last task.
    desk.sql.run("update action set created_at = 0, state = 'failed' where client_key = ?", key);
    const again = desk.runs
      .dryRun("at_risk", "1")
      .changes.find((change) => change.kind === "task" && change.client.id === one?.client.id);
    expect(again?.actionKey).toBe(`${PORTAL_KEY}|at_risk|1|${key}|2`);
  });

  it("comes too late after a day: the draft has expired and nothing is written", async () => {
    const desk = await makeDesk();
    const draft = desk.runs.dryRun("at_risk", "1");
    await desk.clock.runTo(desk.clock.now() + DAY_MS + 1);
    expect(desk.runs.approve(draft.runId, "1").state).toBe("expired");
    expect(desk.runs.run(draft.runId)?.state).toBe("expired");
    expect(countActions(desk)).toBe(0);
  });

  it("of a run that does not exist is refused", async () => {
    const desk = await makeDesk({ clients: 5 });
    expect(desk.runs.run("run-1")).toBeNull();
    expect(() => desk.runs.approve("run-1", "1")).toThrow(
      expect.objectContaining({ code: "input.invalid" }),
    );
  });

  it("keeps other tags of ours and replaces only the segment", async () => {
    const desk = await makeDesk();
    const [first] = desk.runs.dryRun("at_risk", "1").changes;
    const key = `company:${first?.client.id}`;
    seedClient(desk.sql, { key, tags: ["vip:yes", "segment:loyal"] });
    const mark = desk.runs
      .dryRun("at_risk", "1")
      .changes.find((one) => one.kind === "mark" && `company:${one.client.id}` === key);
    expect(mark?.before).toEqual(["vip:yes", "segment:loyal"]);
    expect(mark?.after).toHaveLength(2);
    expect(mark?.after[0]).toBe("vip:yes");
    expect(mark?.after).not.toContain("segment:loyal");
  });
});
