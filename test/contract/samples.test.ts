import { describe, expect, it } from "vitest";
import { checkAmocrm } from "../../scripts/reproduce/contract/amocrm.ts";
import type { AmocrmSample } from "../../scripts/reproduce/contract/amocrm-sample.ts";
import { checkBitrix24 } from "../../scripts/reproduce/contract/bitrix24.ts";
import type { Bitrix24Sample } from "../../scripts/reproduce/contract/bitrix24-sample.ts";
import { Ledger } from "../../scripts/reproduce/contract/ledger.ts";
import { compareShapes } from "../../scripts/reproduce/contract/shape.ts";

/** Samples made up here: each kind of check has to pass with them, and to fail when one thing in them is wrong. */

const MEMBER = "0123456789abcdef0123456789abcdef";

const stageHistory = (row: object = {}): Bitrix24Sample => ({
  kind: "method",
  method: "crm.stagehistory.list",
  api: "v2",
  source: "made/up.md",
  request: { entityTypeId: 2, order: { ID: "ASC" } },
  http_status: 200,
  response: {
    result: {
      items: [
        {
          ID: 5,
          TYPE_ID: 1,
          OWNER_ID: 9,
          CREATED_TIME: "2026-01-05T10:00:00+03:00",
          CATEGORY_ID: 0,
          STAGE_SEMANTIC_ID: "P",
          STAGE_ID: "NEW",
          ...row,
        },
      ],
    },
    total: 1,
    time: { start: 1.5, date_start: "2026-01-05T10:00:00+03:00", operating: 0 },
  },
});

const overload = (change: object = {}): Bitrix24Sample => ({
  kind: "error",
  method: "*",
  source: "made/up.md",
  http_status: 503,
  response: { error: "OVERLOAD_LIMIT", error_description: "Blocked" },
  ...change,
});

const dealEvent = (form: object = {}): Bitrix24Sample => ({
  kind: "event",
  method: null,
  event: "ONCRMDEALUPDATE",
  source: "made/up.md",
  payload: {
    event: "ONCRMDEALUPDATE",
    data: { FIELDS: { ID: "12" } },
    auth: { member_id: MEMBER, application_token: "token-of-the-app" },
  },
  form: {
    event: "ONCRMDEALUPDATE",
    "data[FIELDS][ID]": "12",
    "auth[member_id]": MEMBER,
    "auth[application_token]": "token-of-the-app",
    ...form,
  },
});

const refused = (status = 402): AmocrmSample => ({
  id: "m1",
  call: "GET /api/v4/nothing",
  inferred: false,
  request: null,
  response: {
    status,
    headers: { "Content-Type": "application/problem+json" },
    body: { "validation-errors": [{ errors: [{ path: "name" }] }], status },
  },
});

const tags = (tag: object = {}, inferred = false): AmocrmSample => ({
  id: "m2",
  call: "GET /api/v4/leads/tags",
  inferred,
  request: { method: "GET", url: "https://example.amocrm.ru/api/v4/leads/tags", query: {} },
  response: {
    status: 200,
    headers: { "Content-Type": "application/hal+json" },
    body: { _embedded: { tags: [{ id: 1, name: "VIP", ...tag }] } },
  },
});

const PAIRS = [
  ["account[subdomain]", "example"],
  ["account[id]", "28805383"],
  ["account[_links][self]", "https://example.amocrm.ru"],
  ["leads[delete][0][id]", "31"],
] as const;

const hook = (request: object = {}): AmocrmSample => ({
  id: "m3",
  call: "WEBHOOK leads[delete]",
  inferred: false,
  request: {
    method: "POST",
    pairs: PAIRS,
    raw: new URLSearchParams(PAIRS.map(([name, value]) => [name, value])).toString(),
    ...request,
  },
  response: { status: 200, body: null },
});

async function failedBitrix24(samples: readonly Bitrix24Sample[]): Promise<readonly string[]> {
  const rows = await checkBitrix24(samples);
  return rows.filter((row) => !row.ok).map(({ name }) => name);
}

async function failedAmocrm(samples: readonly AmocrmSample[]): Promise<readonly string[]> {
  const rows = await checkAmocrm(samples);
  return rows.filter((row) => !row.ok).map(({ name }) => name);
}

