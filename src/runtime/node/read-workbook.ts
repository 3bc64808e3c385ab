import { openWorkbook, type Workbook, type WorkbookFault } from "../../hosts/files/workbook.ts";
import type { ReadTable, TableReading } from "./read-table.ts";
import { type TableBytes, unusable } from "./table-bytes.ts";

const FAULTS: Readonly<Record<WorkbookFault, string>> = {
  damaged: "the workbook is damaged; open it and save it again, or save the table as CSV",
  too_large: "the workbook unpacks to more than 768 MB; save as CSV and name that file",
  password: "the workbook is protected with a password; save it without one, or save as CSV",
  archive:
    "is an archive, not a workbook; unpack it and name the table in it, or save the table as CSV",
  open_document: "is an OpenDocument table (.ods); save it as .xlsx or as CSV",
  binary_workbook: "is a binary Excel workbook (.xlsb); save it as .xlsx or as CSV",
  no_sheets: "the workbook has no sheet with cells; save the table as CSV",
};

const ROWS_BETWEEN_REPORTS = 1_000;

/** The first sheet of a workbook with a usable table; else what is wrong with the first one that is not empty. */
export async function readWorkbook<Result>(
  file: string,
  bytes: TableBytes,
  reading: TableReading<Result>,
): Promise<ReadTable<Result>> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes.chunks()) chunks.push(chunk);
  const opened = openWorkbook(Buffer.concat(chunks));
  if (!opened.ok) throw unusable(`${file}: ${FAULTS[opened.reason]}`);
  let best: SheetTable<Result> | null = null;
  for (const sheet of opened.workbook.sheets.keys()) {
    const read = readSheet(file, opened.workbook, sheet, reading);
    if (reading.isUsable(read.table.result)) return read.table;
    if (best === null || (best.rows === 0 && read.rows > 0)) best = read;
  }
  if (best === null) throw unusable(`${file}: ${FAULTS.no_sheets}`);
  return best.table;
}

interface SheetTable<Result> {
  readonly table: ReadTable<Result>;
  readonly rows: number;
}

function readSheet<Result>(
  file: string,
  workbook: Workbook,
  sheet: number,
  reading: TableReading<Result>,
): SheetTable<Result> {
  const reader = reading.makeReader(workbook.serialShift);
  const fault = workbook.rows(sheet, (row, share) => {
    if (reader.rows % ROWS_BETWEEN_REPORTS === 0) reading.onProgress?.(share, reader.rows);
    return reader.push(row);
  });
  if (fault !== null) throw unusable(`${file}: ${FAULTS[fault]}`);
  const source = {
    encoding: "xlsx",
    delimiter: null,
    sheet: workbook.sheets[sheet] ?? "",
    brokenText: { count: 0, lines: [] },
  };
  return { table: { result: reader.finish(), source }, rows: reader.rows };
}
