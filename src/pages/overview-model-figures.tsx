import type { ModelQualityDocument } from "../crm/model-quality.ts";
import { percent } from "./charts.tsx";
import type { ModelProps } from "./overview-model.tsx";
import { fill } from "./texts/fill.ts";
import type { Format } from "./texts/format.ts";
import { MODEL_FIGURES, type ModelFigure } from "./texts/model-texts.ts";

type Window = ModelQualityDocument["windows"][number];
type Methods = Window["all"];
type Values = Methods["chosen"];

const UNKNOWN = "–";
const METHODS = ["chosen", "hiatus", "baseRate"] as const;

/** Said against came true: on the diagonal both agree. The table behind it has the same numbers. */
export function Calibration({
  model,
  words,
  format,
  showTable,
}: ModelProps & { readonly showTable: string }) {
  const { calibration } = words;
  if (model.calibration.length === 0) return null;
  const text = (bin: { readonly predicted: number; readonly observed: number }) =>
    `${format.percent(bin.predicted)} → ${format.percent(bin.observed)}`;
  return (
    <div class="model-calibration">
      <h3>{calibration.title}</h3>
      <p class="quiet">{calibration.seen}</p>
      <div class="dots" role="img" aria-label={model.calibration.map(text).join(", ")}>
        <svg width="100%" height="100%" aria-hidden="true">
          {[0, 0.25, 0.5, 0.75, 1].map((share) => (
            <>
              <line x1="0" x2="100%" y1={percent(share)} y2={percent(share)} />
              <line x1={percent(share)} x2={percent(share)} y1="0" y2="100%" />
            </>
          ))}
          <line class="diagonal" x1="0" x2="100%" y1="100%" y2="0" />
          {model.calibration.map((bin) => (
            <circle cx={percent(bin.predicted)} cy={percent(1 - bin.observed)} r="5">
              <title>{text(bin)}</title>
            </circle>
          ))}
        </svg>
      </div>
      <p class="dots-axis quiet" aria-hidden="true">
        <span>0</span>
        <span>{calibration.said}</span>
        <span>{format.percent(1)}</span>
      </p>
      <p class="quiet">{calibration.hint}</p>
      <details class="as-table">
        <summary>{showTable}</summary>
        <table>
          <caption class="sr">{calibration.title}</caption>
          <thead>
            <tr>
              {[calibration.said, calibration.seen, calibration.clients].map((name) => (
                <th scope="col" class="num">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {model.calibration.map((bin) => (
              <tr>
                <td class="num">{format.percent(bin.predicted)}</td>
                <td class="num">{format.percent(bin.observed)}</td>
                <td class="num">{format.int(bin.n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  );
}

/** The figures of the newest window beside the rule and one rate for everybody, each with what it means. */
export function Figures({ words, format, newest }: ModelProps & { readonly newest: Window }) {
  const { figures } = words;
  const { active } = newest;
  return (
    <details class="as-table model-figures">
      <summary>{figures.title}</summary>
      <table>
        <caption>{figures.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{figures.figure}</th>
            {[figures.forecast, figures.rule, figures.oneRate].map((name) => (
              <th scope="col" class="num">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {MODEL_FIGURES.map((figure) => (
            <tr>
              <th scope="row">
                {fill(figures.names[figure].name, { k: format.int(active.chosen.k) })}
                <span class="line quiet">{figures.names[figure].help}</span>
              </th>
              {METHODS.map((method) => (
                <td class="num">
                  {isBest(active, figure, method) ? (
                    <b>{valueText(active[method], figure, format)}</b>
                  ) : (
                    valueText(active[method], figure, format)
                  )}
                  {figure === "auc" && method !== "baseRate" ? (
                    <span class="line quiet">{intervalText(active[method], words, format)}</span>
                  ) : null}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** The same odds for everybody give no list: any choice finds as many as there are. */
function figureOf(values: Values, figure: ModelFigure): number | null {
  const isBlind = figure === "precisionAtK" && values.auc === 0.5;
  return isBlind ? values.baseRate : values[figure];
}

function valueText(values: Values, figure: ModelFigure, format: Format): string {
  const value = figureOf(values, figure);
  if (value === null) return UNKNOWN;
  return figure === "brier" || figure === "logLoss" ? format.precise(value) : format.percent(value);
}

function intervalText({ aucLow, aucHigh }: Values, words: ModelProps["words"], format: Format) {
  if (aucLow === null || aucHigh === null) return "";
  return fill(words.figures.interval, {
    low: format.percent(aucLow),
    high: format.percent(aucHigh),
  });
}

function isBest(methods: Methods, figure: ModelFigure, method: keyof Methods): boolean {
  const sign = figure === "precisionAtK" || figure === "auc" ? 1 : -1;
  const known = METHODS.flatMap((one) => figureOf(methods[one], figure) ?? []);
  const own = figureOf(methods[method], figure);
  return own !== null && known.length > 1 && known.every((value) => sign * own >= sign * value);
}

const PAIRS = ["precisionAtK", "auc", "logLoss"] as const;

/** Every window, for those one can still act on and for everybody. */
export function Windows({ model, words, format }: ModelProps) {
  const { windows } = words;
  const days = format.days(2 * model.horizonDays);
  return (
    <details class="as-table">
      <summary>{windows.title}</summary>
      {(["active", "all"] as const).map((population) => {
        const who = fill(windows.populations[population], { days });
        const caption = fill(windows.pair, { who });
        return (
          <section class="scroll" tabindex={0} aria-label={caption}>
            <table>
              <caption>{caption}</caption>
              <thead>
                <tr>
                  <th scope="col">{windows.cutoff}</th>
                  <th scope="col">{windows.method}</th>
                  <th scope="col" class="num">
                    {windows.clients}
                  </th>
                  <th scope="col" class="num">
                    {windows.stayedAway}
                  </th>
                  {PAIRS.map((figure) => (
                    <th scope="col" class="num">
                      {windows.figures[figure]}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {model.windows.map((window) => (
                  <tr>
                    <th scope="row" class="day">
                      {format.dayShort(window.cutoff)}
                    </th>
                    <td>{windows.short[window.method]}</td>
                    <td class="num">{format.int(window[population].chosen.n)}</td>
                    <td class="num">{rateText(window[population].chosen.baseRate, format)}</td>
                    {PAIRS.map((figure) => (
                      <td class="num">
                        {valueText(window[population].chosen, figure, format)} /{" "}
                        {valueText(window[population].hiatus, figure, format)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        );
      })}
    </details>
  );
}

function rateText(rate: number | null, format: Format): string {
  return rate === null ? UNKNOWN : format.percent(rate);
}
