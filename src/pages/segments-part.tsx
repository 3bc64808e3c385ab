import type { Child } from "hono/jsx";
import type { SegmentationDocument } from "../crm/segmentation.ts";
import type { Format } from "./texts/format.ts";
import type { SegmentationTexts } from "./texts/segmentation-texts.ts";
import type { CardTexts } from "./texts/texts.ts";

/** What every panel of the segments is given. */
export interface SegmentsPart {
  readonly found: SegmentationDocument;
  readonly texts: SegmentationTexts;
  readonly names: CardTexts;
  readonly format: Format;
  /** Heading of the tables behind charts. */
  readonly showTable: string;
}

interface PanelProps {
  readonly id: string;
  readonly title: string;
  readonly children: Child;
}

/** One panel of the section, under its heading. */
export function SegmentPanel({ id, title, children }: PanelProps) {
  return (
    <section class="panel" aria-labelledby={`segments-${id}`}>
      <h3 id={`segments-${id}`}>{title}</h3>
      {children}
    </section>
  );
}
