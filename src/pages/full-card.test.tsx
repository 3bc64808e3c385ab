import { describe, expect, test } from "vitest";
import { CARD_STATES, type CardDocument, cardDocument } from "../crm/card.ts";
import { WRITE_STATES } from "../crm/card-detail.ts";
import { renderCard } from "./card.tsx";
import { sampleFullCard } from "./samples-full.ts";
import { TEST_CONTEXT, textOf } from "./test-context.ts";

const entity = { entity: "deal", id: "7" } as const;

function page(card: CardDocument, locale: "ru" | "en" = "en"): string {
  return renderCard({ ...TEST_CONTEXT, locale, card, entity, size: "full" });
}

/** Without the data blocks. */
const markup = (html: string) => html.slice(0, html.indexOf('<script type="application/json"'));

describe("the card that has a whole page", () => {
  test.each(CARD_STATES.flatMap((state) => [[state, "ru"] as const, [state, "en"] as const]))(
    "%s reads well in %s",
    (state, locale) => {
      const card = sampleFullCard(state);
      expect(cardDocument.safeParse(card).error).toBeUndefined();
      const shown = textOf(page(card, locale));
      expect(shown).not.toMatch(/undefined|NaN|null|\[object|\{\w+\}|\b[a-z]+_[a-z_]+\b/);
      expect(shown).not.toContain("Infinity");
    },
  );

  test("every purchase of the chart stands in the table, the newest first, with the pause before it", () => {
    const card = sampleFullCard("ok");
    const html = markup(page(card));
    const rows = card.detail?.purchases.length ?? 0;
    expect(html.match(/<circle cx="[\d.]+%" cy="[\d.]+" r="4.5">/g)).toHaveLength(rows);
    const table = html.slice(html.indexOf('class="purchases"'), html.indexOf('id="groups"'));
    expect(table.match(/data-crm/g)).toHaveLength(rows);
    expect(textOf(table)).toMatch(/12 September 2026.*37.days.*6 August 2026/s);
  });

  test("usual pause, expected window and what became of each write are said in words", () => {
    const shown = textOf(page(sampleFullCard("ok")));
    expect(shown).toMatch(/Usual pause 31–41.days, most often 34/);
    expect(shown).toContain("Next purchase expected 28 Nov – 11 Feb 2027, most likely 20 Dec");
    expect(shown).toContain("done by a person, 6 November");
    expect(shown).toContain("taken back, 18 February");
  });

  test("every state of a write has its words", () => {
    const { detail, ...card } = sampleFullCard("ok");
    if (!detail) throw new Error("the sample has details");
    const writes = WRITE_STATES.map((state) => ({ kind: "odd", state, day: "2026-11-06" }));
    const playbooks = [{ playbook: "odd", proposedOn: "2026-11-05", approvedOn: null, writes }];
    const shown = textOf(page({ ...card, detail: { ...detail, playbooks } }));
    expect(shown.match(/Write(?! )/g) ?? shown.match(/Write/g)).toHaveLength(WRITE_STATES.length);
  });

  test("one purchase has no rhythm of its own, and none is drawn", () => {
    const html = page(sampleFullCard("one_purchase"));
    expect(textOf(html)).toContain("No rhythm yet");
    expect(html).not.toMatch(/<rect class="(?:usual|window)"/);
  });

  test("a client who has never bought, and a viewer without right, see no chart", () => {
    for (const state of ["no_purchase", "no_permission", "merged"] as const) {
      expect(page(sampleFullCard(state))).not.toContain('class="timeline-chart"');
    }
    expect(textOf(page(sampleFullCard("no_purchase")))).toContain("Purchases will appear here");
  });

  test("a link of a deal that no browser should follow is text", () => {
    const { detail, ...card } = sampleFullCard("ok");
    if (!detail) throw new Error("the sample has details");
    const deal = { id: "1", url: "javascript:alert(1)" };
    const purchases = [{ day: "2026-09-12", amountMinor: 1, deal }];
    const html = markup(page({ ...card, detail: { ...detail, purchases } }));
    expect(html).not.toContain("javascript:");
  });
});
