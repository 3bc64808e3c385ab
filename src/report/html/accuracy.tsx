import { TableHead } from "../../pages/table-head.tsx";
import { fill } from "../../pages/texts/fill.ts";
import { lookUp } from "../../pages/texts/params.ts";
import { accuracyOf, type CalibrationDot, calibrationDots } from "../accuracy.ts";
import { Section } from "./blocks.tsx";
import { Dots } from "./charts.tsx";
import type { Part } from "./part.ts";

/** A difference of error rates below this is none. */
const EVEN = 0.005;

/** How right the forecasts would have been; "no signal" and "too little data" are answers with what to do. */
export function Trust(part: Part) {
  const { analysis, texts } = part;
  const { accuracy } = texts;
  const { signal, reason } = analysis.backtest;
  const why = reason === null ? null : lookUp(accuracy.reasons, reason);
  switch (signal) {
    case "usable":
      return (
        <Section code="accuracy" texts={texts}>
          <p class="verdict tone-good">
            <span aria-hidden="true">✓</span> {accuracy.usableTitle}
          </p>
          <Usable {...part} />
        </Section>
      );
    case "none":
      return (
        <Section code="accuracy" texts={texts}>
          <p class="verdict tone-watch">
            <span aria-hidden="true">!</span> {accuracy.noneTitle}
          </p>
          <p>{accuracy.none}</p>
          {why === null ? null : <p class="quiet">{sentence(why)}</p>}
          <p>{accuracy.noneDo}</p>
        </Section>
      );
    case "refused":
      return (
        <Section code="accuracy" texts={texts}>
          <p class="verdict tone-neutral">
            <span aria-hidden="true">○</span> {accuracy.refusedTitle}
          </p>
          <p>{accuracy.refused}</p>
          {why === null ? null : <p class="quiet">{sentence(why)}</p>}
          <p>{accuracy.refusedDo}</p>
        </Section>
      );
  }
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function Usable(part: Part) {
  const { analysis, texts, format } = part;
  const { accuracy } = texts;
  const { windows, wrong, ruleWrong, top } = accuracyOf(analysis);
  const days = format.days(analysis.backtest.horizonDays);
  const dots = calibrationDots(analysis);
  const gain = wrong === null || ruleWrong === null ? null : ruleWrong - wrong;
  return (
    <div class="pair">
      <div>
        {wrong === null ? null : (
          <p>
            {fill(accuracy.usable, {
              windows: format.windows(windows),
              days,
              share: format.percent(wrong),
            })}
          </p>
        )}
        {ruleWrong === null ? null : (
          <p>{fill(accuracy.rule, { share: format.percent(ruleWrong) })}</p>
        )}
        {gain === null ? null : <p class="strong">{verdictOf(gain, part)}</p>}
        {top === null ? null : (
          <p>{fill(accuracy.top, { k: format.clients(top.k), hits: format.int(top.hits) })}</p>
        )}
        <Warning {...part} />
      </div>
      <Calibration part={part} dots={dots} />
    </div>
  );
}

/** Which of the two the probabilities come from, and why. */
function verdictOf(gain: number, { analysis, texts }: Part): string {
  const { accuracy } = texts;
  if (analysis.model.method === "hiatus") return accuracy.byRule;
  if (gain > EVEN) return accuracy.better;
  return gain < -EVEN ? accuracy.worse : accuracy.even;
}

function Warning({ analysis, texts, format }: Part) {
  const newest = analysis.backtest.cutoffs[0];
  if (newest === undefined) return null;
  const { accuracy } = texts;
  const { warning, rangeCoverage } = newest;
  return (
    <>
      {warning.medianDays === null || warning.medianDays <= 0 || warning.earlier === 0 ? null : (
        <p>
          {fill(accuracy.warning, {
            clients: format.clients(warning.clients),
            earlier: format.int(warning.earlier),
            days: format.days(warning.medianDays),
          })}
        </p>
      )}
      {rangeCoverage.active === null ? null : (
        <p>{fill(accuracy.ranges, { share: format.percent(rangeCoverage.active) })}</p>
      )}
    </>
  );
}

function Calibration({
  part,
  dots,
}: {
  readonly part: Part;
  readonly dots: readonly CalibrationDot[];
}) {
  const { texts, format } = part;
  const { accuracy, columns } = texts;
  if (dots.length === 0) return null;
  const text = (dot: CalibrationDot) => `${format.percent(dot.said)} → ${format.percent(dot.seen)}`;
  return (
    <div>
      <h3>{accuracy.calibration}</h3>
      <Dots
        id="calibration"
        title={accuracy.calibration}
        description={dots.map(text).join(", ")}
        dots={dots}
        axisX={accuracy.axisSaid}
        axisY={accuracy.axisSeen}
        text={text}
      />
      <p class="quiet note">{accuracy.calibrationHint}</p>
      <details>
        <summary>{texts.showTable}</summary>
        <table>
          <caption class="sr">{accuracy.calibration}</caption>
          <TableHead
            columns={[
              { name: columns.said, isNumber: true },
              { name: columns.seen, isNumber: true },
              { name: columns.clients, isNumber: true },
            ]}
          />
          <tbody>
            {dots.map((dot) => (
              <tr>
                <td class="num">{format.percent(dot.said)}</td>
                <td class="num">{format.percent(dot.seen)}</td>
                <td class="num">{format.int(dot.n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  );
}
