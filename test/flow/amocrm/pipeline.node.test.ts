import { describe, expect, it } from "vitest";
import { callsOfApp, writesOfApp } from "../crm-side.ts";
import { soldDeal } from "../deals.ts";
import type { Flow } from "../flow-world.ts";
import { form, withInstalled } from "../node-flow.ts";
import { accountOf, askSession } from "./account-side.ts";

const WON = 142;
const PATH = "/amocrm/pipeline";

/** What the widget's page gets for the settings of a step. */
const keyOf = async (flow: Flow, userIndex = 0) =>
  (await askSession(flow, { place: "digital_pipeline" }, userIndex)).body.pulse_key;

/** An administrator puts the step behind the stage of won deals; then a person wins one again. */
async function winBehind(flow: Flow, settings: Readonly<Record<string, string>>) {
  const deal = soldDeal(flow);
  accountOf(flow).addPipelineStep({
    pipelineId: Number(deal.pipelineId),
    statusId: WON,
    url: `https://pulse.example.com${PATH}`,
    settings,
  });
  flow.crm.edit({ kind: "reopenDeal", dealId: deal.id });
  await flow.pass(5);
  flow.crm.clearJournal();
  flow.crm.edit({ kind: "winDeal", dealId: deal.id });
  await flow.pass(5);
  return deal;
}

const stepCalls = (flow: Flow) =>
  flow.crm.journal().filter(({ call }) => call === "hook digital_pipeline");
const notesOn = (flow: Flow, dealId: string) =>
  accountOf(flow)
    .appNotes()
    .filter(({ clientId }) => clientId === dealId);

describe("a step of the Digital Pipeline", () => {
  it("writes what we think of the client into the deal, once, after reading the deal again", () =>
    withInstalled("amocrm", async (flow) => {
      const key = await keyOf(flow);
      expect(key).toMatch(/^[0-9a-f]{40}$/);
      const deal = await winBehind(flow, { pulse_key: String(key), only: "", bot_id: "" });
      expect(stepCalls(flow).map(({ status }) => status)).toEqual([200]);
      const [note, ...others] = notesOn(flow, deal.id);
      expect(others).toEqual([]);
      expect(note).toMatchObject({ type: "service_message", service: "Client Pulse" });
      expect(note?.startsPipeline).toBe(false);
      expect(note?.text).toMatch(/^Сегмент: .+ · Дней с последней покупки: 0 · Покупок всего: \d+/);
      const calls = callsOfApp(flow).map(({ call }) => call);
      expect(calls.indexOf("GET /api/v4/leads")).toBeLessThan(
        calls.indexOf("POST /api/v4/leads/notes"),
      );
    }));

  it("starts the Salesbot that it names, only for clients of the states that it names", () =>
    withInstalled("amocrm", async (flow) => {
      const key = String(await keyOf(flow));
      const started = () => callsOfApp(flow).filter(({ call }) => call.includes("salesbot/run"));
      await winBehind(flow, { pulse_key: key, only: "no_such_state", bot_id: "77" });
      expect(stepCalls(flow)).toHaveLength(1);
      expect(started()).toEqual([]);
      const states = "new, active, loyal, at_risk, sleeping, lost, returned";
      await winBehind(flow, { pulse_key: key, only: states, bot_id: "77" });
      expect(started().map(({ status }) => status)).toEqual([202]);
      expect(notesOn(flow, soldDeal(flow).id)).toEqual([]);
    }));

  it.each([
    ["an object in JSON", "application/json"],
    ["a form of strings", "application/x-www-form-urlencoded"],
  ])("may come as %s, in the older form too, with nothing but ids", (_name, type) =>
    withInstalled("amocrm", async (flow) => {
      flow.crm.setHookTrouble({ drop: 1, double: 0, reorder: 0, maxDelayMs: 0 });
      const deal = soldDeal(flow);
      const { accountId } = accountOf(flow);
      const bodies =
        type === "application/json"
          ? [
              { leads: { status: [{ id: Number(deal.id) }] }, account: { id: Number(accountId) } },
              { leads: { status: { 0: { id: deal.id } } }, account_id: accountId, action: [] },
            ].map((body) => JSON.stringify(body))
          : [
              `leads[status][0][id]=${deal.id}&account[id]=${accountId}&account[subdomain]=simulation`,
              `event[data][id]=${deal.id}&event[data][element_type]=2&event[time]=1&account_id=${accountId}`,
            ];
      for (const body of bodies) {
        flow.crm.clearJournal();
        const answer = await flow.ask(PATH, {
          method: "POST",
          headers: { "content-type": type },
          body,
        });
        expect(answer.status).toBe(200);
        await flow.pass(1);
        expect(callsOfApp(flow).map(({ call }) => call)).toContain("GET /api/v4/leads");
        expect(writesOfApp(flow)).toEqual([]);
      }
    }),
  );

  it("that does not prove its account writes nothing and is read for only so often", () =>
    withInstalled("amocrm", async (flow) => {
      const colleague = await keyOf(flow, 1);
      expect(colleague).toBeUndefined();
      const { accountId } = accountOf(flow);
      flow.crm.clearJournal();
      const body = (id: number | string, account = accountId) =>
        JSON.stringify({
          account_id: account,
          event: { time: 1, data: { id, element_type: 2 } },
          action: { settings: { widget: { settings: { pulse_key: "0".repeat(40) } } } },
        });
      for (let n = 1; n <= 300; n += 1) {
        const answer = await flow.ask(PATH, { method: "POST", body: body(900_000 + n) });
        expect(answer.status).toBe(200);
      }
      await flow.pass(2);
      expect(callsOfApp(flow).length).toBeLessThan(20);
      expect(writesOfApp(flow)).toEqual([]);
      flow.crm.clearJournal();
      for (const odd of ["", "{", "[]", "null", body("x"), body(1, "777"), "leads[status]=1"]) {
        expect((await flow.ask(PATH, { method: "POST", body: odd })).status).toBe(200);
      }
      expect((await flow.ask(PATH, form("a[__proto__]=1"))).status).toBe(200);
      await flow.pass(1);
      expect(callsOfApp(flow)).toEqual([]);
    }));
});
