import type { SqlReader, SqlValue } from "./sql.ts";

/** Whose facts are read: clients by their keys, or all whose keys lie in a range (`after` excluded, `upTo` included). */
export type Scope =
  | { readonly keys: readonly string[] }
  | { readonly after: string; readonly upTo: string };

/** No key comes after it. */
const LAST_KEY = "\u{10FFFF}";

export const EVERYBODY: Scope & { readonly after: string } = { after: "", upTo: LAST_KEY };

/** The condition on a column with client keys, and its arguments; rows without a client never fit. */
export function within(
  column: string,
  scope: Scope,
): { readonly sql: string; readonly args: readonly SqlValue[] } {
  return "keys" in scope
    ? {
        sql: `${column} in (select value from json_each(?))`,
        args: [JSON.stringify(scope.keys)],
      }
    : { sql: `${column} > ? and ${column} <= ?`, args: [scope.after, scope.upTo] };
}

/** Keys per scope: a list travels as one text, which may have a megabyte. */
const MOST_KEYS = 10_000;

/** These clients in as many scopes as are needed. */
export function scopesOf(keys: readonly string[]): Scope[] {
  return Array.from({ length: Math.ceil(keys.length / MOST_KEYS) }, (_, at) => ({
    keys: keys.slice(at * MOST_KEYS, (at + 1) * MOST_KEYS),
  }));
}

/**
 * Everybody in ranges of about so many purchases, by the last key of each but the last one: every key is of exactly one
 * range, whatever is bought later. Walks the index once.
 */
export function planRanges(sql: SqlReader, purchases: number): string[] {
  const ends: string[] = [];
  for (let after = ""; ; ) {
    const end = sql.get<{ client_key: string }>(
      "select client_key from purchase where client_key > ? order by client_key limit 1 offset ?",
      after,
      purchases,
    );
    if (end === undefined) return ends;
    after = end.client_key;
    ends.push(after);
  }
}

/** The ranges between these ends. */
export function rangesOf(ends: readonly string[]): Scope[] {
  return Array.from({ length: ends.length + 1 }, (_, at) => ({
    after: ends[at - 1] ?? "",
    upTo: ends[at] ?? LAST_KEY,
  }));
}

/** Keys of about `most` clients with purchases, evenly spread, and how many there are. */
export function sampleKeys(
  sql: SqlReader,
  most: number,
): { readonly keys: readonly string[]; readonly clients: number } {
  const everyone = "select client_key from purchase group by client_key";
  const clients = sql.get<{ n: number }>(`select count(*) as n from (${everyone})`)?.n ?? 0;
  const every = Math.max(1, Math.ceil(clients / most));
  if (every === 1) {
    const all = `${everyone} order by client_key`;
    return { keys: sql.all<{ client_key: string }>(all).map((row) => row.client_key), clients };
  }
  // From one to the next along the index: numbering everybody takes several times as long.
  const keys: string[] = [];
  for (let after = ""; ; ) {
    const next = sql.get<{ client_key: string }>(
      `select client_key from purchase where client_key > ? group by client_key
       order by client_key limit 1 offset ?`,
      after,
      every - 1,
    );
    if (next === undefined) return { keys, clients };
    after = next.client_key;
    keys.push(after);
  }
}
