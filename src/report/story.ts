import { fill } from "../pages/texts/fill.ts";
import type { Format } from "../pages/texts/format.ts";
import { hasChances } from "./accuracy.ts";
import type { Analysis } from "./analysis.ts";
import { type CallList, callList, worth } from "./call-list.ts";
import type { StoryTexts } from "./texts/texts.ts";

/** One of the three things an owner reads first: a verdict and one to three sentences. */
export interface StoryPart {
  readonly title: string;
  readonly text: string;
}

export interface Story {
  readonly trend: "up" | "down" | "same" | "unknown";
  readonly state: StoryPart;
  readonly leaving: StoryPart;
  readonly monday: StoryPart;
}

/** How many calls a Monday holds. */
export const MONDAY_CALLS = 5;
/** Below this a change is no news. */
const STEADY_SHARE = 0.03;
/** Fewer purchases in both periods together say nothing about a trend. */
const FEWEST_PURCHASES = 30;

/** The three sentences that matter, for the page and the terminal alike. */
export function storyOf(analysis: Analysis, texts: StoryTexts, format: Format): Story {
  const list = callList(analysis);
  const change = changeOf(analysis);
  return {
    trend: trendOf(change),
    state: stateOf(analysis, change, texts, format),
    leaving: leavingOf(analysis, list, texts, format),
    monday: mondayOf(analysis, list, texts, format),
  };
}

/** Relative change of revenue, or of purchases where there are no sums; null without a comparison. */
function changeOf({ comparison }: Analysis): number | null {
  const { current, previous } = comparison;
  if (previous === null || current.purchases + previous.purchases < FEWEST_PURCHASES) return null;
  const [now, before] =
    current.revenueMinor === null
      ? [current.purchases, previous.purchases]
      : [current.revenueMinor, previous.revenueMinor ?? 0];
  return before > 0 ? now / before - 1 : null;
}

function trendOf(change: number | null): Story["trend"] {
  if (change === null) return "unknown";
  if (Math.abs(change) < STEADY_SHARE) return "same";
  return change > 0 ? "up" : "down";
}

function stateOf(
  analysis: Analysis,
  change: number | null,
  texts: StoryTexts,
  format: Format,
): StoryPart {
  const { comparison, kpis } = analysis;
  const { current, previous } = comparison;
  const days = format.days(comparison.days);
  const period = fill(previous === null ? texts.wholeHistory : texts.lastDays, { days });
  const trend = trendOf(change);
  const sentence = { up: texts.more, down: texts.less, same: texts.same, unknown: "" }[trend];
  const share = format.percent(Math.abs(change ?? 0));
  const values = { period, change: fill(sentence, { share, days }) };
  const repeat = kpis.repeat_purchase_rate?.value ?? null;
  return {
    title: {
      up: texts.growing,
      down: texts.shrinking,
      same: texts.steady,
      unknown: texts.firstLook,
    }[trend],
    text: [
      current.revenueMinor === null
        ? fill(texts.bought, { ...values, purchases: format.purchases(current.purchases) })
        : fill(texts.earned, { ...values, money: format.money(current.revenueMinor) }),
      change === null ? texts.noPrevious : "",
      fill(texts.buyers, {
        buyers: format.int(current.buyers),
        newClients: format.int(current.newClients),
      }),
      repeat === null ? "" : fill(texts.again, { share: format.percent(repeat) }),
    ]
      .filter(Boolean)
      .join(" "),
  };
}

function leavingOf(
  analysis: Analysis,
  list: CallList,
  texts: StoryTexts,
  format: Format,
): StoryPart {
  const { rows, usualMinor, stakeMinor } = list;
  if (rows.length === 0) return { title: texts.nobodySilent, text: texts.nobodySilentText };
  const share = format.percent(rows.length / analysis.clients);
  const days = format.days(analysis.model.horizonDays);
  return {
    title: fill(texts.silent, { clients: format.clients(rows.length) }),
    text: [
      usualMinor === null
        ? fill(texts.shareOfBase, { share })
        : fill(texts.usual, { money: format.money(usualMinor), days }),
      stakeMinor === null ? "" : fill(texts.stake, { money: format.money(stakeMinor) }),
      hasChances(analysis) ? "" : texts.noChances,
    ]
      .filter(Boolean)
      .join(" "),
  };
}

function mondayOf(
  analysis: Analysis,
  { rows, basis }: CallList,
  texts: StoryTexts,
  format: Format,
): StoryPart {
  const { states } = analysis.segmentation.lifecycle;
  const fresh = states.find(({ code }) => code === "new")?.clients ?? 0;
  const second = fresh === 0 ? "" : fill(texts.second, { clients: format.clients(fresh) });
  if (rows.length === 0) {
    return { title: texts.nothingTitle, text: second === "" ? texts.nothing : second };
  }
  const first = rows.slice(0, MONDAY_CALLS);
  const sum = (some: typeof rows) => some.reduce((total, row) => total + worth(row, basis), 0);
  const share = basis === "purchases" || sum(rows) <= 0 ? null : sum(first) / sum(rows);
  const isWhole = first.length === rows.length;
  return {
    title: fill(texts.callTitle, { calls: format.clients(first.length) }),
    text: [
      share === null || isWhole
        ? texts.callAll
        : fill(texts.callFirst, { share: format.percent(share) }),
      second,
    ]
      .filter(Boolean)
      .join(" "),
  };
}
