import type { CardDocument } from "../crm/card.ts";
import { changeText, factorText } from "./card-texts.ts";
import { DeltaBar } from "./charts.tsx";
import { fill } from "./texts/fill.ts";
import type { Format } from "./texts/format.ts";
import { lookUp } from "./texts/params.ts";
import type { CardTexts } from "./texts/texts.ts";

interface WhyProps {
  /** Where there is room it need not be asked for. */
  readonly isOpen?: boolean;
  /** What the score promises for; null where it promises nothing of this client in particular. */
  readonly horizonDays: number | null;
  readonly health: NonNullable<CardDocument["health"]>;
  readonly texts: CardTexts;
  readonly format: Format;
}

/** The score as a sum that can be checked by eye: average of the base, plus each factor, is the score. */
export function Why({ health, horizonDays, isOpen = false, texts, format }: WhyProps) {
  const largest = Math.max(1, ...health.factors.map((factor) => Math.abs(factor.points)));
  const moving = health.factors.filter((factor) => factor.points !== 0);
  const neutral = health.factors.filter((factor) => factor.points === 0);
  const terms = moving.map(
    (factor) => `${factor.points < 0 ? "−" : "+"} ${format.int(Math.abs(factor.points))}`,
  );
  return (
    <details class="why" open={isOpen} data-remember={isOpen ? undefined : "why"}>
      <summary>{texts.why}</summary>
      <table>
        <caption class="sr">{texts.why}</caption>
        <tbody>
          <tr>
            <th scope="row">{texts.baseScore}</th>
            <td />
            <td class="num">{format.int(health.base)}</td>
          </tr>
          {moving.map((factor) => {
            const { name, detail } = factorText(factor, texts, format);
            return (
              <tr>
                <th scope="row">
                  {name}
                  {detail ? <span class="line quiet">{detail}</span> : null}
                </th>
                <td>
                  <DeltaBar share={factor.points / largest} />
                </td>
                <td class="num">{format.signed(factor.points)}</td>
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">
              {texts.total}
              <span class="line quiet">
                {[format.int(health.base), ...terms].join(" ")} = {format.int(health.score)}
              </span>
            </th>
            <td />
            <td class="num">
              <b>{format.int(health.score)}</b>
            </td>
          </tr>
        </tfoot>
      </table>
      {horizonDays === null ? null : (
        <p class="limits quiet">
          {fill(texts.bandLimits, {
            good: format.int(health.bandFrom.good),
            watch: format.int(health.bandFrom.watch),
            days: format.days(horizonDays),
          })}
        </p>
      )}
      {neutral.length > 0 ? (
        <p class="neutral quiet">
          {fill(texts.noEffect, {
            names: neutral
              .map((factor) => lowerFirst(factorText(factor, texts, format).name))
              .join(", "),
          })}
        </p>
      ) : null}
    </details>
  );
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLocaleLowerCase() + text.slice(1);
}

/** One line: the largest factor in the direction in which the score went, and whether the client did it or the calendar. */
export function Changed({ health, texts, format }: Omit<WhyProps, "horizonDays" | "isOpen">) {
  const { change } = health;
  if (!change || change.delta === 0) return null;
  const main = change.factors.find(({ points }) => Math.sign(points) === Math.sign(change.delta));
  const name = main ? lookUp(texts.changedFactors, main.code) : null;
  if (!main || name === null) return null;
  const isTime = Math.abs(main.time) >= Math.abs(main.behaviour);
  return (
    <p class="changed">
      {fill(texts.changed, {
        delta: format.signed(change.delta),
        factor: name,
        points: format.signed(main.points),
        cause: texts.changedBy[isTime ? "time" : "behaviour"],
      })}
    </p>
  );
}

/** The smallest realistic steps, with the score they would lead to. */
export function Changes({ health, texts, format }: Omit<WhyProps, "horizonDays" | "isOpen">) {
  if (health.wouldChange.length === 0) return null;
  return (
    <section class="changes">
      <h2>{texts.wouldChange}</h2>
      <ul>
        {health.wouldChange.map((change) => (
          <li>
            <b>{changeText(change, texts, format)}</b>{" "}
            <span class={`tone-${change.band}`}>
              {fill(texts.toScore, {
                score: format.int(change.score),
                band: texts.bandsLower[change.band],
              })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
