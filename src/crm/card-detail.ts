import { z } from "zod";

/** What only a wide place has room for: what the short card is made of, day by day. */

const isoDay = z.iso.date();
const minor = z.int();

/** Most rows of a kind; older ones are counted. */
export const DETAIL_ROWS = 120;

const purchase = z.object({
  day: isoDay,
  /** In the portal's currency; null = no sum, or no rate for its currency. Negative = a refund. */
  amountMinor: minor.nullable(),
  /** The deal in the CRM, where the purchase is one. */
  deal: z.object({ id: z.string(), url: z.string() }).nullable(),
});

/** The middle 60 % of this client's own gaps between purchase days. */
const rhythm = z.object({
  fromDays: z.int(),
  usualDays: z.int(),
  toDays: z.int(),
  /** How many gaps it was read from. */
  gaps: z.int(),
});

const contact = z.object({
  day: isoDay,
  kind: z.string(),
  direction: z.enum(["in", "out"]).nullable(),
});

/** The client moved to another segment, stage or band: by what they did, or because a boundary was moved. */
const move = z.object({
  day: isoDay,
  kind: z.enum(["segment", "lifecycle", "band"]),
  before: z.string().nullable(),
  after: z.string().nullable(),
  cause: z.enum(["behaviour", "boundary"]),
});

/**
 * What became of one write: it waits, is in the CRM, was refused, called off, taken back, or left alone by an undo because
 * somebody had changed it. `open` and `finished` are tasks that a person has in hand or has done.
 */
export const WRITE_STATES = [
  "waiting",
  "written",
  "open",
  "finished",
  "refused",
  "cancelled",
  "undone",
  "kept",
] as const;

const write = z.object({
  kind: z.string(),
  state: z.enum(WRITE_STATES),
  day: isoDay,
});

const playbookEntry = z.object({
  playbook: z.string(),
  proposedOn: isoDay,
  approvedOn: isoDay.nullable(),
  writes: z.array(write),
});

const group = z.object({
  name: z.string(),
  purchases: z.int(),
  /** null = in other currencies only. */
  amountMinor: minor.nullable(),
  lastOn: isoDay,
});

export const cardDetail = z.object({
  /** Oldest first. */
  purchases: z.array(purchase),
  /** Purchases before the first one of the list. */
  earlier: z.int(),
  /** null = too few purchases to have a rhythm of one's own. */
  rhythm: rhythm.nullable(),
  /** Done ones, oldest first. */
  contacts: z.array(contact),
  /** Newest first. */
  moves: z.array(move),
  /** One a week, oldest first; `day` is its Monday. */
  scores: z.array(z.object({ day: isoDay, score: z.int().min(0).max(100) })),
  /** Newest first. */
  playbooks: z.array(playbookEntry),
  /** Product groups, most money first. */
  groups: z.array(group),
});

export type CardDetail = z.infer<typeof cardDetail>;
export type WriteState = (typeof WRITE_STATES)[number];
