import type { AbcReport, ChurnThresholdReport } from "../crm/segmentation.ts";
import type { Format } from "./texts/format.ts";
import type { SegmentationTexts } from "./texts/segmentation-texts.ts";

/** Curves as SVG: lines scale with the box, texts and guides keep their size. The numbers stand in a table beside each. */

const percent = (share: number): string => `${Math.round(share * 10_000) / 100}%`;
const HEIGHT = 170;
/** Shares of the height: room for a label above, for the axis below. */
const TOP = 0.05;
const BOTTOM = 0.86;
const y = (share: number): number => BOTTOM - share * (BOTTOM - TOP);
const GUIDES = [0, 0.5, 1] as const;
const AXIS_BASELINE = "97%";

type Point = readonly [x: number, y: number];

/** A line through points of shares 0..1, in the plot's own coordinates. */
function Line({ points, kind }: { points: readonly Point[]; kind: string }) {
  const text = points.map(([x, share]) => `${round(100 * x)},${round(100 * y(share))}`).join(" ");
  return (
    <svg
      class={`curve ${kind}`}
      width="100%"
      height="100%"
      viewBox="0 0 100 100"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <polyline points={text} fill="none" vector-effect="non-scaling-stroke" />
    </svg>
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function Ticks({ format }: { format: Format }) {
  return (
    <svg class="ticks" width="100%" height={HEIGHT} aria-hidden="true">
      {GUIDES.map((share) => (
        <text x="100%" y={percent(y(share))} dy="4" text-anchor="end">
          {format.percent(share)}
        </text>
      ))}
    </svg>
  );
}

interface ParetoProps {
  readonly pareto: AbcReport["pareto"];
  readonly texts: SegmentationTexts;
  readonly format: Format;
}

/** Share of clients, best first, against the share of money they bring; the mark is where 80 % is reached. */
export function ParetoCurve({ pareto, texts, format }: ParetoProps) {
  const points = pareto.curve.map((point): Point => [point.clientsShare, point.moneyShare]);
  const x80 = pareto.clientsShareFor80;
  const isRight = x80 > 0.6;
  return (
    <div class="plot" role="img" aria-label={texts.abc.curve}>
      <Ticks format={format} />
      <svg width="100%" height={HEIGHT} aria-hidden="true">
        {GUIDES.map((share) => (
          <line class="guide" x1="0" x2="100%" y1={percent(y(share))} y2={percent(y(share))} />
        ))}
        <line
          class="mark"
          x1={percent(x80)}
          x2={percent(x80)}
          y1={percent(y(0))}
          y2={percent(y(0.8))}
        />
        <Line points={points} kind="first" />
        <circle class="dot" cx={percent(x80)} cy={percent(y(0.8))} r="4" />
        <text
          class="note"
          x={percent(isRight ? x80 - 0.02 : x80 + 0.02)}
          y={percent(y(0.62))}
          text-anchor={isRight ? "end" : "start"}
        >
          {`${format.percent(x80)} → ${format.percent(0.8)}`}
        </text>
        <text x="0" y={AXIS_BASELINE}>
          0
        </text>
        <text x="100%" y={AXIS_BASELINE} text-anchor="end">
          {texts.abc.clientsAxis}
        </text>
      </svg>
    </div>
  );
}

interface ErrorProps {
  readonly found: ChurnThresholdReport;
  readonly texts: SegmentationTexts;
  readonly format: Format;
}

/** False alarms fall and misses rise with the days of silence; the mark is the threshold that is proposed. */
export function ErrorCurves({ found, texts, format }: ErrorProps) {
  const last = found.candidates.at(-1)?.days ?? 1;
  const pointsOf = (read: (row: (typeof found.candidates)[number]) => number | null) =>
    found.candidates.flatMap((row): Point[] => {
      const share = read(row);
      return share === null ? [] : [[row.days / last, share]];
    });
  const best = found.recommended;
  return (
    <div class="plot" role="img" aria-label={texts.churn.chart}>
      <Ticks format={format} />
      <svg width="100%" height={HEIGHT} aria-hidden="true">
        {GUIDES.map((share) => (
          <line class="guide" x1="0" x2="100%" y1={percent(y(share))} y2={percent(y(share))} />
        ))}
        {best === null ? null : (
          <line
            class="mark"
            x1={percent(best.days / last)}
            x2={percent(best.days / last)}
            y1={percent(y(0))}
            y2={percent(y(1))}
          />
        )}
        <Line points={pointsOf((row) => row.falseAlarms)} kind="first" />
        <Line points={pointsOf((row) => row.missedShare)} kind="second" />
        <text x="0" y={AXIS_BASELINE}>
          0
        </text>
        <text x="100%" y={AXIS_BASELINE} text-anchor="end">
          {`${format.int(last)} ${texts.churn.daysAxis}`}
        </text>
      </svg>
    </div>
  );
}
