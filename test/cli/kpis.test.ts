import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { runPulse } from "./run-pulse.ts";

const SALES = `Клиент;Дата;Сумма;Маржа;Источник
a;10.01.2025;400;100;Реклама
a;10.02.2025;300;90;Сайт
b;20.01.2025;200;-50;Рекомендация
b;15.03.2025;700;200;
c;05.02.2025;500;150; реклама
c;10.03.2025;100;20;
C ;11.03.2025;50;20;
`;
const SPEND = `Месяц;Канал;Сумма;Вид
2025-01;реклама;1000;маркетинг
2025-01;Реклама;500;продажи
2025-02;РЕКЛАМА;600;маркетинг
2025-03;реклама;300;маркетинг
`;

const figure = z.object({
  value: z.number().nullable(),
  note: z.string().nullable(),
  population: z.number(),
  excluded: z.number(),
  exclusions: z.array(z.object({ code: z.string(), count: z.number() })),
  period: z.object({ from: z.iso.date().nullable(), to: z.iso.date() }),
  basis: z.string().optional(),
  inputs: z.record(z.string(), z.number()).optional(),
  series: z.array(z.object({ date: z.iso.date(), value: z.number().nullable() })).optional(),
});
const report = z.object({
  kpis: z.record(z.string(), figure),
  cohorts: z.array(z.object({ cohort: z.string(), isLeftCensored: z.boolean() })),
  sources: z.array(z.object({ source: z.string().nullable(), clients: z.number() })),
  acquisition: z.object({
    rows: z.array(z.object({ cacFullMinor: z.number().nullable(), note: z.string().nullable() })),
    payback: z.array(z.object({ month: z.number(), perClientMinor: z.number() })),
  }),
  dataQuality: z.array(
    z.object({ code: z.string(), count: z.number(), effect: z.unknown().nullable() }),
  ),
});

let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-kpis-"));
  writeFileSync(join(folder, "sales.csv"), SALES);
  writeFileSync(join(folder, "spend.csv"), SPEND);
  await runPulse(folder, ["version"]);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("margins, sources and spend of three spreadsheets' columns become figures that add up by hand", async () => {
  const args = ["analyze", "sales.csv", "--spend", "spend.csv", "--as-of", "2025-03-31", "--json"];
  const { code, stdout, stderr } = await runPulse(folder, args);
  expect(code, stderr).toBe(0);
  const { kpis, ...rest } = report.parse(JSON.parse(stdout));
  // 530 of margin from four ids; 1900 of marketing and 500 of sales for four new clients.
  expect(kpis.ltv_profit).toMatchObject({ value: 13_250, population: 4, basis: "margin" });
  expect(kpis.cac_marketing).toMatchObject({ value: 47_500, note: null });
  expect(kpis.cac_full).toMatchObject({ value: 60_000, inputs: { spentMinor: 240_000 } });
  // 100 - 50 + 150 in the first 30 days of three clients old enough.
  expect(kpis.ltv_horizon).toMatchObject({ value: 6667, population: 3, excluded: 1 });
  expect(kpis.ltv_cac?.value).toBeCloseTo(6667 / 60_000, 9);
  expect(kpis.romi?.value).toBeCloseTo((53_000 - 190_000) / 190_000, 9);
  expect(kpis.payback_months).toMatchObject({ value: null, note: "not_paid_back" });
  expect(rest.acquisition.payback.at(-1)).toEqual({ month: 3, perClientMinor: 19_167 });
  expect(rest.acquisition.rows.at(-1)).toEqual({ cacFullMinor: null, note: "no_new_clients" });
  expect(kpis.referral_share).toMatchObject({
    value: 1 / 3,
    exclusions: [{ code: "unknown_source", count: 1 }],
  });
  expect(rest.sources.map(({ source, clients }) => [source, clients])).toEqual([
    ["Реклама", 2],
    ["Рекомендация", 1],
    [null, 1],
  ]);
  expect(rest.cohorts.map(({ isLeftCensored }) => isLeftCensored)).toEqual([true, false, false]);
  expect(rest.dataQuality).toContainEqual(
    expect.objectContaining({
      code: "suspected_duplicates",
      count: 1,
      effect: { kpi: "repeat_purchase_rate", from: 0.75, to: 1 },
    }),
  );
  expect(kpis.repeat_purchase_rate?.series?.map(({ date, value }) => [date, value])).toEqual([
    ["2025-01-31", 0],
    ["2025-02-28", 1 / 3],
    ["2025-03-31", 0.75],
  ]);
});
