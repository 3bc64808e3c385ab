import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { parse } from "csv-parse/sync";
import { AppError } from "../../crm/error.ts";
import type { TableRow } from "../../hosts/files/purchases.ts";

const MAX_FILE_BYTES = 512 * 1024 * 1024;
const DELIMITERS = [";", ",", "\t", "|"] as const;

export interface TableFile {
  readonly rows: TableRow[];
  readonly encoding: string;
  readonly delimiter: string;
}

/**
 * Rows of a `.csv` or `.csv.gz` with the line each starts on. Encoding and delimiter are found from the bytes.
 * Throws AppError `input.invalid` with one sentence that names the file and the remedy.
 */
export async function readTable(file: string): Promise<TableFile> {
  const bytes = await readBytes(file);
  const { text, encoding } = decode(bytes);
  const delimiter = guessDelimiter(text);
  try {
    const records = parse(text, {
      delimiter,
      bom: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      info: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return {
      rows: records.map(({ record, info }) => ({ line: info.lines, cells: record })),
      encoding,
      delimiter,
    };
  } catch (cause) {
    const line = cause instanceof Error && "lines" in cause ? Number(cause.lines) : 0;
    throw unusable(
      `${file}: line ${line}: a quote is opened and never closed; save the file as CSV again`,
    );
  }
}

async function readBytes(file: string): Promise<Buffer> {
  if (!/\.csv(\.gz)?$/i.test(file))
    throw unusable(`${file}: only .csv and .csv.gz can be read; save the table as CSV`);
  try {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES) throw unusable(`${file}: larger than 512 MB; split it by year`);
    const bytes = await readFile(file);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return isGzip ? await promisify(gunzip)(bytes, { maxOutputLength: MAX_FILE_BYTES }) : bytes;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const why =
      code === "ENOENT" ? "no such file" : code === "EISDIR" ? "is a folder" : "cannot be read";
    throw unusable(`${file}: ${why}`);
  }
}

/** A byte order mark decides; else strict UTF-8; what is not UTF-8 is the Windows code page of Russian exports. */
function decode(bytes: Buffer): { text: string; encoding: string } {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    return { text: new TextDecoder("utf-16le").decode(bytes), encoding: "utf-16le" };
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), encoding: "utf-8" };
  } catch {
    return { text: new TextDecoder("windows-1251").decode(bytes), encoding: "windows-1251" };
  }
}

/** The separator that splits the first lines into the same, largest number of cells. */
function guessDelimiter(text: string): string {
  const lines = text.split(/\r?\n/, 20).filter((line) => line.trim() !== "");
  let best = ",";
  let bestScore = 0;
  for (const delimiter of DELIMITERS) {
    const counts = lines.map((line) => line.replace(/"[^"]*"/g, "").split(delimiter).length - 1);
    const least = Math.min(...counts);
    const isEven = counts.every((count) => count === counts[0]);
    const score = least * (isEven ? 2 : 1);
    if (score > bestScore) {
      best = delimiter;
      bestScore = score;
    }
  }
  return best;
}

function unusable(message: string): AppError {
  return new AppError("input.invalid", { message });
}
