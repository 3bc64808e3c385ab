import { describe, expect, it } from "vitest";
import { cardDocument } from "../crm/card.ts";
import { plainCard } from "./card-plain.ts";
import { SAMPLE_CARDS } from "./samples.ts";

const sample = (state: string) => {
  const found = SAMPLE_CARDS.find((card) => card.state === state);
  if (!found) throw new Error(`no sample of ${state}`);
  return cardDocument.parse(found);
};

describe("the card in plain lines", () => {
  it("has the verdict with its score, one reason and one action, in both languages", () => {
    const card = sample("ok");
    for (const locale of ["ru", "en"]) {
      const [verdict, reason, action, ...rest] = plainCard(card, locale);
      expect(verdict).toMatch(new RegExp(` ${card.health?.score}/100$`));
      expect(reason?.length).toBeGreaterThan(10);
      expect(action).toEqual(expect.any(String));
      expect(rest).toEqual([]);
    }
    expect(plainCard(card, "ru")).not.toEqual(plainCard(card, "en"));
  });

  it("shows no figure and no client to a viewer who may not read the record", () => {
    const lines = plainCard(sample("no_permission"), "en");
    expect(lines).toHaveLength(2);
    expect(lines.join(" ")).not.toMatch(/\d/);
  });

  it("proposes nothing for a client of the control group", () => {
    expect(plainCard(sample("holdout"), "en")).toHaveLength(2);
  });

  it("says every state in words", () => {
    for (const card of SAMPLE_CARDS) {
      for (const line of plainCard(card, "ru")) expect(line).toMatch(/[а-яё]/i);
    }
  });
});
