import { expect, test } from "vitest";
import { type SegmentationDocument, segmentationDocument } from "../crm/segmentation.ts";
import { renderOverview } from "./overview.tsx";
import { SAMPLE_OVERVIEW } from "./samples-overview.ts";
import { SAMPLE_SEGMENTATION } from "./samples-segmentation.ts";
import { TEST_CONTEXT, textOf } from "./test-context.ts";

const LOCALES = ["ru", "en"] as const;

function shown(locale: "ru" | "en", changes: Partial<SegmentationDocument> | null): string {
  const segmentation = changes && { ...SAMPLE_SEGMENTATION, ...changes };
  const html = renderOverview({
    ...TEST_CONTEXT,
    locale,
    overview: { ...SAMPLE_OVERVIEW, segmentation },
  });
  const text = textOf(html.slice(html.indexOf('class="segmentation"')));
  expect(text).not.toMatch(/undefined|NaN|null|Infinity|\[object|\{\w+\}/);
  expect(text).not.toMatch(/\b[a-z]+_[a-z_]+\b/);
  return text.replaceAll(/\s+/g, " ");
}

test("the sample is a document that the schema accepts", () => {
  expect(segmentationDocument.parse(SAMPLE_SEGMENTATION)).toEqual(SAMPLE_SEGMENTATION);
});

test.each(LOCALES)("every panel is there in %s", (locale) => {
  const text = shown(locale, {});
  const words =
    locale === "ru"
      ? [
          "Кто куда перешёл",
          "Порог 75 дней тишины",
          "клиентов дают 80 %",
          "Постоянный",
          "Z: как придётся",
        ]
      : [
          "Who moved where",
          "A threshold of 75 days",
          "of clients give 80%",
          "Loyal",
          "Z: at random",
        ];
  for (const word of words) expect(text).toContain(word);
  expect(text).toMatch(locale === "ru" ? /от 505/ : /from 505/);
});

test.each(LOCALES)("a base without a snapshot says when segments appear, in %s", (locale) => {
  expect(shown(locale, null)).toContain(locale === "ru" ? "появятся" : "appear");
});

test.each(LOCALES)("what cannot be said is refused with its reason in %s", (locale) => {
  const { churnThreshold, rfm, template, migration } = SAMPLE_SEGMENTATION;
  const text = shown(locale, {
    abc: null,
    churnThreshold: {
      ...churnThreshold,
      kind: "refused",
      reason: "few_repeat_buyers",
      recommended: null,
      repeatBuyers: 12,
    },
    rfm: { ...rfm, alternative: null, switching: null, largeDeals: null },
    template: { ...template, limits: { ...template.limits, vipFromMinor: null } },
    migration: migration && {
      ...migration,
      lifecycle: { moved: 0, gainedMinor: null, lostMinor: null, rows: [] },
    },
    lifecycle: {
      ...SAMPLE_SEGMENTATION.lifecycle,
      basis: { usualGapDays: null, horizonDays: 90, repeatBuyers: 0 },
    },
    valueTiers: { ...SAMPLE_SEGMENTATION.valueTiers, basis: "purchases_12m" },
  });
  expect(text).toContain(
    locale === "ru" ? "купили 12, нужно 20" : "12 have bought again, 20 are needed",
  );
  expect(text).toContain(locale === "ru" ? "от 50 клиентов" : "from 50 clients");
  expect(text).toContain(locale === "ru" ? "никто не перешёл" : "Nobody moved");
});

test("a row that only new limits moved says so and has no money", () => {
  const { migration } = SAMPLE_SEGMENTATION;
  if (migration === null) throw new Error("the sample has moves");
  const row = {
    from: "loyal",
    to: "active",
    clients: 3,
    moneyMinor: null,
    revenueMinor: 100,
    cause: "boundary" as const,
  };
  const lifecycle = { moved: 3, gainedMinor: null, lostMinor: null, rows: [row] };
  expect(shown("en", { migration: { ...migration, lifecycle } })).toMatch(
    /Loyal Active ?limits changed 3 –/,
  );
});
