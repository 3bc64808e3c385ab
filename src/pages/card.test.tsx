import { expect, test } from "vitest";
import { CARD_STATES, type CardDocument, cardDocument } from "../crm/card.ts";
import { renderCard } from "./card.tsx";
import { SAMPLE_CARDS, sampleCard } from "./samples.ts";
import { TEST_CONTEXT, textOf } from "./test-context.ts";

const render = (card: CardDocument, over: Partial<Parameters<typeof renderCard>[0]> = {}): string =>
  renderCard({ ...TEST_CONTEXT, card, ...over });

/** Codes have underscores or dots; words do not. Data blocks and attributes are not shown. */
const CODE = /\b[a-z]+_[a-z_]+\b/;

for (const locale of ["ru", "en"] as const) {
  test.each(SAMPLE_CARDS.map((card) => [card.state, card] as const))(
    `the state %s reads well in ${locale}`,
    (_state, card) => {
      const shown = textOf(render(card, { locale }));
      expect(shown).not.toMatch(/undefined|NaN|null|\[object|\{\w+\}/);
      expect(shown).not.toMatch(CODE);
      expect(shown.length).toBeGreaterThan(40);
    },
  );
}

test("every state of the card document has a sample that the public schema accepts", () => {
  expect(SAMPLE_CARDS.map((card) => card.state)).toEqual([...CARD_STATES]);
  for (const card of SAMPLE_CARDS) expect(cardDocument.safeParse(card).error).toBeUndefined();
});

test("the average and the points are shown as a sum that gives the score", () => {
  expect(textOf(render(sampleCard("ok")))).toContain("72 − 38 + 3 + 9 − 5 = 41");
  for (const { health } of SAMPLE_CARDS) {
    if (!health) continue;
    const points = health.factors.reduce((sum, factor) => sum + factor.points, 0);
    expect(health.base + points).toBe(health.score);
  }
});

test("one line says what moved the score most in a month, and whether the client did it or the calendar", () => {
  const shown = (card: CardDocument, locale: "ru" | "en" = "en") =>
    textOf(render(card, { locale }));
  expect(shown(sampleCard("ok"))).toContain(
    "−21 in 30 days. Mostly silence −23, only because time has passed.",
  );
  expect(shown(sampleCard("ok"), "ru")).toContain(
    "Больше всего: молчание −23, просто прошло время.",
  );
  expect(shown(sampleCard("returned"))).toContain(
    "+4 in 30 days. Mostly silence +3, because of new purchases, deals or contacts.",
  );
  // Other formulas are not compared; the same score needs no reason; unknown codes are not shown.
  expect(shown(sampleCard("formula_changed"))).not.toContain("in 30 days. Mostly");
  const { health } = sampleCard("ok");
  if (!health?.change) throw new Error("the sample has a change");
  const withChange = (change: typeof health.change) =>
    shown({ ...sampleCard("ok"), health: { ...health, change } });
  expect(withChange({ ...health.change, delta: 0 })).not.toContain("Mostly");
  const factors = [{ code: "constructor", points: -21, behaviour: 0, time: -21 }];
  expect(withChange({ ...health.change, factors })).not.toMatch(/Mostly|constructor|function/);
});

test("the limits of the bands are the document's own, and promise nothing where there is no signal", () => {
  const good = sampleCard("returned");
  const shown = (card: CardDocument) =>
    textOf(render(card, { locale: "en" })).replaceAll("\u00a0", " ");
  expect(shown(good)).toContain(
    "Of 10 clients at 66 and above about 7 or more buy within 180 days, below 41 less than half.",
  );
  expect(shown(sampleCard("ok"))).toContain("at 70 and above");
  const blind = { ...good, notes: [{ code: "no_signal", params: {} }] };
  expect(shown(blind)).not.toContain("and above");
});

test("the document is in the page for others to read, exactly as it was given", () => {
  const card = sampleCard("ok");
  const html = render(card);
  const block = /<script type="application\/json" id="pulse-card">(.*?)<\/script>/s.exec(html)?.[1];
  expect(JSON.parse(block ?? "")).toEqual(card);
  expect(html).toContain('<script type="application/json" id="pulse-session">');
});

test("hostile text stays text, in the markup and in the data block", () => {
  const hostile = `</script><img src=x onerror=alert(1)>"'<!--\u2028&`;
  const card = sampleCard("ok");
  const html = render({
    ...card,
    client: { kind: "company", id: hostile, key: `company:${hostile}` },
    segment: card.segment && { ...card.segment, name: hostile, custom: [hostile] },
    reason: { code: hostile, params: {} },
    action: { kind: "task", playbook: hostile, due: null, openTaskId: hostile },
    notes: [{ code: "__proto__", params: {} }],
  });
  expect(html).not.toContain("<img");
  expect(html).not.toContain("\u2028<");
  expect(html.match(/<\/script>/g)?.length).toBe(html.match(/<script/g)?.length);
});

test("a viewer without permission sees no sums, no score and no client", () => {
  const card = {
    ...sampleCard("ok"),
    state: "no_permission" as const,
    flags: ["no_permission" as const],
  };
  const shown = textOf(render(card));
  expect(shown).not.toMatch(/412|41\/100|₽/);
});

test("tier 0 shows facts and neither score nor forecast", () => {
  const shown = textOf(render({ ...sampleCard("too_little_data") }));
  expect(shown).toContain("412");
  expect(shown).not.toMatch(/\/100|Прогноз /);
});

test("a client of the control group gets no prompt, and only an administrator is told why", () => {
  const card = sampleCard("holdout");
  const user = { ...TEST_CONTEXT.session, role: "user" as const };
  expect(textOf(render(card))).toContain("Контрольная группа");
  const shown = textOf(render(card, { session: user }));
  expect(shown).not.toMatch(/Контрольная|Что изменит/);
});

test("no button is shown for what the server cannot do yet", () => {
  for (const card of SAMPLE_CARDS) {
    const clients = card.alternatives.length === 0 ? [] : [card.client, ...card.alternatives];
    expect(render(card).match(/<button[^>]*>/g)).toEqual([
      ...clients.map(() => expect.stringContaining("data-switch")),
      expect.stringContaining("data-theme-switch"),
    ]);
  }
});

test("everything inline carries the nonce and nothing comes from elsewhere", () => {
  const html = render(sampleCard("ok"));
  for (const tag of html.match(/<(?:script|style)[^>]*>/g) ?? []) {
    if (!tag.includes("application/json")) expect(tag).toContain('nonce="n0nce"');
  }
  expect(html).not.toMatch(/\sstyle="|\son\w+="|https?:\/\//);
});
