import type { ModelQualityDocument } from "../crm/model-quality.ts";
import { ShareBar } from "./charts.tsx";
import type { PartProps } from "./overview.tsx";
import { Calibration, Figures, Windows } from "./overview-model-figures.tsx";
import { fill } from "./texts/fill.ts";
import type { Format } from "./texts/format.ts";
import type { ModelTexts } from "./texts/model-texts.ts";
import { lookUp } from "./texts/params.ts";

/** What every part of the panel is given. */
export interface ModelProps {
  readonly model: ModelQualityDocument;
  readonly words: ModelTexts;
  readonly format: Format;
}

type Window = ModelQualityDocument["windows"][number];

/** How often the forecasts would have been wrong on the company's own past, in plain words first. */
export function ModelQuality({ overview, texts, format }: PartProps) {
  const model = overview.modelQuality ?? null;
  const words = texts.model;
  const part = model && { model, words, format };
  return (
    <section class="panel model" aria-labelledby="model">
      <h2 id="model">{words.title}</h2>
      {part === null ? (
        <p class="empty">{words.states.untested.text}</p>
      ) : (
        <>
          <Verdict {...part} />
          <Drift {...part} />
          <Tested {...part} showTable={texts.showTable} />
          <Bands {...part} />
        </>
      )}
    </section>
  );
}

const MARKS = {
  usable: ["✓", "good"],
  no_signal: ["!", "watch"],
  unproven: ["!", "watch"],
  refused: ["○", "neutral"],
  tier_0: ["○", "neutral"],
  untested: ["○", "neutral"],
} as const;

function Verdict({ model, words, format }: ModelProps) {
  const { state, versusRule } = model;
  const isEven = state === "usable" && versusRule?.isBetter === false;
  const [mark, tone] = isEven ? MARKS.unproven : MARKS[state];
  const known = words.states[state];
  const lines = [
    known.text === "" ? null : fill(known.text, numbersOf(model, format)),
    state === "tier_0" ? missingText(model, words, format) : null,
    state === "refused" ? untilText(model, words, format) : null,
    model.reason === null ? null : lookUp(words.reasons, model.reason),
    state === "usable" ? versusText(model, words, format) : null,
  ].filter((line) => line !== null);
  return (
    <>
      <p class={`model-verdict tone-${tone}`}>
        <span aria-hidden="true">{mark}</span> {isEven ? words.even : known.title}
      </p>
      {lines.map((line) => (
        <p>{line}</p>
      ))}
    </>
  );
}

function numbersOf(model: ModelQualityDocument, format: Format): Record<string, string> {
  const newest = model.windows[0];
  return {
    clients: format.int(model.tested),
    days: format.days(model.horizonDays),
    share: format.percent(newest?.all.baseRate.baseRate ?? 0),
  };
}

function missingText(
  { clients, repeatBuyers, reason }: ModelQualityDocument,
  words: ModelTexts,
  format: Format,
) {
  const text = reason === null ? null : lookUp(words.missing, reason);
  return text === null
    ? null
    : fill(text, {
        clients: format.int(clients),
        repeat: format.int(repeatBuyers),
        share: format.percent(clients > 0 ? repeatBuyers / clients : 0),
      });
}

function untilText({ testableFrom }: ModelQualityDocument, words: ModelTexts, format: Format) {
  return testableFrom === null
    ? words.untilUnknown
    : fill(words.until, { date: format.day(testableFrom) });
}

/** Where the rule is as good, that is said, and what is used instead. */
function versusText(
  { versusRule, inUse }: ModelQualityDocument,
  words: ModelTexts,
  format: Format,
) {
  if (versusRule === null) return null;
  const counts = { won: format.int(versusRule.won), windows: format.int(versusRule.windows) };
  const method = inUse === null ? "" : ` ${fill(words.inUse, { method: words.methods[inUse] })}`;
  if (inUse === "hiatus") return words.versus.ruleInUse;
  return `${fill(words.versus[versusRule.isBetter ? "better" : "even"], counts)}${method}`;
}

function Drift({ model, words }: ModelProps) {
  const { drift } = model;
  if (!drift?.isAlarm) return null;
  const side = drift.fewer === 0 ? "more" : drift.more === 0 ? "fewer" : "both";
  return (
    <p class="model-drift" role="note">
      <b>{words.drift.title}.</b> {words.drift[side]}
    </p>
  );
}

