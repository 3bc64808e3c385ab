import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MIGRATIONS } from "../src/portal/migrations.ts";

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const CREATED = /create table (?:if not exists )?(\w+)/g;

function tablesIn(text: string): string[] {
  return [...text.matchAll(CREATED)].map((match) => match[1] ?? "");
}

/** First cells of the table rows of a document, under each of its headings. */
function documentedTables(markdown: string, heading: (text: string) => boolean): string[] {
  return markdown
    .split(/^## /m)
    .filter((section) => heading(section.split("\n")[0] ?? ""))
    .flatMap((section) => [...section.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1] ?? ""));
}

describe("docs/storage.md", () => {
  const document = read("docs/storage.md");
  const isDirectory = (heading: string) => heading === "The server's directory";

  it("describes every table of a portal's database and no other", () => {
    const steps = MIGRATIONS.flatMap((step) => step.statements).join("\n");
    const real = [...tablesIn(steps), ...tablesIn(read("src/portal/migrations.ts"))];
    expect(real.length).toBeGreaterThan(20);
    const told = documentedTables(document, (heading) => !isDirectory(heading));
    expect(told.toSorted()).toEqual([...new Set(real)].toSorted());
  });

  it("describes every table of the server's directory and no other", () => {
    const sources = ["directory", "key-check"].map((name) => read(`src/runtime/node/${name}.ts`));
    const real = tablesIn(sources.join("\n"));
    expect(real).not.toHaveLength(0);
    expect(documentedTables(document, isDirectory).toSorted()).toEqual(real.toSorted());
  });

  it("says of every table what it holds, who writes it, how long it lives and whom it names", () => {
    const rows = document.split("\n").filter((line) => /^\| `\w+` \|/.test(line));
    for (const row of rows) {
      const cells = row.split("|").slice(1, -1);
      expect(cells, row).toHaveLength(5);
      for (const cell of cells) expect(cell.trim(), row).not.toBe("");
    }
  });
});
