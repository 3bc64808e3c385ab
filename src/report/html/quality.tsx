import type { Child } from "hono/jsx";
import { fill } from "../../pages/texts/fill.ts";
import { WORDS } from "../words.ts";
import { Given, Head, Section } from "./blocks.tsx";
import type { Part } from "./part.ts";

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
          <Head
            columns={[
              { name: columns.problem },
              { name: columns.count, isNumber: true },
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
                <td data-label={columns.lines}>
                  <span>
                    {row.lines.length === 0 ? "–" : row.lines.join(", ")}
                    {row.lines.length > 0 && row.count > row.lines.length
                      ? ` ${quality.more} ${format.int(row.count - row.lines.length)}`
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

function Reading({ analysis, texts, format }: Part) {
  const { guessed } = analysis;
  const { quality } = texts;
  const words = WORDS[format.locale];
  const found = (field: "client" | "date" | "amount"): Child => {
    const name = guessed.columns[field];
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
        <div>
          <dt>{words.file}</dt>
          <dd>
            {guessed.encoding}, {guessed.delimiter === "\t" ? words.tab : `"${guessed.delimiter}"`}
            {guessed.hasHeader ? null : `, ${fill(quality.noHeader, {})}`}
          </dd>
        </div>
      </dl>
    </>
  );
}
