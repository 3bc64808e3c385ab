import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const OWNER_ONLY = 0o600;

const note = z.object({ port: z.int(), token: z.string().min(1) });

export type OperatorAddress = z.infer<typeof note>;

/**
 * Tells commands beside a running server where it listens and by which token they are its operator's: who may read the
 * folder's owner-only files may do this anyway. The result forgets it.
 */
export function tellOperatorAddress(folder: string, address: OperatorAddress): () => void {
  const file = fileIn(folder);
  writeFileSync(file, JSON.stringify(address), { mode: OWNER_ONLY });
  return () => rmSync(file, { force: true });
}

/** null = no server has left word. */
export function findOperatorAddress(folder: string): OperatorAddress | null {
  try {
    return note.parse(JSON.parse(readFileSync(fileIn(folder), "utf8")));
  } catch {
    return null;
  }
}

function fileIn(folder: string): string {
  return join(folder, "operator.json");
}
