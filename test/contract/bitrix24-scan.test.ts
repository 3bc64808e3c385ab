import { beforeEach, describe, expect, it } from "vitest";
import type { ScanQuery, ScanSlice } from "../../src/crm/host.ts";
import { makeBitrix24Subject, PUBLIC_URL } from "./bitrix24-subject.ts";
import type { TestLink } from "./host-link.ts";

let subject: Awaited<ReturnType<typeof makeBitrix24Subject>>;
let link: TestLink;

beforeEach(async () => {
  subject = await makeBitrix24Subject();
  ({ link } = await subject.install());
  subject.portal.clearJournal();
  subject.seen.length = 0;
});

const scan = (query: ScanQuery, cursor: string | null = null) =>
  subject.run(subject.host.scan(link, query, cursor));

const ALL_DEALS: ScanQuery = { entity: "deal", mode: { kind: "all" } };

async function slices(query: ScanQuery): Promise<readonly ScanSlice[]> {
  const seen: ScanSlice[] = [];
  let cursor: string | null = null;
  do {
    const slice = await scan(query, cursor);
    seen.push(slice);
    cursor = slice.next;
  } while (cursor !== null);
  return seen;
}

const innerCalls = (method: string) =>
  subject.portal.journal().filter(({ call }) => call.includes(method));

function addDeals(count: number): void {
  for (let at = 0; at < count; at += 1) {
    subject.portal.edit({
      kind: "createDeal",
      clientId: null,
      clientKind: "contact",
      amountMinor: 100,
    });
  }
}

