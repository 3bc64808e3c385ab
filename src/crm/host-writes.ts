import type { CardEntity, HostLink, Memo } from "./host.ts";
import type { Instant } from "./ports.ts";
import type { ClientRef } from "./records.ts";

/**
 * What an adapter can write besides the mark and the task. Which of these a portal has (plan, granted scopes, fields that
 * its administrator left) is told by `Host.offers`; nothing else outside an adapter asks why.
 */
export const WRITE_KINDS = [
  "mark",
  "task",
  "note",
  "fields",
  "flag",
  "notice",
  "automation",
] as const;

export type WriteKind = (typeof WRITE_KINDS)[number];

/**
 * Something that is created once. No host knows idempotency keys, so a write whose answer was lost is searched for after
 * the fence; where it cannot be found, it is repeated only if that does no harm.
 */
export interface HostWriter<Draft extends { readonly actionKey: string }> {
  /** Creates without looking. `id` = what the host calls it, null when it names nothing. Throws AppError `host.*`. */
  create(link: HostLink, draft: Draft): Promise<Written>;
  /** Looks for what `create` may have made. `since` bounds the search. Absent = it cannot be found again. */
  find?(link: HostLink, draft: Draft, since: Instant): Promise<Written | null>;
  /** Creating twice shows the same to people as once. */
  readonly isRepeatable?: boolean;
  /** Takes back what `create` made; leaves what people have changed, finished or answered since. Absent = stays. */
  undo?(link: HostLink, id: string, draft: Draft): Promise<UndoOutcome>;
}

export interface Written {
  readonly id: string | null;
}

/** `kept` = somebody has changed it since, so it is theirs now; `gone` = it was not there any more. */
export type UndoOutcome = "removed" | "kept" | "gone";

/** A remark of the machine in the client's history. */
export interface NoteDraft {
  readonly actionKey: string;
  readonly client: ClientRef;
  readonly title: string;
  readonly text: string;
}

/** A coloured label on the client's open deal in the board, until the deal's person closes it. */
export interface FlagDraft {
  readonly actionKey: string;
  readonly dealId: string;
  readonly responsibleId: string;
  readonly level: "risk" | "watch" | "good";
  /** Few words: they stand on the label. */
  readonly title: string;
  readonly text: string;
  readonly due: Instant;
}

/** A message to a person of the CRM. The same `tag` replaces the one before, where the host can. */
export interface NoticeDraft {
  readonly actionKey: string;
  readonly userId: string;
  readonly tag: string;
  readonly text: string;
  /** Card that the message is about; null = about everything. */
  readonly about: { readonly entity: CardEntity; readonly id: string } | null;
}

/** Starts what the portal itself has set up for this event: robots behind a trigger, a bot. */
export interface AutomationDraft {
  readonly actionKey: string;
  readonly client: ClientRef;
  /** The client's newest open deal; hosts that can start on the client itself take null. */
  readonly dealId: string | null;
  /** Our own code of what has happened, for example `at_risk`. */
  readonly event: string;
  /** What an administrator chose of the host's automations (a bot's id); null where the host listens for the event. */
  readonly target: string | null;
}

/** What we compute of a client, as fields that lists are filtered by. null = the field is emptied. */
export interface ClientFields {
  readonly segment: string | null;
  /** 0 to 100. */
  readonly score: number | null;
}

export interface FieldsDraft {
  readonly values: ClientFields;
  /** What a person reads for a segment's code, in the portal's language. */
  readonly labels: Readonly<Record<string, string>>;
  /** Undo: write only while the client still carries exactly these, else it is left alone. */
  readonly onlyIf?: ClientFields;
}

export interface FieldsResult {
  readonly changed: boolean;
  readonly before: ClientFields;
  /** As in `MarkResult`. */
  readonly memo?: Memo;
}

export interface HostFields {
  /** Reads, compares, writes what differs: twice is the same as once. Throws AppError `host.*`. */
  write(link: HostLink, client: ClientRef, draft: FieldsDraft): Promise<FieldsResult>;
}

/** A question of the portal's own automation about a record; answered later, with the handle it came with. */
export interface AutomationQuestion {
  readonly entity: CardEntity;
  readonly id: string;
  /** The host's own handle for the answer; worthless without the portal's token. */
  readonly token: string;
  /** Nobody waits for an answer after this. */
  readonly expiresAt: Instant;
}

/** What automation may be told: codes and numbers as text, "" = unknown. No names, no sums of other clients. */
export interface AutomationAnswer {
  readonly segment: string;
  readonly segmentName: string;
  readonly lifecycle: string;
  readonly band: string;
  readonly score: string;
  readonly churnPercent: string;
  readonly daysSinceLast: string;
  readonly purchases: string;
}

/** Present when `capabilities.questions` is not `none`. */
export interface HostAnswers {
  /** Throws AppError `host.refused` or `host.no_rights` when the question is over, or another `host.*`. */
  send(link: HostLink, token: string, answer: AutomationAnswer): Promise<void>;
}
