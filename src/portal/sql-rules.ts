import type { SqlValue } from "./sql.ts";

/** A Durable Object binds at most 100 values (Cloudflare's limits page); both adapters refuse more. */
const MAX_ARGUMENTS = 100;
/** A row or value of a Durable Object may have 2 MB; half of it leaves room for the rest of the row. */
const MAX_VALUE_BYTES = 1_000_000;
const MAX_QUERY_LENGTH = 100_000;
const CACHED_QUERIES = 2_000;

/** Statements that one engine lacks, or that belong to `transaction()`. */
const REFUSED = /^\s*(begin|commit|end|rollback|savepoint|release|pragma|attach|detach|vacuum)\b/i;

/**
 * The port's rules that neither engine enforces alike. Throws a TypeError; a broken rule is a mistake of ours, never data.
 * Remembers statements that have passed.
 */
export function makeSqlRules(): (query: string, args: readonly unknown[]) => void {
  const passed = new Set<string>();
  return (query, args) => {
    if (!passed.has(query)) {
      checkQuery(query);
      if (passed.size >= CACHED_QUERIES) passed.clear();
      passed.add(query);
    }
    if (args.length > MAX_ARGUMENTS) throw new TypeError(`More than ${MAX_ARGUMENTS} arguments.`);
    for (const value of args) checkValue(value);
  };
}

function checkQuery(query: string): void {
  if (query.length > MAX_QUERY_LENGTH) throw new TypeError("The statement is too long.");
  if (REFUSED.test(query)) throw new TypeError("This statement is not portable.");
  const bare = query.replaceAll(/'(?:[^']|'')*'/g, "''").trim();
  if (bare.replace(/;$/, "").includes(";")) throw new TypeError("One statement a call.");
  if (/\?\d|[:@$][A-Za-z_]/.test(bare)) throw new TypeError("Only plain ? placeholders.");
}

function checkValue(value: unknown): asserts value is SqlValue {
  if (value === null) return;
  if (typeof value === "string") {
    if (value.length > MAX_VALUE_BYTES) throw new TypeError("A text argument is too long.");
    return;
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("A number argument is not finite.");
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw new TypeError("A number argument is beyond the safe integers.");
    }
    return;
  }
  if (value instanceof Uint8Array && value.byteLength <= MAX_VALUE_BYTES) return;
  throw new TypeError(`An argument of type ${typeof value} cannot be stored.`);
}

/** Refuses a promise, so that a transaction rolls back instead of committing half of the work. */
export function refusePromise<T>(result: T): T {
  if (typeof result === "object" && result !== null && "then" in result) {
    throw new TypeError("A transaction must not return a promise.");
  }
  return result;
}
