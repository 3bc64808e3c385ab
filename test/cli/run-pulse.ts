import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/pulse.mjs", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a person would, in `folder`, with nothing of our own environment but the path. */
export function runPulse(
  folder: string,
  args: readonly string[],
  nodeArgs: readonly string[] = [],
): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...nodeArgs, BIN, ...args], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: process.env.PATH ?? "", TZ: "UTC", LANG: "en_GB.UTF-8" },
  });
  return { code: status, stdout, stderr };
}
