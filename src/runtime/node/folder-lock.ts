import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../crm/error.ts";

/**
 * One process owns a data folder. The lock names its owner, so that one left behind by a killed process is taken over.
 * Throws AppError `config.invalid` when a living process holds it.
 */
export function lockDataFolder(folder: string): () => void {
  const file = join(folder, "owner.lock");
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const handle = openSync(file, "wx");
      writeSync(handle, String(process.pid));
      closeSync(handle);
      return () => unlinkSync(file);
    } catch (cause) {
      if (!isExisting(cause)) throw cause;
      const owner = readOwner(file);
      if (owner !== null && isAlive(owner)) {
        throw new AppError("config.invalid", {
          message: `DATA_DIR ${folder} is in use by process ${owner}; stop it or choose another folder.`,
          details: { variable: "DATA_DIR" },
        });
      }
      removeStale(file);
    }
  }
  throw new AppError("config.invalid", { message: `DATA_DIR ${folder} cannot be locked.` });
}

function isExisting(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "EEXIST";
}

function readOwner(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** Our own id in a lock that we did not write is a recycled one (containers start at 1). */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
}

function removeStale(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Somebody else was quicker; the next attempt decides.
  }
}
