import { renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { AppError } from "../../crm/error.ts";
import { UsageError } from "./options.ts";

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "its folder does not exist; create it first",
  ENOTDIR: "its folder does not exist; create it first",
  EACCES: "may not be written; check the folder's permissions",
  EPERM: "may not be written; check the folder's permissions",
  EISDIR: "is a folder; name a file in it",
  ENOTEMPTY: "is a folder; name a file in it",
  EROFS: "its disk is read-only; choose another place",
  ENOSPC: "the disk is full; free some space",
};

/**
 * Writes a file beside its final place and moves it there, so that nobody ever meets half of it.
 * Throws AppError `input.invalid` with one sentence that names the file and the remedy.
 */
export function writeWhole(file: string, text: string): void {
  const beside = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
  try {
    writeFileSync(beside, text, { flag: "wx" });
    renameSync(beside, file);
  } catch (cause) {
    rmSync(beside, { force: true });
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const why = WHY[code] ?? "cannot be written; choose another place";
    throw new AppError("input.invalid", { message: `${file}: ${why}`, cause });
  }
}

/** An export over the table it was made from would destroy it. */
export function refuseOverwrite(source: string, target: string | null, option = "--clients"): void {
  if (target !== null && resolve(source) === resolve(target)) {
    throw new UsageError(
      `${option} ${target} would overwrite the table itself; choose another name`,
    );
  }
}
