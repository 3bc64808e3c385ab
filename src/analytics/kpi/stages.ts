import { ratio } from "./figure.ts";

export interface PipelineStages {
  readonly id: string;
  readonly name: string;
  /** Open stages in their order. */
  readonly stages: readonly { readonly id: string; readonly name: string }[];
}

/** Deals counted by the furthest open stage they have been in (null = none is known) and how they stand now. */
export interface ReachedCount {
  readonly pipelineId: string;
  readonly stageId: string | null;
  readonly outcome: "open" | "won" | "lost";
  readonly deals: number;
}

export interface StageRow {
  readonly id: string;
  readonly name: string;
  /** Deals that were in the stage or beyond it: moved on + lost here + still here. */
  readonly reached: number;
  readonly moved: number;
  readonly lost: number;
  readonly open: number;
  /** moved / (moved + lost): deals that still wait are not counted. null = nobody has decided yet. */
  readonly conversion: number | null;
}

export interface PipelineRow {
  readonly id: string;
  readonly name: string;
  readonly deals: number;
  readonly won: number;
  readonly lost: number;
  readonly open: number;
  readonly stages: readonly StageRow[];
  /** Lost deals whose last stage is not known; they are in no stage. */
  readonly unknownStage: number;
}

/**
 * Conversion from stage to stage of every pipeline with deals. A deal that skipped a stage has passed it, a won deal has
 * passed all of them, so the numbers never rise along a pipeline.
 */
export function stageConversion(
  pipelines: readonly PipelineStages[],
  counts: readonly ReachedCount[],
): PipelineRow[] {
  return pipelines
    .map((pipeline) =>
      pipelineRow(
        pipeline,
        counts.filter(({ pipelineId }) => pipelineId === pipeline.id),
      ),
    )
    .filter(({ deals }) => deals > 0);
}

function pipelineRow(pipeline: PipelineStages, counts: readonly ReachedCount[]): PipelineRow {
  const order = new Map(pipeline.stages.map(({ id }, at) => [id, at]));
  const furthest = ({ outcome, stageId }: ReachedCount): number => {
    if (outcome === "won") return pipeline.stages.length;
    const at = stageId === null ? undefined : order.get(stageId);
    // An open deal is at least in the first stage; where a lost one was is not known.
    return at ?? (outcome === "open" ? 0 : -1);
  };
  const sum = (isCounted: (row: ReachedCount) => boolean) =>
    counts.reduce((all, row) => all + (isCounted(row) ? row.deals : 0), 0);
  const is = (outcome: ReachedCount["outcome"]) => sum((row) => row.outcome === outcome);
  return {
    id: pipeline.id,
    name: pipeline.name,
    deals: sum(() => true),
    won: is("won"),
    lost: is("lost"),
    open: is("open"),
    unknownStage: sum((row) => furthest(row) < 0),
    stages: pipeline.stages.map(({ id, name }, at) => {
      const moved = sum((row) => furthest(row) > at);
      const lost = sum((row) => row.outcome === "lost" && furthest(row) === at);
      const open = sum((row) => row.outcome === "open" && furthest(row) === at);
      return {
        id,
        name,
        reached: moved + lost + open,
        moved,
        lost,
        open,
        conversion: ratio(moved, moved + lost),
      };
    }),
  };
}