describe("samples of Bitrix24", () => {
  it("pass as they are, and the last row counts them", async () => {
    const samples = [stageHistory(), overload(), dealEvent()];
    expect(await failedBitrix24(samples)).toEqual([]);
    const last = (await checkBitrix24(samples)).at(-1);
    expect(last).toMatchObject({ name: "bitrix24 samples checked", detail: "3 of 3" });
  });

  it.each([
    ["a row that the adapter cannot read", stageHistory({ OWNER_ID: "nobody" })],
    ["a key that the sandbox does not have", stageHistory({ NEW_KEY: 1 })],
    ["a type that the sandbox has otherwise", stageHistory({ CATEGORY_ID: "0" })],
  ])("fail for %s", async (_name, sample) => {
    expect(await failedBitrix24([sample])).toEqual(["bitrix24 crm.stagehistory.list"]);
  });

  it.each([
    ["another status", overload({ http_status: 502 })],
    ["an answer that is a success", overload({ http_status: 200, response: { result: [] } })],
  ])("fail for an error with %s", async (_name, sample) => {
    expect(await failedBitrix24([sample])).toEqual(["bitrix24 errors"]);
  });

  it.each([
    ["without the record's id", { "data[FIELDS][ID]": "" }],
    ["with a field that the sandbox never sends", { "auth[fresh]": "1" }],
  ])("fail for an event %s", async (_name, form) => {
    expect(await failedBitrix24([dealEvent(form)])).toEqual(["bitrix24 event posts"]);
  });

  it("fail when a kind is not known, and when there are none", async () => {
    const unknown = { ...overload(), kind: "riddle" };
    expect(await failedBitrix24([stageHistory(), unknown])).toEqual(["bitrix24 samples checked"]);
    expect(await failedBitrix24([])).toEqual(["bitrix24 samples checked"]);
  });
});

describe("samples of amoCRM", () => {
  it("pass as they are, and the last row counts them", async () => {
    const samples = [refused(), tags(), hook()];
    expect(await failedAmocrm(samples)).toEqual([]);
    const last = (await checkAmocrm(samples)).at(-1);
    expect(last).toMatchObject({ name: "amocrm samples checked", detail: "3 of 3" });
  });

  it("fail for refused fields that the verdict does not name, and for a list that is shaped otherwise", async () => {
    const body = { _embedded: { tags: { id: 1 } } };
    const odd = { ...tags(), response: { ...tags().response, body } };
    expect(await failedAmocrm([refused(401)])).toEqual(["amocrm refusals"]);
    expect(await failedAmocrm([odd])).toEqual(["amocrm routes that we do not call"]);
  });

  it("fail for a key that the sandbox does not have, and only warn when the sample is a guess", async () => {
    expect(await failedAmocrm([tags({ fresh: 1 })])).toEqual(["amocrm routes that we do not call"]);
    const rows = await checkAmocrm([tags({ fresh: 1 }, true)]);
    expect(rows.filter((row) => !row.ok)).toEqual([]);
    expect(rows.map(({ detail }) => detail).join()).toContain("warned 1");
  });

  it.each([
    ["body", { raw: "leads%5Bdelete%5D%5B0%5D%5Bid%5D=31" }],
    ["pair", { pairs: [...PAIRS.slice(0, 3), ["leads[delete][0][id]", "32"]] }],
  ])("fail for a hook whose %s says something else", async (_name, request) => {
    expect(await failedAmocrm([hook(request)])).toEqual(["amocrm hooks"]);
  });

  it("fail when there are none", async () => {
    expect(await failedAmocrm([])).toEqual(["amocrm samples checked"]);
  });
});

describe("compareShapes", () => {
  it("names missing keys, other types and places with nothing to compare", () => {
    const sample = { a: 1, b: "x", list: [{ id: 1 }], map: { k: true } };
    expect(compareShapes(sample, { a: 2.5, b: "", list: [{ id: 7 }], map: { k: false } })).toEqual(
      [],
    );
    expect(compareShapes(sample, { a: "1", list: [], map: [] })).toEqual([
      "a: string instead of number",
      "b: missing",
      "list: empty, the sample has list",
      "map: empty, the sample has object",
    ]);
  });

  it("lets be what a sample itself leaves open", () => {
    expect(compareShapes({ a: null, b: 1 }, { a: { any: "thing" }, b: null })).toEqual([]);
    expect(compareShapes([{ a: 1 }, { a: 1, rare: 2 }], [{ a: 3 }])).toEqual([]);
    expect(
      compareShapes([{ options: [] }, { options: { k: 1 } }], [{ options: { k: 2 } }]),
    ).toEqual([]);
    expect(compareShapes({ ufCrm_1: 1, free: 1 }, {}, (path) => path === "free")).toEqual([]);
  });
});

describe("Ledger", () => {
  it("turns an exception into a finding and goes on", async () => {
    const ledger = new Ledger("host");
    const place = { group: "things", kind: "parser" };
    await ledger.check({ ...place, sample: "one" }, () => {
      throw new Error("broken");
    });
    await ledger.check({ ...place, sample: "two" }, () => []);
    expect(ledger.rows(2)).toMatchObject([
      { name: "host things", ok: false, detail: expect.stringContaining("one parser: threw") },
      { name: "host samples checked", ok: true, detail: "2 of 2" },
    ]);
    expect(ledger.rows(3).at(-1)).toMatchObject({ ok: false, detail: "2 of 3" });
  });
});
