import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../../../src/runtime/node/project-root.ts";

/** The app as a process of its own, started again and again over one data folder. */
export interface AppProcess {
  /** Resolves when it takes requests. Throws with its last words when it ends before. */
  start(): Promise<void>;
  /** SIGKILL at once; resolves when the process is gone. Nothing happens when none runs. */
  kill(): Promise<void>;
  isRunning(): boolean;
  /** How often it has been started. */
  starts(): number;
}

/** Nobody else would end them when this process goes first. */
const living = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

const START_LIMIT_MS = 30_000;
const KEPT_CHARS = 4_000;

/** The bundle's own entry, without the look at the sources that `bin` takes each time: they are built once before. */
const ENTRY = `const { main } = await import(${JSON.stringify(
  pathToFileURL(join(projectRoot(), "dist", "server", "pulse.js")).href,
)}); process.exitCode = await main(["serve"]);`;

/** Brings the bundle up to the sources, as every command does; the processes then start from what is there. */
export function buildApp(): void {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(projectRoot(), "bin", "pulse.mjs"), "version"],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`the app cannot be built: ${stderr}`);
}

export function makeAppProcess(environment: Readonly<Record<string, string>>): AppProcess {
  let running: ChildProcess | null = null;
  let gone: Promise<void> = Promise.resolve();
  let starts = 0;

  return {
    async start() {
      const child = spawn(process.execPath, ["--input-type=module", "-e", ENTRY], {
        env: { PATH: process.env.PATH ?? "", TZ: "UTC", ...environment, LOG_LEVEL: "info" },
        stdio: ["ignore", "pipe", "pipe"],
      });
      running = child;
      living.add(child);
      starts += 1;
      gone = new Promise((resolve) =>
        child.once("exit", () => {
          living.delete(child);
          if (running === child) running = null;
          resolve();
        }),
      );
      await untilReady(child);
    },
    async kill() {
      running?.kill("SIGKILL");
      await gone;
    },
    isRunning: () => running !== null,
    starts: () => starts,
  };
}

function untilReady(child: ChildProcess): Promise<void> {
  let words = "";
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`the app does not start: ${words}`)),
      START_LIMIT_MS,
    );
    const hear = (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-KEPT_CHARS);
      if (!words.includes('"server.started"')) return;
      clearTimeout(late);
      resolve();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code, signal) => {
      clearTimeout(late);
      // Killed on purpose, perhaps before it was ready: whoever did it knows.
      if (signal === "SIGKILL") resolve();
      else reject(new Error(`the app ended with ${code}: ${words}`));
    });
  });
}
