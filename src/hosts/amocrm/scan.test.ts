import { describe, expect, it } from "vitest";
import { fakeLink, halPage, json, NOW, nothing } from "../../../test/support/amocrm-fakes.ts";
import { AppError } from "../../crm/error.ts";
import type { HostLink, ScanQuery, ScanSlice } from "../../crm/host.ts";
import { scan } from "./scan.ts";

const LEAD = {
  name: "Canary Deal",
  price: 1500,
  pipeline_id: 10,
  status_id: 20,
  responsible_user_id: 7,
  created_at: 1_700_000_000,
  updated_at: 1_700_000_100,
};

function leads(count: number): readonly unknown[] {
  return Array.from({ length: count }, (_, index) => ({ id: index + 1, ...LEAD }));
}

async function scanAll(link: HostLink, query: ScanQuery): Promise<readonly ScanSlice[]> {
  const slices: ScanSlice[] = [];
  let cursor: string | null = null;
  do {
    const slice: ScanSlice = await scan(link, query, cursor);
    slices.push(slice);
    cursor = slice.next;
  } while (cursor !== null && slices.length < 200);
  return slices;
}

const idsOf = (slices: readonly ScanSlice[]) =>
  slices.flatMap((slice) => slice.records.map((one) => ("id" in one ? one.id : "")));

const ALL: ScanQuery = { entity: "deal", mode: { kind: "all" } };

