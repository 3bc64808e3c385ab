/**
 * PHP-style forms (`leads[update][0][id]=5`) as flat pairs. Only paths are read and no objects are built, so keys such
 * as `__proto__` have nothing to reach, lists have no length limit and nothing is cut off silently, which is what form
 * libraries do to large deliveries.
 */

export interface FormPair {
  /** `["leads", "update", "0", "id"]`. */
  readonly path: readonly string[];
  readonly value: string;
}

const MAX_PAIRS = 20_000;
const MAX_DEPTH = 16;
const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

/** null = not such a form, or more than anybody would send. */
export function readForm(body: string): readonly FormPair[] | null {
  if (body === "" || countPairs(body) > MAX_PAIRS) return null;
  const pairs: FormPair[] = [];
  for (const [name, value] of new URLSearchParams(body)) {
    const path = readPath(name);
    if (path === null) return null;
    pairs.push({ path, value });
  }
  return pairs;
}

function countPairs(body: string): number {
  let count = 1;
  for (let at = body.indexOf("&"); at >= 0; at = body.indexOf("&", at + 1)) count += 1;
  return count;
}

function readPath(name: string): readonly string[] | null {
  const open = name.indexOf("[");
  if (open === 0 || name === "") return null;
  const path = [open < 0 ? name : name.slice(0, open)];
  let at = open < 0 ? name.length : open;
  while (at < name.length) {
    const close = name.indexOf("]", at);
    if (name[at] !== "[" || close < 0 || path.length >= MAX_DEPTH) return null;
    path.push(name.slice(at + 1, close));
    at = close + 1;
  }
  return path.some((part) => FORBIDDEN.has(part)) ? null : path;
}
