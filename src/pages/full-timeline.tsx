import type { CardDocument } from "../crm/card.ts";
import type { CardDetail } from "../crm/card-detail.ts";
import { percent } from "./charts.tsx";
import { safeUrl } from "./overview-tables.tsx";
import { TableHead } from "./table-head.tsx";
import { fill } from "./texts/fill.ts";
import type { Format } from "./texts/format.ts";
import { type FullCardTexts, fullCardTexts } from "./texts/full-card.ts";

const DAY_MS = 86_400_000;

/** Heights in px: the chart's width follows its place, its height does not. */
const TOP = 18;
const AXIS = 148;
const CONTACTS = 163;
const HEIGHT = 194;
/** Older purchases stand in the table only: a chart of ten years shows nothing of the last one. */
const MOST_DAYS = 730;
const LEAST_DAYS = 60;
/** Share of the axis that stays free at both ends. */
const EDGE = 0.02;
const LEAST_BAR = 8;
const TICKS = 4;

interface TimelineProps {
  readonly card: CardDocument;
  readonly detail: CardDetail;
  readonly format: Format;
}

const dayNumber = (iso: string): number => Date.parse(`${iso.slice(0, 10)}T00:00:00Z`) / DAY_MS;
const isoDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** When the client bought, how long they usually pause, and when the next purchase is expected; a table with the same behind. */
export function Timeline({ card, detail, format }: TimelineProps) {
  const texts = fullCardTexts(format.locale);
  const { rhythm } = detail;
  const next = card.forecast?.nextPurchase ?? null;
  return (
    <section class="timeline" aria-labelledby="timeline">
      <h2 id="timeline">{texts.timeline}</h2>
      <Chart card={card} detail={detail} format={format} />
      <ul class="legend">
        <li>
          <Swatch kind="usual" />
          {rhythm
            ? fill(texts.rhythm, {
                from: format.int(rhythm.fromDays),
                to: format.days(rhythm.toDays),
                usual: format.int(rhythm.usualDays),
              })
            : texts.noRhythm}
        </li>
        <li>
          <Swatch kind="window" />
          {next
            ? fill(texts.window, {
                from: format.dayShort(next.p20),
                to: format.dayShort(next.p80),
                likely: format.dayShort(next.p50),
              })
            : texts.noWindow}
        </li>
        {detail.contacts.length > 0 ? (
          <li>
            <Swatch kind="contact" />
            {texts.contacts}
          </li>
        ) : null}
      </ul>
      <Purchases detail={detail} texts={texts} format={format} />
    </section>
  );
}

function Swatch({ kind }: { kind: "usual" | "window" | "contact" }) {
  return (
    <svg class={`swatch ${kind}`} width="14" height="12" aria-hidden="true">
      {kind === "contact" ? (
        <rect x="6" y="2" width="2" height="8" rx="1" />
      ) : (
        <rect x="0" y="1" width="14" height="10" rx="2" />
      )}
    </svg>
  );
}

/** From the first purchase that is shown to the end of what is expected. */
function axisOf({ card, detail }: TimelineProps) {
  const today = dayNumber(card.asOf);
  const days = detail.purchases.map(({ day }) => dayNumber(day));
  const last = days.at(-1) ?? today;
  const expected = card.forecast?.nextPurchase?.p80;
  const end = Math.max(
    today + 14,
    expected ? dayNumber(expected) : 0,
    detail.rhythm ? last + detail.rhythm.toDays : 0,
  );
  const oldest = days[0] ?? today;
  const start = Math.min(Math.max(oldest, today - MOST_DAYS), today - LEAST_DAYS);
  const x = (day: number): number =>
    EDGE + (1 - 2 * EDGE) * Math.min(1, Math.max(0, (day - start) / (end - start)));
  return { today, last, start, end, x };
}

function Chart({ card, detail, format }: TimelineProps) {
  const texts = fullCardTexts(format.locale);
  const { today, last, start, end, x } = axisOf({ card, detail, format });
  const { rhythm } = detail;
  const next = card.forecast?.nextPurchase ?? null;
  const shown = detail.purchases.filter(({ day }) => dayNumber(day) >= start);
  const most = Math.max(1, ...shown.map(({ amountMinor }) => amountMinor ?? 0));
  return (
    <svg class="timeline-chart" width="100%" height={HEIGHT} aria-hidden="true">
      {rhythm ? (
        <Band
          kind="usual"
          from={x(last + rhythm.fromDays)}
          to={x(last + rhythm.toDays)}
          top={TOP}
        />
      ) : null}
      {next ? (
        <>
          <Band
            kind="window"
            from={x(dayNumber(next.p20))}
            to={x(dayNumber(next.p80))}
            top={AXIS - 34}
          />
          <svg class="likely" aria-hidden="true" x={percent(x(dayNumber(next.p50)))} y={AXIS - 17}>
            <path d="M0-8 8 0 0 8-8 0z" />
          </svg>
        </>
      ) : null}
      <line class="axis" x1="0" x2="100%" y1={AXIS} y2={AXIS} />
      <line class="today" x1={percent(x(today))} x2={percent(x(today))} y1={TOP} y2={AXIS + 6} />
      <text
        class="today"
        x={percent(x(today))}
        y={TOP - 6}
        text-anchor={x(today) > 0.85 ? "end" : "middle"}
      >
        {texts.today}
      </text>
      {shown.map((purchase) => (
        <Purchase
          purchase={purchase}
          at={percent(x(dayNumber(purchase.day)))}
          share={(purchase.amountMinor ?? 0) / most}
          format={format}
        />
      ))}
      {detail.contacts
        .filter(({ day }) => dayNumber(day) >= start)
        .map(({ day }) => (
          <rect
            class="contact"
            x={percent(x(dayNumber(day)))}
            y={CONTACTS}
            width="2"
            height="7"
            rx="1"
          />
        ))}
      <Months start={start} end={end} x={x} format={format} />
    </svg>
  );
}

