import { describe, expect, it } from "vitest";
import { dryRunDocument } from "../../../src/crm/overview.ts";
import { api, openApp } from "../browser.ts";
import { writesOfApp } from "../crm-side.ts";
import type { Flow } from "../flow-world.ts";
import { withInstalled } from "../node-flow.ts";

const BASE = { clients: 400 };

/** An approved list of changes; the clients that are to be marked. */
async function approved(flow: Flow) {
  const { session } = await openApp(flow);
  const drafted = await api(flow, session, "/api/playbooks/at_risk/dry-run", "POST");
  const run = dryRunDocument.parse(drafted.body);
  flow.crm.clearJournal();
  await api(flow, session, `/api/runs/${run.runId}/approve`, "POST");
  return run.changes.filter(({ kind }) => kind === "mark").map(({ client }) => client);
}

const batches = (flow: Flow) =>
  writesOfApp(flow).filter(({ call }) => /^PATCH \/api\/v4\/(contacts|companies)$/.test(call));

const bare = (flow: Flow, clients: readonly { kind: "company" | "contact"; id: string }[]) =>
  clients.filter(({ kind, id }) => flow.crm.tags(kind, id).length === 0);

describe("marks in amoCRM", () => {
  it("are written fifty at a time, by name, and what comes back as hooks writes nothing more", () =>
    withInstalled(
      "amocrm",
      async (flow) => {
        const clients = await approved(flow);
        expect(clients.length).toBeGreaterThan(3);
        await flow.pass(5);
        expect(bare(flow, clients)).toEqual([]);
        const kinds = new Set(clients.map(({ kind }) => kind)).size;
        expect(batches(flow).length).toBeLessThanOrEqual(kinds * Math.ceil(clients.length / 50));
        const bodies = flow.sent
          .filter(({ method }) => method === "PATCH")
          .map(({ body }) => JSON.parse(body ?? "[]") as readonly object[]);
        for (const item of bodies.flat()) {
          expect(item).toHaveProperty("tags_to_add");
          expect(item).not.toHaveProperty("_embedded");
        }
        const written = writesOfApp(flow).length;
        await flow.pass(60);
        expect(writesOfApp(flow)).toHaveLength(written);
      },
      BASE,
    ));

  it("fail each on its own: the one that the CRM refuses costs the others nothing", () =>
    withInstalled(
      "amocrm",
      async (flow) => {
        const errors = [{ code: "NotSupportedChoice", path: "tags_to_add.0.name" }];
        const body = JSON.stringify({
          "validation-errors": [{ request_id: "0", errors }],
          title: "Bad Request",
          status: 400,
        });
        const fault = { kind: "status", status: 400, body } as const;
        const contentType = "application/problem+json";
        for (const match of ["PATCH /api/v4/contacts", "PATCH /api/v4/companies"])
          flow.crm.addFault({ match, times: 1, fault: { ...fault, contentType } });
        const clients = await approved(flow);
        await flow.pass(30);
        const kinds = new Set(clients.map(({ kind }) => kind)).size;
        expect(bare(flow, clients)).toHaveLength(kinds);
      },
      BASE,
    ));
});
