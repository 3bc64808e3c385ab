import { expect } from "vitest";
import { type DryRunDocument, dryRunDocument } from "../../src/crm/overview.ts";
import { checkMirror } from "../../src/simulation/oracles.ts";
import { api, openApp, openCard } from "./browser.ts";
import { writesOfApp } from "./crm-side.ts";
import { soldDeal } from "./deals.ts";
import type { Flow } from "./flow-world.ts";

export async function writes(flow: Flow): Promise<void> {
  const { session } = await openApp(flow);
  flow.crm.clearJournal();
  const drafted = await api(flow, session, "/api/playbooks/at_risk/dry-run", "POST");
  const run = dryRunDocument.parse(drafted.body);
  expect(run.state).toBe("draft");
  const tasks = run.changes.filter(({ kind }) => kind === "task");
  expect(tasks.length).toBeGreaterThan(0);
  await flow.pass(11);
  expect(writesOfApp(flow)).toEqual([]);
  expect(flow.crm.tasks()).toEqual([]);

  const approved = await api(flow, session, `/api/runs/${run.runId}/approve`, "POST");
  const first = dryRunDocument.parse(approved.body);
  expect(first).toMatchObject({ state: "approved", approvedBy: flow.crm.users[0]?.id });
  await flow.pass(5);
  expectWritten(flow, run);
  const written = writesOfApp(flow).length;

  const fresh = await openApp(flow);
  const again = await api(flow, fresh.session, `/api/runs/${run.runId}/approve`, "POST");
  expect(dryRunDocument.parse(again.body)).toEqual(first);
  await flow.pass(30);
  expectWritten(flow, run);
  expect(writesOfApp(flow)).toHaveLength(written);
  // A second draft has nothing left to do: every client has an open task.
  const later = await openApp(flow);
  const next = await api(flow, later.session, "/api/playbooks/at_risk/dry-run", "POST");
  expect(dryRunDocument.parse(next.body).changes).toEqual([]);
}

function expectWritten(flow: Flow, run: DryRunDocument): void {
  const tasks = run.changes.filter(({ kind }) => kind === "task");
  const wanted = tasks.map(({ taskTitle, responsibleId }) => `${responsibleId} ${taskTitle}`);
  const made = flow.crm.tasks().map(({ title, responsibleId }) => `${responsibleId} ${title}`);
  expect(made.sort()).toEqual(wanted.sort());
  for (const { client, kind, after } of run.changes) {
    if (kind === "mark") expect(flow.crm.tags(client.kind, client.id)).toHaveLength(after.length);
  }
}

export async function removal(flow: Flow): Promise<void> {
  const deal = soldDeal(flow);
  const card = await openCard(flow, "deal", deal.id);
  const app = await openApp(flow);
  const drafted = await api(flow, app.session, "/api/playbooks/at_risk/dry-run", "POST");
  const run = dryRunDocument.parse(drafted.body);
  await api(flow, app.session, `/api/runs/${run.runId}/approve`, "POST");
  await flow.run(flow.crm.uninstall({ erase: true }));
  // A message that could be an old one is checked with our own token first.
  await flow.pass(1);
  expect(await flow.portal().summary()).toMatchObject({ state: "suspended" });

  // A session that is still good shows nothing of what is kept.
  for (const [session, path] of [
    [card.session, `/api/card?entity=deal&id=${deal.id}`],
    [app.session, "/api/overview"],
  ] as const) {
    const asked = await api(flow, session, path);
    expect(asked).toMatchObject({ status: 404, body: { code: "portal.unknown" } });
  }
  const written = { sent: flow.sent.length, tasks: flow.crm.tasks().length };
  flow.crm.edit({ kind: "setAmount", dealId: deal.id, amountMinor: 1 });
  await flow.pass(26 * 60);
  expect({ sent: flow.sent.length, tasks: flow.crm.tasks().length }).toEqual(written);
  expect(await flow.portal().summary()).toMatchObject({ state: "suspended" });
  expect(checkMirror(flow.world)).not.toEqual([]);
  if (flow.product === "amocrm") {
    await expect(openCard(flow, "deal", deal.id)).rejects.toThrow("session: 404");
  }

  // Bitrix24 says that the data is to be erased; that is done two days later. amoCRM never says so.
  await flow.pass(24 * 60);
  const isErased = flow.product === "bitrix24";
  expect(await flow.portal().summary()).toMatchObject({ state: isErased ? "purged" : "suspended" });
  const kept = flow.world.sql.get<{ rows: number }>("select count(*) as rows from deal");
  expect(kept?.rows === 0).toBe(isErased);
}
