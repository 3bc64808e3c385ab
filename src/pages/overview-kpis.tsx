import type { OverviewDocument } from "../crm/overview.ts";
import type { PartProps } from "./overview.tsx";
import { fill } from "./texts/fill.ts";
import type { Format } from "./texts/format.ts";
import { lookUp } from "./texts/params.ts";
import type { KpiPeriod, OverviewTexts } from "./texts/texts.ts";

type Figure = OverviewDocument["kpis"][number];

/** Tiles; each opens its formula, population and what was left out. */
export function Kpis({ overview, texts, format }: PartProps) {
  // The Pareto share has its own line beside the segments.
  const figures = overview.kpis.filter(
    (figure) => figure.code !== "pareto_share" || overview.pareto === null,
  );
  return (
    <section aria-labelledby="kpis">
      <h2 id="kpis" class="sr">
        {texts.sections.kpis}
      </h2>
      {overview.kpis.length === 0 ? <p class="panel empty">{texts.empty.kpis}</p> : null}
      <div class="tiles">
        {figures.map((figure) => {
          const known = lookUp(texts.kpis, figure.code);
          const definition =
            lookUp(texts.kpis, figure.definition)?.definition ??
            known?.definition ??
            texts.definitionFallback;
          const note = figure.note
            ? (lookUp(texts.kpiNotes, figure.note) ?? texts.kpiNoteFallback)
            : null;
          const period = known
            ? periodText(known.period, overview.horizonDays, texts, format)
            : null;
          return (
            <details class="tile">
              <summary>
                <span class="name">{known?.name ?? texts.kpiFallback}</span>
                <span
                  class={figure.value === null ? "value none" : "value"}
                  title={exactValue(figure, format)}
                >
                  {figure.value === null
                    ? texts.notDefined
                    : showValue(figure.value, figure.unit, format)}
                </span>
                <span class="note">{note ?? period}</span>
              </summary>
              <dl>
                <dt>{texts.formula}</dt>
                <dd>{definition}</dd>
                <dt>{texts.population}</dt>
                <dd>{format.int(figure.population)}</dd>
                <dt>{texts.excluded}</dt>
                <dd>{format.int(figure.excluded)}</dd>
              </dl>
            </details>
          );
        })}
      </div>
    </section>
  );
}

/** null where the period is the base's own horizon and none is known yet. */
function periodText(
  period: KpiPeriod,
  horizonDays: number | null,
  texts: OverviewTexts,
  format: Format,
): string | null {
  const days =
    horizonDays === null
      ? null
      : period === "halfHorizon"
        ? Math.floor(horizonDays / 2)
        : horizonDays;
  const isOwn = period === "horizon" || period === "halfHorizon";
  if (isOwn && days === null) return null;
  return fill(texts.kpiPeriods[period], { days: days === null ? "" : format.days(days) });
}

function showValue(value: number, unit: Figure["unit"], format: Format): string {
  switch (unit) {
    case "money":
      return format.money(value);
    case "share":
      return format.percent(value);
    case "days":
      return format.days(value);
    case "count":
      return format.int(value);
    case "ratio":
      return format.ratio(value);
  }
}

function exactValue(figure: Figure, format: Format): string | undefined {
  return figure.unit === "money" && figure.value !== null
    ? format.moneyExact(figure.value)
    : undefined;
}
