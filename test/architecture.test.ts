import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";

/**
 * Who may import whom. A room that is not in the table, an import that is not in its row, or a run that looked at
 * nothing is a failure.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  crm: [],
  analytics: ["crm"],
  playbooks: ["crm", "analytics"],
  "hosts/bitrix24": ["crm"],
  "hosts/amocrm": ["crm"],
  "hosts/files": ["crm", "analytics"],
  portal: ["crm", "analytics", "playbooks"],
  pages: ["crm", "analytics"],
  report: ["crm", "analytics", "playbooks", "pages"],
  http: ["crm", "portal", "pages"],
  sandbox: ["crm", "analytics"],
  "sandbox/bitrix24": ["crm", "sandbox"],
  "sandbox/amocrm": ["crm", "sandbox"],
  simulation: [
    "crm",
    "analytics",
    "portal",
    "sandbox",
    "sandbox/bitrix24",
    "sandbox/amocrm",
    "hosts/bitrix24",
    "hosts/amocrm",
    "http",
  ],
  runtime: ["*"],
  "runtime/node": ["*"],
  "runtime/cloudflare": ["*"],
};

/** Words of the crm room that a sandbox may share with the adapter it faces: ports and nothing that parses. */
const SANDBOX_MAY_SHARE = ["crm/ports.ts"];

/** Packages a room may name besides its rows above. Platforms are named by `runtime` only. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  crm: ["zod"],
  analytics: [],
  playbooks: ["zod"],
  "hosts/bitrix24": ["zod", "p-retry"],
  "hosts/amocrm": ["zod", "jose", "p-retry"],
  "hosts/files": ["fflate"],
  portal: ["zod", "p-retry"],
  pages: ["hono"],
  report: ["hono"],
  http: ["hono", "jose", "zod"],
  sandbox: [],
  "sandbox/bitrix24": ["hono"],
  "sandbox/amocrm": ["hono", "jose"],
  simulation: [],
};

const ROOT = new URL("..", import.meta.url).pathname;
const SOURCE = join(ROOT, "src");
const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|import\("([^"]+)"\)/g;
/** Text of scripts that run in a sandbox's page, where a browser's own clock is the only one. */
const BROWSER_SCRIPTS = /^sandbox\/\w+\/(?:page-runtime|parent-script)/;
const GLOBALS =
  /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bcrypto\.(?:randomUUID|getRandomValues)\b/;

interface SourceFile {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function sourceFiles(): SourceFile[] {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
    .map((path) => {
      const text = readFileSync(join(SOURCE, path), "utf8");
      const imports = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? "");
      return { path, room: roomOf(path), text, imports };
    });
}

function roomOf(path: string): string {
  const parts = path.split("/").slice(0, -1);
  for (let length = Math.min(2, parts.length); length > 0; length -= 1) {
    const room = parts.slice(0, length).join("/");
    if (room in ROOMS) return room;
  }
  return parts.join("/") || path;
}

function targetPath(file: SourceFile, specifier: string): string {
  return relative(SOURCE, join(SOURCE, file.path, "..", specifier));
}

describe("the rooms", () => {
  const files = sourceFiles();

  it("are all in the table, and the check has something to look at", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.reduce((sum, file) => sum + file.imports.length, 0)).toBeGreaterThan(100);
    for (const file of files) expect(Object.keys(ROOMS), file.path).toContain(file.room);
  });

  it("import only the rooms that the table allows", () => {
    const wrong: string[] = [];
    for (const file of files) {
      const allowed = ROOMS[file.room] ?? [];
      for (const specifier of file.imports.filter((name) => name.startsWith("."))) {
        const target = targetPath(file, specifier);
        const room = roomOf(target);
        if (room === file.room || allowed.includes("*") || allowed.includes(room)) continue;
        wrong.push(`${file.path} -> ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("name no platform and no package that the table does not allow", () => {
    const wrong: string[] = [];
    for (const file of files.filter((one) => !one.room.startsWith("runtime"))) {
      const allowed = PACKAGES[file.room] ?? [];
      for (const specifier of file.imports.filter((name) => !name.startsWith("."))) {
        const name = specifier.split("/")[0] ?? "";
        if (!allowed.includes(name)) wrong.push(`${file.path} -> ${specifier}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("take time and randomness as arguments", () => {
    const wrong = files
      .filter((file) => !file.room.startsWith("runtime") && !BROWSER_SCRIPTS.test(file.path))
      .filter((file) => GLOBALS.test(file.text))
      .map((file) => file.path);
    expect(wrong).toEqual([]);
  });

  it("keep a sandbox and the adapter it faces apart, down to the words they share", () => {
    const sandboxes = files.filter((file) => /^sandbox\/\w/.test(file.room));
    expect(sandboxes.length).toBeGreaterThan(4);
    const shared = sandboxes.flatMap((file) =>
      file.imports
        .filter((name) => name.startsWith("."))
        .map((name) => targetPath(file, name))
        .filter((target) => roomOf(target) === "crm" && !SANDBOX_MAY_SHARE.includes(target)),
    );
    expect(shared).toEqual([]);
  });

  it("keep the hosts' names inside their own folders", () => {
    const words = /bitrix|amocrm|kommo/i;
    const allowed = /^(?:hosts|sandbox|simulation|runtime)\//;
    const wrong = files.flatMap((file) =>
      allowed.test(file.path)
        ? []
        : stripComments(file.text)
            .split("\n")
            .filter((line) => words.test(line))
            .map((line) => `${file.path}: ${line.trim()}`),
    );
    expect(wrong).toEqual([]);
  });
});

function stripComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}
