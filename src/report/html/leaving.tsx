import { TableHead } from "../../pages/table-head.tsx";
import { fill } from "../../pages/texts/fill.ts";
import { lookUp, say } from "../../pages/texts/params.ts";
import { hasChances } from "../accuracy.ts";
import { type CallList, callList } from "../call-list.ts";
import { type ClientRow, hasKnownSum } from "../client-row.ts";
import { Given, Section } from "./blocks.tsx";
import { Threshold } from "./moves.tsx";
import type { Part } from "./part.ts";

/** Rows before the fold; the others open with a click, and are all printed. */
const ROWS_OPEN = 20;
const FEWEST = 20;
const MOST = 50;
/** Of a larger base as many as this share, within the limits above. */
const SHARE_SHOWN = 0.05;

/** Whom to call, with the reason in the client's own numbers, what is at stake and the next step. */
export function Leaving(part: Part) {
  const { analysis, texts } = part;
  const list = callList(analysis);
  return (
    <Section code="leaving" texts={texts}>
      {list.rows.length === 0 ? (
        <p class="empty">{texts.leaving.empty}</p>
      ) : (
        <Calls part={part} list={list} />
      )}
      {list.basis === "stake" && list.rows.length > 0 ? <CallWorth {...part} /> : null}
      <Expected {...part} />
      <Threshold {...part} />
    </Section>
  );
}

function Calls({ part, list }: { readonly part: Part; readonly list: CallList }) {
  const { analysis, texts, format } = part;
  const { leaving } = texts;
  const most = Math.min(MOST, Math.max(FEWEST, Math.round(analysis.clients * SHARE_SHOWN)));
  const rows = list.rows.slice(0, most);
  const days = format.days(analysis.model.horizonDays);
  const hint = {
    stake: fill(leaving.stakeHint, { days }),
    usual: fill(leaving.usualHint, { days }),
    purchases: leaving.noSumsHint,
  }[list.basis];
  return (
    <>
      <p class="quiet note">
        {hint} {hasChances(analysis) ? null : leaving.noChances}
      </p>
      <CallTable part={part} rows={rows.slice(0, ROWS_OPEN)} basis={list.basis} />
      {rows.length > ROWS_OPEN ? (
        <details>
          <summary>
            {fill(leaving.rest, { clients: format.clients(rows.length - ROWS_OPEN) })}
          </summary>
          <CallTable part={part} rows={rows.slice(ROWS_OPEN)} basis={list.basis} />
        </details>
      ) : null}
      {rows.length < list.rows.length ? (
        <p class="quiet note">
          {fill(leaving.shown, {
            shown: format.int(rows.length),
            all: format.int(list.rows.length),
          })}
        </p>
      ) : null}
    </>
  );
}

interface CallTableProps {
  readonly part: Part;
  readonly rows: readonly ClientRow[];
  readonly basis: CallList["basis"];
}

function CallTable({ part, rows, basis }: CallTableProps) {
  const { analysis, texts, format } = part;
  const { columns } = texts;
  const days = format.days(analysis.model.horizonDays);
  return (
    <table class="cards calls">
      <caption class="sr">{texts.sections.leaving.title}</caption>
      <TableHead
        columns={[
          { name: columns.client },
          { name: columns.why },
          { name: columns.bought },
          {
            name: basis === "stake" ? columns.stake : columns.usual,
            isNumber: true,
            isHidden: basis === "purchases",
          },
          { name: columns.step },
        ]}
      />
      <tbody>
        {rows.map((row) => (
          <Call part={part} row={row} basis={basis} days={days} />
        ))}
      </tbody>
    </table>
  );
}

