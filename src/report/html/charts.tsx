import type { Child } from "hono/jsx";
import { niceTicks } from "../../pages/charts.tsx";
import type { CalibrationDot } from "../accuracy.ts";
import { percentOf } from "./blocks.tsx";

/**
 * Charts as SVG in percent of their box: no inline styles (the content security policy forbids them), text keeps its size at
 * any width. Each has a title and a description, and a table or a list with the same numbers beside it.
 */

interface Named {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** An SVG as wide as its box, with a name and a description. */
function Picture({ id, title, description, children }: Named & { readonly children?: Child }) {
  return (
    <svg width="100%" height="200" role="img" aria-labelledby={`${id}-name ${id}-text`}>
      <title id={`${id}-name`}>{title}</title>
      <desc id={`${id}-text`}>{description}</desc>
      {children}
    </svg>
  );
}

interface BarsProps extends Named {
  readonly rows: readonly {
    readonly label: string;
    readonly value: number;
    readonly text: string;
  }[];
  /** The last bar is of a month that is not over. */
  readonly isLastPartial: boolean;
  readonly tickText: (value: number) => string;
}

/** Shares of the height: room for the top label above, for the months below. */
const PLOT = { top: 0.06, bottom: 0.86 } as const;
const MOST_LABELS = 6;

/** Columns over time; negative values are drawn as none, the table says them. */
export function Bars({ rows, isLastPartial, tickText, ...names }: BarsProps) {
  const ticks = niceTicks(Math.max(1, ...rows.map((row) => row.value)));
  const top = ticks.at(-1) ?? 1;
  const y = (value: number): number =>
    PLOT.bottom - (Math.max(0, value) / top) * (PLOT.bottom - PLOT.top);
  const step = 1 / rows.length;
  const every = Math.max(1, Math.ceil(rows.length / MOST_LABELS));
  // The last label of narrow columns would stand out of the picture.
  const isDense = rows.length > MOST_LABELS;
  return (
    <div class="bars">
      <svg class="ticks" width="100%" height="200" aria-hidden="true">
        {ticks.map((tick) => (
          <text x="100%" y={percentOf(y(tick))} dy="4" text-anchor="end">
            {tickText(tick)}
          </text>
        ))}
      </svg>
      <Picture {...names}>
        {ticks.map((tick) => (
          <line x1="0" x2="100%" y1={percentOf(y(tick))} y2={percentOf(y(tick))} />
        ))}
        {rows.map((row, at) => (
          <rect
            class={isLastPartial && at === rows.length - 1 ? "partial" : undefined}
            x={percentOf((at + 0.14) * step)}
            width={percentOf(step * 0.72)}
            y={percentOf(y(row.value))}
            height={percentOf(PLOT.bottom - y(row.value))}
          >
            <title>{row.text}</title>
          </rect>
        ))}
        {rows.map((row, at) => {
          const back = rows.length - 1 - at;
          if (back % every !== 0) return null;
          return (
            <text
              class={(back / every) % 2 === 1 ? "minor" : undefined}
              x={percentOf(back === 0 && isDense ? 1 : (at + 0.5) * step)}
              y="97%"
              text-anchor={back === 0 && isDense ? "end" : "middle"}
            >
              {row.label}
            </text>
          );
        })}
      </Picture>
    </div>
  );
}

interface CurveProps extends Named {
  /** Shares 0..1, from the origin. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** The point that the sentence speaks of. */
  readonly mark: { readonly x: number; readonly y: number } | null;
  readonly axisX: string;
  readonly axisY: string;
}

/** A rising curve in a square of shares, over the diagonal that equal shares would give. */
export function Curve({ points, mark, axisX, axisY, ...names }: CurveProps) {
  const path = points.map(({ x, y }) => `${round(100 * x)},${round(100 - 100 * y)}`).join(" ");
  const last = points.at(-1);
  return (
    <figure class="square">
      <figcaption class="axis">{axisY}</figcaption>
      <Picture {...names}>
        <Grid />
        <svg
          aria-hidden="true"
          viewBox="0 0 100 100"
          width="100%"
          height="100%"
          preserveAspectRatio="none"
        >
          <polygon class="under" points={`${path} ${round(100 * (last?.x ?? 0))},100 0,100`} />
          <polyline class="line" points={path} />
        </svg>
        {mark === null ? null : (
          <circle class="mark" cx={percentOf(mark.x)} cy={percentOf(1 - mark.y)} r="5" />
        )}
      </Picture>
      <AxisX text={axisX} />
    </figure>
  );
}

interface DotsProps extends Named {
  readonly dots: readonly CalibrationDot[];
  readonly axisX: string;
  readonly axisY: string;
  readonly text: (dot: CalibrationDot) => string;
}

/** Said against seen; on the diagonal both agree. */
export function Dots({ dots, axisX, axisY, text, ...names }: DotsProps) {
  return (
    <figure class="square">
      <figcaption class="axis">{axisY}</figcaption>
      <Picture {...names}>
        <Grid />
        {dots.map((dot) => (
          <circle class="dot" cx={percentOf(dot.said)} cy={percentOf(1 - dot.seen)} r="5">
            <title>{text(dot)}</title>
          </circle>
        ))}
      </Picture>
      <AxisX text={axisX} />
    </figure>
  );
}

/** Frame, quarters and the diagonal. */
function Grid() {
  return (
    <>
      {[0, 0.25, 0.5, 0.75, 1].map((share) => (
        <>
          <line x1="0" x2="100%" y1={percentOf(share)} y2={percentOf(share)} />
          <line x1={percentOf(share)} x2={percentOf(share)} y1="0" y2="100%" />
        </>
      ))}
      <line class="diagonal" x1="0" x2="100%" y1="100%" y2="0" />
    </>
  );
}

function AxisX({ text }: { readonly text: string }) {
  return (
    <div class="axis ends" aria-hidden="true">
      <span>0</span>
      <span>{text}</span>
      <span>100 %</span>
    </div>
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
