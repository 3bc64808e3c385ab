import { expect, it } from "vitest";
import { checkMirror } from "../../../src/simulation/oracles.ts";
import { callsOfApp } from "../crm-side.ts";
import type { Flow } from "../flow-world.ts";
import { form, withInstalled } from "../node-flow.ts";
import { work } from "../people.ts";

const LIMITS = [429, 503];

function bitrix24(flow: Flow) {
  const { native } = flow.world.site;
  if (native.product !== "bitrix24") throw new Error("not this product");
  return native.portal;
}

it("a quiet hour, and one with people at work, meet no limit of the portal", () =>
  withInstalled("bitrix24", async (flow) => {
    flow.crm.clearJournal();
    await flow.pass(60);
    expect(callsOfApp(flow).length).toBeGreaterThan(10);
    expect(callsOfApp(flow).filter(({ status }) => status !== 200)).toEqual([]);
    await work(flow, 60, 7);
    await flow.pass(60);
    expect(callsOfApp(flow).filter(({ status }) => LIMITS.includes(status))).toEqual([]);
    expect(checkMirror(flow.world)).toEqual([]);
  }));

it("ten thousand events of a bulk edit are accepted, kept as few rows and drained with few reads", () =>
  withInstalled("bitrix24", async (flow) => {
    const { memberId } = bitrix24(flow);
    const ids = flow.crm.truth().deals.map(({ id }) => id);
    const post = (id: string) =>
      new URLSearchParams({
        event: "ONCRMDEALUPDATE",
        "data[FIELDS][ID]": id,
        "auth[member_id]": memberId,
        "auth[application_token]": bitrix24(flow).applicationToken(),
      }).toString();
    flow.crm.clearJournal();
    let accepted = 0;
    for (let at = 0; at < 10_000; at += 500) {
      const bodies = Array.from({ length: 500 }, (_, n) => post(ids[(at + n) % ids.length] ?? ""));
      const answers = await Promise.all(
        bodies.map((body) => flow.ask("/bitrix24/events", form(body))),
      );
      accepted += answers.filter(({ status }) => status === 200).length;
    }
    expect(accepted).toBe(10_000);
    const waiting = flow.world.sql.get<{ n: number }>("select count(*) as n from dirty");
    expect(waiting?.n).toBeLessThanOrEqual(ids.length);
    await flow.pass(15);
    expect(flow.world.sql.get<{ n: number }>("select count(*) as n from dirty")?.n).toBe(0);
    const reads = callsOfApp(flow).filter(({ call }) => call === "crm.item.list").length;
    // Two hundred deals are four pages; what follows is the usual poll.
    expect(reads).toBeLessThan(60);
    expect(callsOfApp(flow).filter(({ status }) => LIMITS.includes(status))).toEqual([]);
    expect(checkMirror(flow.world)).toEqual([]);
  }));

it("bindings that vanish on the portal are back within a day, one of each", () =>
  withInstalled("bitrix24", async (flow) => {
    const portal = bitrix24(flow);
    const read = async (method: string, params: Record<string, unknown> = {}) => {
      const auth = new URLSearchParams(portal.openPage("app").body).get("AUTH_ID") ?? "";
      const request = new Request(`${portal.origin()}/rest/${method}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ auth, ...params }),
      });
      const answer = await flow.run(flow.world.site.fetch(request));
      return ((await answer.json()) as { result: Record<string, unknown>[] }).result;
    };
    const names = async () => {
      const events = await read("event.get");
      const places = await read("placement.get");
      return [
        ...events.map(({ event, handler }) => `${event} ${handler}`),
        ...places.map(({ placement, handler }) => `${placement} ${handler}`),
      ].toSorted();
    };
    const before = await names();
    for (const { event, handler } of await read("event.get")) {
      if (String(event).startsWith("ONCRMDEAL")) await read("event.unbind", { event, handler });
    }
    await read("placement.unbind", { PLACEMENT: "LEFT_MENU" });
    expect((await names()).length).toBeLessThan(before.length);
    await flow.pass(25 * 60);
    expect(await names()).toEqual(before);
    expect(new Set(before).size).toBe(before.length);
  }));
