import type { CardDocument } from "../crm/card.ts";
import { changeText, factorText } from "./card-texts.ts";
import { DeltaBar } from "./charts.tsx";
import { fill } from "./texts/fill.ts";
import type { Format } from "./texts/format.ts";
import type { CardTexts } from "./texts/texts.ts";

interface WhyProps {
  readonly health: NonNullable<CardDocument["health"]>;
  readonly texts: CardTexts;
  readonly format: Format;
}

/** The score as a sum that can be checked by eye: average of the base, plus each factor, is the score. */
export function Why({ health, texts, format }: WhyProps) {
  const largest = Math.max(1, ...health.factors.map((factor) => Math.abs(factor.points)));
  const moving = health.factors.filter((factor) => factor.points !== 0);
  const neutral = health.factors.filter((factor) => factor.points === 0);
  const terms = moving.map(
    (factor) => `${factor.points < 0 ? "−" : "+"} ${format.int(Math.abs(factor.points))}`,
  );
  return (
    <details class="why" data-remember="why">
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

/** The smallest realistic steps, with the score they would lead to. */
export function Changes({ health, texts, format }: WhyProps) {
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
