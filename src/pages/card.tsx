import type { CardDocument, CardSize } from "../crm/card.ts";
import type { CardEntity } from "../crm/host.ts";
import { Facts } from "./card-facts.tsx";
import { Clients, Head, Notices } from "./card-head.tsx";
import { noteText } from "./card-texts.ts";
import { Changed, Changes, Why } from "./card-why.tsx";
import { Groups, Moves, PlaybookHistory } from "./full-history.tsx";
import { Timeline } from "./full-timeline.tsx";
import { type PageContext, type PageSession, renderDocument, ThemeSwitch } from "./layout.tsx";
import { fill } from "./texts/fill.ts";
import { type Format, type Locale, makeFormat } from "./texts/format.ts";
import { fullCardTexts } from "./texts/full-card.ts";
import { textsOf } from "./texts/index.ts";
import type { CardTexts } from "./texts/texts.ts";

/** What a card shows, wherever it is put. */
export interface CardPart {
  readonly locale: Locale;
  /** Who looks. */
  readonly session: Pick<PageSession, "role"> | null;
  readonly card: CardDocument;
  /** Which record of the CRM the page stands in; lets the page look again while the first sync runs. */
  readonly entity?: { readonly entity: CardEntity; readonly id: string };
  /** How much room there is: the first lines only, a column, or a whole page. */
  readonly size?: CardSize;
  /** The page was opened over another one, which is there again when it closes. */
  readonly canClose?: boolean;
}

export interface CardView extends PageContext, CardPart {
  readonly session: PageSession | null;
}

/** The widget page of a deal, contact or company card, complete: it paints without any request. */
export function renderCard(view: CardView): string {
  return renderDocument({
    context: view,
    title: textsOf(view.locale).card.title,
    style: "card",
    island: "card",
    data: { "pulse-card": view.card },
    body: <Card view={view} />,
  });
}

/** The same without the document around it, for a page that is open already. */
export function renderCardPart(view: CardPart): string {
  return String(<Card view={view} />);
}

function Card({ view }: { readonly view: CardPart }) {
  const { card, entity, size = "column" } = view;
  const texts = textsOf(view.locale).card;
  const format = makeFormat(view.locale, card.worth?.currency ?? "", card.asOf);
  const parts = { view, texts, format };
  return (
    <main
      data-state={card.state}
      data-size={size}
      data-entity={entity?.entity}
      data-entity-id={entity?.id}
    >
      <div class="first">
        <Head {...parts} />
        {size === "strip" ? (
          <Opener {...parts} />
        ) : (
          <>
            <Clients {...parts} />
            <Notices {...parts} />
            <Facts card={card} texts={texts} format={format} />
          </>
        )}
      </div>
      {size === "full" ? <Full {...parts} /> : null}
      {size === "strip" ? null : <Details {...parts} />}
    </main>
  );
}

/** Where the first lines are all there is: the whole of it one press away, if the page around us can open it. */
function Opener({ view, format }: FootProps) {
  if (!view.entity || view.card.state === "no_permission") return null;
  return (
    <button type="button" class="opener" data-open-full hidden>
      {fullCardTexts(format.locale).more}
    </button>
  );
}

/** What a whole page has room for. */
function Full({ view, format }: FootProps) {
  const { card } = view;
  const texts = fullCardTexts(format.locale);
  if (!card.detail) {
    return card.state === "no_purchase" ? (
      <div class="middle">
        <section class="timeline" aria-labelledby="timeline">
          <h2 id="timeline">{texts.timeline}</h2>
          <p class="quiet">{texts.timelineEmpty}</p>
        </section>
      </div>
    ) : null;
  }
  const parts = { card, detail: card.detail, format };
  return (
    <div class="middle">
      <Timeline {...parts} />
      <Groups {...parts} />
      <Moves {...parts} />
      <PlaybookHistory {...parts} />
    </div>
  );
}

/** Below or beside the facts: why, what would change it, and how old the data is. */
function Details({ view, texts, format }: FootProps) {
  const { card } = view;
  const isHidden = card.state === "no_permission" || card.state === "licence_ended";
  const health = isHidden || card.tier === 0 ? null : card.health;
  // One rate for everybody has no bands.
  const hasSignal = card.notes.every(({ code }) => code !== "no_signal");
  const horizonDays = hasSignal ? (card.forecast?.horizonDays ?? null) : null;
  return (
    <div class="last">
      {health && !card.flags.includes("formula_changed") ? (
        <Changed health={health} texts={texts} format={format} />
      ) : null}
      {health ? (
        <Why
          health={health}
          horizonDays={horizonDays}
          isOpen={view.size === "full"}
          texts={texts}
          format={format}
        />
      ) : null}
      {health && !card.holdout ? <Changes health={health} texts={texts} format={format} /> : null}
      <Foot view={view} texts={texts} format={format} />
    </div>
  );
}

interface FootProps {
  readonly view: CardPart;
  readonly texts: CardTexts;
  readonly format: Format;
}

/** Remarks on this client's data, its age, and what the base allows us to say. */
function Foot({ view, texts, format }: FootProps) {
  const { card } = view;
  const notes = card.state === "no_permission" ? [] : card.notes;
  const lag = card.dataAsOf
    ? Math.max(0, (Date.parse(card.asOf) - Date.parse(card.dataAsOf)) / 1000)
    : null;
  const tier = String(card.tier) as keyof CardTexts["tiers"];
  const details = [
    fill(texts.tierLabel, { tier }),
    fill(texts.formula, { formula: card.formula, snapshot: card.snapshot ?? "–" }),
  ].join(". ");
  return (
    <footer>
      {notes.length > 0 ? (
        <ul class="notes">
          {notes.map((note) => (
            <li>{noteText(note, texts, format)}</li>
          ))}
        </ul>
      ) : null}
      <p class="meta">
        {lag === null ? null : (
          <time datetime={card.dataAsOf ?? ""} data-local-time>
            {lag < 60 ? texts.dataNow : fill(texts.dataAge, { age: format.duration(lag) })}
          </time>
        )}
        <span title={details}>{texts.tiers[tier]}</span>
        <ThemeSwitch locale={view.locale} />
        {view.canClose ? (
          <button type="button" data-close hidden>
            {fullCardTexts(format.locale).close}
          </button>
        ) : null}
      </p>
    </footer>
  );
}
