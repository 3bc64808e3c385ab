import { describe, expect, it } from "vitest";
import { AppError } from "../../crm/error.ts";
import type { HostLink, TaskDraft } from "../../crm/host.ts";
import type { HttpRequest } from "../../crm/ports.ts";
import { check } from "./account.ts";
import { authorise, methodRequest } from "./api.ts";
import { callBatch, encodeParams } from "./batch.ts";
import { judge } from "./judge.ts";
import { tasks } from "./tasks.ts";
import { mark } from "./write-back.ts";

const ENDPOINT = "https://p.bitrix24.ru/rest/";

/** A link whose portal answers from a list. */
function linkTo(...answers: unknown[]) {
  const sent: { url: string; params: Record<string, unknown> }[] = [];
  const blocked: [string, number | null][] = [];
  const link = {
    address: { key: `bitrix24:${"a".repeat(32)}`, endpoint: ENDPOINT },
    memo: {},
    currency: "RUB",
    clock: { now: () => 1_000 },
    budget: {
      grant: (_method: string, wanted: number) => wanted,
      note: () => undefined,
      block: (method: string, until: number | null) => blocked.push([method, until]),
    },
    async send(_name: string, build: (endpoint: string) => HttpRequest) {
      const request = build(ENDPOINT);
      sent.push({ url: request.url, params: JSON.parse(request.body ?? "{}") });
      const response = { status: 200, headers: {}, text: JSON.stringify(answers.shift()) };
      const verdict = judge(response);
      if (verdict.kind === "error") {
        const { code, retryAfterMs = 0, details = {} } = verdict;
        throw new AppError(code, { retryAfterMs, details });
      }
      return response;
    },
  };
  return { link: link as unknown as HostLink, sent, blocked };
}

describe("a call", () => {
  it("puts the token into the body, and never over a viewer's own", () => {
    const request = methodRequest(ENDPOINT, "profile", { a: 1 });
    const auth = { accessToken: "portal-token", endpoint: ENDPOINT };
    expect(JSON.parse(authorise(request, auth).body ?? "")).toEqual({ auth: "portal-token", a: 1 });
    const own = authorise(request, { ...auth, accessToken: "viewer-token" });
    expect(JSON.parse(authorise(own, auth).body ?? "").auth).toBe("viewer-token");
  });

  it("writes nested arguments in brackets and leaves references readable", () => {
    const params = {
      filter: { ">id": "$result[p0][items][49][id]", "@id": ["1", "2"] },
      start: -1,
      flag: true,
      text: "a&b=c $result[x]",
    };
    expect(encodeParams(params)).toBe(
      "filter%5B%3Eid%5D=$result[p0][items][49][id]&filter%5B%40id%5D%5B0%5D=1&" +
        "filter%5B%40id%5D%5B1%5D=2&start=-1&flag=1&text=a%26b%3Dc%20%24result%5Bx%5D",
    );
  });

  it("tells done, failed and skipped commands apart, however empty maps are written", async () => {
    const time = { date_start: "2026-10-01T12:00:00+03:00" };
    const error = { error: "", error_description: "Not found" };
    const { link } = linkTo({
      result: {
        result: { p0: [] },
        result_error: { p1: error },
        result_total: [],
        result_time: [],
      },
      time,
    });
    const command = { method: "profile", params: {} };
    const { outcomes } = await callBatch(link, [command, command, command], { halt: true });
    expect(outcomes.map(({ kind }) => kind)).toEqual(["ok", "failed", "skipped"]);
    expect(outcomes[1]).toMatchObject({ failure: { code: "host.not_found" } });
  });

  it("closes a method that a batch found blocked until the window moves", async () => {
    const { link, blocked } = linkTo({
      result: {
        result: { p0: { items: [] } },
        result_error: { p1: { error: "OPERATION_TIME_LIMIT" } },
        result_time: { p0: { operating: 481, operating_reset_at: 900 } },
      },
    });
    const command = { method: "crm.item.list", params: {} };
    await callBatch(link, [command, command], { halt: true });
    expect(blocked).toEqual([["crm.item.list", 900_000]]);
  });
});

