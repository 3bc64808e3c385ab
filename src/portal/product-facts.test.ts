import { expect, it } from "vitest";
import { DAY_MS } from "../../test/support/actor-parts.ts";
import { aDeal } from "../../test/support/fake-crm.ts";
import { makeMirrorDesk } from "../../test/support/mirror-desk.ts";
import type { LabelRecord } from "../crm/records.ts";
import { countGroups, groupsOf } from "./product-facts.ts";

const label = (dictionary: LabelRecord["dictionary"], id: string, parentId: string | null = null) =>
  ({ entity: "label", dictionary, id, name: `${dictionary} ${id}`, parentId }) as const;
const row = (productId: string | null, quantity: number, priceMinor: number) => ({
  productId,
  quantity,
  priceMinor,
});

function aShop() {
  const desk = makeMirrorDesk();
  const today = Math.floor(desk.now / DAY_MS);
  desk.put(label("productGroup", "g1"), label("productGroup", "g2"), label("product", "none"));
  desk.put(label("product", "a", "g1"), label("product", "b", "g1"), label("product", "c", "g2"));
  return { ...desk, today };
}

it("sales by product group: a client once, rows at the purchase's rate, money back left out", () => {
  const { sql, put, now, today } = aShop();
  put({ entity: "rate", currency: "USD", perUnit: 80 });
  const sold = (id: string, daysAgo: number, companyId: string, more = {}) =>
    aDeal({ id, companyId, closedAt: now - daysAgo * DAY_MS, amountMinor: 1_000, ...more });
  put(sold("1", 3, "1"), sold("2", 9, "1"), sold("3", 1, "2", { currency: "USD" }));
  put(sold("4", 1, "3", { amountMinor: -1_000 }), sold("5", 900, "4"));
  put(sold("6", 1, "5", { outcome: "lost" }));
  for (const id of ["1", "2", "3", "4", "5", "6"]) {
    put({ entity: "dealProducts", dealId: id, rows: [row("a", 2, 100), row("b", 0.5, 301)] });
  }
  put({
    entity: "dealProducts",
    dealId: "1",
    rows: [row("a", 1, 100), row("c", 1, 50), row("none", 1, 5), row(null, 1, 7)],
  });
  expect(countGroups(sql, { from: today - 364, to: today })).toEqual([
    {
      group: "g1",
      clients: 2,
      purchases: 3,
      repeatClients: 1,
      // 100 + (200 + 150.5) + 80 x (200 + 150.5)
      revenueMinor: 28_491,
    },
    { group: "g2", clients: 1, purchases: 1, repeatClients: 0, revenueMinor: 50 },
  ]);
  const days = groupsOf(sql, ["company:1", "company:9"]);
  expect(days?.get("company:1")).toEqual([
    { day: today - 9, group: "g1" },
    { day: today - 3, group: "g1" },
    { day: today - 3, group: "g2" },
  ]);
  expect(days?.get("company:9")).toBeUndefined();
});

it("without products in groups nothing is known, rather than nothing bought", () => {
  const { sql, put, overview } = aShop();
  put(aDeal({ id: "1" }));
  expect(groupsOf(sql, ["company:1"])).toBeNull();
  put({ entity: "dealProducts", dealId: "1", rows: [row("none", 1, 5), row(null, 1, 7)] });
  expect(groupsOf(sql, ["company:1"])).toBeNull();
  expect(overview().details?.productGroups).toEqual([]);
});

it("the overview shows groups and sources by the names that the CRM gives them", () => {
  const { put, overview, now } = aShop();
  put(label("source", "7"), { ...label("source", "8"), name: "По рекомендации" });
  const sold = (id: string, sourceId: string) =>
    aDeal({ id, companyId: id, sourceId, closedAt: now - DAY_MS, createdAt: now - 2 * DAY_MS });
  put(sold("1", "7"), sold("2", "8"), sold("3", "8"), sold("4", "9"));
  put({ entity: "dealProducts", dealId: "1", rows: [row("a", 1, 100)] });
  const { details, kpis } = overview();
  expect(details?.productGroups).toEqual([
    {
      group: "g1",
      label: "productGroup g1",
      share: 0.25,
      clients: 1,
      purchases: 1,
      repeatRate: 0,
      revenueMinor: 100,
    },
  ]);
  const named = [
    ["7", "source 7"],
    ["8", "По рекомендации"],
    ["9", null],
  ];
  const names = (
    rows: readonly { source: string | null; label?: string | null | undefined }[] | undefined,
  ) => rows?.map(({ source, label: text }) => [source, text]).toSorted();
  expect(names(details?.clientSources)).toEqual(named);
  expect(names(details?.leadSources)).toEqual(named);
  // What an id means decides, not the id.
  expect(details?.clientSources.filter(({ isReferral }) => isReferral)).toHaveLength(1);
  expect(kpis.find(({ code }) => code === "referral_share")?.value).toBe(0.5);
});
