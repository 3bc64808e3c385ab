/** Bracketed forms (`a[b][0]=1`) as PHP reads and writes them, and the parameters of one request. */

export type Params = Record<string, unknown>;

export function isParams(value: unknown): value is Params {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function keyPath(key: string): string[] {
  const open = key.indexOf("[");
  if (open <= 0) return [key];
  const inner = [...key.slice(open).matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? "");
  return [key.slice(0, open), ...inner];
}

/** Objects whose keys are exactly 0..n-1 become arrays, as PHP does when it serializes them. */
export function arraysFromMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(arraysFromMaps);
  if (!isParams(value)) return value;
  const keys = Object.keys(value);
  if (keys.length > 0 && keys.every((key, index) => key === String(index))) {
    return keys.map((key) => arraysFromMaps(value[key]));
  }
  const copy: Params = {};
  for (const key of keys) copy[key] = arraysFromMaps(value[key]);
  return copy;
}

function assign(target: Params, path: readonly string[], value: string): void {
  let node = target;
  path.forEach((part, index) => {
    const key = part === "" ? String(Object.keys(node).length) : part;
    if (key === "__proto__") return;
    if (index === path.length - 1) {
      node[key] = value;
      return;
    }
    const child = node[key];
    if (isParams(child)) {
      node = child;
      return;
    }
    const fresh: Params = {};
    node[key] = fresh;
    node = fresh;
  });
}

/** Decodes `a[b]=1&a[c][]=2`; brackets may be percent-encoded. */
export function decodeForm(text: string): Params {
  const flat: Params = {};
  for (const [key, value] of new URLSearchParams(text)) assign(flat, keyPath(key), value);
  const result: Params = {};
  for (const key of Object.keys(flat)) result[key] = arraysFromMaps(flat[key]);
  return result;
}

/** Writes nested values with bracket keys in their own order; null and undefined are left out. */
export function encodeForm(params: Params): string {
  const out = new URLSearchParams();
  const write = (prefix: string, value: unknown): void => {
    if (value === null || value === undefined) return;
    if (Array.isArray(value) || isParams(value)) {
      for (const [key, child] of Object.entries(value)) write(`${prefix}[${key}]`, child);
      return;
    }
    out.append(prefix, String(value));
  };
  for (const [key, value] of Object.entries(params)) write(key, value);
  return out.toString();
}

/** Query and body of a request merged, the body wins. Null when a JSON body does not parse. */
export async function requestParams(request: Request): Promise<Params | null> {
  const query = decodeForm(new URL(request.url).search.slice(1));
  if (request.method !== "POST") return query;
  const type = request.headers.get("content-type") ?? "";
  if (type.includes("multipart/form-data")) {
    const flat: Params = {};
    for (const [key, value] of await request.formData()) {
      if (typeof value === "string") assign(flat, keyPath(key), value);
    }
    return { ...query, ...flat };
  }
  // As bytes: one platform warns about every form that is read as text.
  const text = new TextDecoder().decode(await request.arrayBuffer());
  if (text.trim() === "") return query;
  if (!type.includes("json")) return { ...query, ...decodeForm(text) };
  try {
    const body: unknown = JSON.parse(text);
    return isParams(body) ? { ...query, ...body } : query;
  } catch {
    return null;
  }
}