describe("tasks", () => {
  const draft: TaskDraft = {
    actionKey: "bitrix24:aa|at_risk|1|company:12|3",
    client: { kind: "company", id: "12" },
    dealId: null,
    responsibleId: "5",
    title: "Call [b]now[/b]\n{pulse:x}",
    text: "Line one\nsee [url=https://evil.example]here[/url]\u0007",
    due: Date.UTC(2026, 9, 2, 9),
  };

  it("leave no markup of ours for the portal to carry out, and one line to find them by", async () => {
    const { link, sent } = linkTo({ result: { id: 999 } });
    expect(await tasks.create(link, draft)).toEqual({ taskId: "999" });
    const params = sent[0]?.params ?? {};
    expect(params).toMatchObject({ ownerTypeId: 4, ownerId: "12", responsibleId: "5" });
    expect(params.deadline).toBe("2026-10-02T09:00:00+00:00");
    expect(`${params.title}${params.description}`).not.toMatch(/[[\]]/);
    expect(params.description).not.toContain("\u0007");
    expect(params.title).not.toMatch(/[\n{}]/);
    expect(String(params.description).split("\n").at(-1)).toBe(
      "{pulse:bitrix24:aa|at_risk|1|company:12|3}",
    );
  });

  it("belong to the deal where there is one", async () => {
    const { link, sent } = linkTo({ result: { id: 1 } });
    await tasks.create(link, { ...draft, dealId: "77" });
    expect(sent[0]?.params).toMatchObject({ ownerTypeId: 2, ownerId: "77" });
  });

  it("are looked for backwards, page by page, until the search begins", async () => {
    const row = (id: number, day: number) => ({
      ID: String(id),
      DESCRIPTION: "another",
      CREATED: new Date(Date.UTC(2026, 9, day)).toISOString(),
    });
    const page = (top: number, day: number) =>
      Array.from({ length: 50 }, (_, at) => row(top - at, day));
    const { link, sent } = linkTo({ result: page(500, 9) }, { result: page(450, 3) });
    expect(await tasks.find(link, draft, Date.UTC(2026, 9, 5))).toBeNull();
    expect(sent).toHaveLength(2);
    expect(sent[1]?.params.filter).toMatchObject({ "<ID": "451" });
  });
});

describe("check", () => {
  const answer = (profile: object, app: object, date_start: string) => ({
    result: {
      result: { p0: { ID: "1", ADMIN: true, ...profile }, p1: app, p2: "USD" },
      result_error: [],
    },
    time: { date_start },
  });

  it.each([
    ["Asia/Almaty", "2026-10-01T12:00:00+03:00", "Asia/Almaty"],
    ["", "2026-10-01T12:00:00+03:00", "Etc/GMT-3"],
    ["Mars/Olympus", "2026-10-01T12:00:00-05:00", "Etc/GMT+5"],
    ["", "2026-10-01T12:00:00+05:30", "+05:30"],
    ["", "2026-10-01T12:00:00+00:00", "UTC"],
  ])("takes the zone %j of the profile, else the portal's offset", async (zone, now, expected) => {
    const { link } = linkTo(answer({ TIME_ZONE: zone }, { LANGUAGE_ID: "ru" }, now));
    expect(await check(link)).toMatchObject({ timeZone: expected, currency: "USD", locale: "ru" });
  });

  it("believes the portal about the licence", async () => {
    const { link } = linkTo(answer({}, { PAYMENT_EXPIRED: "Y" }, "2026-10-01T12:00:00+03:00"));
    expect((await check(link)).isPaid).toBe(false);
  });
});

describe("a label on a portal that drops original field names", () => {
  const MEMO = { "tags.contact": JSON.stringify({ fieldId: "7", options: { loyal: "45" } }) };
  const items = (row: object) => ({ result: { items: [{ id: 5, ...row }] } });
  const item = (row: object) => ({ result: { item: { id: 5, ...row } } });
  const client = { kind: "contact", id: "5" } as const;
  /** The record does not show the field: is it still there? */
  const listed = {
    result: [
      {
        ID: "7",
        FIELD_NAME: "UF_CRM_PULSE_TAGS",
        USER_TYPE_ID: "enumeration",
        MULTIPLE: "Y",
        LIST: [],
      },
    ],
  };

  it("is written again under the name that the answer shows, and that name is remembered", async () => {
    const { link, sent } = linkTo(
      items({}),
      listed,
      item({ ufCrm_PULSE_TAGS: [] }),
      item({ ufCrm_PULSE_TAGS: [45] }),
    );
    const marked = await mark({ ...link, memo: MEMO }, client, { tags: ["loyal"] });
    expect(sent.map(({ params }) => params.fields)).toEqual([
      undefined,
      undefined,
      { UF_CRM_PULSE_TAGS: [45] },
      { ufCrm_PULSE_TAGS: [45] },
    ]);
    expect(marked).toMatchObject({ changed: true, memo: MEMO });

    const next = linkTo(items({ ufCrm_PULSE_TAGS: [45] }), item({ ufCrm_PULSE_TAGS: [] }));
    await mark({ ...next.link, memo: marked.memo ?? {} }, client, { tags: [] });
    expect(next.sent.map(({ params }) => params.fields ?? params.select)).toEqual([
      ["id", "ufCrm_PULSE_TAGS"],
      { ufCrm_PULSE_TAGS: [] },
    ]);
  });

  it("is written once where the original name is understood", async () => {
    const { link, sent } = linkTo(items({}), listed, item({ UF_CRM_PULSE_TAGS: [45] }));
    const marked = await mark({ ...link, memo: MEMO }, client, { tags: ["loyal"] });
    expect(marked).toEqual({ changed: true, before: [] });
    expect(sent).toHaveLength(3);
  });
});
