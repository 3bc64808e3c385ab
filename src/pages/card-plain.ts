import type { CardDocument } from "../crm/card.ts";
import { headWords, proposalWords, snoozeText } from "./card-texts.ts";
import { makeFormat, pickLocale } from "./texts/format.ts";
import { textsOf } from "./texts/index.ts";

/**
 * The card's first three lines as plain text (verdict, reason, action), for a CRM page that cannot show our frame.
 * What the card does not say, such as an action for a client of the control group, is not said here either.
 */
export function plainCard(card: CardDocument, locale: string): readonly string[] {
  const language = pickLocale(locale);
  const texts = textsOf(language).card;
  const format = makeFormat(language, card.worth?.currency ?? "", card.asOf);
  const { word, reason, isReplaced } = headWords(card, texts, format);
  const score = card.health && !isReplaced ? ` ${format.int(card.health.score)}/100` : "";
  const lines = [`${word}${score}`, reason];
  if (isReplaced || card.holdout || card.flags.includes("holdout")) return lines;
  if (card.flags.includes("snoozed") && card.snooze) {
    return [...lines, snoozeText(card.snooze, texts, format)];
  }
  if (card.action === null || card.action.kind === "none") return lines;
  const { words, due } = proposalWords(card.action, texts, format);
  return [...lines, due === null ? words : `${words} ${due}`];
}
