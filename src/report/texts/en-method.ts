import type { Term } from "./texts.ts";

export const methodEn: readonly Term[] = [
  {
    name: "Purchases",
    text: "Purchases of one client on one day count as one. A refund lowers the money and is never a purchase. A client who got everything back is not a client. A purchase without a sum counts for rhythm, not for money.",
  },
  {
    name: "Silent for longer than usual",
    text: "Days of silence are compared with the client's own usual gap, not with one limit for all. While a client has few gaps of its own, the gap of the base is mixed in.",
  },
  {
    name: "Forecast",
    text: "The probability model MBG/NBD: every client buys at its own pace and may leave after any purchase. It sees dates and sums only. It knows of no promotion and no negotiation.",
  },
  {
    name: "Check on the past",
    text: "We go back to a day in the past, forget everything later, forecast and compare with what happened. A simple rule always stands beside it: silent for longer than the horizon means gone.",
  },
  {
    name: "What is not here",
    text: "The report knows no names, phones or letters. What the file cannot tell is called unknown, never zero.",
  },
];

export const glossaryEn: readonly Term[] = [
  {
    name: "RFM segment",
    text: "A group by three scores: how recently, how often and for how much.",
  },
  { name: "Class A, B, C", text: "A together bring 80% of the money, B the next 15%, C the rest." },
  {
    name: "Stage",
    text: "Where the client is now: new, active, loyal, at risk, sleeping, lost, returned.",
  },
  {
    name: "Horizon",
    text: "How far the forecast looks. Chosen for the base's rhythm, changed with --horizon.",
  },
  {
    name: "At stake",
    text: "Money that a call may still save within the horizon. An order of importance, not a promise.",
  },
  { name: "Cohort", text: "Everybody whose first purchase was in the same month." },
  {
    name: "LTV",
    text: "A client's money: brought so far, or expected within a year, as the place says.",
  },
];
