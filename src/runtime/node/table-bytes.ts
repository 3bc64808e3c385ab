import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { AppError } from "../../crm/error.ts";

/** Unpacked; the columns of so many rows still fit into memory. */
const MAX_FILE_BYTES = 1024 * 1024 * 1024;
const MAX_WORKBOOK_BYTES = 25 * 1024 * 1024;
const TOO_LARGE = "is larger than 1 GB; split it by year";
const CHUNK_BYTES = 256 * 1024;
/** Enough to know every kind of file that we tell apart. */
const HEAD_BYTES = 4096;

/** Why a file cannot be opened, in words; the rest is a plain "cannot be read". */
const WHY: Readonly<Record<string, string>> = {
  ENOENT: "no such file; check the path",
  ENOTDIR: "no such file; check the path",
  EACCES: "may not be read; check its permissions",
  EPERM: "may not be read; check its permissions",
  Z_BUF_ERROR: "the gzip data is cut off; copy the file again",
  Z_DATA_ERROR: "the gzip data is damaged; copy the file again",
};

/** Names that tell what a file is, and what to do with it. */
const FOREIGN_NAMES: readonly (readonly [RegExp, string])[] = [
  [/\.xls$/i, "is an old Excel workbook (.xls); save it as .xlsx or as CSV"],
  [/\.xlsb$/i, "is a binary Excel workbook (.xlsb); save it as .xlsx or as CSV"],
  [/\.ods$/i, "is an OpenDocument table (.ods); save it as .xlsx or as CSV"],
];

export interface TableBytes {
  readonly kind: "text" | "workbook";
  /** Bytes on the disk. */
  readonly size: number;
  /** The bytes from the start, unpacked; may be read more than once. `onRead` hears how many bytes of the disk were read. */
  chunks(onRead?: (bytes: number) => void): AsyncGenerator<Buffer>;
}

/**
 * A `.csv`, `.csv.gz` or `.xlsx`, opened and looked at; gzip and workbooks are known by their first bytes, whatever the name
 * says. Throws AppError `input.invalid` with one sentence that names the file and the remedy.
 */
export async function openTable(file: string): Promise<TableBytes> {
  const size = await checkedSize(file);
  const head = await explained(file, () => headOf(file));
  if (startsWith(head, 0xd0, 0xcf, 0x11, 0xe0)) throw unusable(`${file}: ${oleReason(file)}`);
  if (startsWith(head, 0x50, 0x4b)) {
    if (size > MAX_WORKBOOK_BYTES) {
      throw unusable(`${file}: a workbook larger than 25 MB; save as CSV and name that file`);
    }
    return { kind: "workbook", size, chunks: (onRead) => bytesOf(file, false, onRead) };
  }
  if (/\.xlsx$/i.test(file)) {
    throw unusable(`${file}: is no workbook, or a damaged one; save it again, or save as CSV`);
  }
  const isGzip = startsWith(head, 0x1f, 0x8b);
  return { kind: "text", size, chunks: (onRead) => bytesOf(file, isGzip, onRead) };
}

async function checkedSize(file: string): Promise<number> {
  const about = await explained(file, () => stat(file));
  if (about.isDirectory()) throw unusable(`${file}: is a folder; name a file in it`);
  const foreign = FOREIGN_NAMES.find(([name]) => name.test(file));
  if (foreign) throw unusable(`${file}: ${foreign[1]}`);
  if (!/\.(?:csv(?:\.gz)?|xlsx)$/i.test(file)) {
    throw unusable(`${file}: only .csv, .csv.gz and .xlsx can be read; save the table as CSV`);
  }
  if (!about.isFile()) throw unusable(`${file}: is not a regular file; save it to a disk first`);
  if (/\.xlsx$/i.test(file) && about.size > MAX_WORKBOOK_BYTES) {
    throw unusable(`${file}: a workbook larger than 25 MB; save as CSV and name that file`);
  }
  if (about.size > MAX_FILE_BYTES) throw unusable(`${file}: ${TOO_LARGE}`);
  return about.size;
}

/** The container of old Office files also wraps workbooks that have a password. */
function oleReason(file: string): string {
  return /\.xlsx$/i.test(file)
    ? "is protected with a password or is an old Excel workbook; save it without a password as .xlsx or as CSV"
    : "is an old Excel workbook or one with a password; save it as .xlsx or as CSV";
}

async function headOf(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function* bytesOf(
  file: string,
  isGzip: boolean,
  onRead?: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const source = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const unpacked = isGzip
    ? pipeline(source, createGunzip({ chunkSize: CHUNK_BYTES }), () => {})
    : source;
  let total = 0;
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (total > MAX_FILE_BYTES) throw unusable(`${file}: ${TOO_LARGE}`);
      onRead?.(source.bytesRead);
      yield chunk;
    }
  } catch (cause) {
    throw cause instanceof AppError ? cause : cannotRead(file, cause);
  } finally {
    source.destroy();
  }
}

async function explained<Value>(file: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    throw cannotRead(file, cause);
  }
}

function cannotRead(file: string, cause: unknown): AppError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return unusable(`${file}: ${WHY[code] ?? "cannot be read; copy it again"}`, cause);
}

function startsWith(bytes: Uint8Array, ...first: readonly number[]): boolean {
  return first.every((byte, at) => bytes[at] === byte);
}

/** What a person did wrong with a file, told in one sentence. */
export function unusable(message: string, cause?: unknown): AppError {
  return new AppError("input.invalid", { message, cause });
}
