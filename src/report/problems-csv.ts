import type { Locale } from "../pages/texts/format.ts";
import type { DataQualityRow } from "./analysis.ts";
import { csvLine } from "./csv-line.ts";
import { WORDS } from "./words.ts";

/** One row of a file that was left out. */
interface LeftOut {
  /** Line of the file, or row of the sheet; from 1. */
  readonly line: number;
  readonly reason: DataQualityRow["code"];
}

/** Every row left out: its line, the code of the reason and the reason in words. UTF-8 with a byte order mark, CRLF. */
export function problemsCsv(rows: readonly LeftOut[], locale: Locale): string {
  const delimiter = locale === "ru" ? ";" : ",";
  const { qualityReasons } = WORDS[locale];
  const lines = [
    ["line", "code", "reason"],
    ...rows.map(({ line, reason }) => [String(line), reason, qualityReasons[reason]]),
  ];
  return `\ufeff${lines.map((cells) => csvLine(cells, delimiter)).join("\r\n")}\r\n`;
}
