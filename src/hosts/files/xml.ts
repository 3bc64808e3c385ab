/** What an XML text consists of; names come without their prefix. */
export interface XmlHandler {
  /** `attributes` as written; read one with `attributeOf`. */
  readonly open: (name: string, attributes: string) => void;
  readonly close: (name: string) => void;
  readonly text: (text: string) => void;
}

export interface XmlScanner {
  /** The next piece of the text, cut anywhere; false = this is no XML that we read. */
  push(text: string): boolean;
}

/** No tag, comment or text of a workbook is longer; a cell holds 32 767 characters at most. */
const LONGEST_PART = 1_000_000;

/**
 * The part of XML that office files use: elements, text, CDATA, comments. No document type, so there are no entities but the
 * five built-in ones and numbers: nothing expands.
 */
export function makeXmlScanner(handler: XmlHandler): XmlScanner {
  let rest = "";
  return {
    push(text) {
      const whole = rest + text;
      let at = 0;
      for (;;) {
        const next = takePart(whole, at, handler);
        if (next === "refused") return false;
        if (next === "more") break;
        at = next;
      }
      rest = whole.slice(at);
      return rest.length <= LONGEST_PART;
    },
  };
}

/** One tag, text or comment from `at`; the place after it. */
function takePart(text: string, at: number, handler: XmlHandler): number | "more" | "refused" {
  if (at >= text.length) return "more";
  if (text.charCodeAt(at) !== LESS) {
    const end = text.indexOf("<", at);
    if (end < 0) return "more";
    handler.text(decoded(text.slice(at, end)));
    return end;
  }
  const second = text.charCodeAt(at + 1);
  if (second === EXCLAMATION) return takeSpecial(text, at, handler);
  if (second === QUESTION) return after(text, "?>", at);
  const end = tagEnd(text, at);
  if (end < 0) return "more";
  if (second === SLASH) handler.close(localName(text.slice(at + 2, end).trimEnd()));
  else openTag(text, at + 1, end, handler);
  return end + 1;
}

const LESS = 60;
const EXCLAMATION = 33;
const QUESTION = 63;
const SLASH = 47;
const CDATA = "<![CDATA[";

function takeSpecial(text: string, at: number, handler: XmlHandler): number | "more" | "refused" {
  if (text.length - at < CDATA.length) return "more";
  if (text.startsWith("<!--", at)) return after(text, "-->", at + 4);
  if (!text.startsWith(CDATA, at)) return "refused";
  const end = text.indexOf("]]>", at);
  if (end < 0) return "more";
  handler.text(text.slice(at + CDATA.length, end));
  return end + 3;
}

function after(text: string, mark: string, from: number): number | "more" {
  const at = text.indexOf(mark, from);
  return at < 0 ? "more" : at + mark.length;
}

/** The `>` of a tag; one inside the quotes of an attribute is none. */
function tagEnd(text: string, at: number): number {
  let end = text.indexOf(">", at);
  while (end >= 0 && isInsideQuotes(text, at, end)) end = text.indexOf(">", end + 1);
  return end;
}

function isInsideQuotes(text: string, from: number, to: number): boolean {
  let quote = 0;
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (quote === 0 && (code === 34 || code === 39)) quote = code;
    else if (code === quote) quote = 0;
  }
  return quote !== 0;
}

function openTag(text: string, from: number, end: number, handler: XmlHandler): void {
  const isEmpty = text.charCodeAt(end - 1) === SLASH;
  const to = isEmpty ? end - 1 : end;
  let nameEnd = from;
  while (nameEnd < to && text.charCodeAt(nameEnd) > 32) nameEnd += 1;
  const name = localName(text.slice(from, nameEnd));
  handler.open(name, text.slice(nameEnd, to));
  if (isEmpty) handler.close(name);
}

function localName(name: string): string {
  const colon = name.indexOf(":");
  return colon < 0 ? name : name.slice(colon + 1);
}

/** The value of an attribute, whatever its prefix; null = there is none. */
export function attributeOf(attributes: string, name: string): string | null {
  for (let at = attributes.indexOf(name); at >= 0; at = attributes.indexOf(name, at + 1)) {
    const before = attributes.charCodeAt(at - 1);
    if (before > 32 && before !== 58) continue;
    let from = at + name.length;
    while (attributes.charCodeAt(from) <= 32) from += 1;
    if (attributes[from] !== "=") continue;
    from += 1;
    while (attributes.charCodeAt(from) <= 32) from += 1;
    const end = attributes.indexOf(attributes[from] ?? '"', from + 1);
    return end < 0 ? null : decoded(attributes.slice(from + 1, end));
  }
  return null;
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

function decoded(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,4}));/gi,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return ENTITIES[name] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      const isCharacter = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
      return isCharacter ? String.fromCodePoint(code) : "\ufffd";
    },
  );
}
