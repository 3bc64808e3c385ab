import type { Format } from "../../pages/texts/format.ts";
import type { SegmentationTexts } from "../../pages/texts/segmentation-texts.ts";
import type { CardTexts, OverviewTexts } from "../../pages/texts/texts.ts";
import type { Analysis } from "../analysis.ts";
import type { ReportTexts } from "../texts/texts.ts";

/** What every section of the report is given. */
export interface Part {
  readonly analysis: Analysis;
  readonly texts: ReportTexts;
  /** Names of segments, stages and reasons live with the card, of figures with the overview. */
  readonly card: CardTexts;
  readonly overview: OverviewTexts;
  readonly segmentation: SegmentationTexts;
  readonly format: Format;
}
