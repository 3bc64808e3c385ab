import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SOURCES = ["src", "widget", "manifests", "package-lock.json", "vite.config.ts"];
const PRODUCT = join(ROOT, "dist", "server", "pulse.js");
const LOCK = join(ROOT, "node_modules", ".pulse-build");
/** Nothing builds for so long: the holder of the lock was killed. */
const LOCK_DIES_AFTER_MS = 120_000;
const LOOK_AGAIN_MS = 100;

/** Builds when a source is newer than the bundle, so that a checkout always runs what it shows. */
export async function ensureBuilt() {
  if (isFresh()) return;
  // Two commands started together must not empty the folder that the other one has just filled.
  while (!takesLock()) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  let status = 0;
  try {
    if (!isFresh()) status = build();
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
  if (status === 0) return;
  process.stderr.write("The build failed; see the lines above.\n");
  process.exit(1);
}

function isFresh() {
  const newest = Math.max(...SOURCES.map((name) => newestChange(join(ROOT, name))));
  if (newest === 0) return true;
  return existsSync(PRODUCT) && statSync(PRODUCT).mtimeMs >= newest;
}

function takesLock() {
  try {
    mkdirSync(LOCK);
    return true;
  } catch (cause) {
    if (cause.code !== "EEXIST") throw cause;
    const { mtimeMs } = statSync(LOCK, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > LOCK_DIES_AFTER_MS) rmSync(LOCK, { recursive: true, force: true });
    return false;
  }
}

function build() {
  const npm = spawnSync("npm", ["run", "--silent", "build"], {
    cwd: ROOT,
    stdio: ["ignore", 2, 2],
  });
  return npm.status;
}

function newestChange(path) {
  if (!existsSync(path)) return 0;
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .reduce(
      (latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs),
      0,
    );
}
