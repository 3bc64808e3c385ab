import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { AppError } from "../../crm/error.ts";

const MAX_FILE_BYTES = 512 * 1024 * 1024;
const REMEDY_SIZE = "larger than 512 MB; split it by year";

/** Why a file cannot be opened, in words; the rest is a plain "cannot be read". */
const WHY: Readonly<Record<string, string>> = {
  ENOENT: "no such file; check the path",
  ENOTDIR: "no such file; check the path",
  EACCES: "may not be read; check its permissions",
  EPERM: "may not be read; check its permissions",
  ERR_BUFFER_TOO_LARGE: REMEDY_SIZE,
  Z_BUF_ERROR: "the gzip data is cut off; copy the file again",
  Z_DATA_ERROR: "the gzip data is damaged; copy the file again",
};

/**
 * The bytes of a `.csv` or `.csv.gz`, unpacked; gzip is known by its first bytes, whatever the name says.
 * Throws AppError `input.invalid` with one sentence that names the file and the remedy.
 */
export async function readBytes(file: string): Promise<Buffer> {
  try {
    const about = await stat(file);
    if (about.isDirectory()) throw unusable(`${file}: is a folder; name a file in it`);
    if (!/\.csv(\.gz)?$/i.test(file)) {
      throw unusable(`${file}: only .csv and .csv.gz can be read; save the table as CSV`);
    }
    if (!about.isFile()) throw unusable(`${file}: is not a regular file; save it to a disk first`);
    if (about.size > MAX_FILE_BYTES) throw unusable(`${file}: ${REMEDY_SIZE}`);
    const bytes = await readFile(file);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return isGzip ? await promisify(gunzip)(bytes, { maxOutputLength: MAX_FILE_BYTES }) : bytes;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    throw unusable(`${file}: ${WHY[code] ?? "cannot be read; copy it again"}`, cause);
  }
}

/** What a person did wrong with a file, told in one sentence. */
export function unusable(message: string, cause?: unknown): AppError {
  return new AppError("input.invalid", { message, cause });
}
