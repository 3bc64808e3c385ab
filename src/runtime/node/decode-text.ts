export type Decoded =
  | { readonly ok: true; readonly text: string; readonly encoding: string }
  /** Not text at all: a picture, a workbook, a damaged file. */
  | { readonly ok: false; readonly reason: "archive" | "binary" };

/** Bytes looked at to tell text from anything else. */
const SAMPLE = 4096;
/** A stray zero is damage; digits, delimiters and line ends of UTF-16 have one each. */
const FEWEST_ZEROS = 4;
/** At most one broken character in so many: UTF-8 that somebody damaged. Another encoding breaks nearly all of them. */
const DAMAGE_RATIO = 3;

/**
 * Text of an exported table. A byte order mark decides; then zero bytes on one side of every pair (UTF-16 without a
 * mark); then strict UTF-8; what is left is the Windows code page of Russian exports, or no text.
 */
export function decodeText(bytes: Uint8Array): Decoded {
  if (startsWith(bytes, 0x50, 0x4b, 3, 4)) return { ok: false, reason: "archive" };
  const wide = wideEncoding(bytes);
  if (wide !== null) return { ok: true, ...decodedAs(bytes, wide) };
  if (bytes.includes(0)) return { ok: false, reason: "binary" };
  try {
    return { ok: true, ...decodedAs(bytes, "utf-8", true) };
  } catch {
    return narrow(bytes);
  }
}

function narrow(bytes: Uint8Array): Decoded {
  const damaged = decodedAs(bytes, "utf-8");
  const broken = count(damaged.text, /\ufffd/g);
  const whole = count(damaged.text, /[\u0080-\ufffc]/g);
  if (broken * DAMAGE_RATIO <= whole) return { ok: true, ...damaged };
  const plain = decodedAs(bytes, "windows-1251");
  const controls = count(plain.text.slice(0, SAMPLE), /[^\P{Cc}\t\r\n]/gu);
  return controls > 0 ? { ok: false, reason: "binary" } : { ok: true, ...plain };
}

function wideEncoding(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  if (startsWith(bytes, 0xff, 0xfe)) return "utf-16le";
  if (startsWith(bytes, 0xfe, 0xff)) return "utf-16be";
  const zeros = [0, 0];
  const length = Math.min(bytes.length, SAMPLE);
  for (let at = 0; at < length; at += 1)
    if (bytes[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const least = Math.max(FEWEST_ZEROS, length / 10);
  if (bytes.length % 2 === 1 || even + odd < least) return null;
  if (even === 0) return "utf-16le";
  return odd === 0 ? "utf-16be" : null;
}

function decodedAs(
  bytes: Uint8Array,
  encoding: string,
  fatal = false,
): { text: string; encoding: string } {
  return { text: new TextDecoder(encoding, { fatal }).decode(bytes), encoding };
}

function startsWith(bytes: Uint8Array, ...first: readonly number[]): boolean {
  return first.every((byte, at) => bytes[at] === byte);
}

function count(text: string, what: RegExp): number {
  return text.match(what)?.length ?? 0;
}
