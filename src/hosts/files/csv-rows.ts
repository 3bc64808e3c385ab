import type { TableRow } from "./purchases.ts";

/** A longer row is a quote that swallowed the rest of the file, or no table. */
const MAX_ROW_CHARACTERS = 1_000_000;

export interface CsvFault {
  /** A quote that is opened and not closed, or a row beyond all measure. */
  readonly reason: "unclosed_quote" | "endless_row";
  readonly line: number;
}

/** Rows of a CSV text that comes in pieces, cut anywhere. */
export interface CsvRows {
  /** The next piece of the text, with `\n` as line ends; null = all is well so far. */
  push(text: string): CsvFault | null;
  /** After the last piece. */
  end(): CsvFault | null;
}

/**
 * RFC 4180 with the leniency that exports need: rows of any length, quotes inside a cell that does not start with one, and
 * `"OOO "Romashka"` on one line, which stays as written. Blank lines are no rows. `onRow` false = enough, the rest is passed
 * over. Rows without quotes, nearly all of most files, go the short way.
 */
export function makeCsvRows(
  delimiter: string,
  firstLine: number,
  onRow: (row: TableRow) => boolean,
): CsvRows {
  let rest = "";
  let line = firstLine;
  let isWanted = true;

  const emit = (from: number, cells: readonly string[]) => {
    isWanted = onRow({ line: from, cells });
  };
  /** Takes the row with quotes at `at`; the place after it. */
  const takeQuoted = (text: string, at: number, isLast: boolean): number | "more" | CsvFault => {
    const row = quotedRow(text, at, delimiter, isLast);
    if (row === "more") return row;
    if (typeof row === "number") return { reason: "unclosed_quote", line: line + row };
    emit(line, row.cells);
    line += row.lines;
    return row.end;
  };
  const takePlain = (at: number, end: number, cellsOf: Splitter) => {
    if (end > at) emit(line, cellsOf(at, end));
    line += 1;
    return end + 1;
  };
  /** Takes the rows that end within `text`; the place after the last one, or a fault. */
  const take = (text: string, isLast: boolean): number | CsvFault => {
    const cellsOf = makeSplitter(text, delimiter);
    const quoteFrom = makeFinder(text, '"');
    let at = 0;
    while (isWanted) {
      const end = text.indexOf("\n", at);
      if (end < 0) return at;
      const isPlain = quoteFrom(at) > end;
      const next = isPlain ? takePlain(at, end, cellsOf) : takeQuoted(text, at, isLast);
      if (next === "more") return at;
      if (typeof next !== "number") return next;
      at = next;
    }
    return text.length;
  };
  const feed = (text: string, isLast: boolean): CsvFault | null => {
    if (!isWanted) return null;
    const whole = rest + text;
    const taken = take(whole, isLast);
    if (typeof taken !== "number") return taken;
    rest = whole.slice(taken);
    if (rest.length <= MAX_ROW_CHARACTERS) return null;
    const opened = quotedRow(`${rest}\n`, 0, delimiter, true);
    return typeof opened === "number"
      ? { reason: "unclosed_quote", line: line + opened }
      : { reason: "endless_row", line };
  };
  return {
    push: (text) => feed(text, false),
    end: () => feed(rest.endsWith("\n") ? "" : "\n", true),
  };
}

/** The first place of a sign at or behind another, asked for in the order of the text: nothing is looked at twice. */
function makeFinder(text: string, sign: string): (from: number) => number {
  let next = -1;
  return (from) => {
    if (next < from) {
      const found = text.indexOf(sign, from);
      next = found < 0 ? Number.MAX_SAFE_INTEGER : found;
    }
    return next;
  };
}

type Splitter = (from: number, end: number) => string[];

/** Cells of rows without quotes, taken in the order of the text. */
function makeSplitter(text: string, delimiter: string): Splitter {
  const delimiterFrom = makeFinder(text, delimiter);
  return (from, end) => {
    const cells: string[] = [];
    let start = from;
    for (let next = delimiterFrom(start); next < end; next = delimiterFrom(start)) {
      cells.push(text.slice(start, next));
      start = next + 1;
    }
    cells.push(text.slice(start, end));
    return cells;
  };
}

interface QuotedRow {
  readonly cells: string[];
  /** Line ends it takes, its own included. */
  readonly lines: number;
  readonly end: number;
}

/**
 * One row with quotes in it, from `start`. "more" = it does not end within the text; a number = the quote opened so many
 * lines below the first one is not closed.
 */
function quotedRow(
  text: string,
  start: number,
  delimiter: string,
  isLast: boolean,
): QuotedRow | "more" | number {
  const cells: string[] = [];
  let lines = 0;
  let at = start;
  for (;;) {
    const isQuoted = text.charCodeAt(at) === QUOTE;
    const cell = isQuoted ? quotedCell(text, at, delimiter) : plainCell(text, at, at, delimiter);
    if (cell === null) return "more";
    if (cell === "unclosed") return isLast ? lines : "more";
    if (cell === "swallowed") return lines;
    cells.push(cell.value);
    lines += cell.lineEnds;
    at = cell.end + 1;
    if (text[cell.end] === "\n") return { cells, lines: lines + 1, end: at };
  }
}

const QUOTE = 34;

interface Cell {
  readonly value: string;
  readonly lineEnds: number;
  /** Where its delimiter or line end stands. */
  readonly end: number;
}

/** From `start` to the next delimiter or line end behind `from`, as written. */
function plainCell(text: string, start: number, from: number, delimiter: string): Cell | null {
  const lineEnd = text.indexOf("\n", from);
  if (lineEnd < 0) return null;
  const next = text.indexOf(delimiter, from);
  const end = next >= 0 && next < lineEnd ? next : lineEnd;
  return { value: text.slice(start, end), lineEnds: 0, end };
}

/**
 * A cell that starts with a quote. "swallowed" = the next lone quote stands inside another cell, lines below. Inside the same
 * line the quotes are part of the text: the cell is taken as written.
 */
function quotedCell(
  text: string,
  start: number,
  delimiter: string,
): Cell | "unclosed" | "swallowed" {
  for (let at = start + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0 || at + 1 >= text.length) return "unclosed";
    const next = text[at + 1];
    if (next === '"') continue;
    const written = text.slice(start + 1, at);
    const lineEnds = countLineEnds(written);
    if (next === delimiter || next === "\n") {
      return { value: written.replaceAll('""', '"'), lineEnds, end: at + 1 };
    }
    return lineEnds > 0 ? "swallowed" : (plainCell(text, start, at, delimiter) ?? "unclosed");
  }
}

function countLineEnds(text: string): number {
  let ends = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) ends += 1;
  return ends;
}
