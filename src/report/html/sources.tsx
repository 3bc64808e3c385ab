import { TableHead } from "../../pages/table-head.tsx";
import { lookUp } from "../../pages/texts/params.ts";
import { Given, Section } from "./blocks.tsx";
import type { Part } from "./part.ts";

const MOST_SOURCES = 15;
const MOST_MONTHS = 12;

/** Does the file say where clients come from or what they cost? */
export function hasSources({ sources, acquisition }: Part["analysis"]): boolean {
  return sources.length > 0 || acquisition.rows.length > 0;
}

/** Where clients came from, whether they come back, and what they cost; only where the file says it. */
export function Sources(part: Part) {
  const { analysis, texts } = part;
  if (!hasSources(analysis)) return null;
  return (
    <Section code="sources" texts={texts}>
      <SourceTable {...part} />
      <Costs {...part} />
    </Section>
  );
}

function SourceTable({ analysis, texts, format }: Part) {
  const { columns, sources } = texts;
  const rows = analysis.sources
    .toSorted((left, right) => right.clients - left.clients)
    .slice(0, MOST_SOURCES);
  const hasMoney = rows.some((row) => row.perClientMinor !== null);
  if (rows.length === 0) return null;
  return (
    <table class="cards">
      <caption class="sr">{texts.sections.sources.title}</caption>
      <TableHead
        columns={[
          { name: columns.source },
          { name: columns.clients, isNumber: true },
          { name: columns.again, isNumber: true },
          { name: columns.perClient, isNumber: true, isHidden: !hasMoney },
        ]}
      />
      <tbody>
        {rows.map((row) => (
          <tr>
            <th scope="row">
              {row.source === null ? sources.unknown : <Given text={row.source} most={60} />}
              {row.isReferral ? <span class="line quiet">{sources.referral}</span> : null}
            </th>
            <td class="num" data-label={columns.clients}>
              <span>
                {format.int(row.clients)} <span class="quiet">{format.percent(row.share)}</span>
              </span>
            </td>
            <td class="num" data-label={columns.again}>
              {row.repeatRate === null ? "–" : format.percent(row.repeatRate)}
            </td>
            {hasMoney ? (
              <td class="num strong" data-label={columns.perClient}>
                {row.perClientMinor === null ? texts.unknown : format.money(row.perClientMinor)}
              </td>
            ) : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Cost of a new client month by month, all channels together. No new clients: not defined, never 0. */
function Costs({ analysis, texts, overview, format }: Part) {
  const { columns, sources } = texts;
  const rows = analysis.acquisition.rows.filter(({ channel }) => channel === null);
  if (rows.length === 0) return null;
  const money = (minor: number | null, note: string | null) =>
    minor === null
      ? ((note && lookUp(overview.kpiWords.notes, note)) ?? overview.notDefined)
      : format.money(minor);
  return (
    <>
      <h3>{sources.costs}</h3>
      <table class="cards">
        <caption class="sr">{sources.costs}</caption>
        <TableHead
          columns={[
            { name: columns.month },
            { name: columns.spent, isNumber: true },
            { name: columns.newClients, isNumber: true },
            { name: columns.cacMarketing, isNumber: true },
            { name: columns.cacFull, isNumber: true },
          ]}
        />
        <tbody>
          {rows.slice(-MOST_MONTHS).map((row) => (
            <tr>
              <th scope="row">{format.month(row.month)}</th>
              <td class="num" data-label={columns.spent}>
                {format.money(row.marketingMinor + row.salesMinor)}
              </td>
              <td class="num" data-label={columns.newClients}>
                {row.newClients === null ? texts.unknown : format.int(row.newClients)}
              </td>
              <td class="num" data-label={columns.cacMarketing}>
                <span>{money(row.cacMarketingMinor, row.note)}</span>
              </td>
              <td class="num" data-label={columns.cacFull}>
                <span>{money(row.cacFullMinor, row.note)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
