import type { Child } from "hono/jsx";
import { TableHead } from "../../pages/table-head.tsx";
import { fill } from "../../pages/texts/fill.ts";
import { lookUp } from "../../pages/texts/params.ts";
import { OPTIONAL_COLUMNS, type OptionalColumn } from "../analysis.ts";
import type { QualityDocument } from "../kpi-report.ts";
import { fileText } from "../terminal-lines.ts";
import { WORDS } from "../words.ts";
import { Given, Section } from "./blocks.tsx";
import type { Part } from "./part.ts";

const LINES_SHOWN = 10;

/** What could not be used, with lines of the file, and how the file was understood. */
export function Quality(part: Part) {
  const { analysis, texts, format } = part;
  const { columns, quality } = texts;
  const words = WORDS[format.locale];
  return (
    <Section code="quality" texts={texts}>
      {analysis.dataQuality.length === 0 ? (
        <p>{quality.allGood}</p>
      ) : (
        <table class="cards">
          <caption class="sr">{texts.sections.quality.title}</caption>
          <TableHead
            columns={[
              { name: columns.problem },
              { name: columns.count, isNumber: true },
              { name: columns.sum, isNumber: true },
              { name: columns.effect },
              { name: columns.lines },
            ]}
          />
          <tbody>
            {analysis.dataQuality.map((row) => (
              <tr>
                <th scope="row">{words.qualityReasons[row.code]}</th>
                <td class="num" data-label={columns.count}>
                  {format.int(row.count)}
                </td>
                <td class="num" data-label={columns.sum}>
                  {row.amountMinor === null ? "–" : format.money(row.amountMinor)}
                </td>
                <td data-label={columns.effect}>
                  <span>{effectText(row.effect, part)}</span>
                </td>
                <td data-label={columns.lines}>
                  <span>
                    {row.lines.length === 0 ? "–" : row.lines.slice(0, LINES_SHOWN).join(", ")}
                    {row.lines.length > 0 && row.count > LINES_SHOWN
                      ? ` ${quality.more} ${format.int(row.count - LINES_SHOWN)}`
                      : null}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Reading {...part} />
    </Section>
  );
}

/** What the figure would be with the rows put right. */
function effectText(effect: QualityDocument["effect"], { texts, overview, format }: Part): string {
  if (effect === null) return "–";
  const { kpi, from, to } = effect;
  const isMoney = ["average_order", "ltv_historic", "arpu"].includes(kpi);
  const show = isMoney ? format.money : format.percent;
  return fill(texts.quality.effect, {
    name: lookUp(overview.kpis, kpi)?.name ?? kpi,
    from: show(from),
    to: show(to),
  });
}

function Reading({ analysis, texts, format }: Part) {
  const { guessed } = analysis;
  const { quality } = texts;
  const words = WORDS[format.locale];
  const found = (field: "client" | "date" | "amount" | OptionalColumn): Child => {
    const name = guessed.columns[field] ?? null;
    if (name === null) return quality.noColumn;
    const [before = "", after = ""] = quality.column.split("{name}");
    return (
      <>
        {before}
        <Given text={name} most={60} />
        {after}
        {", "}
        {guessed.foundBy[field] === "header" ? quality.byName : quality.byContent}
      </>
    );
  };
  return (
    <>
      <h3>{quality.reading}</h3>
      <dl class="reading">
        {(["client", "date", "amount"] as const).map((field) => (
          <div>
            <dt>{words[field]}</dt>
            <dd>{found(field)}</dd>
          </div>
        ))}
        {OPTIONAL_COLUMNS.filter((field) => (guessed.columns[field] ?? null) !== null).map(
          (field) => (
            <div>
              <dt>{words.optionalColumns[field]}</dt>
              <dd>{found(field)}</dd>
            </div>
          ),
        )}
        <div>
          <dt>{words.file}</dt>
          <dd>
            {fileText(guessed, words)}
            {guessed.hasHeader ? null : `, ${fill(quality.noHeader, {})}`}
          </dd>
        </div>
      </dl>
    </>
  );
}
