import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { AppError } from "../../crm/error.ts";

/**
 * One process owns a data folder. The lock is the operating system's on an open file (taken through SQLite), so it ends
 * with its process however that ends, and holds between containers too, where process ids mean nothing; a file with an id
 * in it would do neither. Throws AppError `config.invalid` when a living process holds it.
 */
export function lockDataFolder(folder: string): () => void {
  const owner = join(folder, "owner.lock");
  const held = new Database(join(folder, "lock.sqlite"), { timeout: 0 });
  try {
    held.exec("begin exclusive");
  } catch (cause) {
    held.close();
    if (!isBusy(cause)) throw cause;
    throw new AppError("config.invalid", {
      message: `DATA_DIR ${folder} is in use by ${readOwner(owner)}; stop it or choose another folder.`,
      details: { variable: "DATA_DIR" },
    });
  }
  // For a person who asks who it is; nothing depends on it.
  writeFileSync(owner, String(process.pid));
  return () => held.close();
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "SQLITE_BUSY";
}

function readOwner(file: string): string {
  try {
    const pid = readFileSync(file, "utf8");
    return /^\d{1,10}$/.test(pid) ? `process ${pid}` : "another process";
  } catch {
    return "another process";
  }
}
