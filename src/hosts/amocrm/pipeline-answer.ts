import { z } from "zod";
import { AppError, errorCode } from "../../crm/error.ts";
import type { AutomationAnswer, HostAnswers } from "../../crm/host-writes.ts";
import { localeOf } from "./account.ts";
import { writeRequest } from "./api.ts";
import { markerOf } from "./marker.ts";
import { createServiceNote, findServiceNote } from "./notes.ts";

/** What a step of the Digital Pipeline wants, as the handle of its question. */
const step = z.object({
  dealId: z.string().regex(/^\d+$/),
  time: z.string(),
  /** Salesbot to start on the deal instead of a note. */
  botId: z.string().nullable(),
  /** Only for clients of one of these segments, states or bands; empty = for all. */
  only: z.array(z.string()),
});

export function writeStep(wanted: z.infer<typeof step>): string {
  return JSON.stringify(wanted);
}

const LEAD_TYPE = 2;

/**
 * Answers a step: a line in the deal's history with what we think of the client, or the Salesbot that the administrator
 * has named. The note is searched for before it is written, so a repeated call says nothing twice; a bot whose start is
 * uncertain is not started again.
 */
export const answers: HostAnswers = {
  async send(link, token, answer) {
    const { dealId, time, botId, only } = step.parse(JSON.parse(token));
    const states = [answer.segment, answer.lifecycle, answer.band];
    if (only.length > 0 && !states.some((state) => only.includes(state))) return;
    if (botId === null) {
      const actionKey = `step ${dealId} ${time}`;
      const since = Number(time) * 1_000 || link.clock.now();
      if ((await findServiceNote(link, "leads", dealId, { actionKey }, since)) !== null) return;
      const lines = [sentence(answer, localeOf(link.address.key)), markerOf({ actionKey })];
      await createServiceNote(link, "leads/notes", dealId, lines);
      return;
    }
    const run = [{ bot_id: Number(botId), entity_id: Number(dealId), entity_type: LEAD_TYPE }];
    try {
      await link.send("salesbot.run", writeRequest("POST", "salesbot/run", run, "v2"));
    } catch (cause) {
      const isRefused = ["host.rate_limited", "host.token_expired"].includes(errorCode(cause));
      throw isRefused ? cause : new AppError("host.refused", { cause });
    }
  },
};

const WORDS = {
  ru: {
    none: "Клиент ещё ничего не купил или пока не посчитан.",
    segment: "Сегмент",
    score: "Здоровье, 0–100",
    churn: "Вероятность ухода, %",
    days: "Дней с последней покупки",
    purchases: "Покупок всего",
  },
  en: {
    none: "The client has bought nothing yet or is not counted yet.",
    segment: "Segment",
    score: "Health, 0–100",
    churn: "Chance of leaving, %",
    days: "Days since the last purchase",
    purchases: "Purchases so far",
  },
} as const;

function sentence(answer: AutomationAnswer, locale: "ru" | "en"): string {
  const words = WORDS[locale];
  if (answer.segment === "") return words.none;
  const facts = [
    [words.segment, answer.segmentName],
    [words.score, answer.score],
    [words.churn, answer.churnPercent],
    [words.days, answer.daysSinceLast],
    [words.purchases, answer.purchases],
  ].filter(([, value]) => value !== "");
  return facts.map(([name, value]) => `${name}: ${value}`).join(" · ");
}
