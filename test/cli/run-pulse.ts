import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/pulse.mjs", import.meta.url));

export interface Outcome {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a person would, in `folder`, with nothing of our own environment but the path and `settings`. */
export function runPulse(
  folder: string,
  args: readonly string[],
  nodeArgs: readonly string[] = [],
  settings: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const options = {
    cwd: folder,
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: process.env.PATH ?? "", TZ: "UTC", LANG: "en_GB.UTF-8", ...settings },
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [...nodeArgs, BIN, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

/** The same for many at once, two at a time: a machine has that many cores at least. */
export async function inPairs<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < items.length; at += 2) {
    await Promise.all(items.slice(at, at + 2).map(work));
  }
}
