import { describe, expect, test } from "vitest";
import { makeFixture, makeSeed } from "./bitrix24-fixture.ts";

describe("lists", () => {
  test("pages hold 50, `next` only when more rows exist, `start` -1 does not count", async () => {
    const { portal, call } = makeFixture();
    portal.seed(makeSeed(120));
    const first = await call("crm.item.list", { entityTypeId: 2 });
    expect([first.result.items.length, first.next, first.total]).toEqual([50, 50, 120]);
    const last = await call("crm.item.list", { entityTypeId: 2, start: 100 });
    expect([last.result.items.length, last.next, last.total]).toEqual([20, undefined, 120]);
    const uncounted = await call("crm.item.list", { entityTypeId: 2, start: -1 });
    expect([uncounted.result.items.length, uncounted.next, uncounted.total]).toEqual([
      50,
      undefined,
      0,
    ]);
  });

  test("operators, lists of ids and OR groups select the same rows as a plain loop", async () => {
    const { portal, call } = makeFixture();
    portal.seed(makeSeed(200));
    const all: { id: number; opportunity: number; stageId: string; sourceId: string }[] = [];
    for (let start = 0; start < 200; start += 50) {
      const page = await call("crm.item.list", { entityTypeId: 2, start, select: ["*"] });
      all.push(...page.result.items);
    }
    const ids = async (filter: unknown): Promise<number[]> => {
      const page = await call("crm.item.list", { entityTypeId: 2, filter, select: ["id"] });
      return page.result.items.map((item: { id: number }) => item.id);
    };
    const expected = (keep: (item: (typeof all)[number]) => boolean): number[] =>
      all
        .filter(keep)
        .map((item) => item.id)
        .slice(0, 50);
    const middle = all[90]!.id;
    expect(await ids({ ">id": middle, "<=id": middle + 10 })).toEqual(
      expected((item) => item.id > middle && item.id <= middle + 10),
    );
    expect(await ids({ "@id": [middle, middle + 3, 999_999] })).toEqual([middle, middle + 3]);
    expect(await ids({ ">=opportunity": 1015, "<opportunity": 1016 })).toEqual(
      expected((item) => item.opportunity >= 1015 && item.opportunity < 1016),
    );
    expect(await ids({ "!@sourceId": ["CALL", "EMAIL"] })).toEqual(
      expected((item) => !["CALL", "EMAIL"].includes(item.sourceId)),
    );
    expect(
      await ids({ "0": { logic: "OR", "0": { sourceId: "WEB" }, "1": { stageId: "WON" } } }),
    ).toEqual(expected((item) => item.sourceId === "WEB" || item.stageId === "WON"));
  });

  test("dates filter as ISO text with an offset and as portal-local text", async () => {
    const { portal, call } = makeFixture();
    portal.seed(makeSeed(60));
    const total = async (filter: unknown): Promise<number> =>
      (await call("crm.item.list", { entityTypeId: 2, filter })).total;
    const sample = (await call("crm.item.list", { entityTypeId: 2, start: 50 })).result.items[0];
    expect(sample.createdTime).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+03:00$/);
    const after = await total({ ">=createdTime": sample.createdTime });
    expect(after).toBe(10);
    const local = sample.createdTime.slice(0, 19).replace("T", " ");
    expect(await total({ ">=createdTime": local })).toBe(after);
  });

  test("unknown filter fields are refused by crm.item.list and ignored by the old family", async () => {
    const { portal, send, call } = makeFixture();
    portal.seed(makeSeed(5));
    const refused = await send("crm.item.list", { entityTypeId: 2, filter: { nope: 1 } });
    expect(refused.status).toBe(400);
    expect((await refused.json()).error).toBe("INVALID_ARG_VALUE");
    expect((await call("crm.deal.list", { filter: { NOPE: 1 } })).total).toBe(5);
  });

  test("a key-set page over 100 000 deals looks at its own rows only", async () => {
    const { portal, call, clock } = makeFixture();
    portal.seed(makeSeed(100_000, 200));
    const first = await call("crm.item.list", { entityTypeId: 2, start: -1, select: ["id"] });
    let cursor = first.result.items.at(-1).id;
    for (let page = 0; page < 30; page += 1) {
      await clock.advance(1000);
      const filter = { ">id": cursor + 3000 };
      const answer = await call("crm.item.list", {
        entityTypeId: 2,
        filter,
        start: -1,
        select: ["id"],
      });
      expect(answer.result.items[0].id).toBe(cursor + 3001);
      cursor = answer.result.items.at(-1).id;
    }
  });
});

