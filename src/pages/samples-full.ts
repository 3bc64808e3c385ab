import type { CardDocument, CardState } from "../crm/card.ts";
import type { CardDetail } from "../crm/card-detail.ts";
import { sampleCard } from "./samples.ts";

/** Invented histories for the card that has a whole page; as in samples.ts, never shown to a client. */

const ADDRESS = "https://crm.example/crm/deal/details/";

/** Day, thousands; null = a deal without a sum. */
const BOUGHT: readonly (readonly [string, number | null])[] = [
  ["2025-04-03", 31],
  ["2025-05-06", 27],
  ["2025-06-15", 44],
  ["2025-07-18", 29],
  ["2025-08-21", null],
  ["2025-09-30", 35],
  ["2025-11-05", 26],
  ["2025-12-11", 29],
  ["2026-01-13", 31],
  ["2026-03-02", 42],
  ["2026-04-04", 27],
  ["2026-05-09", 35],
  ["2026-07-10", 33],
  ["2026-07-22", -5],
  ["2026-08-06", 30],
  ["2026-09-12", 61],
];

const DETAIL: CardDetail = {
  purchases: BOUGHT.map(([day, thousands], at) => ({
    day,
    amountMinor: thousands === null ? null : thousands * 100_000,
    deal: { id: String(2_040 + 37 * at), url: `${ADDRESS}${2_040 + 37 * at}/` },
  })),
  earlier: 0,
  rhythm: { fromDays: 31, usualDays: 34, toDays: 41, gaps: 13 },
  contacts: [
    "2026-02-20",
    "2026-04-01",
    "2026-05-04",
    "2026-07-02",
    "2026-09-08",
    "2026-10-30",
  ].map((day, at) => ({ day, kind: at % 2 === 0 ? "call" : "email", direction: "out" as const })),
  moves: [
    { day: "2026-11-04", kind: "band", before: "watch", after: "risk", cause: "behaviour" },
    { day: "2026-10-28", kind: "lifecycle", before: "loyal", after: "at_risk", cause: "behaviour" },
    { day: "2026-10-28", kind: "segment", before: "loyal", after: "at_risk", cause: "boundary" },
  ],
  scores: [74, 76, 81, 80, 78, 77, 72, 66, 62, 58, 49, 44, 41].map((score, at) => ({
    day: new Date(Date.UTC(2026, 7, 24) + at * 7 * 86_400_000).toISOString().slice(0, 10),
    score,
  })),
  playbooks: [
    {
      playbook: "at_risk",
      proposedOn: "2026-11-05",
      approvedOn: "2026-11-06",
      writes: [
        { kind: "mark", state: "written", day: "2026-11-06" },
        { kind: "task", state: "finished", day: "2026-11-06" },
      ],
    },
    {
      playbook: "at_risk",
      proposedOn: "2026-02-18",
      approvedOn: "2026-02-18",
      writes: [
        { kind: "task", state: "undone", day: "2026-02-18" },
        { kind: "note", state: "kept", day: "2026-02-18" },
      ],
    },
  ],
  groups: [
    { name: "Кофе в зёрнах", purchases: 13, amountMinor: 28_400_000, lastOn: "2026-09-12" },
    { name: "Чай", purchases: 6, amountMinor: 8_100_000, lastOn: "2026-07-10" },
    { name: "Посуда", purchases: 2, amountMinor: 4_700_000, lastOn: "2026-03-02" },
  ],
};

const BY_STATE: Partial<Readonly<Record<CardState, Partial<CardDetail>>>> = {
  one_purchase: {
    purchases: DETAIL.purchases.slice(-1).map((one) => ({ ...one, day: "2026-10-22" })),
    rhythm: null,
    contacts: [],
    moves: [],
    scores: [],
    playbooks: [],
    groups: [],
  },
};

/** The same states as the short card; those without a client to judge have no details. */
export function sampleFullCard(state: CardState): CardDocument {
  const card = sampleCard(state);
  if (card.segment === null) return card;
  return { ...card, detail: { ...DETAIL, ...BY_STATE[state] } };
}
