import { Inflate } from "fflate";

/** One file of a zip archive; sizes are what the archive claims. */
export interface ZipEntry {
  /** 0 = stored, 8 = deflated. */
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly checksum: number;
  readonly packed: Uint8Array;
}

export type ZipFault = "damaged" | "too_large" | "password";

/** Entries by name in lower case with `/`; null = the archive is damaged, or none. (APPNOTE.TXT 6.3.10, 4.3) */
export function zipEntries(bytes: Uint8Array): ReadonlyMap<string, ZipEntry> | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return readDirectory(bytes, view);
  } catch (cause) {
    // A view refuses to look past its end: an offset of a damaged archive.
    if (cause instanceof RangeError) return null;
    throw cause;
  }
}

const END_RECORD = 0x06054b50;
const END_RECORD_SIZE = 22;
const LONGEST_COMMENT = 65_535;
const END64_LOCATOR = 0x07064b50;
const ENTRY_RECORD = 0x02014b50;
const LOCAL_RECORD = 0x04034b50;
/** "See the 64-bit field." */
const IN_64 = 0xffffffff;

function readDirectory(bytes: Uint8Array, view: DataView): Map<string, ZipEntry> | null {
  const end = endRecord(view);
  if (end < 0) return null;
  let count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (end >= 20 && view.getUint32(end - 20, true) === END64_LOCATOR) {
    const end64 = Number(view.getBigUint64(end - 12, true));
    count = Number(view.getBigUint64(end64 + 32, true));
    at = Number(view.getBigUint64(end64 + 48, true));
  }
  const entries = new Map<string, ZipEntry>();
  for (let index = 0; index < count; index += 1) {
    if (view.getUint32(at, true) !== ENTRY_RECORD) return null;
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const sizes = entrySizes(view, at, at + 46 + nameLength, extraLength);
    const from = dataStart(view, sizes.offset);
    if (from < 0 || from + sizes.packed > bytes.length) return null;
    entries.set(name.replaceAll("\\", "/").toLowerCase(), {
      method: view.getUint16(at + 10, true),
      isEncrypted: (view.getUint16(at + 8, true) & 1) === 1,
      checksum: view.getUint32(at + 16, true),
      packed: bytes.subarray(from, from + sizes.packed),
    });
    at += 46 + nameLength + extraLength + view.getUint16(at + 32, true);
  }
  return entries;
}

function endRecord(view: DataView): number {
  const last = view.byteLength - END_RECORD_SIZE;
  for (let at = last; at >= 0 && at >= last - LONGEST_COMMENT; at -= 1) {
    if (view.getUint32(at, true) === END_RECORD) return at;
  }
  return -1;
}

/** Packed size and place of the local header, from the 64-bit extra field where they do not fit. */
function entrySizes(
  view: DataView,
  entry: number,
  extra: number,
  extraLength: number,
): { packed: number; offset: number } {
  let packed = view.getUint32(entry + 20, true);
  let offset = view.getUint32(entry + 42, true);
  const isUnpacked64 = view.getUint32(entry + 24, true) === IN_64;
  if (packed !== IN_64 && offset !== IN_64) return { packed, offset };
  for (let at = extra; at + 4 <= extra + extraLength; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let field = at + 4 + (isUnpacked64 ? 8 : 0);
    if (packed === IN_64) {
      packed = Number(view.getBigUint64(field, true));
      field += 8;
    }
    if (offset === IN_64) offset = Number(view.getBigUint64(field, true));
  }
  return { packed, offset };
}

function dataStart(view: DataView, local: number): number {
  if (view.getUint32(local, true) !== LOCAL_RECORD) return -1;
  return local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
}

const PIECE_BYTES = 64 * 1024;

/** How many bytes may still be unpacked, over all entries of an archive: what an archive claims is not believed. */
export interface Allowance {
  bytes: number;
}

/**
 * Unpacks an entry piece by piece. `onPiece` gets the bytes and the share of the packed ones that were read; false = enough.
 * null = whole and right by its checksum, or nobody wanted more.
 */
export function unzipEntry(
  entry: ZipEntry,
  allowance: Allowance,
  onPiece: (bytes: Uint8Array, share: number) => boolean,
): ZipFault | null {
  if (entry.isEncrypted) return "password";
  if (entry.method !== 0 && entry.method !== 8) return "damaged";
  const { packed } = entry;
  let checksum = 0;
  let read = 0;
  let isWanted = true;
  const hand = (bytes: Uint8Array) => {
    allowance.bytes -= bytes.length;
    if (!isWanted || allowance.bytes < 0) return;
    checksum = crc32(bytes, checksum);
    isWanted = onPiece(bytes, packed.length === 0 ? 1 : read / packed.length);
  };
  const inflate = entry.method === 8 ? new Inflate(hand) : null;
  while (read < packed.length) {
    const piece = packed.subarray(read, read + PIECE_BYTES);
    read += piece.length;
    if (inflate === null) hand(piece);
    else if (!pushed(inflate, piece, read === packed.length)) return "damaged";
    if (allowance.bytes < 0) return "too_large";
    if (!isWanted) return null;
  }
  return checksum === entry.checksum ? null : "damaged";
}

/** false = the packed bytes are no deflate stream, or end too early. */
function pushed(inflate: Inflate, piece: Uint8Array, isLast: boolean): boolean {
  try {
    inflate.push(piece, isLast);
    return true;
  } catch (cause) {
    // The library throws numbered errors of its own; anything else comes from those we hand the bytes to.
    if (cause instanceof Error && "code" in cause && typeof cause.code === "number") return false;
    throw cause;
  }
}

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 of ISO 3309, continued from `before`. */
function crc32(bytes: Uint8Array, before: number): number {
  let value = ~before;
  for (let at = 0; at < bytes.length; at += 1) {
    value = (CRC_TABLE[(value ^ (bytes[at] ?? 0)) & 255] ?? 0) ^ (value >>> 8);
  }
  return ~value >>> 0;
}