describe("values", () => {
  test("the universal family has numbers, the old family text", async () => {
    const { portal, call } = makeFixture();
    portal.seed(makeSeed(10));
    const id = Number(portal.truth().deals[0]!.id);
    const { item } = (await call("crm.item.get", { entityTypeId: 2, id })).result;
    const old = (await call("crm.deal.get", { id })).result;
    expect([typeof item.id, typeof item.opportunity, typeof item.assignedById]).toEqual([
      "number",
      "number",
      "number",
    ]);
    expect([old.ID, old.OPPORTUNITY, old.ASSIGNED_BY_ID]).toEqual([
      String(id),
      item.opportunity.toFixed(2),
      String(item.assignedById),
    ]);
    expect(old.STAGE_ID).toBe(item.stageId);
  });

  test("phones and mails come only when everything is asked for", async () => {
    const { portal, call } = makeFixture();
    portal.seed(makeSeed(4));
    const first = async (method: string, params: object) => {
      const { result } = await call(method, { ...params });
      return (result.items ?? result)[0];
    };
    expect((await first("crm.item.list", { entityTypeId: 3 })).fm).toBeUndefined();
    expect((await first("crm.item.list", { entityTypeId: 3, select: ["*"] })).fm.length).toBe(2);
    expect((await first("crm.contact.list", {})).PHONE).toBeUndefined();
    expect((await first("crm.contact.list", { select: ["PHONE"] })).PHONE.length).toBe(1);
  });

  test("custom fields have a camel-case name unless the original one is asked for", async () => {
    const { call } = makeFixture();
    const names = ["PULSE_SCORE", "1747309727", "RFM2"];
    for (const FIELD_NAME of names) {
      const fields = { FIELD_NAME, USER_TYPE_ID: "double" };
      await call("crm.deal.userfield.add", { fields });
    }
    const fields = async (params: object) =>
      Object.keys((await call("crm.item.fields", { entityTypeId: 2, ...params })).result.fields);
    const camel = ["ufCrmPulseScore", "ufCrm_1747309727", "ufCrm_RFM2"];
    expect(await fields({})).toEqual(expect.arrayContaining(camel));
    const original = names.map((name) => `UF_CRM_${name}`);
    expect(await fields({ useOriginalUfNames: "Y" })).toEqual(expect.arrayContaining(original));
  });

  test("stages of the second pipeline carry its prefix and have two kinds of loss", async () => {
    const { call } = makeFixture();
    const { categories } = (await call("crm.category.list", { entityTypeId: 2 })).result;
    const second = categories[1].id;
    const filter = { ENTITY_ID: `DEAL_STAGE_${second}` };
    const stages = (await call("crm.status.list", { filter })).result;
    expect(stages.length).toBeGreaterThan(5);
    for (const stage of stages) {
      expect(stage.STATUS_ID.startsWith(`C${second}:`)).toBe(true);
      expect(stage.STATUS_ID.length).toBeLessThanOrEqual(21);
    }
    const kinds = stages.map((stage: { EXTRA: { SEMANTICS: string } }) => stage.EXTRA.SEMANTICS);
    expect(kinds.filter((kind: string) => kind === "apology").length).toBe(2);
  });

  test("date-only fields keep their day and carry three o'clock", async () => {
    const { call } = makeFixture();
    const fields = { title: "x", closedate: "2026-03-31" };
    const { item } = (await call("crm.item.add", { entityTypeId: 2, fields })).result;
    expect(item.closedate).toBe("2026-03-31T03:00:00+03:00");
  });

  test("option ids of the same field differ between contacts and companies", async () => {
    const { call } = makeFixture();
    const fields = {
      USER_TYPE_ID: "enumeration",
      FIELD_NAME: "pulse",
      MULTIPLE: "Y",
      LABEL: "Pulse",
      LIST: [{ VALUE: "Loyal", XML_ID: "loyal" }],
    };
    const options: string[] = [];
    for (const entity of ["contact", "company"]) {
      const id = (await call(`crm.${entity}.userfield.add`, { fields })).result;
      const field = (await call(`crm.${entity}.userfield.get`, { id })).result;
      expect(field.FIELD_NAME).toBe("UF_CRM_PULSE");
      options.push(field.LIST[0].ID);
    }
    expect(options[0]).not.toBe(options[1]);
    const twice = await call("crm.contact.userfield.add", { fields });
    expect(twice.error).toBe("");
  });

  test("an enumeration takes option ids, shows as a person's label, and refuses strangers", async () => {
    const { portal, call } = makeFixture();
    portal.seed(makeSeed(2));
    const contact = portal.truth().clients.find((one) => one.kind === "contact")!.id;
    const fields = {
      USER_TYPE_ID: "enumeration",
      FIELD_NAME: "PULSE_2",
      MULTIPLE: "Y",
      LIST: [
        { VALUE: "Loyal", XML_ID: "loyal" },
        { VALUE: "At risk", XML_ID: "risk" },
      ],
    };
    const fieldId = (await call("crm.contact.userfield.add", { fields })).result;
    const { LIST } = (await call("crm.contact.userfield.get", { id: fieldId })).result;
    const write = (value: unknown) =>
      call("crm.item.update", {
        entityTypeId: 3,
        id: Number(contact),
        useOriginalUfNames: "Y",
        fields: { UF_CRM_PULSE_2: value },
      });
    const written = await write([Number(LIST[1].ID)]);
    expect(written.result.item.UF_CRM_PULSE_2).toEqual([Number(LIST[1].ID)]);
    expect(portal.tags("contact", contact)).toEqual(["At risk"]);
    expect((await write("At risk")).error).toBe("100");
    expect((await write([1])).error).toBe("CRM_FIELD_ERROR_VALUE_NOT_VALID");
    portal.edit({ kind: "tagClient", clientId: contact, clientKind: "contact", add: "VIP" });
    expect(portal.tags("contact", contact)).toEqual(["At risk", "VIP"]);
    await write([]);
    expect(portal.tags("contact", contact)).toEqual([]);
  });

  test("people see only their own records when their rights say so, without a word", async () => {
    const { sandbox, portal } = makeFixture();
    const small = sandbox.control.createPortal({ name: "beta", users: [{}, { sees: "own" }] });
    small.seed(makeSeed(30));
    small.beginInstall();
    small.finishInstall();
    const form = new URLSearchParams(small.openPage("app", null, 1).body);
    const ask = async (method: string, params: object) => {
      const body = JSON.stringify({ ...params, auth: form.get("AUTH_ID") });
      const headers = { "content-type": "application/json" };
      const url = `${small.origin()}/rest/${method}`;
      return (await sandbox.fetch(new Request(url, { method: "POST", headers, body }))).json();
    };
    expect((await ask("crm.item.list", { entityTypeId: 2 })).total).toBe(10);
    const foreign = Number(small.truth().deals[0]!.id);
    const denied = await ask("crm.item.get", { entityTypeId: 2, id: foreign });
    expect(denied.error).toBe("ACCESS_DENIED");
    expect(portal.memberId).not.toBe(small.memberId);
  });
});

test("an old lead shows its address line by line, empty as it is", async () => {
  const { call } = makeFixture();
  const { result } = await call("crm.item.add", { entityTypeId: 1, fields: { title: "Lead" } });
  const lead = (await call("crm.lead.get", { id: result.item.id })).result;
  expect(lead).toMatchObject({ ADDRESS: null, ADDRESS_2: null, ADDRESS_LOC_ADDR_ID: null });
  expect(result.item).not.toHaveProperty("address2");
});
