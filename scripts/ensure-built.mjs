import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SOURCES = ["src", "widget", "manifests", "package-lock.json", "vite.config.ts"];
const PRODUCT = join(ROOT, "dist", "server", "pulse.js");

/** Builds when a source is newer than the bundle, so that a checkout always runs what it shows. */
export async function ensureBuilt() {
  const newest = Math.max(...SOURCES.map((name) => newestChange(join(ROOT, name))));
  if (existsSync(PRODUCT) && statSync(PRODUCT).mtimeMs >= newest) return;
  if (newest === 0) return;
  const npm = spawnSync("npm", ["run", "--silent", "build"], {
    cwd: ROOT,
    stdio: ["ignore", 2, 2],
  });
  if (npm.status !== 0) {
    process.stderr.write("The build failed; see the lines above.\n");
    process.exit(1);
  }
}

function newestChange(path) {
  if (!existsSync(path)) return 0;
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs),
      0,
    );
}
