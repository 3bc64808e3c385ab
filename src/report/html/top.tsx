import { fill } from "../../pages/texts/fill.ts";
import { callList, worth } from "../call-list.ts";
import { MONDAY_CALLS, type Story, storyOf } from "../story.ts";
import type { ReportSection } from "../texts/texts.ts";
import { Given } from "./blocks.tsx";
import type { Part } from "./part.ts";

const ARROWS: Readonly<Record<Story["trend"], string>> = {
  up: "▲",
  down: "▼",
  same: "●",
  unknown: "○",
};
const TONES: Readonly<Record<Story["trend"], string>> = {
  up: "good",
  down: "risk",
  same: "neutral",
  unknown: "neutral",
};

/** What the report is about, and the three things to know if nothing else is read. */
export function Top({ part, product, file }: { part: Part; product: string; file: string }) {
  const { analysis, texts, format } = part;
  const period = {
    from: format.dayYear(analysis.period.from),
    to: format.dayYear(analysis.period.to),
  };
  return (
    <header class="top">
      <p class="brand quiet">{product}</p>
      <h1>
        {texts.title}: <Given text={file} />
      </h1>
      <p class="quiet">
        {[
          fill(texts.period, period),
          fill(texts.asOf, { date: format.dayYear(analysis.asOf) }),
          format.clients(analysis.clients),
          format.purchases(analysis.purchases),
          ...(analysis.revenueMinor === null ? [] : [format.moneyExact(analysis.revenueMinor)]),
        ].join(" · ")}
      </p>
    </header>
  );
}

/** The three sentences. */
export function Sentences(part: Part) {
  const { analysis, texts, format } = part;
  const story = storyOf(analysis, texts.story, format);
  const { labels } = texts.story;
  const list = callList(analysis);
  return (
    <div class="story">
      <article class={`panel tone-${TONES[story.trend]}`}>
        <h2>{labels.state}</h2>
        <p class="verdict">
          <span aria-hidden="true">{ARROWS[story.trend]}</span> {story.state.title}
        </p>
        <p>{story.state.text}</p>
      </article>
      <article class={`panel tone-${list.rows.length > 0 ? "risk" : "good"}`}>
        <h2>{labels.leaving}</h2>
        <p class="verdict">
          <span aria-hidden="true">{list.rows.length > 0 ? "▼" : "●"}</span> {story.leaving.title}
        </p>
        <p>{story.leaving.text}</p>
      </article>
      <article class="panel tone-accent">
        <h2>{labels.monday}</h2>
        <p class="verdict">
          <span aria-hidden="true">►</span> {story.monday.title}
        </p>
        {list.rows.length === 0 ? null : (
          <ol class="monday">
            {list.rows.slice(0, MONDAY_CALLS).map((row) => (
              <li>
                <Given text={row.id} most={40} />
                {list.basis === "purchases" ? null : (
                  <span class="num">{format.money(worth(row, list.basis))}</span>
                )}
              </li>
            ))}
          </ol>
        )}
        <p>{story.monday.text}</p>
      </article>
    </div>
  );
}

/** Links to the sections; they work without scripts. */
export function Contents({ part, sections }: { part: Part; sections: readonly ReportSection[] }) {
  const { texts } = part;
  return (
    <nav class="contents" aria-label={texts.contents}>
      <ul>
        {sections.map((code) => (
          <li>
            <a href={`#${code}`}>{texts.sections[code].title}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
