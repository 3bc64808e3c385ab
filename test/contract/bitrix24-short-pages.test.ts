import { beforeEach, describe, expect, it } from "vitest";
import type { ScanQuery, ScanSlice } from "../../src/crm/host.ts";
import type { HttpResponse } from "../../src/crm/ports.ts";
import { makeBitrix24Subject } from "./bitrix24-subject.ts";
import type { TestLink } from "./host-link.ts";

/** What this portal gives at most, whatever the documentation says. */
const CAP = 20;

let subject: Awaited<ReturnType<typeof makeBitrix24Subject>>;
let link: TestLink;
let isCounting: boolean;

beforeEach(async () => {
  isCounting = true;
  subject = await makeBitrix24Subject();
  ({ link } = await subject.install());
  subject.seen.length = 0;
  const { send } = link;
  link.send = async (method, build) => {
    const response = await send.call(link, method, (endpoint) => {
      const request = build(endpoint);
      // A reference to a row that the portal did not give resolves to nothing: the page begins at the first row again.
      return { ...request, body: request.body?.replace(/\$result(\[\w+\])+/g, "0") ?? "" };
    });
    return capped(response);
  };
});

function capped(response: HttpResponse): HttpResponse {
  const cut = (key: string, value: unknown): unknown => {
    if (key === "total" && !isCounting) return undefined;
    return key === "items" && Array.isArray(value) ? value.slice(0, CAP) : value;
  };
  return { ...response, text: JSON.stringify(JSON.parse(response.text), cut) };
}

async function idsOf(query: ScanQuery): Promise<readonly (string | false)[]> {
  const seen: ScanSlice[] = [];
  let cursor: string | null = null;
  do {
    const slice: ScanSlice = await subject.run(subject.host.scan(link, query, cursor));
    seen.push(slice);
    cursor = slice.next;
  } while (cursor !== null);
  expect(seen.flatMap(({ missing = [] }) => missing)).toEqual([]);
  return seen.flatMap(({ records }) => records.map((record) => "id" in record && record.id));
}

describe("a portal that gives fewer rows a page than it should", () => {
  it.each([true, false])("is read whole, each row once (it counts: %s)", async (counts) => {
    isCounting = counts;
    const ids = await idsOf({ entity: "deal", mode: { kind: "all" } });
    expect(ids).toEqual([...new Set(ids)]);
    expect(ids).toHaveLength(260);
    const commands = subject.portal.journal().filter(({ call }) => call.includes("crm.item.list"));
    expect(commands.length).toBeLessThan(counts ? 25 : 75);
  });

  it("does not make us believe that named records have gone", async () => {
    const wanted = subject.portal.truth().deals.map(({ id }) => id);
    const ids = await idsOf({ entity: "deal", mode: { kind: "byId", ids: wanted } });
    expect(ids.toSorted()).toEqual(wanted.toSorted());
  });
});
