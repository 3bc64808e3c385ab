import { describe, expect, it } from "vitest";
import { DAY_MS } from "../../test/support/actor-parts.ts";
import { aCompany, aDeal, aStageEntry } from "../../test/support/fake-crm.ts";
import { makeMirrorDesk } from "../../test/support/mirror-desk.ts";
import { overviewDocument } from "../crm/overview.ts";
import type { ActivityRecord, DealRecord, PipelineRecord } from "../crm/records.ts";

const PIPELINE: PipelineRecord = {
  entity: "pipeline",
  id: "1",
  name: "Продажи",
  sort: 10,
  stages: [
    { id: "new", name: "Новая", sort: 10, outcome: "open" },
    { id: "offer", name: "Предложение", sort: 20, outcome: "open" },
    { id: "won", name: "Успех", sort: 30, outcome: "won" },
    { id: "lost", name: "Дорого", sort: 40, outcome: "lost" },
  ],
};

function aContact(id: string, fields: Partial<ActivityRecord>): ActivityRecord {
  return {
    entity: "activity",
    id,
    kind: "call",
    direction: "out",
    at: 0,
    isDone: true,
    dealId: null,
    client: null,
    updatedAt: 1,
    ...fields,
  };
}

function aDesk() {
  const desk = makeMirrorDesk();
  const ago = (days: number) => desk.now - days * DAY_MS;
  const deal = (id: string, fields: Partial<DealRecord>) =>
    aDeal({ id, companyId: id, createdAt: ago(40), updatedAt: ago(2), ...fields });
  desk.put(PIPELINE);
  return { desk, ago, deal };
}

