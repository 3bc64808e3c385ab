import { AppError } from "../../crm/error.ts";

/** A form value: text, or a map of values. Lists stay maps with the keys "0", "1", ... */
type FormValue = string | FormMap;
export type FormMap = ReadonlyMap<string, FormValue>;

/** A bulk change of 10 000 deals is 10 000 posts, never one large one; these bounds only stop attacks. */
const MAX_BODY_CHARS = 2 * 1024 * 1024;
const MAX_PAIRS = 20_000;
const MAX_DEPTH = 8;
/** Maps have no prototype to pollute, but the keys might be copied into an object by somebody later. */
const BANNED = new Set(["__proto__", "prototype", "constructor"]);

/**
 * Reads `application/x-www-form-urlencoded` with PHP brackets (`auth[member_id]=..`). A repeated name keeps its last
 * value, as PHP does. Throws AppError `input.too_large` beyond 2 MiB or 20 000 pairs, `input.invalid` for depth over 8,
 * banned or contradictory names and broken escapes.
 */
export function parseForm(body: string): FormMap {
  if (body.length > MAX_BODY_CHARS) throw new AppError("input.too_large");
  const root = new Map<string, FormValue>();
  let pairs = 0;
  let from = 0;
  while (from <= body.length) {
    const at = body.indexOf("&", from);
    const end = at < 0 ? body.length : at;
    if (end > from) {
      pairs += 1;
      if (pairs > MAX_PAIRS) throw new AppError("input.too_large");
      addPair(root, body.slice(from, end));
    }
    from = end + 1;
  }
  return root;
}

function addPair(root: Map<string, FormValue>, pair: string): void {
  const at = pair.indexOf("=");
  const name = decode(at < 0 ? pair : pair.slice(0, at));
  const value = at < 0 ? "" : decode(pair.slice(at + 1));
  const path = splitName(name);
  let place = root;
  for (const key of path.slice(0, -1)) place = enter(place, key);
  const last = keyIn(place, path.at(-1) ?? "");
  if (place.get(last) instanceof Map) throw invalid("contradiction");
  place.set(last, value);
}

function splitName(name: string): readonly string[] {
  const open = name.indexOf("[");
  if (open <= 0) return checked([name]);
  const path = [name.slice(0, open)];
  let at = open;
  while (at < name.length) {
    const close = name.indexOf("]", at);
    if (name[at] !== "[" || close < 0) throw invalid("brackets");
    path.push(name.slice(at + 1, close));
    if (path.length > MAX_DEPTH) throw invalid("depth");
    at = close + 1;
  }
  return checked(path);
}

function checked(path: readonly string[]): readonly string[] {
  for (const key of path) if (BANNED.has(key)) throw invalid("name");
  return path;
}

function enter(place: Map<string, FormValue>, key: string): Map<string, FormValue> {
  const name = keyIn(place, key);
  const known = place.get(name);
  if (known instanceof Map) return known;
  if (known !== undefined) throw invalid("contradiction");
  const fresh = new Map<string, FormValue>();
  place.set(name, fresh);
  return fresh;
}

/** `list[]` appends. */
function keyIn(place: Map<string, FormValue>, key: string): string {
  return key === "" ? String(place.size) : key;
}

function decode(text: string): string {
  try {
    const decoded = decodeURIComponent(text.replaceAll("+", " "));
    if (decoded.includes("\0")) throw invalid("nul");
    return decoded;
  } catch (cause) {
    throw new AppError("input.invalid", { cause, details: { reason: "escape" } });
  }
}

function invalid(reason: string): AppError {
  return new AppError("input.invalid", { details: { reason } });
}

/** A text at a path, or null. */
export function formText(form: FormMap, ...path: readonly string[]): string | null {
  let value: FormValue | undefined = form;
  for (const key of path) {
    if (!(value instanceof Map)) return null;
    value = value.get(key);
  }
  return typeof value === "string" ? value : null;
}
