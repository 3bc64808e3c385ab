import type { DryRunDocument } from "../../../src/crm/overview.ts";
import {
  openStand,
  randomTrap,
  type Stand,
  type StandOptions,
  until,
  WRITE_FENCE_MS,
} from "./stand.ts";
import { untilSynced } from "./sync-kills.ts";
import type { TappedCall } from "./tap.ts";

export interface OutboxKills {
  readonly kills: number;
  /** Approved tasks that today's budget lets through, each there once. */
  readonly tasks: number;
  readonly marks: number;
  readonly violations: readonly string[];
}

interface ActionLine {
  readonly key: string;
  readonly kind: "mark" | "task";
  readonly state: string;
  readonly attempts: number;
  readonly last_code: string | null;
  readonly payload: string;
  readonly client_key: string;
}

const TASK_CALL = { bitrix24: "crm.activity.todo.add", amocrm: "POST /api/v4/tasks" } as const;
/** Of deaths; the others fall on any call: a label, a search, a poll. */
const SHARE_AT_TASKS = 0.7;

/** Approves a playbook over HTTP and kills the app again and again while it writes to the CRM. */
export async function killOutbox(
  options: StandOptions & { readonly kills: number },
): Promise<OutboxKills> {
  const stand = await openStand(options);
  try {
    await stand.app.start();
    await stand.site.portal.install();
    await untilSynced(stand);
    await until("insights", () => isScored(stand));
    const token = await openSession(stand);
    const draft = await post(stand, token, "/api/playbooks/at_risk/dry-run");
    plantTaskTrouble(stand);
    let death: Promise<void> | null = setTrap(stand);
    const approved = await post(stand, token, `/api/runs/${draft.runId}/approve`);
    let kills = 0;
    while (await diedBeforeRest(stand, death)) {
      kills += 1;
      death = kills < options.kills ? setTrap(stand) : null;
      await stand.app.start();
    }
    await stand.app.kill();
    const lines = actionLines(stand);
    return {
      kills,
      tasks: lines.filter(({ kind, state }) => kind === "task" && state === "done").length,
      marks: lines.filter(({ kind, state }) => kind === "mark" && state === "done").length,
      violations: [
        ...checkPlan(approved, lines),
        ...checkTasks(stand, lines),
        ...checkTags(stand, lines),
        ...checkFence(stand, lines),
        ...stand.violations(),
      ],
    };
  } finally {
    await stand.close();
  }
}

/** By everything that was read: a list is not made before that. */
function isScored(stand: Stand): boolean {
  const [row] = stand.rows<{ scored: number; stale: number; final: number }>(
    `select (select count(*) from insight) as scored, (select count(*) from stale_client) as stale,
       (select count(*) from counter where name = 'snapshot_is_final' and value = 1) as final`,
  );
  return row !== undefined && row.scored > 0 && row.stale === 0 && row.final === 1;
}

/** The admin's app page, opened by the CRM's own route, and the session that it carries. */
async function openSession({ site, publicUrl }: Stand): Promise<string> {
  const { native } = site;
  const page =
    native.product === "bitrix24"
      ? await native.portal.post(native.portal.openPage("app"))
      : await fetch(await appUrl(publicUrl, await native.portal.disposableToken(0)));
  const html = await page.text();
  const json = /id="pulse-session"[^>]*>([^<]+)</.exec(html)?.[1];
  if (!json) throw new Error(`no session in the app page (${page.status}): ${html.slice(0, 400)}`);
  return (JSON.parse(json) as { token: string }).token;
}

async function appUrl(publicUrl: string, disposableToken: string): Promise<string> {
  const answer = await fetch(`${publicUrl}/amocrm/session`, {
    method: "POST",
    headers: { "x-auth-token": disposableToken, "content-type": "application/json" },
    body: JSON.stringify({ place: "app" }),
  });
  return ((await answer.json()) as { appUrl: string }).appUrl;
}