describe("deals counted by the database", () => {
  it("are won, lost or open, and take days from their creation", () => {
    const { desk, ago, deal } = aDesk();
    desk.put(
      deal("1", { closedAt: ago(30), sourceId: "site", amountMinor: 5000 }),
      deal("2", { closedAt: ago(10), sourceId: "site", amountMinor: 7000 }),
      deal("3", { outcome: "lost", stageId: "lost", closedAt: ago(5), amountMinor: 900 }),
      deal("4", { outcome: "open", stageId: "new", closedAt: null, sourceId: "site" }),
      deal("5", { outcome: "lost", stageId: "lost", closedAt: ago(5), lossReasonId: "77" }),
      deal("6", { isTemplate: true }),
      deal("7", { createdAt: ago(900), closedAt: ago(800), updatedAt: ago(800) }),
    );
    const document = desk.overview();
    expect(overviewDocument.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
    const by = Object.fromEntries(document.kpis.map((kpi) => [kpi.code, kpi]));
    expect(by.win_rate).toMatchObject({ value: 0.5, population: 4, excluded: 1 });
    expect(by.sales_cycle_won).toMatchObject({ value: 20, population: 2, excluded: 1 });
    expect(by.sales_cycle_lost).toMatchObject({ value: 35, population: 2 });
    expect(document.details?.losses).toEqual([
      { reason: "77", label: null, deals: 1, amountMinor: 10000, share: 0.5 },
      { reason: "lost", label: "Дорого", deals: 1, amountMinor: 900, share: 0.5 },
    ]);
    expect(document.details?.leadSources).toEqual([
      {
        source: "site",
        label: null,
        deals: 3,
        won: 2,
        lost: 0,
        wonMinor: 12_000,
        winRate: 1,
        perDealMinor: 6000,
      },
      {
        source: null,
        label: null,
        deals: 2,
        won: 0,
        lost: 2,
        wonMinor: 0,
        winRate: 0,
        perDealMinor: 0,
      },
    ]);
  });

  it("have passed every stage before the furthest they have been in", () => {
    const { desk, ago, deal } = aDesk();
    desk.put(
      deal("1", { closedAt: ago(3) }),
      deal("2", { outcome: "lost", stageId: "lost", closedAt: ago(3) }),
      aStageEntry({ id: "1", dealId: "2", stageId: "new", outcome: "open", enteredAt: ago(9) }),
      aStageEntry({ id: "2", dealId: "2", stageId: "offer", outcome: "open", enteredAt: ago(7) }),
      aStageEntry({ id: "3", dealId: "2", stageId: "lost", outcome: "lost", enteredAt: ago(3) }),
      deal("3", { outcome: "open", stageId: "new", closedAt: null }),
      deal("4", { outcome: "lost", stageId: "lost", closedAt: ago(3) }),
    );
    expect(desk.overview().details?.pipelines).toEqual([
      {
        id: "1",
        name: "Продажи",
        deals: 4,
        won: 1,
        lost: 2,
        open: 1,
        unknownStage: 1,
        stages: [
          { id: "new", name: "Новая", reached: 3, moved: 2, lost: 0, open: 1, conversion: 1 },
          {
            id: "offer",
            name: "Предложение",
            reached: 2,
            moved: 1,
            lost: 1,
            open: 0,
            conversion: 0.5,
          },
        ],
      },
    ]);
  });

  it("tell contacts with clients from contacts with prospects", () => {
    const { desk, ago, deal } = aDesk();
    desk.put(
      deal("1", { closedAt: ago(3) }),
      deal("2", { closedAt: ago(20) }),
      deal("3", { outcome: "open", stageId: "new", closedAt: null }),
      ...[1, 2, 3, 4, 5, 6].map((n) =>
        aContact(`c${n}`, { at: ago(n), client: { kind: "company", id: "1" } }),
      ),
      aContact("p", { at: ago(2), dealId: "3" }),
      aContact("task", { at: ago(2), dealId: "3", kind: "task" }),
      aContact("planned", { at: ago(2), dealId: "3", isDone: false }),
      aContact("old", { at: ago(91), dealId: "3" }),
    );
    const by = Object.fromEntries(desk.overview().kpis.map((kpi) => [kpi.code, kpi]));
    expect(by.contacts_clients).toMatchObject({ value: 1, population: 2 });
    expect(by.contacts_prospects).toMatchObject({ value: 1 / 3, population: 1 });
  });

  it("give clients the source of their first purchase, the advertisement's where the CRM has none", () => {
    const { desk, ago, deal } = aDesk();
    const utm = { source: "yandex", medium: "cpc", campaign: null };
    desk.put(
      deal("1", { closedAt: ago(30), sourceId: "RECOMMENDATION" }),
      deal("2", { companyId: "1", closedAt: ago(3), sourceId: "site" }),
      deal("3", { closedAt: ago(3), utm }),
      deal("4", { closedAt: ago(3) }),
    );
    const { details, kpis } = desk.overview();
    expect(
      details?.clientSources.map(({ source, clients, isReferral, repeatRate }) => [
        source,
        clients,
        isReferral,
        repeatRate,
      ]),
    ).toEqual([
      ["RECOMMENDATION", 1, true, 1],
      ["yandex", 1, false, 0],
      [null, 1, false, 0],
    ]);
    const share = kpis.find(({ code }) => code === "referral_share");
    expect(share).toMatchObject({ value: 0.5, population: 2, excluded: 1 });
  });
});

describe("look-alikes", () => {
  it("are refused without thirty good clients, and name what speaks for a lead with them", () => {
    const { desk, ago, deal } = aDesk();
    const few = desk.overview().details?.leads;
    expect(few).toEqual({ kind: "tooFew", have: 0, need: 30 });
    const old = { createdAt: ago(200), updatedAt: ago(190), closedAt: ago(190) };
    for (let n = 0; n < 40; n += 1) {
      desk.put(
        aCompany({ id: `g${n}` }),
        // Begun by friends, still open; what was decided later came from elsewhere.
        deal(`g${n}`, { ...old, companyId: `g${n}`, sourceId: "friends", outcome: "open" }),
        deal(`h${n}`, { ...old, companyId: `g${n}`, sourceId: "ads", createdAt: ago(150) }),
        deal(`x${n}`, { ...old, companyId: `x${n}`, sourceId: "ads", outcome: "lost" }),
      );
      desk.sql.run(
        `insert into insight (client_key, snapshot_id, as_of, data, segment, lifecycle, purchases, total_minor,
           stake_minor, last_day, computed_at) values (?, 's', 0, '{}', 'loyal', 'active', 3, 100, ?, 0, 0)`,
        `company:g${n}`,
        n * 1000,
      );
    }
    desk.put(
      deal("l1", { outcome: "open", stageId: "new", closedAt: null, sourceId: "friends" }),
      deal("l2", { outcome: "open", stageId: "new", closedAt: null, sourceId: "ads" }),
      deal("l3", { outcome: "open", stageId: "new", closedAt: null, companyId: "own" }),
      aCompany({ id: "own", isOwn: true }),
    );
    const { leads, readiness } = desk.overview().details ?? {};
    if (leads?.kind !== "scorecard") throw new Error("forty good clients are enough");
    expect(leads).toMatchObject({ good: 40, of: 80, baseRate: 0.5, isByMoney: false });
    expect(leads.rows.map(({ client }) => client.id)).toEqual(["l1", "l2"]);
    expect(leads.rows[0]?.score).toBeGreaterThan(80);
    expect(leads.rows[0]?.reasons[0]).toMatchObject({
      feature: "source",
      value: "friends",
      good: 40,
      of: 40,
    });
    expect(readiness).toMatchObject({ clients: 39, mostMinor: 3900, effectShare: 0.1 });
  });
});
