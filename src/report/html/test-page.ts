/** What tests of a page without scripts look at: a strict reader of HTML that accepts no tag out of place. */

export interface TestPage {
  /** Mistakes of nesting, attributes and references; empty = none. */
  readonly mistakes: readonly string[];
  /** What a reader sees. */
  readonly text: string;
  /** Names of elements in order. */
  readonly elements: readonly TestElement[];
}

export interface TestElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Names of the elements around it, outermost first. */
  readonly inside: readonly string[];
}

const VOID = new Set(["meta", "link", "br", "img", "hr", "input"]);
const TAG = /<(\/?)([a-z][\w:-]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>/gi;
const ATTRIBUTE = /([\w:-]+)(?:="([^"]*)")?/g;
const PARENTS: Readonly<Record<string, readonly string[]>> = {
  tr: ["thead", "tbody"],
  td: ["tr"],
  th: ["tr"],
  caption: ["table"],
  thead: ["table"],
  tbody: ["table"],
  li: ["ul", "ol"],
  dt: ["div", "dl"],
  dd: ["div", "dl"],
  summary: ["details"],
  figcaption: ["figure"],
};
/** Elements that may not stand inside a paragraph or a phrase. */
const BLOCKS = new Set([
  "p",
  "div",
  "table",
  "ul",
  "ol",
  "dl",
  "section",
  "article",
  "h1",
  "h2",
  "h3",
]);

export function readPage(html: string): TestPage {
  const mistakes: string[] = [];
  const open: string[] = [];
  const elements: TestElement[] = [];
  const body = html.replace(/^<!doctype html>/, "").replace(/<style>.*?<\/style>/s, "");
  for (const [tag, close, name = "", attributeText = "", selfClose] of body.matchAll(TAG)) {
    if (close) {
      if (open.at(-1) !== name) mistakes.push(`${tag} inside ${open.join(" > ")}`);
      open.pop();
      continue;
    }
    const parents = PARENTS[name];
    if (parents && !parents.includes(open.at(-1) ?? "")) {
      mistakes.push(`<${name}> inside <${open.at(-1)}>`);
    }
    if (BLOCKS.has(name) && (open.includes("p") || open.includes("span"))) {
      mistakes.push(`<${name}> inside a paragraph`);
    }
    const attributes = new Map(
      [...attributeText.matchAll(ATTRIBUTE)].map(([, key = "", value = ""]) => [key, value]),
    );
    elements.push({ name, attributes, inside: [...open] });
    if (!VOID.has(name) && !selfClose) open.push(name);
  }
  if (open.length > 0) mistakes.push(`never closed: ${open.join(", ")}`);
  const rest = body.replace(TAG, " ");
  if (/[<>]/.test(rest))
    mistakes.push(`a bare angle bracket: ${/.{0,30}[<>].{0,30}/.exec(rest)?.[0]}`);
  return {
    mistakes: [...mistakes, ...badReferences(elements)],
    text: unescaped(rest).replace(/\s+/g, " ").trim(),
    elements,
  };
}

function badReferences(elements: readonly TestElement[]): string[] {
  const ids = elements.flatMap(({ attributes }) => attributes.get("id") ?? []);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `id ${id} twice`);
  const wanted = elements.flatMap(({ attributes }) => [
    ...(attributes.get("aria-labelledby")?.split(" ") ?? []),
    ...(attributes.get("href")?.startsWith("#") ? [attributes.get("href")?.slice(1) ?? ""] : []),
  ]);
  return [...twice, ...wanted.filter((id) => !ids.includes(id)).map((id) => `no id ${id}`)];
}

function unescaped(text: string): string {
  return text
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, "&");
}
