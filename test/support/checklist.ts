import { existsSync, readFileSync } from "node:fs";
import { expect } from "vitest";

const ROOT = new URL("../..", import.meta.url);
const named = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path);

/** Every line of a moderation checklist names files and tests that exist. `path` from the project's root. */
export function expectProvenLines(path: string): void {
  const rows = readFileSync(new URL(path, ROOT), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| rule"));
  expect(rows.length).toBeGreaterThan(10);
  for (const row of rows) {
    const [, where = "", proof = ""] = row.split(" | ");
    expect(named(where), row).not.toEqual([]);
    expect(named(proof), row).not.toEqual([]);
    for (const file of named(where)) expect(existsSync(new URL(file, ROOT)), file).toBe(true);
    for (const file of named(proof)) {
      expect(file).toMatch(/\.test\.ts$/);
      expect(readFileSync(new URL(file, ROOT), "utf8")).toMatch(/\b(?:it|test)(?:\.\w+)*\(/);
    }
  }
}
