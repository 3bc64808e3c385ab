import { TableHead } from "./table-head.tsx";
import type { Format } from "./texts/format.ts";
import type { CardTexts } from "./texts/texts.ts";

/**
 * Charts as SVG in percent of their box: no inline styles (the content security policy forbids them), text keeps its size
 * at any width, and a table with the same numbers is always in the page.
 */

/** A share 0..1 as a length in an SVG. */
export const percent = (share: number): string => `${Math.round(share * 10_000) / 100}%`;

interface SparkProps {
  readonly rows: readonly {
    readonly month: string;
    readonly amountMinor: number;
    readonly purchases: number;
  }[];
  /** Without sums the bars show the number of purchases. */
  readonly currencyKnown: boolean;
  readonly texts: CardTexts;
  readonly format: Format;
}

export function Spark({ rows, currencyKnown, texts, format }: SparkProps) {
  const first = rows[0];
  const last = rows.at(-1);
  if (!first || !last) return null;
  const values = rows.map((row) => Math.max(0, currencyKnown ? row.amountMinor : row.purchases));
  const top = Math.max(1, ...values);
  const step = 1 / rows.length;
  const amount = (minor: number) => (currencyKnown ? format.money(minor) : "");
  return (
    <figure class="spark">
      <svg width="100%" height="34" aria-hidden="true">
        {rows.map((row, index) => {
          const share = (values[index] ?? 0) / top;
          const height = share === 0 ? 0.05 : Math.max(0.1, share);
          return (
            <rect
              class={share === 0 ? "none" : ""}
              x={percent((index + 0.12) * step)}
              width={percent(step * 0.76)}
              y={percent(1 - height)}
              height={percent(height)}
              rx="1.5"
            >
              <title>
                {[format.month(row.month), amount(row.amountMinor), format.purchases(row.purchases)]
                  .filter(Boolean)
                  .join(", ")}
              </title>
            </rect>
          );
        })}
      </svg>
      <figcaption aria-hidden="true">
        <span>{format.month(first.month)}</span>
        <span>{format.month(last.month)}</span>
      </figcaption>
      {/* A table keeps its height whatever a style says: hidden by itself it would make the frame scroll. */}
      <div class="sr">
        <table>
          <caption>{texts.spark}</caption>
          <TableHead
            columns={[{ name: texts.month }, { name: texts.amount }, { name: texts.purchases }]}
          />
          <tbody>
            {rows.map((row) => (
              <tr>
                <th scope="row">{format.month(row.month)}</th>
                <td>{amount(row.amountMinor)}</td>
                <td>{format.int(row.purchases)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

/** A bar to the left or right of the middle; `share` is -1..1. */
export function DeltaBar({ share }: { share: number }) {
  const width = Math.min(1, Math.abs(share)) / 2;
  return (
    <svg class="delta-bar" width="100%" height="8" aria-hidden="true">
      <line x1="50%" x2="50%" y1="0" y2="8" />
      <rect
        class={share < 0 ? "minus" : "plus"}
        x={percent(share < 0 ? 0.5 - width : 0.5)}
        width={percent(width)}
        height="8"
        rx="1.5"
      />
    </svg>
  );
}

/** Horizontal bar of a share 0..1 of its cell. */
export function ShareBar({ share, kind }: { share: number; kind: "clients" | "money" }) {
  return (
    <svg class={`share-bar ${kind}`} width="100%" height="7" aria-hidden="true">
      <rect class="track" width="100%" height="7" rx="2" />
      <rect width={percent(Math.min(1, Math.max(0, share)))} height="7" rx="2" />
    </svg>
  );
}

/** One bar made of parts; the numbers stand beside it as a list. */
export function StackBar({
  parts,
}: {
  parts: readonly { readonly code: string; readonly share: number }[];
}) {
  const starts = parts.map((_, index) =>
    parts.slice(0, index).reduce((sum, part) => sum + part.share, 0),
  );
  return (
    <svg class="stack" width="100%" height="14" aria-hidden="true">
      {parts.map((part, index) => (
        <rect
          class={`stage-${part.code}`}
          x={percent(starts[index] ?? 0)}
          width={percent(part.share)}
          height="14"
        />
      ))}
    </svg>
  );
}

interface MonthBarsProps {
  readonly rows: readonly { readonly month: string; readonly revenueMinor: number }[];
  /** The month that is not over yet, as `2026-11`. */
  readonly currentMonth: string;
  readonly label: string;
  readonly format: Format;
}

/** Shares of the height: room for the top label above, for the months below. */
const PLOT = { top: 0.06, bottom: 0.88 } as const;
const MOST_LABELS = 3;

/** Amounts stand in a column of their own, so that no label lies on a bar at any width. */
export function MonthBars({ rows, currentMonth, label, format }: MonthBarsProps) {
  const ticks = niceTicks(Math.max(1, ...rows.map((row) => row.revenueMinor)));
  const top = ticks.at(-1) ?? 1;
  const y = (value: number): number =>
    PLOT.bottom - (Math.max(0, value) / top) * (PLOT.bottom - PLOT.top);
  const step = 1 / rows.length;
  const every = Math.max(1, Math.ceil(rows.length / MOST_LABELS));
  return (
    <div class="month-bars" role="img" aria-label={label}>
      <svg class="ticks" width="100%" height="190" aria-hidden="true">
        {ticks.map((tick) => (
          <text x="100%" y={percent(y(tick))} dy="4" text-anchor="end">
            {tick === 0 ? "0" : format.money(tick)}
          </text>
        ))}
      </svg>
      <svg width="100%" height="190" aria-hidden="true">
        {ticks.map((tick) => (
          <line x1="0" x2="100%" y1={percent(y(tick))} y2={percent(y(tick))} />
        ))}
        {rows.map((row, index) => (
          <rect
            class={row.month === currentMonth ? "partial" : ""}
            x={percent((index + 0.16) * step)}
            width={percent(step * 0.68)}
            y={percent(y(row.revenueMinor))}
            height={percent(PLOT.bottom - y(row.revenueMinor))}
            rx="2"
          >
            <title>{`${format.month(row.month)}: ${format.moneyExact(row.revenueMinor)}`}</title>
          </rect>
        ))}
        {rows.map((row, index) =>
          (rows.length - 1 - index) % every === 0 ? (
            <text
              x={percent(index === rows.length - 1 ? 1 : (index + 0.5) * step)}
              y="98%"
              text-anchor={index === rows.length - 1 ? "end" : "middle"}
            >
              {format.month(row.month)}
            </text>
          ) : null,
        )}
      </svg>
    </div>
  );
}

/** Zero and two or three round values above, the last one at or above the largest bar. */
export function niceTicks(largest: number): readonly number[] {
  const rough = largest / 3;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 2.5, 5, 10].map((factor) => factor * magnitude).find((size) => size >= rough) ??
    10 * magnitude;
  const count = Math.ceil(largest / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}
