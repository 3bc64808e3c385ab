/** A PHP-style query value: `filter[id][]=1` becomes `{filter: {id: {"0": "1"}}}`. */
export type QueryNode = string | Map<string, QueryNode>;

const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

function pathOf(key: string): string[] {
  const open = key.indexOf("[");
  if (open < 0) return [key];
  return [
    key.slice(0, open),
    ...[...key.slice(open).matchAll(/\[([^\]]*)\]/g)].map((m) => m[1] ?? ""),
  ];
}

function put(root: Map<string, QueryNode>, path: readonly string[], value: string): void {
  let node = root;
  path.forEach((part, index) => {
    const key = part === "" ? String(node.size) : part;
    if (index === path.length - 1) {
      node.set(key, value);
      return;
    }
    const next = node.get(key);
    const child = next instanceof Map ? next : new Map<string, QueryNode>();
    node.set(key, child);
    node = child;
  });
}

export function parsePairs(params: URLSearchParams): Map<string, QueryNode> {
  const root = new Map<string, QueryNode>();
  for (const [key, value] of params) {
    const path = pathOf(key);
    if (!path.some((part) => FORBIDDEN.has(part))) put(root, path, value);
  }
  return root;
}

export function child(node: QueryNode | undefined, key: string): QueryNode | undefined {
  return node instanceof Map ? node.get(key) : undefined;
}

/** All scalars below a node. */
export function scalars(node: QueryNode | undefined): string[] {
  if (node === undefined) return [];
  if (typeof node === "string") return [node];
  return [...node.values()].flatMap(scalars);
}

/** Scalars, each also split at commas. */
export function words(node: QueryNode | undefined): string[] {
  return scalars(node).flatMap((text) =>
    text
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word !== ""),
  );
}

export function numbers(node: QueryNode | undefined): number[] {
  return words(node).map(Number);
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** `[from]`/`[to]`, inclusive; `null` when the node is no range. */
export function rangeOf(node: QueryNode | undefined): Range | null {
  const from = child(node, "from");
  const to = child(node, "to");
  if (typeof from !== "string" && typeof to !== "string") return null;
  return {
    from: typeof from === "string" ? Number(from) : Number.NEGATIVE_INFINITY,
    to: typeof to === "string" ? Number(to) : Number.POSITIVE_INFINITY,
  };
}

export function positive(text: QueryNode | undefined, fallback: number): number {
  const value = typeof text === "string" ? Math.trunc(Number(text)) : fallback;
  return Number.isFinite(value) && value > 0 ? value : fallback;
}