describe("the scan of a large list", () => {
  it("reads everything in two requests and asks for exactly the pages that there are", async () => {
    const seen = await slices(ALL_DEALS);
    expect(seen.map(({ records }) => records.length)).toEqual([50, 210]);
    expect(subject.seen).toHaveLength(2);
    expect(innerCalls("crm.item.list")).toHaveLength(6);
  });

  it("needs one more page only where the last one is full", async () => {
    addDeals(40);
    const seen = await slices(ALL_DEALS);
    expect(seen.flatMap(({ records }) => records)).toHaveLength(300);
    expect(innerCalls("crm.item.list")).toHaveLength(7);
    expect(subject.seen).toHaveLength(2);
  });

  it("ends after one request when the first page is short", async () => {
    const [only, none] = await slices({ entity: "user", mode: { kind: "all" } });
    expect(none).toBeUndefined();
    expect(only?.records).toHaveLength(3);
    expect(subject.seen).toHaveLength(1);
  });

  it("sends no id that cannot be one, and nothing at all when none is left", async () => {
    const [deal] = subject.portal.truth().deals;
    const ids = ["x", "1 or 1", deal?.id ?? ""];
    const found = await scan({ entity: "deal", mode: { kind: "byId", ids } });
    expect(found).toMatchObject({ records: [{ id: deal?.id }], missing: ["x", "1 or 1"] });
    expect(decodeURIComponent(subject.seen[0]?.body ?? "")).not.toMatch(/=x&|1 or 1/);
    await scan({ entity: "deal", mode: { kind: "byId", ids: ["x", "0"] } });
    expect(subject.seen).toHaveLength(1);
  });

  it("finds rows that were added while it read", async () => {
    const first = await scan(ALL_DEALS);
    addDeals(120);
    const ids = new Set(first.records.map((record) => "id" in record && record.id));
    let cursor = first.next;
    while (cursor !== null) {
      const slice: ScanSlice = await scan(ALL_DEALS, cursor);
      for (const record of slice.records) ids.add("id" in record && record.id);
      cursor = slice.next;
    }
    expect([...ids].sort()).toEqual(
      subject.portal
        .truth()
        .deals.map(({ id }) => id)
        .sort(),
    );
  });

  it("throws away what a chain reads again after rows have vanished", async () => {
    const first = await scan(ALL_DEALS);
    for (const { id } of subject.portal.truth().deals.slice(60, 200)) {
      subject.portal.edit({ kind: "deleteDeal", dealId: id });
    }
    const rest = await scan(ALL_DEALS, first.next);
    const ids = [...first.records, ...rest.records].map((record) => "id" in record && record.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(120);
    // Fewer came than were counted: an empty page, asked for alone, says that this is all.
    subject.portal.clearJournal();
    expect(await scan(ALL_DEALS, rest.next)).toMatchObject({ records: [], next: null });
    expect(innerCalls("crm.item.list")).toHaveLength(1);
  });

  it("takes no more commands than the budget grants", async () => {
    link.grantLimit = 2;
    const seen = await slices(ALL_DEALS);
    expect(seen.map(({ records }) => records.length)).toEqual([50, 100, 100, 10]);
  });

  it("tells the budget what the portal says about the method, once a request", async () => {
    await slices(ALL_DEALS);
    const notes = link.notes.filter(({ method }) => method === "crm.item.list");
    expect(notes.map(({ calls }) => calls)).toEqual([1, 5]);
    expect(notes[1]?.usedSeconds).toBeGreaterThan(notes[0]?.usedSeconds ?? 0);
  });

  it("asks for ids alone when only ids are wanted", async () => {
    await slices({ entity: "deal", mode: { kind: "ids" } });
    for (const { body } of subject.seen) {
      expect(decodeURIComponent(body)).not.toMatch(/opportunity|companyId|title/);
    }
  });

  it("never asks for names, phones, titles or texts", async () => {
    for (const entity of [
      "deal",
      "company",
      "contact",
      "activity",
      "user",
      "stageEntry",
    ] as const) {
      await slices({ entity, mode: { kind: "all" } });
    }
    const sent = decodeURIComponent(subject.seen.map(({ body }) => body).join("\n"));
    expect(sent).not.toMatch(
      /\b(name|lastName|NAME|phone|fm|title|TITLE|SUBJECT|DESCRIPTION|\*)\b/,
    );
  });
});

describe("a portal that does not resolve references between commands", () => {
  it.each([
    ["starts each page from the beginning", "0"],
    ["answers an empty page", "9999999999"],
  ])("is read whole when it %s", async (_, instead) => {
    const { send } = link;
    link.send = (method, build) =>
      send.call(link, method, (endpoint) => {
        const request = build(endpoint);
        return { ...request, body: request.body?.replace(/\$result(\[\w+\])+/g, instead) ?? "" };
      });
    const ids = (await slices(ALL_DEALS))
      .flatMap(({ records }) => records)
      .map((record) => "id" in record && record.id);
    expect(ids).toEqual([...new Set(ids)]);
    expect(ids).toHaveLength(260);
  });
});

describe("a method that runs out of time", () => {
  it("keeps what was read, closes the method and goes on later from there", async () => {
    subject = await makeBitrix24Subject({}, { operatingLimitSeconds: 1 });
    ({ link } = await subject.install());
    const first = await scan(ALL_DEALS);
    const part = await scan(ALL_DEALS, first.next);
    expect(part.records.length).toBeGreaterThan(0);
    expect(part.records.length).toBeLessThan(210);
    expect(part.next).not.toBeNull();
    const until = link.blocked.get("crm.item.list") ?? 0;
    expect(until).toBeGreaterThan(subject.clock.now());
    await expect(scan(ALL_DEALS, part.next)).rejects.toMatchObject({ code: "host.rate_limited" });
    await subject.clock.runTo(until + 1);
    const rest = await scan(ALL_DEALS, part.next);
    const ids = [...first.records, ...part.records, ...rest.records].map(
      (record) => "id" in record && record.id,
    );
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("a portal that understands no ISO dates in filters", () => {
  it("is recognised by the set-up, and its changes are found all the same", async () => {
    subject = await makeBitrix24Subject({ isPlainDatesOnly: true });
    ({ link } = await subject.install());
    await subject.clock.runTo(subject.clock.now() + 86_400_000);
    const since = subject.clock.now();
    const [changed] = subject.portal.truth().deals;
    subject.portal.edit({ kind: "setAmount", dealId: changed?.id ?? "", amountMinor: 77 });
    const query: ScanQuery = { entity: "deal", mode: { kind: "since", at: since } };
    expect((await scan(query)).records).toEqual([]);
    const setup = { hookUrl: PUBLIC_URL, publicUrl: PUBLIC_URL, locale: "ru", userId: "1" };
    link.memo = (await subject.run(subject.host.prepare(link, setup))).memo;
    expect((await scan(query)).records).toMatchObject([{ id: changed?.id, amountMinor: 77 }]);
  });
});

describe("a portal that moves", () => {
  it("is found again through a refresh, and the scan goes on", async () => {
    const first = await scan(ALL_DEALS);
    subject.portal.rename("renamed");
    const rest = await scan(ALL_DEALS, first.next);
    expect(rest.records).toHaveLength(210);
    expect(link.address.endpoint).toBe("http://renamed.bitrix24.localhost/rest/");
    expect(link.refreshes).toBe(1);
  });
});

describe("the set-up", () => {
  const prepare = () =>
    subject.run(
      subject.host.prepare(link, {
        hookUrl: `${PUBLIC_URL}/bitrix24/events`,
        publicUrl: PUBLIC_URL,
        locale: "ru",
        userId: "1",
      }),
    );

  it("registers events, places and fields, and registers them again after an update dropped them", async () => {
    expect((await prepare()).warnings).toEqual([]);
    const bound = innerCalls("event.bind").length;
    // Nineteen of records, twice: as messages and in the queue; five of the application and its queue.
    expect(bound).toBe(43);
    expect(innerCalls("placement.bind")).toHaveLength(5);
    subject.seen.length = 0;
    await prepare();
    // One look at events, places and labels, one at the rest; nothing is written.
    expect(subject.seen).toHaveLength(2);
    expect(innerCalls("bind")).toHaveLength(bound + 5);
    subject.portal.updateApp();
    await prepare();
    expect(innerCalls("event.bind")).toHaveLength(2 * bound);
    // Labels, segment and score on companies and contacts, the strip on these and on deals.
    expect(innerCalls("userfield.add")).toHaveLength(9);
    expect(subject.sandbox.control.unimplemented()).toEqual([]);
  });

  it("moves everything when our own address changes", async () => {
    await prepare();
    const elsewhere = "https://new.example.com";
    await subject.run(
      subject.host.prepare(link, {
        hookUrl: `${elsewhere}/bitrix24/events`,
        publicUrl: elsewhere,
        locale: "en",
        userId: "1",
      }),
    );
    expect(innerCalls("event.unbind")).toHaveLength(24);
    expect(innerCalls("placement.unbind")).toHaveLength(5);
    expect(subject.portal.openPage("LEFT_MENU").url).toContain(elsewhere);
  });

  it("warns instead of failing where the token's owner is no administrator", async () => {
    const { fields } = memberPage();
    const grant = { ...link.grant(), accessToken: fields.get("AUTH_ID") ?? "" };
    const { makeTestLink } = await import("./host-link.ts");
    link = makeTestLink({ ...subject, grant });
    const { warnings } = await prepare();
    expect(warnings).toContain("fields.no_rights");
    expect(warnings).toContain("places.no_rights");
  });

  function memberPage() {
    const { body } = subject.portal.openPage("app", null, 1);
    return { fields: new URLSearchParams(body) };
  }

  it("shows people the label that goes with a code", async () => {
    link.memo = (await prepare()).memo;
    const [contact] = subject.portal.truth().clients.filter(({ kind }) => kind === "contact");
    if (!contact) throw new Error("no contact");
    const mark = { tags: ["segment:at_risk"], labels: { "segment:at_risk": "Под угрозой" } };
    const { memo } = await subject.run(subject.host.mark(link, contact, mark));
    expect(subject.portal.tags("contact", contact.id)).toEqual(["Под угрозой"]);
    link.memo = memo ?? {};
    subject.seen.length = 0;
    await subject.run(subject.host.mark(link, contact, mark));
    expect(subject.seen.map(({ url }) => url.split("/rest/")[1])).toEqual(["crm.item.list"]);
  });
});

describe("a list that the portal refuses", () => {
  const refuse = (method: string, status: number, error: string) =>
    subject.portal.addFault({
      match: method,
      times: 5,
      fault: { kind: "status", status, body: JSON.stringify({ error, error_description: "no" }) },
    });

  it.each([
    [403, "ACCESS_DENIED"],
    [404, "ERROR_METHOD_NOT_FOUND"],
  ])(
    "ends like an empty one when figures are possible without it (%i %s)",
    async (status, error) => {
      refuse("crm.stagehistory.list", status, error);
      expect(await scan({ entity: "stageEntry", mode: { kind: "all" } })).toMatchObject({
        records: [],
        next: null,
        hostNow: 0,
      });
      const since = { entity: "stageEntry", mode: { kind: "since", at: 5 } } as const;
      expect(await scan(since)).toMatchObject({ records: [], next: null, hostNow: 5 });
    },
  );

  it("is an error when it is the deals themselves", async () => {
    refuse("crm.item.list", 403, "ACCESS_DENIED");
    await expect(scan(ALL_DEALS)).rejects.toMatchObject({ code: expect.stringMatching(/^host\./) });
  });
});
