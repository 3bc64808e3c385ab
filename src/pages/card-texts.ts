import type { CardDocument, CardState } from "../crm/card.ts";
import { fill } from "./texts/fill.ts";
import type { Format } from "./texts/format.ts";
import { lookUp, type Params, type Sentence, say } from "./texts/params.ts";
import type { CardTexts } from "./texts/texts.ts";

/** Codes of a card document into words. An unknown code or a missing parameter gives the neutral text, never itself. */

function sentence(
  table: Readonly<Record<string, Sentence>>,
  entry: { readonly code: string; readonly params: Params },
  format: Format,
): string | null {
  const found = lookUp(table, entry.code);
  return found ? say(found, entry.params, format) : null;
}

/** States that leave nothing to judge: their own words take the place of the verdict. */
export const REPLACING: readonly CardState[] = [
  "licence_ended",
  "installing",
  "no_permission",
  "merged",
  "no_purchase",
];

/** The verdict's word and the one reason; `isReplaced`: the state says that there is nothing to judge. */
export function headWords(
  card: CardDocument,
  texts: CardTexts,
  format: Format,
): { readonly word: string; readonly reason: string; readonly isReplaced: boolean } {
  const state = texts.states[card.state];
  if (REPLACING.includes(card.state)) {
    const reason = fill(state.text, { client: clientLabel(card.client, texts) });
    return { word: state.title, reason, isReplaced: true };
  }
  const word = bandName(card, texts) ?? lifecycleName(card, texts) ?? state.title;
  return { word, reason: reasonText(card, texts, format) ?? state.text, isReplaced: false };
}

/** One thing to do and by when, or the task that is open already. */
export function proposalWords(
  action: NonNullable<CardDocument["action"]>,
  texts: CardTexts,
  format: Format,
): { readonly words: string; readonly due: string | null } {
  const due = action.due ? fill(texts.actionBy, { date: format.day(action.due) }) : null;
  if (action.openTaskId !== null) return { words: texts.openTask, due };
  const general = action.kind === "note" ? texts.actions.note : texts.actions.task;
  return { words: lookUp(texts.actions, action.playbook ?? "") ?? general, due };
}

function bandName(card: CardDocument, texts: CardTexts): string | null {
  return card.health ? texts.bands[card.health.band] : null;
}

export function lifecycleName(card: CardDocument, texts: CardTexts): string | null {
  return card.segment ? lookUp(texts.lifecycle, card.segment.lifecycle) : null;
}

export function segmentName(code: string, texts: CardTexts): string {
  return lookUp(texts.segments, code) ?? texts.unknownSegment;
}

function reasonText(card: CardDocument, texts: CardTexts, format: Format): string | null {
  if (!card.reason) return null;
  return sentence(texts.reasons, card.reason, format) ?? texts.reasonFallback;
}

export function changeText(
  change: { readonly code: string; readonly params: Params },
  texts: CardTexts,
  format: Format,
): string {
  return sentence(texts.changes, change, format) ?? texts.changeFallback;
}

export function noteText(
  note: { readonly code: string; readonly params: Params },
  texts: CardTexts,
  format: Format,
): string {
  return sentence(texts.notes, note, format) ?? texts.noteFallback;
}

export function factorText(
  factor: { readonly code: string; readonly params: Params },
  texts: CardTexts,
  format: Format,
): { readonly name: string; readonly detail: string | null } {
  const found = lookUp(texts.factors, factor.code);
  if (!found) return { name: texts.factorFallback, detail: null };
  return {
    name: found.name,
    detail: found.detail ? say(found.detail, factor.params, format) : null,
  };
}

export function clientLabel(client: CardDocument["client"], texts: CardTexts): string {
  if (!client) return "";
  return fill(client.kind === "company" ? texts.companyId : texts.contactId, { id: client.id });
}

export function snoozeText(
  snooze: { readonly reason: string; readonly until: string },
  texts: CardTexts,
  format: Format,
): string {
  const reason = lookUp(texts.snoozeReasons, snooze.reason);
  const text = fill(texts.states.snoozed.text, {
    date: format.day(snooze.until),
    reason: reason ?? "",
  });
  return reason ? text : text.replace(/:\s*\./, ".");
}

/** A probability as a band of ten percent: the model cannot promise more. */
export function chanceRange(probability: number, format: Format): string {
  const low = Math.min(9, Math.max(0, Math.floor(probability * 10 + 1e-9)));
  return `${low * 10}–${format.percent((low + 1) / 10)}`;
}
