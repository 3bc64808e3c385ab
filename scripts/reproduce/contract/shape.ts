/** Structure of JSON: which keys there are and which types stand at a path. Values do not matter. */

type JsonType = "null" | "string" | "number" | "boolean" | "object" | "list";

interface Shape {
  readonly types: Set<JsonType>;
  /** Times that an object stood here, and how often it had each key. */
  objects: number;
  readonly keys: Map<string, { shape: Shape; count: number }>;
  items: Shape | null;
  /** PHP writes an empty map as `[]`, so an empty list says nothing. */
  hasEmptyList: boolean;
}

/** Names that portals give to fields of their own; no two portals have the same. */
const OWN_FIELD = /^(?:ufCrm|UF_|parentId\d|PARENT_ID_)/;

function emptyShape(): Shape {
  return { types: new Set(), objects: 0, keys: new Map(), items: null, hasEmptyList: false };
}

function typeOf(value: unknown): JsonType {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "list";
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return typeof value as JsonType;
  }
  return "object";
}

function add(shape: Shape, value: unknown): void {
  const type = typeOf(value);
  if (Array.isArray(value)) {
    if (value.length === 0) {
      shape.hasEmptyList = true;
      return;
    }
    shape.types.add("list");
    shape.items ??= emptyShape();
    for (const item of value) add(shape.items, item);
    return;
  }
  shape.types.add(type);
  if (typeof value !== "object" || value === null) return;
  shape.objects += 1;
  for (const [key, inner] of Object.entries(value)) {
    const known = shape.keys.get(key) ?? { shape: emptyShape(), count: 0 };
    known.count += 1;
    add(known.shape, inner);
    shape.keys.set(key, known);
  }
}

export function shapeOf(value: unknown): Shape {
  const shape = emptyShape();
  add(shape, value);
  return shape;
}

/**
 * What `actual` lacks or types otherwise, as `path: problem`. Rows of a list are taken together: a key that only some
 * rows of the sample have is optional. `isFree` leaves out a path and all below it.
 */
export function compareShapes(
  expected: unknown,
  actual: unknown,
  isFree: (path: string) => boolean = () => false,
): readonly string[] {
  const problems: string[] = [];
  compare(shapeOf(expected), shapeOf(actual), "", isFree, problems);
  return problems;
}

function compare(
  expected: Shape,
  actual: Shape,
  path: string,
  isFree: (path: string) => boolean,
  problems: string[],
): void {
  if (isFree(path)) return;
  const problem = typeProblem(expected, actual);
  if (problem !== null) {
    problems.push(`${path || "(root)"}: ${problem}`);
    return;
  }
  if (expected.items && actual.items) {
    compare(expected.items, actual.items, `${path}[]`, isFree, problems);
  }
  if (actual.objects === 0) return;
  for (const [key, known] of expected.keys) {
    const inner = path === "" ? key : `${path}.${key}`;
    if (OWN_FIELD.test(key) || isFree(inner)) continue;
    const ours = actual.keys.get(key);
    if (ours) compare(known.shape, ours.shape, inner, isFree, problems);
    else if (known.count === expected.objects) problems.push(`${inner}: missing`);
  }
}

function typeProblem(expected: Shape, actual: Shape): string | null {
  const wanted = [...expected.types].filter((type) => type !== "null");
  const given = [...actual.types].filter((type) => type !== "null");
  if (wanted.length === 0) return null;
  if (given.length === 0) return emptyProblem(wanted, actual);
  const isEmptiable = expected.hasEmptyList;
  const foreign = given.filter(
    (type) => !wanted.includes(type) && !(isEmptiable && (type === "object" || type === "list")),
  );
  return foreign.length === 0 ? null : `${foreign.join("|")} instead of ${wanted.join("|")}`;
}

/** No value of ours: fine for a plain field, but where the sample has rows or fields nothing would be compared. */
function emptyProblem(wanted: readonly JsonType[], actual: Shape): string | null {
  const isContainer = wanted.includes("list") || wanted.includes("object");
  if (isContainer) return `empty, the sample has ${wanted.join("|")}`;
  return actual.hasEmptyList ? `list instead of ${wanted.join("|")}` : null;
}