function Tested({ showTable, ...part }: ModelProps & { readonly showTable: string }) {
  const { model, words, format } = part;
  const newest = model.windows[0];
  if (newest === undefined) return null;
  return (
    <>
      {model.testedOn === null ? null : (
        <p class="quiet">
          {fill(words.lead, {
            date: format.day(model.testedOn),
            windows: format.int(model.windows.length),
          })}
        </p>
      )}
      <div class="model-pair">
        <div>
          <Story {...part} newest={newest} />
          <Facts {...part} newest={newest} />
        </div>
        <Calibration {...part} showTable={showTable} />
      </div>
      <Figures {...part} newest={newest} />
      <Windows {...part} />
    </>
  );
}

interface WindowProps extends ModelProps {
  readonly newest: Window;
}

/** One list of one past day, counted: ours, the rule's and what a blind choice would have found. */
function Story({ model, words, format, newest }: WindowProps) {
  const { chosen, hiatus, baseRate } = newest.active;
  const { k } = chosen;
  // The same odds for everybody give no list.
  if (chosen.precisionAtK === null || k === 0 || chosen.auc === 0.5) return null;
  const hits = Math.round(chosen.precisionAtK * k);
  const rows = [
    ["forecast", hits],
    ["rule", Math.round((hiatus.precisionAtK ?? 0) * k)],
    ["chance", Math.round((baseRate.baseRate ?? 0) * k)],
  ] as const;
  const { basis, perWeek } = model.calls;
  return (
    <div class="model-story">
      <h3>{words.story.title}</h3>
      <p>
        {fill(words.story.list, {
          date: format.day(newest.cutoff),
          clients: format.clients(k),
          days: format.days(model.horizonDays),
          hits: format.int(hits),
        })}{" "}
        {hits === k
          ? words.story.right
          : fill(words.story.wrong, { wrong: format.int(k - hits), k: format.int(k) })}
      </p>
      <table>
        <caption class="sr">{words.story.hits}</caption>
        <tbody>
          {rows.map(([code, found]) => (
            <tr>
              <th scope="row">
                {words.story[code]}
                <ShareBar kind={code === "forecast" ? "money" : "clients"} share={found / k} />
              </th>
              <td class="num">
                {fill(words.story.bar, { hits: format.int(found), k: format.int(k) })}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet">
        {basis === "team" && perWeek !== null
          ? fill(words.story.team, { n: format.int(perWeek) })
          : words.story.tenth}
        {model.isSample ? ` ${words.story.sample}` : ""}
      </p>
    </div>
  );
}

function Facts({ model, words, format, newest }: WindowProps) {
  const { warning, totals, rangeCoverage } = newest;
  const { facts } = words;
  const days = format.days(model.horizonDays);
  const held = rangeCoverage.active ?? rangeCoverage.all;
  return (
    <dl class="model-facts">
      {warning.clients === 0 ? null : (
        <>
          <dt>{facts.warning}</dt>
          <dd>
            {fill(facts[warningCode(warning)], {
              clients: format.clients(warning.clients),
              days,
              earlier: format.int(warning.earlier),
              lead: format.days(warning.medianDays ?? 0),
            })}
          </dd>
        </>
      )}
      <dt>{facts.totals}</dt>
      <dd>
        {fill(facts.totalsText, {
          predicted: format.int(totals.predicted),
          actual: format.int(totals.actual),
          difference: differenceText(totals.predicted, totals.actual, format),
        })}
      </dd>
      {held === null ? null : (
        <>
          <dt>{facts.ranges}</dt>
          <dd>{fill(facts.rangesText, { share: format.percent(held) })}</dd>
        </>
      )}
    </dl>
  );
}

/** More than half of those who left were named before the rule; some; nobody. */
function warningCode({ earlier, medianDays }: Window["warning"]) {
  if (earlier === 0) return "warningNone";
  return (medianDays ?? 0) > 0 ? "warningText" : "warningSome";
}

/** What was said beyond what came true, as a share of the latter. */
function differenceText(predicted: number, actual: number, format: Format): string {
  if (!(actual > 0)) return format.signed(Math.round(predicted - actual));
  const share = (predicted - actual) / actual;
  const sign = share > 0 ? "+" : share < 0 ? "−" : "";
  return `${sign}${format.percent(Math.abs(share))}`;
}

function Bands({ model, words, format }: ModelProps) {
  const { bandFrom } = model;
  if (bandFrom === null || model.state === "no_signal") return null;
  const values = {
    good: format.int(bandFrom.good),
    watch: format.int(bandFrom.watch),
    days: format.days(model.horizonDays),
  };
  return (
    <div class="model-bands">
      <h3>{words.bands.title}</h3>
      <ul>
        {(["good", "watch", "risk"] as const).map((band) => (
          <li>
            <span class={`tone-${band}`} aria-hidden="true">
              ●
            </span>{" "}
            {fill(words.bands[band], values)}
          </li>
        ))}
      </ul>
    </div>
  );
}
