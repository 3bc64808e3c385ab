import type { SettingsPreview } from "../src/crm/settings.ts";
import { fill } from "../src/pages/texts/fill.ts";
import { makeFormat } from "../src/pages/texts/format.ts";
import { el } from "./dom.ts";
import type { SettingPart } from "./setting-part.ts";

/** Clients, purchases and money now and under the draft, and what of the money would be left out. */
export function totalsTable(part: SettingPart, preview: SettingsPreview): HTMLElement {
  const { words, locale } = part;
  const { columns, rows, wouldBe } = words.choices;
  const asOf = new Date().toISOString();
  const format = makeFormat(locale, preview.currency, asOf);
  const { before, after } = preview;
  const heads = [columns.now, columns.after, columns.change];
  const line = (name: string, from: number, to: number, show: (value: number) => string) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, name),
      el("td", { class: "num", "data-label": columns.now }, show(from)),
      el("td", { class: "num", "data-label": columns.after }, show(to)),
      el("td", { class: "num", "data-label": columns.change }, signed(to - from, show)),
    );
  const missing = after.missingRates.map(({ currency, count, amountMinor }) =>
    el(
      "p",
      {},
      fill(words.choices.missingRate, {
        currency,
        n: format.purchases(count),
        amount: makeFormat(locale, currency, asOf).moneyExact(amountMinor),
      }),
    ),
  );
  return el(
    "div",
    { class: "totals", "data-totals": "" },
    el(
      "table",
      {},
      el("caption", {}, wouldBe),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("th", { scope: "col" }, columns.figure),
          ...heads.map((head) => el("th", { scope: "col", class: "num" }, head)),
        ),
      ),
      el(
        "tbody",
        {},
        line(rows.clients, before.clients, after.clients, format.int),
        line(rows.purchases, before.purchases, after.purchases, format.int),
        line(rows.revenue, before.revenueMinor, after.revenueMinor, format.money),
      ),
    ),
    ...missing,
  );
}

function signed(change: number, show: (value: number) => string): string {
  if (change === 0) return "0";
  return change > 0 ? `+${show(change)}` : `−${show(-change)}`;
}
