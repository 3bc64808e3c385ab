import type { CardDocument } from "../crm/card.ts";
import type { CardEntity } from "../crm/host.ts";
import { Facts } from "./card-facts.tsx";
import { Head, Notices } from "./card-head.tsx";
import { noteText } from "./card-texts.ts";
import { Changed, Changes, Why } from "./card-why.tsx";
import { type PageContext, renderDocument, ThemeSwitch } from "./layout.tsx";
import { fill } from "./texts/fill.ts";
import { type Format, makeFormat } from "./texts/format.ts";
import { textsOf } from "./texts/index.ts";
import type { CardTexts } from "./texts/texts.ts";

export interface CardView extends PageContext {
  readonly card: CardDocument;
  /** Which record of the CRM the page stands in; lets the page look again while the first sync runs. */
  readonly entity?: { readonly entity: CardEntity; readonly id: string };
  /** Only the first lines: verdict, reason, action. */
  readonly isStrip?: boolean;
}

/** The widget page of a deal, contact or company card, complete: it paints without any request. */
export function renderCard(view: CardView): string {
  const { card, locale } = view;
  const texts = textsOf(locale).card;
  const format = makeFormat(locale, card.worth?.currency ?? "", card.asOf);
  const isHidden = card.state === "no_permission" || card.state === "licence_ended";
  const health = isHidden || card.tier === 0 ? null : card.health;
  // One rate for everybody has no bands.
  const hasSignal = card.notes.every(({ code }) => code !== "no_signal");
  const horizonDays = hasSignal ? (card.forecast?.horizonDays ?? null) : null;
  return renderDocument({
    context: view,
    title: texts.title,
    style: "card",
    island: "card",
    data: { "pulse-card": card },
    body: (
      <main
        data-state={card.state}
        data-entity={view.entity?.entity}
        data-entity-id={view.entity?.id}
      >
        <Head view={view} texts={texts} format={format} />
        {view.isStrip ? null : (
          <>
            <Notices view={view} texts={texts} format={format} />
            <Facts card={card} texts={texts} format={format} />
          </>
        )}
        {view.isStrip ? null : (
          <Details
            view={view}
            texts={texts}
            format={format}
            health={health}
            horizonDays={horizonDays}
          />
        )}
      </main>
    ),
  });
}

interface DetailsProps extends FootProps {
  readonly health: CardDocument["health"];
  readonly horizonDays: number | null;
}

/** Everything below the facts: why, what would change it, and how old the data is. */
function Details({ view, texts, format, health, horizonDays }: DetailsProps) {
  const { card } = view;
  return (
    <>
      {health && !card.flags.includes("formula_changed") ? (
        <Changed health={health} texts={texts} format={format} />
      ) : null}
      {health ? (
        <Why health={health} horizonDays={horizonDays} texts={texts} format={format} />
      ) : null}
      {health && !card.holdout ? <Changes health={health} texts={texts} format={format} /> : null}
      <Foot view={view} texts={texts} format={format} />
    </>
  );
}

interface FootProps {
  readonly view: CardView;
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
      </p>
    </footer>
  );
}