describe("scan", () => {
  it("reads every row of a long list once, several pages at a time", async () => {
    const all = leads(4_100);
    const link = fakeLink((_request, url) => halPage(url, "leads", all));
    const slices = await scanAll(link, ALL);
    expect(idsOf(slices)).toEqual(all.map((_, index) => String(index + 1)));
    expect(link.peak()).toBe(5);
    expect(link.sent[0]?.url).toContain("order%5Bid%5D=asc");
  });

  it("reads a list again when a row left it on the way, and so misses none", async () => {
    const all = [...leads(2_000)];
    const deleted = {
      ...{ id: "e1", type: "lead_deleted", entity_id: 3, entity_type: "lead" },
      created_at: NOW / 1000 + 1,
    };
    const isGone = () => all.length < 2_000;
    const link = fakeLink((_request, url) => {
      if (url.pathname.endsWith("/events"))
        return halPage(url, "events", isGone() ? [deleted] : []);
      if (url.searchParams.get("page") === "4" && !isGone()) all.splice(2, 1);
      return halPage(url, "leads", all);
    });
    const slices = await scanAll(link, ALL);
    const wanted = all.map((row) => String((row as { id: number }).id));
    expect(new Set(idsOf(slices))).toEqual(new Set(["3", ...wanted]));
    expect(link.names.filter((name) => name === "events.deleted")).toHaveLength(1);
    expect(new Set(slices.map((slice) => slice.hostNow)).size).toBe(1);
  });

  it.each([402, 403])(
    "does without the lists that the plan or the rights refuse (%i), and stays as old as it was with them",
    async (status) => {
      const link = fakeLink(() => json({ status }, status));
      const since = { kind: "since", at: NOW - 86_400_000 } as const;
      for (const entity of ["stageEntry", "activity", "user"] as const) {
        const all = await scanAll(link, { entity, mode: { kind: "all" } });
        expect(all.every((slice) => slice.records.length === 0 && slice.hostNow === 0)).toBe(true);
        const later = await scanAll(link, { entity, mode: since });
        expect(later.every((slice) => slice.hostNow === since.at)).toBe(true);
      }
      for (const entity of ["deal", "contact", "company", "pipeline"] as const)
        await expect(scan(link, { entity, mode: { kind: "all" } }, null)).rejects.toThrow();
    },
  );

  it("takes no record by id for deleted when the host gives smaller pages than asked for", async () => {
    const all = leads(120);
    const link = fakeLink((_request, url) => {
      url.searchParams.set("limit", "50");
      return halPage(url, "leads", all);
    });
    const ids = all.map((_, index) => String(index + 1));
    const slice = await scan(link, { entity: "deal", mode: { kind: "byId", ids } }, null);
    expect(slice.missing).toEqual([]);
    expect(slice.records).toHaveLength(120);
  });

  it("does not read a long list again when nothing left it", async () => {
    const link = fakeLink((_request, url) =>
      url.pathname.endsWith("/events") ? nothing : halPage(url, "leads", leads(600)),
    );
    expect(idsOf(await scanAll(link, ALL))).toHaveLength(600);
  });

  it("asks once when the list fits one page, and follows no address from the answer", async () => {
    const link = fakeLink((_request, url) => halPage(url, "leads", leads(250)));
    const slices = await scanAll(link, ALL);
    expect(slices).toHaveLength(1);
    expect(link.sent).toHaveLength(1);
  });

  it("takes an empty body for an empty list", async () => {
    const slices = await scanAll(
      fakeLink(() => nothing),
      ALL,
    );
    expect(slices).toMatchObject([{ records: [], next: null }]);
  });

  it("asks again for an empty page that an earlier one promised", async () => {
    let isFirstTry = true;
    const link = fakeLink((_request, url) => {
      if (url.searchParams.get("page") === "2" && isFirstTry) {
        isFirstTry = false;
        return nothing;
      }
      return halPage(url, "leads", leads(400));
    });
    expect(idsOf(await scanAll(link, ALL))).toHaveLength(400);
  });

  it("reads a page in halves when the host cannot make it in time", async () => {
    const all = leads(600);
    const link = fakeLink((_request, url) => {
      if (url.searchParams.get("limit") === "250") return json({}, 504);
      return halPage(url, "leads", all);
    });
    expect(idsOf(await scanAll(link, ALL))).toEqual(all.map((_, index) => String(index + 1)));
  });

  it("names the host's time of the first answer in every slice", async () => {
    let second = 0;
    const link = fakeLink((_request, url) => {
      second += 1;
      const date = new Date(Date.UTC(2026, 10, 24, 11, 0, second)).toUTCString();
      return halPage(url, "leads", leads(700), { date });
    });
    const slices = await scanAll(link, ALL);
    expect(slices.map((slice) => slice.hostNow)).toEqual(
      slices.map(() => Date.UTC(2026, 10, 24, 11, 0, 1)),
    );
  });

  it("uses our own clock, taken before the call, when the host tells no time", async () => {
    const slice = await scan(
      fakeLink(() => nothing),
      ALL,
      null,
    );
    expect(slice.hostNow).toBe(NOW);
  });

  it("filters changes by update time and keeps the order by id", async () => {
    const link = fakeLink((_request, url) => halPage(url, "leads", leads(2)));
    await scan(link, { entity: "deal", mode: { kind: "since", at: 1_700_000_050_900 } }, null);
    const query = new URL(link.sent[0]!.url).searchParams;
    expect(query.get("filter[updated_at][from]")).toBe("1700000050");
    expect(query.get("order[id]")).toBe("asc");
  });

  it("reads the deals that a merge moved to the winner again, though neither they nor the winner show it", async () => {
    const merged = (id: string, entity_type: string, entity_id: number) => ({
      ...{ id, type: "entity_merged", entity_type, entity_id, created_at: NOW / 1000 },
    });
    const events = [
      merged("e1", "company", 7),
      merged("e2", "contact", 8),
      merged("e3", "lead", 9),
    ];
    const linked = (entity_id: number, to_entity_id: number) => ({
      ...{ entity_id, to_entity_id, to_entity_type: "leads", metadata: null },
    });
    const link = fakeLink((_request, url) => {
      if (url.pathname.endsWith("/events")) return halPage(url, "events", events);
      if (url.pathname.endsWith("companies/links")) {
        return halPage(url, "links", [linked(7, 71), linked(7, 72)]);
      }
      return nothing;
    });
    const since: ScanQuery = { entity: "stageEntry", mode: { kind: "since", at: NOW } };
    const [slice] = await scanAll(link, since);
    const hints = slice?.hints?.map((one) => `${one.entity} ${one.id}`);
    expect(hints?.sort()).toEqual(["company 7", "contact 8", "deal 71", "deal 72", "deal 9"]);
    const asked = link.sent
      .map((one) => new URL(one.url))
      .filter((one) => /links/.test(one.pathname));
    expect(asked.map((one) => one.searchParams.getAll("filter[entity_id][]"))).toEqual([
      ["8"],
      ["7"],
    ]);
  });

  it("walks from the newest change to the cursor when the account cannot filter", async () => {
    const all = Array.from({ length: 900 }, (_, index) => ({
      ...LEAD,
      id: index + 1,
      updated_at: 1_700_000_900 - index,
    }));
    const link = fakeLink((_request, url) => halPage(url, "leads", all), { filters: "off" });
    const since: ScanQuery = { entity: "deal", mode: { kind: "since", at: 1_700_000_800_000 } };
    const slices = await scanAll(link, since);
    expect(idsOf(slices)).toHaveLength(101);
    expect(link.sent).toHaveLength(1);
    expect(link.sent[0]?.url).toContain("order%5Bupdated_at%5D=desc");
  });

  it("gives ids in an id scan, also those of rows it cannot read, and the records that came with them", async () => {
    const link = fakeLink((_request, url) =>
      halPage(url, "leads", [...leads(2), { id: 3, ...LEAD, is_deleted: true }, { id: 4 }]),
    );
    const slice = await scan(link, { entity: "deal", mode: { kind: "ids" } }, null);
    expect(slice).toMatchObject({ records: [{ id: "1" }, { id: "2" }], ids: ["1", "2", "4"] });
  });

  it("tells which of the asked records are gone", async () => {
    const link = fakeLink((_request, url) => {
      const asked = url.searchParams.getAll("filter[id][]");
      const rows = [...leads(3), { id: 4, ...LEAD, is_deleted: true }].slice(1);
      return halPage(
        url,
        "leads",
        rows.filter((row) => asked.includes(String((row as { id: number }).id))),
      );
    });
    const byId: ScanQuery = { entity: "deal", mode: { kind: "byId", ids: ["1", "2", "3", "4"] } };
    const slice = await scan(link, byId, null);
    expect(slice.records.map((one) => "id" in one && one.id)).toEqual(["2", "3"]);
    expect(slice).toMatchObject({ missing: ["1", "4"], next: null });
  });

  it("asks one by one when the account cannot filter by id", async () => {
    const link = fakeLink(
      (_request, url) => (url.pathname.endsWith("/leads/1") ? json(leads(1)[0]) : nothing),
      { filters: "off" },
    );
    const byId: ScanQuery = { entity: "deal", mode: { kind: "byId", ids: ["1", "2"] } };
    expect(await scan(link, byId, null)).toMatchObject({ missing: ["2"], records: [{ id: "1" }] });
  });

  it("reads notes of three kinds of cards and tasks as activities with ids of their own", async () => {
    const stamps = { created_at: 1_700_000_000, updated_at: 1_700_000_001 };
    const link = fakeLink((_request, url) => {
      if (url.pathname.endsWith("/tasks")) {
        const task = { entity_id: 9, entity_type: "leads", is_completed: true, task_type_id: 2 };
        return halPage(url, "tasks", [{ id: 1, ...task, ...stamps, complete_till: 1_700_000_500 }]);
      }
      const note = { id: 1, entity_id: 5, note_type: "amomail_message", params: { income: true } };
      return halPage(url, "notes", [{ ...note, ...stamps }]);
    });
    const slices = await scanAll(link, { entity: "activity", mode: { kind: "all" } });
    expect(slices.flatMap((slice) => slice.records)).toMatchObject([
      { id: "lead-note-1", kind: "email", direction: "in", dealId: "5", client: null },
      { id: "contact-note-1", dealId: null, client: { kind: "contact", id: "5" } },
      { id: "company-note-1", client: { kind: "company", id: "5" } },
      { id: "task-1", kind: "meeting", isDone: true, dealId: "9", at: 1_700_000_500_000 },
    ]);
  });

  it("asks each list only for its own activities", async () => {
    const link = fakeLink(() => nothing);
    const ids = ["lead-note-3", "task-4"];
    const slice = await scan(link, { entity: "activity", mode: { kind: "byId", ids } }, null);
    expect(slice.missing).toEqual(ids);
    expect(link.sent.map((one) => new URL(one.url).pathname)).toEqual([
      "/api/v4/leads/notes",
      "/api/v4/tasks",
    ]);
  });

  it("refuses a cursor that it did not write", async () => {
    const failure = await scan(
      fakeLink(() => nothing),
      ALL,
      "9.1.0",
    ).catch((error) => error);
    expect(failure).toBeInstanceOf(AppError);
    expect(failure.code).toBe("input.invalid");
  });
});
