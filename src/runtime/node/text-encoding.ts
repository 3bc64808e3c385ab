import { isAscii, isUtf8 } from "node:buffer";

export type TextEncoding =
  | {
      readonly ok: true;
      readonly encoding: "utf-8" | "utf-16le" | "utf-16be" | "windows-1251";
      /** Some characters cannot be read. */
      readonly isDamaged: boolean;
    }
  /** Not text at all: a picture, a damaged file. */
  | { readonly ok: false };

/** Looks at the bytes of a text, piece by piece, and says how they are written. */
export interface EncodingSurvey {
  /** false = enough: more bytes would not change the answer. */
  push(bytes: Uint8Array): boolean;
  finish(): TextEncoding;
}

/** Bytes looked at to tell text from anything else. */
const SAMPLE = 4096;
/** A stray zero is damage; digits, delimiters and line ends of UTF-16 have one each. */
const FEWEST_ZEROS = 4;
/** At most one broken character in so many: UTF-8 that somebody damaged. Another encoding breaks nearly all of them. */
const DAMAGE_RATIO = 3;
const BROKEN = 0xfffd;
/** So many broken characters, with hardly a whole one between them, are no damage. */
const CERTAINLY_LOST = 100_000;

/**
 * A byte order mark decides; then zero bytes on one side of every pair (UTF-16 without a mark); then strict UTF-8; what is
 * left is the Windows code page of Russian exports, or no text.
 */
export function makeEncodingSurvey(): EncodingSurvey {
  let head = new Uint8Array(0);
  let length = 0;
  let hasZero = false;
  const utf8 = makeUtf8Survey();
  return {
    push(bytes) {
      if (head.length < SAMPLE) {
        head = Uint8Array.from(Buffer.concat([head, bytes.subarray(0, SAMPLE - head.length)]));
      }
      length += bytes.length;
      hasZero ||= bytes.includes(0);
      if (!hasZero) utf8.push(bytes);
      // The parity of the length has a say in UTF-16 without a mark.
      return true;
    },
    finish() {
      const wide = wideEncoding(head, length);
      if (wide !== null) return { ok: true, encoding: wide, isDamaged: false };
      if (hasZero) return { ok: false };
      const { isValid, broken, whole } = utf8.finish();
      if (isValid || broken * DAMAGE_RATIO <= whole) {
        return { ok: true, encoding: "utf-8", isDamaged: !isValid };
      }
      const sample = new TextDecoder("windows-1251").decode(head);
      if (/[^\P{Cc}\t\r\n]/u.test(sample)) return { ok: false };
      return { ok: true, encoding: "windows-1251", isDamaged: false };
    },
  };
}

/** Is it UTF-8, and if not, how far from it: characters beyond ASCII that can be read and that cannot. */
function makeUtf8Survey() {
  const decoder = new TextDecoder("utf-8");
  let carry: Uint8Array = new Uint8Array(0);
  let isValid = true;
  let broken = 0;
  let whole = 0;
  const count = (text: string) => {
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === BROKEN) broken += 1;
      else if (code >= 0x80) whole += 1;
    }
  };
  const isLost = () => broken > CERTAINLY_LOST && broken * DAMAGE_RATIO > 10 * whole;
  return {
    push(bytes: Uint8Array) {
      if (carry.length === 0 && isAscii(bytes)) return;
      const all = carry.length === 0 ? bytes : Buffer.concat([carry, bytes]);
      const end = all.length - openTail(all);
      const piece = all.subarray(0, end);
      isValid &&= isUtf8(piece);
      // What is broken that often is another encoding; counting on would not change the answer.
      if (!isLost()) count(decoder.decode(piece, { stream: true }));
      carry = Uint8Array.from(all.subarray(end));
    },
    finish() {
      if (carry.length > 0) isValid = false;
      count(decoder.decode(carry));
      return { isValid, broken, whole };
    },
  };
}

/** Bytes at the end that may be the start of a character. */
function openTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return size > back ? back : 0;
  }
  return 0;
}

function wideEncoding(head: Uint8Array, length: number): "utf-16le" | "utf-16be" | null {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  const zeros = [0, 0];
  for (let at = 0; at < head.length; at += 1) {
    if (head[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  }
  const [even = 0, odd = 0] = zeros;
  const least = Math.max(FEWEST_ZEROS, head.length / 10);
  if (length % 2 === 1 || even + odd < least) return null;
  if (even === 0) return "utf-16le";
  return odd === 0 ? "utf-16be" : null;
}

/** Text of bytes that come in pieces, cut anywhere; line ends become `\n`, a byte order mark is dropped. */
export function makeTextDecoder(encoding: string): (bytes: Uint8Array | null) => string {
  const decoder = new TextDecoder(encoding);
  let carriage = "";
  return (bytes) => {
    const isLast = bytes === null;
    const text = carriage + decoder.decode(bytes ?? new Uint8Array(0), { stream: !isLast });
    if (!text.includes("\r")) {
      carriage = "";
      return text;
    }
    carriage = !isLast && text.endsWith("\r") ? "\r" : "";
    return text.slice(0, text.length - carriage.length).replace(/\r\n?/g, "\n");
  };
}
