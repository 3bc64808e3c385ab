import type { PartProps } from "./overview.tsx";
import { labelOf } from "./overview-sales.tsx";
import { safeUrl } from "./overview-tables.tsx";
import { TableHead } from "./table-head.tsx";
import type { DetailsTexts } from "./texts/details-texts.ts";
import { fill } from "./texts/fill.ts";
import { lookUp } from "./texts/params.ts";

const REASONS_SHOWN = 2;

/** Where clients and deals come from, and what they are worth; a recommendation is a source. */
export function Sources(part: PartProps) {
  const words = part.texts.details.sources;
  const { clientSources = [], leadSources = [] } = part.overview.details ?? {};
  const hasLeads = leadSources.some((row) => row.source !== null);
  return (
    <section class="panel sources" aria-labelledby="sources">
      <h2 id="sources">{words.title}</h2>
      {clientSources.length === 0 && !hasLeads ? <p class="empty">{words.empty}</p> : null}
      {clientSources.length > 0 ? <ClientSources part={part} words={words} /> : null}
      {hasLeads ? <LeadSources part={part} words={words} /> : null}
    </section>
  );
}

interface SourceProps {
  readonly part: PartProps;
  readonly words: DetailsTexts["sources"];
}

function ClientSources({ part: { overview, format }, words }: SourceProps) {
  const rows = overview.details?.clientSources ?? [];
  const days = rows.find((row) => row.ltvDays !== null)?.ltvDays ?? null;
  const money = (minor: number | null) => (minor === null ? "–" : format.money(minor));
  return (
    <section class="scroll" tabindex={0} aria-label={words.clientsTitle}>
      <table>
        <caption>{words.clientsTitle}</caption>
        <TableHead
          columns={[
            { name: words.source },
            { name: words.clients, isNumber: true },
            { name: words.repeat, isNumber: true },
            { name: words.perClient, isNumber: true },
            {
              name: days === null ? "" : fill(words.ltv, { days: format.days(days) }),
              isNumber: true,
              isHidden: days === null,
            },
          ]}
        />
        <tbody>
          {rows.map((row) => (
            <tr>
              <th scope="row">
                {sourceName(row, words)}
                {row.isReferral ? <span class="badge">{words.referral}</span> : null}
              </th>
              <td class="num">{format.int(row.clients)}</td>
              <td class="num">{row.repeatRate === null ? "–" : format.percent(row.repeatRate)}</td>
              <td class="num">{money(row.perClientMinor)}</td>
              {days === null ? null : <td class="num">{money(row.ltvMinor)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function LeadSources({ part: { overview, format }, words }: SourceProps) {
  return (
    <section class="scroll" tabindex={0} aria-label={words.leadsTitle}>
      <table>
        <caption>{words.leadsTitle}</caption>
        <TableHead
          columns={[
            { name: words.source },
            { name: words.deals, isNumber: true },
            { name: words.winRate, isNumber: true },
            { name: words.perDeal, isNumber: true },
          ]}
        />
        <tbody>
          {(overview.details?.leadSources ?? []).map((row) => (
            <tr>
              <th scope="row">{sourceName(row, words)}</th>
              <td class="num">{format.int(row.deals)}</td>
              <td class="num">{row.winRate === null ? "–" : format.percent(row.winRate)}</td>
              <td class="num">
                {row.perDealMinor === null ? "–" : format.money(row.perDealMinor)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function sourceName(
  { source, label }: { readonly source: string | null; readonly label?: string | null | undefined },
  words: DetailsTexts["sources"],
): string {
  return source === null ? words.unknown : (label ?? labelOf(source, words.numbered));
}

/** Open leads and new clients who look like the good clients, with what speaks for and against them. */
export function Leads({ overview, texts, format }: PartProps) {
  const words = texts.details.leads;
  const leads = overview.details?.leads ?? null;
  if (leads === null) return null;
  return (
    <section class="panel leads" aria-labelledby="leads">
      <h2 id="leads">{words.title}</h2>
      {leads.kind === "tooFew" ? (
        <p class="empty">
          {fill(words.tooFew, { need: format.int(leads.need), have: format.int(leads.have) })}
        </p>
      ) : leads.rows.length === 0 ? (
        <p class="empty">{words.nobody}</p>
      ) : (
        <>
          <p class="quiet">
            {fill(leads.isByMoney ? words.hint : words.hintWithoutMoney, {
              average: format.int(100 * leads.baseRate),
            })}
          </p>
          <table>
            <caption class="sr">{words.title}</caption>
            <TableHead
              columns={[
                { name: words.lead },
                { name: words.score, isNumber: true },
                { name: words.reasons },
              ]}
            />
            <tbody>
              {leads.rows.map(({ client, score, reasons }) => {
                const url = safeUrl(client.url);
                const label = fill(texts[client.kind], { id: client.id });
                const key = `${client.kind}:${client.id}`;
                return (
                  <tr>
                    <th scope="row">
                      {url ? (
                        <a href={url} target="_blank" rel="noopener noreferrer" data-client={key}>
                          {label}
                        </a>
                      ) : (
                        <span data-client={key}>{label}</span>
                      )}
                    </th>
                    <td class="num">{format.int(score)}</td>
                    <td>
                      {reasons.length === 0
                        ? words.average
                        : reasons.slice(0, REASONS_SHOWN).map((reason) => (
                            <span class="line">
                              {reason.weight < 0 ? "↓ " : "↑ "}
                              {fill(words.reason, {
                                feature: lookUp(words.features, reason.feature) ?? "",
                                value:
                                  reason.label ?? lookUp(words.kinds, reason.value) ?? reason.value,
                                good: format.int(reason.good),
                                of: format.int(reason.of),
                              })}
                            </span>
                          ))}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}

/** What a contact is worth at most, under an assumption that is said. */
export function ReadinessPanel({ overview, texts, format }: PartProps) {
  const words = texts.details.readiness;
  const ready = overview.details?.readiness ?? null;
  if (ready === null) return null;
  const { mostMinor, medianMinor } = ready;
  return (
    <section class="panel readiness" aria-labelledby="readiness">
      <h2 id="readiness">{words.title}</h2>
      {mostMinor === null || medianMinor === null ? (
        <p class="empty">{words.empty}</p>
      ) : (
        <>
          <p>
            {fill(words.text, {
              stake: format.money(ready.stakeMinor),
              clients: format.clients(ready.clients),
              most: format.money(mostMinor),
              median: format.money(medianMinor),
            })}
          </p>
          <p class="quiet">
            {fill(words.assumption, { share: format.percent(ready.effectShare) })}
          </p>
        </>
      )}
    </section>
  );
}
