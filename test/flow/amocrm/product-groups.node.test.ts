import { expect, it } from "vitest";
import type { OverviewDocument } from "../../../src/crm/overview.ts";
import type { SegmentPreview, SegmentsDocument } from "../../../src/crm/segmentation.ts";
import { isSold } from "../deals.ts";
import { ask } from "../money-choices.ts";
import { withFlow } from "../node-flow.ts";

it("products of deals: groups in the overview by their names, and in a rule of one's own", () =>
  withFlow("amocrm", async (flow) => {
    const { native } = flow.world.site;
    if (native.product !== "amocrm") throw new Error("another product");
    const [one, other] = flow.crm
      .truth()
      .deals.filter((deal) => isSold(deal) && deal.companyId !== null)
      .slice(-2);
    native.portal.addProduct(one?.id ?? "", 0, 2);
    native.portal.addProduct(other?.id ?? "", 2, 1);
    await flow.installAndSync();
    await flow.pass(2);

    const { details } = await ask<OverviewDocument>(flow, "/api/overview");
    const groups = details?.productGroups ?? [];
    expect(
      groups.map(({ label, clients, revenueMinor }) => [label, clients, revenueMinor]),
    ).toEqual([
      ["Обучение", 1, 450_000],
      ["Услуги", 1, 300_000],
    ]);
    for (const { label, source } of details?.leadSources ?? []) {
      expect(source === null || typeof label === "string", String(source)).toBe(true);
    }

    const { names, segmentation } = await ask<SegmentsDocument>(flow, "/api/segments");
    const training = names?.boughtGroup.find(({ name }) => name === "Обучение")?.id ?? "";
    const recipe = segmentation?.recipes.find(({ code }) => code === "bought_group");
    // As often as the other one, so the first by its id.
    expect(recipe).toMatchObject({ needs: null, count: { unknown: 0 } });
    expect(groups.map(({ label }) => label)).toContain(recipe?.group?.name);
    const bought = { fact: "boughtGroup", in: [training], withinDays: 36_000 };
    const rule = { code: "training", when: bought };
    const found = await ask<SegmentPreview>(flow, "/api/segments/preview", "POST", rule);
    expect(found.count).toMatchObject({ matched: 1, unknown: 0 });
    expect(found.sample).toMatchObject([{ kind: "company", id: other?.companyId }]);
  }));
