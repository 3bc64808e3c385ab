import { parse } from "csv-parse/sync";
import type { TableRow } from "../../hosts/files/purchases.ts";
import { decodeText } from "./decode-text.ts";
import { readBytes, unusable } from "./read-bytes.ts";

const DELIMITERS = [";", ",", "\t", "|"] as const;
/** A longer row is a quote that swallowed the rest of the file. */
const MAX_ROW_CHARACTERS = 1_000_000;
/** A character that decoding could not read. */
const BROKEN = "\ufffd";

const NO_TEXT = {
  archive: "is a workbook or an archive, not CSV; open it and save the table as CSV",
  binary: "is binary, not a table of text; save the table as CSV",
} as const;

const UNCLOSED =
  "a quote is opened here and not closed; close it, or double the quotes inside the cell";

export interface TableFile {
  readonly rows: TableRow[];
  readonly encoding: string;
  readonly delimiter: string;
  /** Lines with characters that could not be decoded. */
  readonly brokenLines: readonly number[];
}

/**
 * Rows of a `.csv` or `.csv.gz` with the line each starts on. Encoding and delimiter are found from the bytes.
 * Throws AppError `input.invalid` with one sentence that names the file, the line and the remedy.
 */
export async function readTable(file: string): Promise<TableFile> {
  const decoded = decodeText(await readBytes(file));
  if (!decoded.ok) throw unusable(`${file}: ${NO_TEXT[decoded.reason]}`);
  // One kind of line end: the parser counts \r\n inside quotes twice, and takes only the first kind it meets.
  const text = decoded.text.replace(/\r\n?/g, "\n");
  const announced = /^sep=([;,\t|])\n/i.exec(text);
  const body = announced ? text.slice(announced[0].length) : text;
  const firstLine = announced ? 2 : 1;
  const delimiter = announced?.[1] ?? guessDelimiter(body);
  const rows = parseRows(file, body, delimiter, firstLine);
  return {
    rows,
    encoding: decoded.encoding,
    delimiter,
    brokenLines: body.includes(BROKEN)
      ? rows.filter((row) => row.cells.some((cell) => cell.includes(BROKEN))).map((row) => row.line)
      : [],
  };
}

function parseRows(file: string, text: string, delimiter: string, firstLine: number): TableRow[] {
  const rows: TableRow[] = [];
  const suspects: TableRow[] = [];
  let lastLine = firstLine - 1;
  try {
    parse(text, {
      delimiter,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      max_record_size: MAX_ROW_CHARACTERS,
      on_record: (cells: string[], { lines }) => {
        lastLine = lines + firstLine - 1;
        const row = { line: lastLine - lineEnds(cells), cells };
        rows.push(row);
        if (cells.some(looksSwallowed)) suspects.push(row);
        return null;
      },
    });
  } catch (cause) {
    const line = nextFilledLine(text, lastLine - firstLine + 1) + firstLine;
    throw unusable(`${file}: line ${line}: ${UNCLOSED}`, cause);
  }
  const lines = suspects.length === 0 ? [] : text.split("\n");
  const swallowed = suspects.find((row) =>
    row.cells.some(
      (cell) => looksSwallowed(cell) && isVerbatim(cell, row, lines, delimiter, firstLine),
    ),
  );
  if (swallowed) throw unusable(`${file}: line ${swallowed.line}: ${UNCLOSED}`);
  return rows;
}

function lineEnds(cells: readonly string[]): number {
  let ends = 0;
  for (const cell of cells) {
    for (let at = cell.indexOf("\n"); at >= 0; at = cell.indexOf("\n", at + 1)) ends += 1;
  }
  return ends;
}

/** A relaxed parser keeps the opening quote of a cell whose closing quote it did not find where it belongs. */
function looksSwallowed(cell: string): boolean {
  return cell.startsWith('"') && cell.includes("\n");
}

/** Does the cell stand in the file as it was read? Then its first quote opened it; a quote that belongs to it is doubled there. */
function isVerbatim(
  cell: string,
  row: TableRow,
  lines: readonly string[],
  delimiter: string,
  firstLine: number,
): boolean {
  const from = row.line - firstLine;
  const raw = lines.slice(from, from + lineEnds(row.cells) + 1).join("\n");
  return raw.startsWith(cell) || raw.includes(`${delimiter}${cell}`);
}

/** Lines before the next one with anything on it, counted from the start of the text. */
function nextFilledLine(text: string, from: number): number {
  const lines = text.split("\n");
  const at = lines.findIndex((line, index) => index >= from && line.trim() !== "");
  return at < 0 ? from : at;
}

/** The separator that splits the first lines into the same, largest number of cells. */
function guessDelimiter(text: string): string {
  const lines = withoutQuoted(text)
    .split("\n", 20)
    .filter((line) => line.trim() !== "");
  let best = ",";
  let bestScore = 0;
  for (const delimiter of DELIMITERS) {
    const counts = lines.map((line) => line.split(delimiter).length - 1);
    const score = typical(counts) * (counts.every((count) => count === counts[0]) ? 2 : 1);
    if (score > bestScore) {
      best = delimiter;
      bestScore = score;
    }
  }
  return best;
}

/** Quoted cells may hold delimiters and line ends; a few thousand characters are enough to see the habit. */
function withoutQuoted(text: string): string {
  return text.slice(0, 16_384).replace(/"[^"]*"/g, "");
}

/** The count most lines have: a title above the table does not decide. */
function typical(counts: readonly number[]): number {
  const sorted = [...counts].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
