import { daysText, excludedText, inputsText, periodText, showValue } from "../../pages/kpi-text.ts";
import { TableHead } from "../../pages/table-head.tsx";
import { KPI_GROUPS, type KpiGroup } from "../../pages/texts/kpi-texts.ts";
import { lookUp } from "../../pages/texts/params.ts";
import type { KpiDocument } from "../kpi-report.ts";
import { Section } from "./blocks.tsx";
import type { Part } from "./part.ts";

interface Named {
  readonly code: string;
  readonly figure: KpiDocument;
}

/** Every figure with its formula, population and what was left out; those that are not defined last, with the reason. */
export function Figures(part: Part) {
  const { analysis, texts, overview } = part;
  const all = Object.entries(analysis.kpis).map(([code, figure]): Named => ({ code, figure }));
  const known = all.filter(({ figure }) => figure.value !== null);
  const groupOf = ({ code }: Named): KpiGroup => lookUp(overview.kpis, code)?.group ?? "value";
  return (
    <Section code="figures" texts={texts}>
      {known.length === 0 ? <p class="empty">{overview.empty.kpis}</p> : null}
      {KPI_GROUPS.map((group) => {
        const rows = known.filter((row) => groupOf(row) === group);
        return rows.length === 0 ? null : (
          <>
            <h3>{overview.kpiWords.groups[group]}</h3>
            <Table part={part} rows={rows} title={overview.kpiWords.groups[group]} />
          </>
        );
      })}
      <Unknown part={part} rows={all.filter(({ figure }) => figure.value === null)} />
    </Section>
  );
}

interface RowsProps {
  readonly part: Part;
  readonly rows: readonly Named[];
}

function Table({ part, rows, title }: RowsProps & { readonly title: string }) {
  const { columns } = part.texts;
  return (
    <table class="cards kpis">
      <caption class="sr">{title}</caption>
      <TableHead
        columns={[
          { name: columns.figure },
          { name: columns.value, isNumber: true },
          { name: columns.formula },
          { name: columns.population, isNumber: true },
          { name: columns.excluded },
        ]}
      />
      <tbody>
        {rows.map((row) => (
          <Row part={part} {...row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ part, code, figure }: { readonly part: Part } & Named) {
  const { texts, overview, format } = part;
  const { columns } = texts;
  const words = overview.kpiWords;
  const period = periodText(figure, words, format);
  const basis = figure.basis === undefined ? null : words.basis[figure.basis];
  const under = [
    rangeText(figure, part),
    figure.note === null ? null : (lookUp(words.notes, figure.note) ?? words.noteFallback),
  ].filter((text) => text !== null);
  const madeOf = inputsText(figure, words, format);
  return (
    <tr>
      <th scope="row">
        {lookUp(overview.kpis, code)?.name ?? code}
        <span class="line quiet" title={daysText(figure, words, format) ?? undefined}>
          {[period, basis].filter(Boolean).join(", ")}
        </span>
      </th>
      <td class="num" data-label={columns.value}>
        <span>
          <span class="strong">{showValue(figure.value ?? 0, figure.unit, format, words)}</span>
          {under.map((text) => (
            <span class="line quiet">{text}</span>
          ))}
        </span>
      </td>
      <td class="formula" data-label={columns.formula}>
        <span>
          {lookUp(overview.kpis, figure.definition)?.definition ?? overview.definitionFallback}
          {madeOf === "" ? null : <span class="line quiet">{madeOf}</span>}
        </span>
      </td>
      <td class="num" data-label={columns.population}>
        <span>
          {format.int(figure.population)}
          <span class="line quiet">{words.units[figure.populationUnit]}</span>
        </span>
      </td>
      <td class="quiet excluded" data-label={columns.excluded}>
        <span>{excludedText(figure, words, format)}</span>
      </td>
    </tr>
  );
}

function rangeText({ range, unit }: KpiDocument, { overview, format }: Part): string | null {
  if (range === undefined) return null;
  if (unit === "money") return format.moneyRange(range.low, range.high);
  return [range.low, range.high]
    .map((value) => showValue(value, unit, format, overview.kpiWords))
    .join(" – ");
}

/** What this file cannot tell, and what is missing for it. */
function Unknown({ part, rows }: RowsProps) {
  const { texts, overview } = part;
  const words = overview.kpiWords;
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{texts.figures.undefined}</h3>
      <ul class="unknown-list">
        {rows.map(({ code, figure }) => (
          <li>
            {lookUp(overview.kpis, code)?.name ?? code}
            {": "}
            <span class="quiet">
              {figure.note === null
                ? overview.notDefined
                : (lookUp(words.notes, figure.note) ?? words.noteFallback)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
