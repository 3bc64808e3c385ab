import { type Locale, makeFormat } from "../pages/texts/format.ts";
import type { Analysis } from "./analysis.ts";
import { callList } from "./call-list.ts";
import { wrapText } from "./columns.ts";
import { segmentationLines } from "./segment-lines.ts";
import { storyOf } from "./story.ts";
import {
  baseLine,
  callTable,
  checkLines,
  figureTable,
  qualityLines,
  readingLine,
  segmentLine,
  type TerminalPage,
} from "./terminal-lines.ts";
import { reportTextsOf } from "./texts/index.ts";
import { WORDS } from "./words.ts";

const WIDTH = 80;
const INDENT = "  ";

/**
 * A summary for a person at a terminal, in the order an owner reads: how the base is doing, who leaves, whom to call, and
 * then what it is made of. At most 80 columns and about 40 lines. Plain text; with `hasStyle` headings are bold.
 */
export function terminalSummary(analysis: Analysis, locale: Locale, hasStyle = false): string {
  const words = WORDS[locale];
  const format = makeFormat(locale, analysis.currency, `${analysis.asOf}T00:00:00Z`);
  const page: TerminalPage = {
    analysis,
    words,
    format,
    locale,
    list: callList(analysis),
    texts: reportTextsOf(locale),
  };
  const story = storyOf(analysis, page.texts.story, format);
  const heading = (text: string) =>
    wrapText(text, WIDTH).map((line) => (hasStyle ? `\u001b[1m${line}\u001b[22m` : line));
  const text = (lines: readonly string[]) =>
    lines.flatMap((line) => wrapText(line, WIDTH - INDENT.length)).map((line) => INDENT + line);
  const table = (lines: readonly string[]) => lines.map((line) => INDENT + line);
  return [
    ...heading(`${words.title}, ${words.asOf} ${analysis.asOf}`),
    "",
    ...heading(story.state.title),
    ...text([story.state.text]),
    ...heading(story.leaving.title),
    ...text([story.leaving.text]),
    ...heading(story.monday.title),
    ...text([story.monday.text]),
    ...table(callTable(page)),
    ...heading(words.figures),
    ...table(figureTable(page)),
    ...heading(words.segments),
    ...text([segmentLine(page), ...segmentationLines(analysis.segmentation, locale, format)]),
    ...heading(words.check),
    ...text(checkLines(page)),
    ...heading(words.quality),
    ...text([`${baseLine(page)}; ${readingLine(page)}`, ...qualityLines(page)]),
    ...wrapText(words.next, WIDTH),
  ]
    .join("\n")
    .replaceAll(/[\u00a0\u202f]/g, " ");
}