function Call({
  part,
  row,
  basis,
  days,
}: {
  readonly part: Part;
  readonly row: ClientRow;
  readonly basis: CallList["basis"];
  readonly days: string;
}) {
  const { analysis, texts, format } = part;
  const { leaving, columns } = texts;
  const reason = reasonText(row, part);
  const stake = basis === "stake" ? row.stakeMinor : row.usualMinor;
  return (
    <tr>
      <th scope="row">
        <Given text={row.id} />
      </th>
      <td data-label={columns.why}>
        <span>
          {reason ?? format.days(row.recencyDays)}
          {hasChances(analysis) && row.pChurn !== null ? (
            <span class="line quiet">
              {fill(leaving.chance, { days, share: format.percent(toTenths(row.pChurn)) })}
            </span>
          ) : null}
        </span>
      </td>
      <td data-label={columns.bought}>
        <span>
          {fill(hasKnownSum(row) ? leaving.bought : leaving.boughtNoSum, {
            purchases: format.purchases(row.purchases),
            money: format.money(row.totalMinor),
            last: unbroken(format.dayShort(row.lastPurchase)),
          })}
        </span>
      </td>
      {basis === "purchases" ? null : (
        <td class="num strong" data-label={basis === "stake" ? columns.stake : columns.usual}>
          {stake === null ? texts.unknown : format.money(stake)}
        </td>
      )}
      <td data-label={columns.step}>
        <span>{row.step === null ? "" : leaving.steps[row.step]}</span>
      </td>
    </tr>
  );
}

/** A card says that a rhythm may still hold; here stands who is past it, and by how much is what matters. */
function reasonText({ reason, usualDays, recencyDays }: ClientRow, { card, format }: Part) {
  const isPast = usualDays !== null && recencyDays > usualDays;
  const code = isPast ? "silent_longer_than_usual" : reason.code;
  const sentence = lookUp(card.reasons, code);
  const params = isPast ? { usualDays, silentDays: recencyDays } : reason.params;
  return sentence === null ? null : say(sentence, params, format);
}

/** What a call may be worth, on an assumption that is said. */
function CallWorth({ analysis, texts, format }: Part) {
  const { effectShare, mostMinor, medianMinor, worthwhile } = analysis.readiness;
  const { leaving } = texts;
  if (mostMinor === null || medianMinor === null) return null;
  return (
    <p class="note">
      {fill(leaving.worth, {
        share: format.percent(effectShare),
        most: format.money(mostMinor),
        median: format.money(medianMinor),
      })}{" "}
      {worthwhile === null ? null : fill(leaving.pays, { clients: format.clients(worthwhile) })}
    </p>
  );
}

/** Tens of percent: the model cannot promise more. Never 0 or 100. */
function toTenths(share: number): number {
  return Math.min(0.95, Math.max(0.05, Math.round(share * 10) / 10));
}

const SOON_DAYS = 14;
const MOST_EXPECTED = 15;

/** Regular buyers whose next order is due. */
function Expected({ analysis, texts, format }: Part) {
  const { leaving, columns } = texts;
  const until = isoPlus(analysis.asOf, SOON_DAYS);
  const rows = analysis.clientsTable
    .filter((row) => row.playbook === null && row.nextPurchase !== null)
    .filter((row) => (row.nextPurchase?.p50 ?? until) < until)
    .toSorted((left, right) => right.totalMinor - left.totalMinor || (left.id < right.id ? -1 : 1))
    .slice(0, MOST_EXPECTED);
  if (rows.length === 0 || analysis.backtest.signal === "none") return null;
  return (
    <>
      <h3>{leaving.expected}</h3>
      <p class="quiet note">{leaving.expectedHint}</p>
      <table class="cards">
        <caption class="sr">{leaving.expected}</caption>
        <TableHead
          columns={[{ name: columns.client }, { name: columns.window }, { name: columns.bought }]}
        />
        <tbody>
          {rows.map((row) => (
            <tr>
              <th scope="row">
                <Given text={row.id} />
              </th>
              <td data-label={columns.window}>
                <span>
                  {fill(leaving.window, {
                    from: format.dayShort(row.nextPurchase?.p20 ?? ""),
                    to: format.dayShort(row.nextPurchase?.p80 ?? ""),
                  })}
                </span>
              </td>
              <td data-label={columns.bought}>
                <span>
                  {fill(hasKnownSum(row) ? leaving.bought : leaving.boughtNoSum, {
                    purchases: format.purchases(row.purchases),
                    money: format.money(row.totalMinor),
                    last: unbroken(format.dayShort(row.lastPurchase)),
                  })}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function isoPlus(isoDay: string, days: number): string {
  return new Date(Date.parse(`${isoDay}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** A date is read in one piece. */
function unbroken(text: string): string {
  return text.replaceAll(" ", "\u00a0");
}
