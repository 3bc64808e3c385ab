import type { OverviewDocument } from "../crm/overview.ts";
import type { RuleNode } from "../crm/segment-rule.ts";
import { Behind } from "./behind.tsx";
import { daysText, excludedText, inputsText, periodText, showValue } from "./kpi-text.ts";
import type { PartProps } from "./overview.tsx";
import type { Format } from "./texts/format.ts";
import { KPI_GROUPS } from "./texts/kpi-texts.ts";
import { lookUp } from "./texts/params.ts";

type Figure = OverviewDocument["kpis"][number];

/** What is read every day stands on top; everything else below the lists of what to do. */
const DAILY: readonly string[] = [
  "ltv_historic",
  "average_order",
  "repeat_purchase_rate",
  "retention_rate",
  "churn_rate",
  "expected_revenue_30",
];

const EVERYBODY: RuleNode = { fact: "purchases", from: 1 };

/** Figures whose clients a rule can name exactly. */
const BEHIND: Readonly<Record<string, RuleNode>> = {
  ltv_historic: EVERYBODY,
  average_order: EVERYBODY,
  purchase_frequency: EVERYBODY,
  repeat_purchase_rate: { fact: "purchaseDays", from: 2 },
};

/** The figures of every day as tiles; each opens its formula, period, population and what was left out. */
export function Kpis(part: PartProps) {
  const { overview, texts } = part;
  const figures = overview.kpis.filter(({ code }) => DAILY.includes(code));
  return (
    <section class="kpis" aria-labelledby="kpis">
      <h2 id="kpis" class="sr">
        {texts.sections.kpis}
      </h2>
      {overview.kpis.length === 0 ? <p class="panel empty">{texts.empty.kpis}</p> : null}
      <Tiles figures={figures} part={part} />
    </section>
  );
}

/** All other figures by group. */
export function MoreKpis(part: PartProps) {
  const { overview, texts } = part;
  const figures = overview.kpis.filter(
    // The Pareto share has its own line beside the segments.
    ({ code }) => !(DAILY.includes(code) || (code === "pareto_share" && overview.pareto !== null)),
  );
  if (figures.length === 0) return null;
  const groupOf = (figure: Figure) => lookUp(texts.kpis, figure.code)?.group ?? "value";
  return (
    <section class="kpis" aria-labelledby="more-kpis">
      <h2 id="more-kpis">{texts.kpiWords.more}</h2>
      {KPI_GROUPS.map((group) => {
        const own = figures.filter((figure) => groupOf(figure) === group);
        if (own.length === 0) return null;
        return (
          <div class="tile-group">
            <h3>{texts.kpiWords.groups[group]}</h3>
            <Tiles figures={own} part={part} />
          </div>
        );
      })}
    </section>
  );
}

function Tiles({ figures, part }: { figures: readonly Figure[]; part: PartProps }) {
  return (
    <div class="tiles">
      {figures.map((figure) => (
        <Tile figure={figure} part={part} />
      ))}
    </div>
  );
}

function Tile({ figure, part }: { figure: Figure; part: PartProps }) {
  const { overview, texts, format } = part;
  const words = texts.kpiWords;
  const when = BEHIND[figure.code];
  const known = lookUp(texts.kpis, figure.code);
  const definition =
    lookUp(texts.kpis, figure.definition)?.definition ??
    known?.definition ??
    texts.definitionFallback;
  const note = figure.note ? (lookUp(words.notes, figure.note) ?? words.noteFallback) : null;
  const range = figure.range ? rangeText(figure, figure.range, part) : null;
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
            : showValue(figure.value, figure.unit, format, words)}
        </span>
        <span class="note">
          {figure.value === null && note
            ? note
            : [range ?? periodText(figure, words, format), note].filter(Boolean).join(", ")}
        </span>
      </summary>
      <dl>
        <dt>{texts.formula}</dt>
        <dd>{definition}</dd>
        <Term name={words.period} value={daysText(figure, words, format)} />
        <Term name={words.money} value={figure.basis ? words.basis[figure.basis] : null} />
        <Term name={words.range} value={range} />
        <dt>{texts.population}</dt>
        <dd>
          {format.int(figure.population)}
          {figure.populationUnit ? ` (${words.units[figure.populationUnit]})` : ""}
        </dd>
        <dt>{texts.excluded}</dt>
        <dd>{excludedText(figure, words, format)}</dd>
        <Term name={words.madeOf} value={inputsText(figure, words, format)} />
        {when === undefined || figure.value === null ? null : (
          <>
            <dt>{texts.columns.clients}</dt>
            <dd>
              <Behind
                when={when}
                name={known?.name ?? texts.kpiFallback}
                clients={figure.code === "repeat_purchase_rate" ? null : overview.clients}
                format={format}
              />
            </dd>
          </>
        )}
      </dl>
    </details>
  );
}

function Term({ name, value }: { name: string; value: string | null }) {
  if (value === null || value === "") return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function rangeText(
  figure: Figure,
  range: NonNullable<Figure["range"]>,
  { texts, format }: PartProps,
) {
  return figure.unit === "money"
    ? format.moneyRange(range.low, range.high)
    : [range.low, range.high]
        .map((value) => showValue(value, figure.unit, format, texts.kpiWords))
        .join(" – ");
}

function exactValue(figure: Figure, format: Format): string | undefined {
  return figure.unit === "money" && figure.value !== null
    ? format.moneyExact(figure.value)
    : undefined;
}
