import type { CardDocument, CardState } from "../crm/card.ts";
import type { CardPart } from "./card.tsx";
import { clientLabel, headWords, proposalWords, REPLACING, snoozeText } from "./card-texts.ts";
import { fill } from "./texts/fill.ts";
import type { Format } from "./texts/format.ts";
import { fullCardTexts } from "./texts/full-card.ts";
import type { CardTexts } from "./texts/texts.ts";

type Tone = "good" | "watch" | "risk" | "neutral";

/** States said in the head itself; the others that apply follow as notices. */
const SAID_IN_HEAD: readonly CardState[] = [...REPLACING, "snoozed", "holdout", "ok"];

interface HeadProps {
  readonly view: CardPart;
  readonly texts: CardTexts;
  readonly format: Format;
}

/** The first three lines: verdict, one reason, one action. */
export function Head({ view, texts, format }: HeadProps) {
  const { card } = view;
  const { word, reason, isReplaced } = headWords(card, texts, format);
  const health = isReplaced ? null : card.health;
  const tone: Tone = health ? health.band : "neutral";
  return (
    <header class={`head tone-${tone}`}>
      <div class="verdict">
        <Shape tone={tone} />
        <h1>{word}</h1>
        {health ? (
          <span class="score">
            <b>{format.int(health.score)}</b>
            <span aria-hidden="true">/100</span>
            <span class="sr"> {texts.outOf100}</span>
          </span>
        ) : null}
        {health && !isReplaced ? <Delta card={card} texts={texts} format={format} /> : null}
        {!health && !isReplaced && card.worth ? (
          <span class="score">{format.purchases(card.worth.purchases)}</span>
        ) : null}
      </div>
      <p class="reason">{reason}</p>
      {card.state === "installing" ? (
        <Progress card={card} texts={texts} format={format} />
      ) : (
        <ActionLine view={view} texts={texts} format={format} />
      )}
    </header>
  );
}

/** A different shape per band, so that colour is never the only sign. */
function Shape({ tone }: { tone: Tone }) {
  return (
    <svg class="shape" viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
      {tone === "good" ? <circle cx="7" cy="7" r="6" /> : null}
      {tone === "watch" ? <path d="M7 0.5 13.5 7 7 13.5 0.5 7z" /> : null}
      {tone === "risk" ? <path d="M7 1 13.8 13H0.2z" /> : null}
      {tone === "neutral" ? (
        <circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" stroke-width="2" />
      ) : null}
    </svg>
  );
}

/** Scores of different formulas are not compared. */
function Delta({ card, texts, format }: { card: CardDocument; texts: CardTexts; format: Format }) {
  const delta = card.health?.delta30d ?? null;
  if (delta === null || card.flags.includes("formula_changed")) return null;
  const [sign, direction] =
    delta > 0 ? ["▲", "up" as const] : delta < 0 ? ["▼", "down" as const] : ["=", "same" as const];
  const words = fill(texts.delta[direction], { n: format.int(Math.abs(delta)) });
  return (
    <span class={`delta ${direction}`} title={words}>
      <span aria-hidden="true">
        {sign}
        {delta === 0 ? "" : ` ${format.int(Math.abs(delta))}`} <small>{texts.delta.period}</small>
      </span>
      <span class="sr">{words}</span>
    </span>
  );
}

function ActionLine({ view, texts, format }: HeadProps) {
  const { card } = view;
  if (REPLACING.includes(card.state)) return null;
  if (card.flags.includes("snoozed") && card.snooze) {
    return <p class="action">{snoozeText(card.snooze, texts, format)}</p>;
  }
  if (card.holdout || card.flags.includes("holdout")) {
    return view.session?.role === "admin" ? <p class="action quiet">{texts.holdoutNote}</p> : null;
  }
  if (card.action && card.action.kind !== "none") {
    return <Proposal action={card.action} texts={texts} format={format} />;
  }
  // "Nothing urgent" is a judgement of its own: said only where the verdict is good.
  return card.health?.band === "good" ? <p class="action quiet">{texts.actionNone}</p> : null;
}

type Action = NonNullable<CardDocument["action"]>;

/** One thing to do, or the task that is open already. */
function Proposal({
  action,
  texts,
  format,
}: Omit<HeadProps, "view"> & { readonly action: Action }) {
  const { words, due } = proposalWords(action, texts, format);
  if (action.openTaskId !== null) {
    return (
      <p class="action">
        <span>
          <b>{words}</b> <span class="quiet">№ {action.openTaskId}</span>
          {due ? `, ${due}` : ""}
        </span>
      </p>
    );
  }
  return (
    <p class="action">
      <span>
        <b>{words}</b>
        {due ? ` ${due}` : ""}
      </span>
    </p>
  );
}

function Progress({
  card,
  texts,
  format,
}: {
  card: CardDocument;
  texts: CardTexts;
  format: Format;
}) {
  const progress = card.progress;
  if (!progress) return null;
  const done = format.int(progress.done);
  const line =
    progress.total === null
      ? fill(texts.progressUnknownTotal, { done })
      : fill(texts.progress, { done, total: format.int(progress.total) });
  const left =
    progress.secondsLeft === null
      ? ""
      : `, ${fill(texts.timeLeft, { time: format.duration(progress.secondsLeft) })}`;
  return (
    <div class="progress">
      {progress.total === null ? (
        <progress aria-label={line} />
      ) : (
        <progress aria-label={line} max={Math.max(1, progress.total)} value={progress.done} />
      )}
      <span>
        {line}
        {left}
      </span>
    </div>
  );
}

/** Every other state that applies, one line each. */
export function Notices({ view, texts }: HeadProps) {
  const { card } = view;
  const others = card.flags.filter(
    (flag) => !(flag === card.state && REPLACING.includes(flag)) && !SAID_IN_HEAD.includes(flag),
  );
  if (others.length === 0) return null;
  return (
    <ul class="notices">
      {others.map((flag) => (
        <li>{fill(texts.states[flag].text, { client: clientLabel(card.client, texts) })}</li>
      ))}
    </ul>
  );
}

/** Several clients of one record: whose score it is, and a way to the others. */
export function Clients({ view, texts }: HeadProps) {
  const { card } = view;
  if (!card.client || card.alternatives.length === 0) return null;
  const words = fullCardTexts(view.locale);
  return (
    <nav class="clients" aria-label={words.clients}>
      {/* The same order whoever is shown: a button must not move from under a finger. */}
      {inOrder([card.client, ...card.alternatives]).map((client) => (
        <button
          type="button"
          data-switch={client.key}
          aria-pressed={client.key === card.client?.key ? "true" : "false"}
        >
          <span data-client={client.key}>{clientLabel(client, texts)}</span>
        </button>
      ))}
      <p
        role="status"
        data-switch-refused={words.noRight}
        data-switch-failed={words.failed}
        hidden
      />
    </nav>
  );
}

type Client = NonNullable<CardDocument["client"]>;

function inOrder(clients: readonly Client[]): readonly Client[] {
  return clients.toSorted((one, other) => (one.key < other.key ? -1 : 1));
}
