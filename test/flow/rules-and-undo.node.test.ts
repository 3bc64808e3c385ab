import { describe, expect, test } from "vitest";
import { dryRunDocument } from "../../src/crm/overview.ts";
import { type RuleClients, ruleClients, savedRules } from "../../src/crm/saved-rules.ts";
import { segmentPreview } from "../../src/crm/segmentation.ts";
import { runList } from "../../src/crm/writing.ts";
import { api, openApp } from "./browser.ts";
import type { Flow } from "./flow-world.ts";
import { withInstalled } from "./node-flow.ts";

const EVERYBODY = { fact: "purchases", from: 1 } as const;

async function asked(flow: Flow, path: string, method: "GET" | "POST" | "PUT", body?: unknown) {
  const { session } = await openApp(flow);
  return api(flow, session, path, method, body);
}

async function everyPage(flow: Flow, when: object): Promise<RuleClients["clients"]> {
  const all: RuleClients["clients"] = [];
  for (let after: string | null = null; ; ) {
    const rule = { code: "list", when };
    const answer = await asked(flow, "/api/segments/clients", "POST", { rule, after });
    const page = ruleClients.parse(answer.body);
    all.push(...page.clients);
    if (page.next === null) return all;
    expect(page.clients).toHaveLength(50);
    after = page.next;
  }
}

describe.each(["bitrix24", "amocrm"] as const)("%s", (product) => {
  test("clients of a rule come page by page, each once, as many as the count says", () =>
    withInstalled(product, async (flow) => {
      const origin = flow.crm.origin();
      for (const when of [
        EVERYBODY,
        { all: [{ fact: "purchaseDays", from: 2 }, { not: { fact: "abc", in: ["A"] } }] },
        { fact: "purchases", over: 1_000_000 },
      ]) {
        const preview = await asked(flow, "/api/segments/preview", "POST", { code: "x", when });
        const { count } = segmentPreview.parse(preview.body);
        const listed = await everyPage(flow, when);
        expect(listed).toHaveLength(count.matched);
        expect(new Set(listed.map(({ kind, id }) => `${kind}:${id}`)).size).toBe(listed.length);
        expect(listed.reduce((sum, { totalMinor }) => sum + totalMinor, 0)).toBe(count.moneyMinor);
        for (const { url, id } of listed) {
          expect(new URL(url).origin).toBe(origin);
          expect(url).toContain(id);
        }
      }
    }));

  test("a rule is kept under a name, changed in its place and removed; a bad one says where", () =>
    withInstalled(product, async (flow) => {
      const path = "/api/segments/rules";
      const keep = async (name: string, code: string, when: unknown) =>
        asked(flow, path, "PUT", { name, rule: { code, when } });
      const kept = async () => savedRules.parse((await asked(flow, path, "GET")).body).rules;
      expect(await kept()).toEqual([]);
      await keep("Все", "all_of_them", EVERYBODY);
      await keep("Частые", "often", { fact: "purchaseDays", from: 3 });
      await keep("  Все, кто купил ", "all_of_them", EVERYBODY);
      expect((await kept()).map(({ name, rule }) => [name, rule.code])).toEqual([
        ["Все, кто купил", "all_of_them"],
        ["Частые", "often"],
      ]);
      const bad = await keep("x", "bad", { all: [EVERYBODY, { fact: "abc", in: [] }] });
      expect(bad).toMatchObject({ status: 400, body: { problems: [{ path: "when.all.1.in" }] } });
      expect((await keep(" ", "nameless", EVERYBODY)).status).toBe(400);
      for (let n = 2; n < 50; n += 1) await keep(`Правило ${n}`, `rule_${n}`, EVERYBODY);
      expect((await keep("Лишнее", "too_many", EVERYBODY)).status).toBe(400);
      await asked(flow, `${path}/often/remove`, "POST");
      await asked(flow, `${path}/often/remove`, "POST");
      expect(await kept()).toHaveLength(49);
    }));

  test("an approved run says what can be taken back, and afterwards what was", () =>
    withInstalled(product, async (flow) => {
      const runs = async () => runList.parse((await asked(flow, "/api/runs", "GET")).body).runs;
      const drafted = await asked(flow, "/api/playbooks/at_risk/dry-run", "POST");
      const draft = dryRunDocument.parse(drafted.body);
      expect(await runs()).toEqual([]);
      await asked(flow, `/api/runs/${draft.runId}/approve`, "POST");
      await flow.pass(15);
      const [run] = await runs();
      const marks = draft.changes.filter(({ kind }) => kind === "mark").length;
      expect(run).toMatchObject({ runId: draft.runId, playbook: "at_risk", failed: 0 });
      expect(run?.written).toContainEqual({ kind: "mark", count: marks });
      expect(run?.undoable).toEqual(run?.written);
      expect(run?.undo.planned).toBe(0);
      const written = run?.written.reduce((sum, { count }) => sum + count, 0) ?? 0;
      const called = draft.changes.length - written;
      expect(run?.waiting).toBe(called);

      await asked(flow, `/api/runs/${draft.runId}/undo`, "POST");
      expect((await runs())[0]?.undo).toMatchObject({ planned: written, waiting: written });
      await flow.pass(15);
      const [after] = await runs();
      expect(after).toMatchObject({ undoable: [], waiting: 0 });
      expect(after?.undo).toMatchObject({ waiting: 0, kept: 0, gone: 0, failed: 0 });
      expect(after?.undo.removed).toBe(written);
    }));
});
