import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Everything that proves the product on one machine. Each static check counts as one test, so that nothing can fail
 * silently; the run ends with one line `N passed, N failed`.
 */
const CHROMIUM = "/usr/bin/chromium";
const only = process.argv.slice(2);

interface Count {
  passed: number;
  failed: number;
}

const total: Count = { passed: 0, failed: 0 };

function run(command: string, args: string[], environment: Record<string, string> = {}): number {
  const started = performance.now();
  process.stdout.write(`\n> ${command} ${args.join(" ")}\n`);
  const { status } = spawnSync(command, args, {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, TZ: "UTC", NO_COLOR: "1", NODE_ENV: "test", ...environment },
  });
  process.stdout.write(`  ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  return status ?? 1;
}

function check(name: string, command: string, args: string[]): void {
  if (only.length > 0 && !only.includes(name)) return;
  if (run(command, args) === 0) total.passed += 1;
  else {
    total.failed += 1;
    process.stdout.write(`FAILED: ${name}\n`);
  }
}

/** Counts what vitest counted; a run that reports no test at all is a failure. */
function tests(project: string): void {
  if (only.length > 0 && !only.includes(project)) return;
  const folder = mkdtempSync(join(tmpdir(), "pulse-test-"));
  const file = join(folder, "report.json");
  const status = run("vitest", [
    "run",
    "--project",
    project,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
  ]);
  const report = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as {
        numPassedTests: number;
        numFailedTests: number;
        numPendingTests: number;
      })
    : null;
  rmSync(folder, { recursive: true, force: true });
  const passed = report?.numPassedTests ?? 0;
  const failed = (report?.numFailedTests ?? 0) + (report?.numPendingTests ?? 0);
  total.passed += passed;
  total.failed += failed;
  if (passed === 0 || (status !== 0 && failed === 0)) {
    total.failed += 1;
    process.stdout.write(`FAILED: ${project} (exit ${status}, ${passed} tests)\n`);
  }
}

check("lint", "biome", ["ci", "--diagnostic-level=error", "."]);
for (const config of [
  "tsconfig.json",
  "tsconfig.node.json",
  "tsconfig.workers.json",
  "widget/tsconfig.json",
]) {
  check("types", "tsc", ["-p", config]);
}
check("unused", "knip", []);
check("build", "npm", ["run", "--silent", "build"]);
check("worker", "wrangler", ["deploy", "--dry-run", "--outdir", "dist/worker"]);
tests("node");
tests("workers");
if (existsSync(CHROMIUM)) tests("browser");
else if (only.length === 0 || only.includes("browser")) {
  process.stdout.write(`\nNo Chromium at ${CHROMIUM}: the browser tests were not run.\n`);
  if (process.env.CI) total.failed += 1;
}

process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
