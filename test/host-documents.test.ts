import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const ROOT = new URL("..", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), "utf8");
const names = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");

describe.each(["bitrix24", "amocrm"])("docs/hosts/%s.md", (host) => {
  const document = read(`docs/hosts/${host}.md`);
  const rows = document
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| requirement"))
    .map((line) => line.split(" | "));

  it("names for every requirement its page, a file of the adapter and a test, all of which exist", () => {
    expect(rows.length).toBeGreaterThan(15);
    for (const row of rows) {
      const [requirement = "", page = "", file = "", test = ""] = row;
      expect(row, requirement).toHaveLength(4);
      expect(page.trim(), requirement).not.toBe("");
      expect(names(file), requirement).not.toHaveLength(0);
      expect(names(test), requirement).not.toHaveLength(0);
      for (const name of names(file)) {
        expect(existsSync(new URL(`src/hosts/${host}/${name}`, ROOT)), name).toBe(true);
      }
      for (const name of names(test)) {
        expect(existsSync(new URL(name, ROOT)), name).toBe(true);
        expect(read(name), name).toMatch(/\b(?:it|test)(?:\.\w+)*\(/);
      }
    }
  });

  it("says honestly what is not there yet", () => {
    expect(document.split("## Not yet")[1]?.match(/^- /gm)?.length).toBeGreaterThan(3);
  });
});

describe("SECURITY.md", () => {
  it("names only proofs and documents that exist", () => {
    const text = read("SECURITY.md");
    const paths = [...names(text).filter((name) => /^(?:src|test|docs)\//.test(name))];
    expect(paths.length).toBeGreaterThan(8);
    for (const path of paths) expect(existsSync(new URL(path, ROOT)), path).toBe(true);
  });
});