async function post({ publicUrl }: Stand, token: string, path: string): Promise<DryRunDocument> {
  const answer = await fetch(publicUrl + path, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as DryRunDocument;
}

/** Besides the kills the line itself fails: answers are lost, and a write comes late but inside the fence. */
function plantTaskTrouble({ site, random }: Stand): void {
  const match = TASK_CALL[site.product];
  const at = () => 1 + Math.floor(random() * 5);
  site.portal.addFault({ match, times: 1, after: at(), fault: { kind: "cutAfterCommit" } });
  site.portal.addFault({ match, times: 1, after: at(), fault: { kind: "cutBefore" } });
  const ms = WRITE_FENCE_MS * (0.3 + 0.5 * random());
  site.portal.addFault({ match, times: 1, after: at(), fault: { kind: "lateCommit", ms } });
}

function isTaskCall({ site }: Stand, call: TappedCall): boolean {
  return `${call.method} ${call.path}`.includes(TASK_CALL[site.product]);
}

/** Never the first call of a life alone: that one is the task that died before, and it gives up after five rounds. */
function setTrap(stand: Stand): Promise<void> {
  const { random } = stand;
  const isAtTask = random() < SHARE_AT_TASKS;
  const chosen = randomTrap(
    random,
    isAtTask ? 2 : 6,
    (call) => !isAtTask || isTaskCall(stand, call),
  );
  return stand.tap.set({ ...chosen, at: chosen.at + 1 });
}

/** True when it died; false when nothing is left to be sent today. */
async function diedBeforeRest(stand: Stand, death: Promise<void> | null): Promise<boolean> {
  let isDead = false;
  const dead = death?.then(() => {
    isDead = true;
  });
  await until(
    "kill or rest of the outbox",
    () => isDead || isAtRest(stand),
    () => actionLines(stand).filter(({ state }) => !["done", "deferred"].includes(state)),
  );
  if (!isDead && (death === null || stand.disarm())) return false;
  await dead;
  return true;
}

function isAtRest(stand: Stand): boolean {
  const [row] = stand.rows<{ open: number; all: number }>(
    `select count(*) as "all", sum(state in ('new', 'sending', 'uncertain')) as open from action`,
  );
  return row !== undefined && row.all > 0 && row.open === 0;
}

function actionLines(stand: Stand): ActionLine[] {
  return stand.rows<ActionLine>(
    "select key, kind, state, attempts, last_code, payload, client_key from action order by key",
  );
}

/** Every approved change is an action, and today's are done: nothing is given up, nothing is in between. */
function checkPlan(approved: DryRunDocument, lines: readonly ActionLine[]): string[] {
  const states = new Map(lines.map((line) => [line.key, line]));
  const wrong = approved.changes.flatMap(({ actionKey, kind }) => {
    const line = states.get(actionKey);
    if (line?.state === "done" || (kind === "task" && line?.state === "deferred")) return [];
    return [`${actionKey} is ${line?.state ?? "absent"} (${line?.last_code}, ${line?.attempts})`];
  });
  const today = approved.tasksPerPerson.reduce((sum, person) => sum + person.today, 0);
  const done = lines.filter(({ kind, state }) => kind === "task" && state === "done").length;
  return done === today ? wrong : [...wrong, `${done} tasks done, ${today} were planned for today`];
}

function checkTasks({ site }: Stand, lines: readonly ActionLine[]): string[] {
  const texts = site.portal.tasks().map(({ text }) => text);
  return lines.flatMap(({ key, kind, state }) => {
    if (kind !== "task") return [];
    const copies = texts.filter((text) => isMarked(text, key)).length;
    const wanted = state === "done" ? 1 : 0;
    return copies === wanted ? [] : [`${key} (${state}) exists ${copies} times`];
  });
}

/** The marker ends after the key: one key may begin another. */
function isMarked(text: string, key: string): boolean {
  return text.includes(`${key}]`) || text.includes(`${key}}`);
}

function checkTags({ site }: Stand, lines: readonly ActionLine[]): string[] {
  return lines.flatMap(({ key, kind, payload }) => {
    if (kind !== "mark") return [];
    const { client, tags, labels } = JSON.parse(payload) as {
      client: { kind: "company" | "contact"; id: string };
      tags: string[];
      labels: Record<string, string>;
    };
    const shown = site.portal.tags(client.kind, client.id);
    // One CRM shows texts in the language of the portal, the other our codes.
    const isShown = (tag: string) => shown.some((one) => one === labels[tag] || one.endsWith(tag));
    const missing = tags.filter((tag) => !isShown(tag));
    return missing.length === 0 ? [] : [`${key}: ${missing.join()} not among ${shown.join()}`];
  });
}

/** Between two attempts at one task lies at least the fence, however often the process died in between. */
function checkFence(stand: Stand, lines: readonly ActionLine[]): string[] {
  return lines.flatMap(({ key, kind }) => {
    if (kind !== "task") return [];
    const times = stand.tap.calls
      .filter((call) => isTaskCall(stand, call) && isMarked(call.body, key))
      .map(({ at }) => at);
    return times.flatMap((at, index) => {
      const gap = at - (times[index - 1] ?? Number.NEGATIVE_INFINITY);
      return gap >= WRITE_FENCE_MS ? [] : [`${key} sent again after ${Math.round(gap)} ms`];
    });
  });
}
