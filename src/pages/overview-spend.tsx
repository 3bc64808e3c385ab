import type { SpendSummary } from "../crm/spend.ts";
import type { PartProps } from "./overview.tsx";
import { labelOf } from "./overview-sales.tsx";
import { TableHead } from "./table-head.tsx";
import type { DetailsTexts } from "./texts/details-texts.ts";
import { fill } from "./texts/fill.ts";

interface SpendProps {
  readonly part: PartProps;
  readonly words: DetailsTexts["spend"];
  readonly summary: SpendSummary;
}

/** What acquisition costs, for administrators: what it came to, the table behind it, and the average margin. */
export function Spend({ part, isAdmin }: { part: PartProps; isAdmin: boolean }) {
  const { spend: summary, currency } = part.overview;
  if (!(summary && isAdmin)) return null;
  const words = part.texts.details.spend;
  const props = { part, words, summary };
  return (
    <section class="panel spend" aria-labelledby="spend" data-spend={currency}>
      <h2 id="spend">{words.title}</h2>
      <p class={summary.rows === 0 ? "empty" : "quiet"}>{summaryText(props)}</p>
      <Costs {...props} />
      <MarginForm words={words} percent={summary.marginPercent} />
      <SpendForm {...props} />
    </section>
  );
}

function summaryText({ part: { format }, words, summary }: SpendProps): string {
  const { rows, totalMinor, fromMonth, toMonth } = summary;
  if (fromMonth === null || toMonth === null) return words.empty;
  const [from, to] = [format.month(fromMonth), format.month(toMonth)];
  return fill(words.summary, {
    rows: format.int(rows),
    total: format.money(totalMinor),
    months: from === to ? from : `${from} – ${to}`,
  });
}

/** Month by month and channel by channel: spent, who came, and what one of them cost. */
function Costs({ part: { overview, texts, format }, words }: SpendProps) {
  const rows = overview.details?.acquisition ?? [];
  if (rows.length === 0) return null;
  return (
    <section class="scroll" tabindex={0} aria-label={words.costs}>
      <table>
        <caption>{words.costs}</caption>
        <TableHead
          columns={[
            { name: words.columns.channel },
            { name: words.spent, isNumber: true },
            { name: words.newClients, isNumber: true },
            { name: words.perClient, isNumber: true },
          ]}
        />
        <tbody>
          {rows.map((row) => {
            const minor = row.marketingMinor + row.salesMinor;
            return (
              <tr class={row.channel === null ? "all" : "one"}>
                <th scope="row">
                  {row.channel === null
                    ? format.month(row.month)
                    : labelOf(row.channel, texts.details.sources.numbered)}
                </th>
                <td class="num" title={format.moneyExact(minor)}>
                  {format.money(minor)}
                </td>
                <td class="num">{row.newClients === null ? "–" : format.int(row.newClients)}</td>
                <td class="num">
                  {row.cacFullMinor === null ? "–" : format.money(row.cacFullMinor)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function MarginForm({
  words,
  percent,
}: {
  words: DetailsTexts["spend"];
  percent: SpendSummary["marginPercent"];
}) {
  return (
    <form class="margin" data-margin-form>
      <label for="margin">{words.margin}</label>
      <input
        id="margin"
        name="percent"
        type="number"
        min="0"
        max="100"
        step="0.01"
        inputmode="decimal"
        value={percent ?? ""}
        aria-describedby="margin-hint"
      />
      <button type="submit">{words.saveMargin}</button>
      <p class="quiet" id="margin-hint">
        {words.marginHint}
      </p>
      <p class="error" role="alert" data-margin-error hidden />
    </form>
  );
}

/** The rows come when it is opened: a full table is far longer than the rest of the page. */
function SpendForm({ part, words, summary }: SpendProps) {
  return (
    <details class="edit" data-spend-edit>
      <summary>{summary.rows === 0 ? words.start : words.edit}</summary>
      <p class="quiet" role="status" data-spend-status />
      <form data-spend-form novalidate hidden>
        <p class="quiet">{words.hint}</p>
        <table>
          <caption class="sr">{words.title}</caption>
          <thead>
            <tr>
              <th scope="col">{words.columns.month}</th>
              <th scope="col">{words.columns.channel}</th>
              <th scope="col">{words.columns.kind}</th>
              <th scope="col">
                {fill(words.columns.amount, { currency: part.overview.currency })}
              </th>
              <th scope="col">
                <span class="sr">{words.remove}</span>
              </th>
            </tr>
          </thead>
          <tbody data-spend-rows />
        </table>
        <template data-spend-row>
          <EmptyRow words={words} />
        </template>
        <Channels part={part} />
        <div class="buttons">
          <button type="button" data-spend-add>
            {words.add}
          </button>
          <button type="submit" class="primary">
            {words.save}
          </button>
        </div>
        <div class="error" role="alert" data-spend-errors hidden />
        <details data-spend-paste>
          <summary>{words.paste}</summary>
          <label for="spend-text">{words.pasteHint}</label>
          <textarea id="spend-text" rows={6} spellcheck={false} placeholder={words.example} />
          <button type="button" data-spend-take>
            {words.take}
          </button>
        </details>
      </form>
    </details>
  );
}

function EmptyRow({ words }: { words: DetailsTexts["spend"] }) {
  const { columns, kinds } = words;
  return (
    <tr>
      <td>
        <input name="month" type="month" aria-label={columns.month} />
      </td>
      <td>
        <input
          name="channel"
          list="spend-channels"
          maxlength={100}
          autocomplete="off"
          aria-label={columns.channel}
        />
      </td>
      <td>
        <select name="kind" aria-label={columns.kind}>
          <option value="marketing">{kinds.marketing}</option>
          <option value="sales">{kinds.sales}</option>
        </select>
      </td>
      <td>
        <input
          name="amount"
          inputmode="decimal"
          autocomplete="off"
          class="num"
          aria-label={words.amount}
        />
      </td>
      <td>
        <button type="button" class="remove" data-spend-remove aria-label={words.remove}>
          ×
        </button>
      </td>
    </tr>
  );
}

/** Sources that clients really came from: a channel that is called the same gets its own cost of a client. */
function Channels({ part: { overview, texts } }: { part: PartProps }) {
  const sources = (overview.details?.clientSources ?? []).filter(({ source }) => source !== null);
  return (
    <datalist id="spend-channels">
      {sources.map(({ source, label }) => (
        <option value={source ?? ""}>
          {label ?? labelOf(source ?? "", texts.details.sources.numbered)}
        </option>
      ))}
    </datalist>
  );
}