interface MonthsProps {
  readonly start: number;
  readonly end: number;
  readonly x: (day: number) => number;
  readonly format: Format;
}

/** A short axis would name the same month twice; a narrow one has room for every other name. */
function Months({ start, end, x, format }: MonthsProps) {
  const days = Array.from({ length: TICKS + 1 }, (_, at) => start + ((end - start) * at) / TICKS);
  const names = days.map((day) => format.month(isoDay(day).slice(0, 7)));
  return (
    <>
      {days.map((day, at) =>
        names[at] === names[at - 1] ? null : (
          <text
            class={at % 2 === 1 ? "tick more" : "tick"}
            x={percent(x(day))}
            y={HEIGHT - 8}
            text-anchor={at === 0 ? "start" : at === TICKS ? "end" : "middle"}
          >
            {names[at]}
          </text>
        ),
      )}
    </>
  );
}

function Band({
  kind,
  from,
  to,
  top,
}: {
  readonly kind: "usual" | "window";
  readonly from: number;
  readonly to: number;
  readonly top: number;
}) {
  return (
    <rect
      class={kind}
      x={percent(from)}
      width={percent(Math.max(0.004, to - from))}
      y={top}
      height={AXIS - top}
      rx="3"
    />
  );
}

interface PurchaseProps {
  readonly purchase: CardDetail["purchases"][number];
  readonly at: string;
  readonly share: number;
  readonly format: Format;
}

/** A stalk as high as its sum; hollow without one, below the axis for a refund. */
function Purchase({ purchase, at, share, format }: PurchaseProps) {
  const texts = fullCardTexts(format.locale);
  const { amountMinor } = purchase;
  const isRefund = (amountMinor ?? 0) < 0;
  const hasSum = (amountMinor ?? 0) > 0;
  const y = isRefund ? AXIS + 9 : AXIS - (hasSum ? LEAST_BAR + share * (AXIS - TOP - 22) : 10);
  return (
    <g class={isRefund ? "refund" : hasSum ? "bought" : "bought empty"}>
      <line x1={at} x2={at} y1={AXIS} y2={y} />
      <circle cx={at} cy={y} r="4.5">
        <title>{`${format.dayYear(purchase.day)}: ${sumText(amountMinor, texts, format)}`}</title>
      </circle>
    </g>
  );
}

function sumText(amountMinor: number | null, texts: FullCardTexts, format: Format): string {
  if (amountMinor === null || amountMinor === 0) return texts.noSum;
  const sum = format.moneyExact(amountMinor);
  return amountMinor < 0 ? `${sum} (${texts.refund})` : sum;
}

/** Newest first: what a person looks for is the last order. */
function Purchases({
  detail,
  texts,
  format,
}: {
  readonly detail: CardDetail;
  readonly texts: FullCardTexts;
  readonly format: Format;
}) {
  const { purchases, earlier } = detail;
  const rows = purchases.map((purchase, at) => ({ purchase, before: purchases[at - 1] }));
  return (
    <details class="purchases" data-remember="purchases">
      <summary>
        {texts.table} <span class="quiet">({format.int(purchases.length)})</span>
      </summary>
      <table>
        <caption class="sr">{texts.timeline}</caption>
        <TableHead
          columns={[
            { name: texts.columns.day },
            { name: texts.columns.gap },
            { name: texts.columns.amount, isNumber: true },
            { name: texts.columns.deal },
          ]}
        />
        <tbody>
          {rows.toReversed().map(({ purchase, before }) => (
            <tr>
              <th scope="row">{format.dayYear(purchase.day)}</th>
              <td>{before ? format.days(dayNumber(purchase.day) - dayNumber(before.day)) : "–"}</td>
              <td class="num">{sumText(purchase.amountMinor, texts, format)}</td>
              <td>
                <Deal deal={purchase.deal} texts={texts} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {earlier > 0 ? (
        <p class="quiet">{fill(texts.earlier, { count: format.purchases(earlier) })}</p>
      ) : null}
    </details>
  );
}

/** The CRM itself decides whether this person may open it. */
function Deal({
  deal,
  texts,
}: {
  readonly deal: CardDetail["purchases"][number]["deal"];
  readonly texts: FullCardTexts;
}) {
  const url = deal ? safeUrl(deal.url) : null;
  if (!deal || url === null) return null;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer" data-crm>
      {fill(texts.deal, { number: deal.id })}
    </a>
  );
}
