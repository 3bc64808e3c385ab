import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
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

/** A file to write. */
export interface OutFile {
  readonly file: string;
  readonly text: string;
}

/**
 * Writes files beside their final places, all of them, and only then moves them there: nobody ever meets half of one, and
 * when one cannot be written none appears. Throws AppError `input.invalid` with one sentence that names the file and the
 * remedy.
 */
export function writeWhole(files: readonly OutFile[]): void {
  const moves = files.map(({ file, text }) => ({ file, text, beside: besideOf(file) }));
  try {
    for (const { file, text, beside } of moves) {
      attempt(file, () => {
        if (isFolder(file)) throw Object.assign(new Error("folder"), { code: "EISDIR" });
        writeFileSync(beside, text, { flag: "wx" });
      });
    }
    for (const { file, beside } of moves) attempt(file, () => renameSync(beside, file));
  } finally {
    for (const { beside } of moves) rmSync(beside, { force: true });
  }
}

function besideOf(file: string): string {
  return join(dirname(file), `.${basename(file).slice(0, 100)}.${process.pid}.tmp`);
}

function attempt(file: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    throw unwritable(
      file,
      cause instanceof Error && "code" in cause ? String(cause.code) : "",
      cause,
    );
  }
}

function unwritable(file: string, code: string, cause?: unknown): AppError {
  const why = WHY[code] ?? "cannot be written; choose another place";
  return new AppError("input.invalid", { message: `${file}: ${why}`, cause });
}

/**
 * Looks at the places of results before any work is done: none may be the table itself (also under another name) or the place
 * of another result, and each needs a folder. Keys are the options that name them; null = not asked for.
 */
export function checkTargets(
  source: string,
  targets: Readonly<Record<string, string | null>>,
): void {
  const seen = new Map<string, string>();
  for (const [option, target] of Object.entries(targets)) {
    if (target === null) continue;
    const other = seen.get(resolve(target));
    if (isSame(source, target)) {
      throw new UsageError(
        `${option} ${target} would overwrite the table itself; choose another name`,
      );
    }
    if (other !== undefined) {
      throw new UsageError(`${other} and ${option} both name ${target}; choose another name`);
    }
    seen.set(resolve(target), option);
    if (isFolder(target)) throw unwritable(target, "EISDIR");
    if (!isFolder(dirname(target))) throw unwritable(target, "ENOENT");
  }
}

/** The same path, or one file under two names. */
function isSame(source: string, target: string): boolean {
  if (resolve(source) === resolve(target)) return true;
  const [one, other] = [source, target].map((path) => statSync(path, { throwIfNoEntry: false }));
  return one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}
