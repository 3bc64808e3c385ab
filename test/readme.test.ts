import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const ROOT = new URL("..", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), "utf8");
const all = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? "");

const README = read("README.md");
const section = (heading: string) =>
  README.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";

/** What npm itself knows. */
const NPM_WORDS = ["ci", "start", "test"];

describe("README", () => {
  const scripts = Object.keys(
    (JSON.parse(read("package.json")) as { scripts: Record<string, string> }).scripts,
  );
  const help = all(read("src/runtime/node/cli.ts"), /const HELP = `([^`]+)`/g)[0] ?? "";
  const helped = new Set(all(help, /\bpulse ([a-z]+)/g));
  const commands = [
    ...all(README, /```sh\n([\s\S]*?)```/g).flatMap((block) => block.trim().split("\n")),
    ...all(section("Commands"), /^\| (.+?) \|/gm).flatMap((cell) => all(cell, /`([^`]+)`/g)),
  ].filter((line) => line !== "");

  it("shows only npm scripts that exist", () => {
    expect(commands.length).toBeGreaterThan(8);
    for (const line of commands) {
      const [, run, word = ""] = /^npm (run )?(\S+)/.exec(line) ?? [];
      if (word !== "") expect(run ? scripts : [...NPM_WORDS], line).toContain(word);
      if (!run && word !== "" && word !== "ci") expect(scripts, line).toContain(word);
    }
    for (const word of all(README, /`[^`]*npm run ([\w:]+)/g)) expect(scripts).toContain(word);
  });

  it("shows only commands that `pulse help` explains", () => {
    const shown = commands.flatMap((line) => all(line, /(?:^pulse|npm run pulse --) ([a-z]+)/g));
    expect(shown).toContain("analyze");
    for (const command of shown) expect([...helped], command).toContain(command);
  });

  it("explains exactly the variables that the server reads", () => {
    const config = read("src/runtime/config.ts");
    const products = all(config, /const PRODUCTS = \[([^\]]+)\]/g).flatMap((list) =>
      all(list, /"(\w+)"/g),
    );
    const real = new Set([
      ...all(config, /\bread\("([A-Z][A-Z0-9_]*)"\)/g),
      ...products.flatMap((product) =>
        ["CLIENT_ID", "CLIENT_SECRET"].map((end) => `${product.toUpperCase()}_${end}`),
      ),
    ]);
    expect(real.size).toBeGreaterThan(15);
    const told = all(section("Configuration"), /^\| (.+?) \|/gm).flatMap((cell) =>
      all(cell, /`([A-Z][A-Z0-9_]*)`/g),
    );
    // NODE_ENV is Node's own word; the page says under DEV_HOSTS what it is for.
    real.delete("NODE_ENV");
    expect(told.toSorted()).toEqual([...real].toSorted());
  });

  it("links only to what exists", () => {
    const links = all(README, /\]\(([^)#]+)[^)]*\)/g).filter((link) => !/^https?:/.test(link));
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) expect(existsSync(new URL(link, ROOT)), link).toBe(true);
  });

  it("maps only folders that exist", () => {
    const cells = all(section("Map"), /^\| (.+?) \|/gm).flatMap((cell) => all(cell, /`([^`]+)`/g));
    const folders = cells.flatMap((cell) => {
      const [, before = "", list] = /^([^{]+)\{([^}]+)\}$/.exec(cell) ?? [];
      return list ? list.split(",").map((name) => `${before}${name}`) : [cell];
    });
    expect(folders.length).toBeGreaterThan(10);
    for (const folder of folders) expect(existsSync(new URL(folder, ROOT)), folder).toBe(true);
  });
});
