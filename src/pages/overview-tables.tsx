import type { OverviewDocument } from "../crm/overview.ts";
import { showValue } from "./kpi-text.ts";
import type { PartProps } from "./overview.tsx";
import { TableHead } from "./table-head.tsx";
import { fill } from "./texts/fill.ts";
import { fullCardTexts } from "./texts/full-card.ts";
import { lookUp } from "./texts/params.ts";

/** Clients worth a call. We hold no names: ids are linked, and the island fills in names the viewer may read. */
export function Attention({ overview, texts, names, format }: PartProps) {
  const columns = texts.columns;
  return (
    <section class="panel attention" aria-labelledby="attention">
      <h2 id="attention">{texts.sections.attention}</h2>
      {overview.attention.length === 0 ? (
        <p class="empty">{texts.empty.attention}</p>
      ) : (
        <>
          <p class="quiet">{texts.attentionHint}</p>
          {overview.details ? (
            <p class="quiet">
              {fill(texts.details.readiness.assumption, {
                share: format.percent(overview.details.readiness.effectShare),
              })}
            </p>
          ) : null}
          <table>
            <caption class="sr">{texts.sections.attention}</caption>
            <TableHead
              columns={[
                { name: columns.client },
                { name: columns.segment },
                { name: columns.score, isNumber: true },
                { name: columns.silent },
                { name: columns.total, isNumber: true },
                { name: columns.contactWorth, isNumber: true },
              ]}
            />
            <tbody>
              {overview.attention.map((row) => {
                const label = fill(texts[row.client.kind], { id: row.client.id });
                const url = safeUrl(row.client.url);
                return (
                  <tr>
                    <th scope="row">
                      {url ? (
                        <a
                          href={url}
                          target="_blank"
                          rel="noopener noreferrer"
                          data-client={`${row.client.kind}:${row.client.id}`}
                        >
                          {label}
                        </a>
                      ) : (
                        <span data-client={`${row.client.kind}:${row.client.id}`}>{label}</span>
                      )}{" "}
                      <button
                        type="button"
                        class="small"
                        data-open-full
                        data-entity={row.client.kind}
                        data-entity-id={row.client.id}
                        hidden
                      >
                        {fullCardTexts(format.locale).more}
                      </button>
                    </th>
                    <td data-label={columns.segment}>
                      {lookUp(names.segments, row.segment) ?? names.unknownSegment}
                    </td>
                    <td class="num" data-label={columns.score}>
                      {row.score === null ? "–" : format.int(row.score)}
                    </td>
                    <td data-label={columns.silent}>
                      <span>
                        {format.days(row.daysSinceLast)}
                        {row.usualDays === null ? null : (
                          <span class="quiet">
                            , {fill(texts.usually, { days: format.days(row.usualDays) })}
                          </span>
                        )}
                      </span>
                    </td>
                    <td
                      class="num"
                      data-label={columns.total}
                      title={format.moneyExact(row.totalMinor)}
                    >
                      {format.money(row.totalMinor)}
                    </td>
                    <td class="num" data-label={columns.contactWorth}>
                      {row.contactWorthMinor ? format.money(row.contactWorthMinor) : "–"}
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

/** An address that a browser may follow; anything but http and https is shown as text. */
export function safeUrl(text: string): string | null {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/** What a finding does to a figure; empty for a figure without a name. */
function effectText(
  { kpi, from, to }: NonNullable<OverviewDocument["dataQuality"][number]["effect"]>,
  { overview, texts, format }: PartProps,
): string {
  const name = lookUp(texts.kpis, kpi)?.name;
  const unit = overview.kpis.find(({ code }) => code === kpi)?.unit;
  if (name === undefined || unit === undefined) return "";
  const show = (value: number) => showValue(value, unit, format, texts.kpiWords);
  return fill(texts.details.effect, { kpi: name, from: show(from), to: show(to) });
}

export function Quality(part: PartProps) {
  const { overview, texts, format } = part;
  const rows = overview.dataQuality.filter((row) => row.count > 0);
  return (
    <section class="panel quality" aria-labelledby="quality">
      <h2 id="quality">{texts.sections.quality}</h2>
      {rows.length === 0 ? (
        <p class="empty">{texts.empty.quality}</p>
      ) : (
        <ul>
          {rows.map((row) => {
            const known = lookUp(texts.quality, row.code);
            return (
              <li>
                <span>
                  {known?.name ?? texts.qualityFallback}
                  {known ? <span class="line quiet">{known.effect}</span> : null}
                  {row.effect ? (
                    <span class="line quiet">{effectText(row.effect, part)}</span>
                  ) : null}
                </span>
                <span class="num">
                  <b>{format.int(row.count)}</b>
                  {row.amountMinor === null ? null : (
                    <span class="line quiet" title={format.moneyExact(row.amountMinor)}>
                      {format.money(row.amountMinor)}
                    </span>
                  )}
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
