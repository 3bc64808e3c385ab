import { fill } from "../../pages/texts/fill.ts";
import { lookUp } from "../../pages/texts/params.ts";
import type { Analysis } from "../analysis.ts";
import { Head, Section } from "./blocks.tsx";
import type { Part } from "./part.ts";

type Figure = Analysis["kpis"][string];

/** Every figure with its formula, population and what was left out. */
export function Figures(part: Part) {
  const { analysis, texts, overview } = part;
  const { columns } = texts;
  return (
    <Section code="figures" texts={texts}>
      <table class="cards kpis">
        <caption class="sr">{texts.sections.figures.title}</caption>
        <Head
          columns={[
            { name: columns.figure },
            { name: columns.value, isNumber: true },
            { name: columns.formula },
            { name: columns.population, isNumber: true },
            { name: columns.excluded, isNumber: true },
          ]}
        />
        <tbody>
          {Object.entries(analysis.kpis).map(([code, figure]) => (
            <Row part={part} code={code} figure={figure} />
          ))}
        </tbody>
      </table>
      {Object.keys(analysis.kpis).length === 0 ? <p class="empty">{overview.empty.kpis}</p> : null}
    </Section>
  );
}

function Row({ part, code, figure }: { part: Part; code: string; figure: Figure }) {
  const { analysis, texts, overview, format } = part;
  const { columns } = texts;
  const words = lookUp(overview.kpis, code);
  const note = figure.note === null ? null : (lookUp(overview.kpiNotes, figure.note) ?? null);
  return (
    <tr>
      <th scope="row">
        {words?.name ?? code}
        {words === null ? null : (
          <span class="line quiet">
            {fill(overview.kpiPeriods[words.period], {
              days: format.days(
                words.period === "halfHorizon"
                  ? Math.floor(analysis.model.horizonDays / 2)
                  : analysis.model.horizonDays,
              ),
            })}
          </span>
        )}
      </th>
      <td class="num strong" data-label={columns.value}>
        <span>
          {figure.value === null ? overview.notDefined : figureText(figure, part)}
          {note === null ? null : <span class="line quiet">{note}</span>}
        </span>
      </td>
      <td class="formula" data-label={columns.formula}>
        <span>{words?.definition ?? overview.definitionFallback}</span>
      </td>
      <td class="num" data-label={columns.population}>
        {format.int(figure.population)}
      </td>
      <td class="num quiet" data-label={columns.excluded}>
        {figure.excluded === 0 ? texts.figures.excludedNone : format.int(figure.excluded)}
      </td>
    </tr>
  );
}

function figureText({ value, unit }: Figure, { format }: Part): string {
  if (value === null) return "";
  if (unit === "money") return format.money(value);
  if (unit === "share") return format.percent(value);
  if (unit === "days") return format.days(value);
  return unit === "count" ? format.int(value) : format.ratio(value);
}
