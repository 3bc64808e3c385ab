import { errorCode, isRetryable } from "../crm/error.ts";
import type { CardEntity, Host, HostLink } from "../crm/host.ts";
import type { AutomationAnswer, AutomationQuestion } from "../crm/host-writes.ts";
import type { Clock, Instant, Log } from "../crm/ports.ts";
import { clientKey } from "../crm/records.ts";
import { segmentName } from "../crm/segment-names.ts";
import { pickTaskLocale } from "../playbooks/texts.ts";
import { parseInsight, STORED_INSIGHT, type StoredInsight } from "./insight-data.ts";
import { closedUntil } from "./pauses.ts";
import { readPortal } from "./portal-row.ts";
import { STATE_RULES } from "./portal-state.ts";
import type { Sql, SqlReader } from "./sql.ts";

/** What the portal's own automation asks about a client: kept when it arrives, answered by a tick, then forgotten. */

const PER_STEP = 50;
const RETRY_MS = 30_000;
/** More than a portal's automation can mean at once. */
const MAX_WAITING = 20_000;

interface QuestionRow {
  readonly token: string;
  readonly entity: CardEntity;
  readonly id: string;
  readonly expires_at: Instant;
}

/** Belongs into the transaction of the delivery. The same question twice is one. Answered at `now` at the earliest. */
export function storeQuestions(
  sql: Sql,
  questions: readonly AutomationQuestion[],
  now: Instant,
): void {
  if (questions.length === 0) return;
  const waiting = sql.get<{ n: number }>("select count(*) as n from question")?.n ?? 0;
  for (const { token, entity, id, expiresAt } of questions.slice(0, MAX_WAITING - waiting)) {
    sql.run(
      `insert into question (token, entity, id, asked_at, next_at, expires_at)
       values (?, ?, ?, ?, ?, ?) on conflict (token) do nothing`,
      token,
      entity,
      id,
      Math.round(now),
      Math.round(now),
      Math.round(expiresAt),
    );
  }
}

export interface QuestionParts {
  readonly sql: Sql;
  readonly host: Host;
  readonly link: HostLink;
  readonly clock: Clock;
  readonly log: Log;
}

export function makeQuestions({ sql, host, link, clock, log }: QuestionParts) {
  const answer = async (row: QuestionRow): Promise<void> => {
    const now = clock.now();
    const forget = () => sql.run("delete from question where token = ?", row.token);
    const { answers } = host;
    if (!answers || row.expires_at <= now) {
      forget();
      return;
    }
    try {
      await answers.send(link, row.token, answerFor(sql, row));
      forget();
    } catch (cause) {
      const code = errorCode(cause);
      log.warn("question.failed", { code });
      if (isRetryable(cause)) {
        const nextAt = Math.round(now + RETRY_MS);
        sql.run("update question set next_at = ? where token = ?", nextAt, row.token);
      } else forget();
    }
  };
  return {
    async step(): Promise<Instant | null> {
      const state = readPortal(sql)?.state;
      if (!state || !STATE_RULES[state].mayCall) return null;
      const closed = closedUntil(sql, clock.now());
      const due = sql.all<QuestionRow>(
        "select * from question where next_at <= ? order by asked_at limit ?",
        clock.now(),
        PER_STEP,
      );
      if (closed === null) for (const row of due) await answer(row);
      const next = sql.get<{ at: Instant | null }>("select min(next_at) as at from question")?.at;
      return next === null || next === undefined ? null : Math.max(next, closed ?? 0);
    },
  };
}

const UNKNOWN: AutomationAnswer = {
  segment: "",
  segmentName: "",
  lifecycle: "",
  band: "",
  score: "",
  churnPercent: "",
  daysSinceLast: "",
  purchases: "",
};

/** A client that we do not know, or that has bought nothing, is answered too: the workflow must go on. */
function answerFor(sql: SqlReader, { entity, id }: QuestionRow): AutomationAnswer {
  const key =
    entity === "deal"
      ? sql.get<{ client_key: string | null }>("select client_key from deal where id = ?", id)
          ?.client_key
      : clientKey({ kind: entity, id });
  const row = sql.get<StoredInsight>(
    `select ${STORED_INSIGHT} from insight i where i.client_key = ?`,
    key ?? "",
  );
  const insight = row ? parseInsight(row) : null;
  if (!insight) return UNKNOWN;
  const locale = pickTaskLocale(readPortal(sql)?.locale);
  return {
    segment: insight.segment,
    segmentName: segmentName(insight.segment, locale),
    lifecycle: insight.lifecycle,
    band: insight.health?.band ?? "",
    score: insight.health ? String(insight.health.score) : "",
    churnPercent: insight.forecast ? String(Math.round(insight.forecast.pChurn * 100)) : "",
    daysSinceLast: String(insight.daysSinceLast),
    purchases: String(insight.purchases),
  };
}
