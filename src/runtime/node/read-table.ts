import { csvDialect, DIALECT_SAMPLE } from "../../hosts/files/csv-dialect.ts";
import { type CsvFault, type CsvRows, makeCsvRows } from "../../hosts/files/csv-rows.ts";
import { addLine, type LineCount } from "../../hosts/files/problems.ts";
import type { TableRow } from "../../hosts/files/purchases.ts";
import type { OnProgress } from "./progress.ts";
import { readWorkbook } from "./read-workbook.ts";
import { openTable, type TableBytes, unusable } from "./table-bytes.ts";
import { makeEncodingSurvey, makeTextDecoder } from "./text-encoding.ts";

/** Takes the rows of a table one by one. */
export interface RowReader<Result> {
  /** false = nothing more is wanted. */
  push(row: TableRow): boolean;
  readonly rows: number;
  finish(): Result;
}

/** A reader of the tables that a file may hold: one for a CSV, one for each sheet of a workbook until one is usable. */
export interface TableReading<Result> {
  /** `serialShift`: days to add to serial numbers that are not marked as dates. */
  makeReader(serialShift: number): RowReader<Result>;
  isUsable(result: Result): boolean;
  readonly onProgress?: OnProgress;
}

/** How a table was written. */
export interface TableSource {
  /** `xlsx` for a workbook. */
  readonly encoding: string;
  /** null = a workbook has none. */
  readonly delimiter: string | null;
  readonly sheet: string | null;
  /** Lines with characters that could not be decoded. */
  readonly brokenText: Readonly<LineCount>;
}

export interface ReadTable<Result> {
  readonly result: Result;
  readonly source: TableSource;
}

/** A character that decoding could not read. */
const BROKEN = "\ufffd";

const FAULTS: Readonly<Record<CsvFault["reason"], string>> = {
  unclosed_quote:
    "a quote is opened here and not closed; close it, or double the quotes inside the cell",
  endless_row: "a row of more than a million characters; is this a table? Save it as CSV again",
};

/**
 * Rows of a `.csv`, `.csv.gz` or `.xlsx`, handed over as they are read: the text is never in memory as a whole. Encoding and
 * delimiter are found from the bytes. Throws AppError `input.invalid` with one sentence that names the file, the line and the
 * remedy.
 */
export async function readTable<Result>(
  file: string,
  reading: TableReading<Result>,
): Promise<ReadTable<Result>> {
  const bytes = await openTable(file);
  if (bytes.kind === "workbook") return readWorkbook(file, bytes, reading);
  const found = await surveyed(bytes);
  if (!found.ok) {
    throw unusable(`${file}: is binary, not a table of text; save the table as CSV`);
  }
  const reader = reading.makeReader(0);
  const brokenText: LineCount = { count: 0, lines: [] };
  const text = makeTextRows((row) => {
    if (found.isDamaged && row.cells.some((cell) => cell.includes(BROKEN))) {
      addLine(brokenText, row.line);
    }
    return reader.push(row);
  });
  const decode = makeTextDecoder(found.encoding);
  const refuseFault = (fault: CsvFault | null) => {
    if (fault !== null) throw unusable(`${file}: line ${fault.line}: ${FAULTS[fault.reason]}`);
  };
  let readBytes = 0;
  for await (const chunk of bytes.chunks((read) => {
    readBytes = read;
  })) {
    refuseFault(text.push(decode(chunk)));
    reading.onProgress?.(readBytes / Math.max(1, bytes.size), reader.rows);
  }
  refuseFault(text.push(decode(null)));
  refuseFault(text.end());
  const source = {
    encoding: found.encoding,
    delimiter: text.delimiter(),
    sheet: null,
    brokenText,
  };
  return { result: reader.finish(), source };
}

/** Late evidence counts too: one letter behind a hundred megabytes of digits may tell the encoding. */
async function surveyed(bytes: TableBytes) {
  const survey = makeEncodingSurvey();
  for await (const chunk of bytes.chunks()) survey.push(chunk);
  return survey.finish();
}

/** CSV rows of a text whose dialect is found in its first characters. */
function makeTextRows(onRow: (row: TableRow) => boolean) {
  let head = "";
  let rows: CsvRows | null = null;
  let delimiter = ",";
  const start = (): { rows: CsvRows; fault: CsvFault | null } => {
    const dialect = csvDialect(head);
    delimiter = dialect.delimiter;
    const made = makeCsvRows(delimiter, dialect.firstLine, onRow);
    const fault = made.push(head.slice(dialect.skip));
    rows = made;
    head = "";
    return { rows: made, fault };
  };
  return {
    push(text: string): CsvFault | null {
      if (rows !== null) return rows.push(text);
      head += text;
      return head.length < DIALECT_SAMPLE ? null : start().fault;
    },
    end(): CsvFault | null {
      if (rows !== null) return rows.end();
      const { rows: made, fault } = start();
      return fault ?? made.end();
    },
    delimiter: () => delimiter,
  };
}
