/**
 * The same answer in the other ways in which the platform and its older parts are known to write it: numbers as text,
 * empty objects and lists as each other, absent instead of null.
 */
export function loosened(value: unknown): unknown {
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (Array.isArray(value)) return value.map(loosened);
  if (typeof value !== "object" || value === null) return value;
  const pairs = Object.entries(value).flatMap(([key, inner]) => {
    if (inner === null) return [];
    if (Array.isArray(inner) && inner.length === 0) return [[key, null]];
    if (WORDS.has(key)) return [[key, inner]];
    return [[key, loosened(inner)]];
  });
  // PHP writes an empty map as a list.
  return pairs.length === 0 ? [] : Object.fromEntries(pairs);
}

/** Written by the machines that make pages, which are the same for all lists. */
const WORDS = new Set(["_links", "_page", "_total_items", "_page_count"]);

/** An answer of the REST API with its body loosened; others are left as they are. */
export async function loosenedResponse(response: Response): Promise<Response> {
  if (!(response.headers.get("content-type") ?? "").includes("hal+json")) return response;
  const body = loosened(JSON.parse(await response.text()));
  const { status, headers } = response;
  return new Response(JSON.stringify(body), { status, headers });
}
