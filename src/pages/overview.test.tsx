import { expect, test } from "vitest";
import { dryRunDocument, overviewDocument } from "../crm/overview.ts";
import { niceTicks } from "./charts.tsx";
import { renderConnect } from "./connect.tsx";
import { renderInstaller } from "./installer.tsx";
import { inlineJson } from "./layout.tsx";
import { renderMessage } from "./message.tsx";
import { renderOverview } from "./overview.tsx";
import { safeUrl } from "./overview-tables.tsx";
import {
  SAMPLE_DRY_RUN,
  SAMPLE_OVERVIEW,
  SAMPLE_OVERVIEW_EMPTY,
  SAMPLE_OVERVIEW_SYNCING,
} from "./samples-overview.ts";
import { renderShell } from "./shell.tsx";
import { TEST_CONTEXT, textOf } from "./test-context.ts";

const SAMPLES = [
  ["full", SAMPLE_OVERVIEW],
  ["syncing", SAMPLE_OVERVIEW_SYNCING],
  ["empty", SAMPLE_OVERVIEW_EMPTY],
] as const;

for (const locale of ["ru", "en"] as const) {
  test.each(SAMPLES)(`the %s overview reads well in ${locale}`, (_name, overview) => {
    const shown = textOf(renderOverview({ ...TEST_CONTEXT, locale, overview }));
    expect(shown).not.toMatch(/undefined|NaN|null|Infinity|\[object|\{\w+\}/);
    expect(shown).not.toMatch(/\b[a-z]+_[a-z_]+\b/);
  });
}

test("a lost connection is said first, and only an administrator gets the button", () => {
  const url = "/amocrm/connect?product=amocrm";
  const render = (isAdmin: boolean, to: string | null = url) =>
    renderOverview({ ...TEST_CONTEXT, overview: SAMPLE_OVERVIEW, lost: { url: to, isAdmin } });
  expect(render(true)).toContain(`href="${url}"`);
  expect(textOf(render(false))).toContain("Попросите администратора CRM");
  expect(render(false)).not.toContain(url);
  expect(textOf(render(true, null))).toContain("достаточно открыть приложение ещё раз");
  expect(textOf(renderOverview({ ...TEST_CONTEXT, overview: SAMPLE_OVERVIEW }))).toContain(
    "Сегодня запросов: 1 204, отказов по лимиту: 0, других ошибок: 1.",
  );
});

test("samples are documents that the schemas accept", () => {
  for (const [, overview] of SAMPLES) {
    expect(overviewDocument.safeParse(overview).error).toBeUndefined();
  }
  expect(dryRunDocument.safeParse(SAMPLE_DRY_RUN).error).toBeUndefined();
});

test("an undefined figure is called undefined, never zero", () => {
  const shown = textOf(
    renderOverview({ ...TEST_CONTEXT, locale: "en", overview: SAMPLE_OVERVIEW_SYNCING }),
  );
  expect(shown).toMatch(/Churn\s+not defined\s+nobody was active/);
});

test("cohorts start with everybody, mark the month that is not over and the one before the data", () => {
  const html = renderOverview({ ...TEST_CONTEXT, locale: "en", overview: SAMPLE_OVERVIEW });
  const [clients = "", orders = "", revenue = ""] = ["clients", "orders", "revenue"].map(
    (measure) => html.split(`heat heat-${measure}`)[1]?.split("</table>")[0] ?? "",
  );
  const rows = clients.split("<tbody>")[1]?.split("</tr>").slice(0, -1) ?? [];
  expect(rows).toHaveLength(12);
  for (const row of rows) {
    expect(row).toMatch(/shade-10(?: partial)?">100%/);
    // Each cohort's newest cell is this month; the youngest has no other.
    expect(row.match(/ partial"/g) ?? []).toHaveLength(1);
  }
  expect(clients.match(/\*/g)).toHaveLength(1);
  expect(orders).toContain("1.3");
  expect(revenue).toContain("100%");
  expect(html.match(/name="cohort-measure"/g)).toHaveLength(3);
});

test("a finding says what it does to a figure", () => {
  const shown = textOf(
    renderOverview({ ...TEST_CONTEXT, locale: "en", overview: SAMPLE_OVERVIEW }),
  );
  expect(shown).toMatch(/Suspected duplicates .* Bought again: now 64%, corrected 65%/);
});

test("sections with nothing in them say so, and two populations stand only where there are two", () => {
  const shown = textOf(
    renderOverview({ ...TEST_CONTEXT, locale: "en", overview: SAMPLE_OVERVIEW_EMPTY }),
  );
  for (const text of ["Cohorts appear after", "No deals were lost", "has money at stake yet"]) {
    expect(shown).toContain(text);
  }
  expect(shown).toContain("At least 30 good and 30 other clients are needed");
  expect(shown).not.toContain("Two bases in one");
});

test("only an administrator gets the dry-run button", () => {
  const user = { ...TEST_CONTEXT.session, role: "user" as const };
  const overview = SAMPLE_OVERVIEW;
  expect(renderOverview({ ...TEST_CONTEXT, overview })).toContain('data-dry-run="at_risk"');
  expect(renderOverview({ ...TEST_CONTEXT, overview, session: user })).not.toContain(
    "data-dry-run=",
  );
});

test("only an administrator sees what acquisition costs; without rows it is said what for", () => {
  const show = (overview: typeof SAMPLE_OVERVIEW, role: "admin" | "user" = "admin") =>
    renderOverview({
      ...TEST_CONTEXT,
      locale: "en",
      overview,
      session: { ...TEST_CONTEXT.session, role },
    });
  const full = show(SAMPLE_OVERVIEW);
  expect(textOf(full)).toMatch(/Rows in the table: 5, .+ in all, Oct\S* 2026 – Nov\S* 2026/);
  // The month's total first, then its channels; a channel without new clients has no cost of one.
  expect(textOf(full)).toMatch(/Nov\S* 2026 \S+ 22 \S+ Реклама \S+ 9 \S+ Отдел продаж \S+ 0 –/);
  expect(full).toMatch(/name="percent"[^>]*value="32.5"/);
  const empty = textOf(show(SAMPLE_OVERVIEW_EMPTY));
  expect(empty).toContain("Enter what channels cost by month, and CAC");
  expect(empty).not.toContain("What a new client cost");
  expect(show(SAMPLE_OVERVIEW, "user")).not.toContain("data-spend");
  const { spend: _absent, ...older } = SAMPLE_OVERVIEW;
  expect(show(older)).not.toContain("data-spend");
});

test("an address that is not http is not a link", () => {
  expect(safeUrl("javascript:alert(1)")).toBeNull();
  expect(safeUrl("data:text/html,x")).toBeNull();
  expect(safeUrl("not an address")).toBeNull();
  const [first] = SAMPLE_OVERVIEW.attention;
  if (!first) throw new Error("the sample has clients");
  const attention = [{ ...first, client: { ...first.client, url: "javascript:alert(1)" } }];
  const html = renderOverview({ ...TEST_CONTEXT, overview: { ...SAMPLE_OVERVIEW, attention } });
  expect(html).not.toContain("javascript:");
});

test("unknown codes fall back to neutral words", () => {
  const overview = {
    ...SAMPLE_OVERVIEW,
    warnings: ["some_new_warning", "constructor"],
    segments: [{ code: "brand_new", clients: 1, share: 1, revenueMinor: 0 }],
    dataQuality: [{ code: "odd_thing", count: 1, amountMinor: null }],
  };
  const shown = textOf(renderOverview({ ...TEST_CONTEXT, overview }));
  expect(shown).not.toMatch(/some_new|brand_new|odd_thing|constructor|function/);
});

test("the axis has round steps and covers the largest bar", () => {
  expect(niceTicks(284)).toEqual([0, 100, 200, 300]);
  expect(niceTicks(1).at(-1)).toBeGreaterThanOrEqual(1);
  expect(niceTicks(300)).toEqual([0, 100, 200, 300]);
});

test("JSON in a page cannot end its script element", () => {
  const text = inlineJson({ a: "</script><!--\u2028&" });
  expect(text).not.toMatch(/[<>&\u2028]/);
  expect(JSON.parse(text)).toEqual({ a: "</script><!--\u2028&" });
});

test("every error code and every message has a page that says what to do", async () => {
  const { ERROR_CODES } = await import("../crm/error.ts");
  for (const message of [...Object.keys(ERROR_CODES), "no_record", "connected", "never_heard_of"]) {
    const shown = textOf(renderMessage({ ...TEST_CONTEXT, message }));
    expect(shown.length).toBeGreaterThan(50);
    expect(shown).not.toContain(message);
  }
});

test("installer, shell and connect pages are never empty", () => {
  expect(textOf(renderInstaller(TEST_CONTEXT))).toContain("Устанавливаем");
  const shell = renderShell(TEST_CONTEXT);
  expect(textOf(shell)).toContain("Загружаем");
  expect(shell).not.toContain("pulse-session");
  const connect = renderConnect({
    ...TEST_CONTEXT,
    button: {
      name: "amocrm_oauth",
      script: "https://www.amocrm.ru/auth/button.min.js",
      data: { state: "1", title: "x" },
    },
    crm: "amoCRM",
  });
  expect(connect).toMatch(
    /<script class="amocrm_oauth" [^>]*data-state="1" data-title="Подключить amoCRM"/,
  );
});
