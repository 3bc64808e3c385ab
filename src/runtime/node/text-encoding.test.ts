import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeEncodingSurvey, makeTextDecoder } from "./text-encoding.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

/** Encoding and text of bytes that come in pieces of the given lengths. */
function read(bytes: Uint8Array, cuts: readonly number[] = []) {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    pieces.push(bytes.subarray(at, at + cut));
    at += cut;
  }
  const survey = makeEncodingSurvey();
  for (const piece of pieces) survey.push(piece);
  const found = survey.finish();
  if (!found.ok) return found;
  const decode = makeTextDecoder(found.encoding);
  return { ...found, text: pieces.map(decode).join("") + decode(null) };
}

describe("text of a table", () => {
  it("that is UTF-8 with a few damaged characters stays UTF-8", () => {
    const bytes = Uint8Array.of(...utf8("Иван,2025\nПётр,2025\n"), 0xd0, 0x2c);
    expect(read(bytes)).toEqual({
      ok: true,
      encoding: "utf-8",
      isDamaged: true,
      text: "Иван,2025\nПётр,2025\n\ufffd,",
    });
    expect(read(utf8("\ufffd,1\n"))).toMatchObject({ encoding: "utf-8", isDamaged: false });
  });

  it("that is no UTF-8 is the Russian code page, however late that shows", () => {
    const bytes = Uint8Array.of(0xc8, 0xe2, 0xe0, 0xed, 0x3b, 0x31);
    expect(read(bytes)).toMatchObject({ encoding: "windows-1251", text: "Иван;1" });
    const late = Uint8Array.of(...utf8("a;1\n".repeat(5000)), ...bytes);
    expect(read(late, [7000, 7000])).toMatchObject({ encoding: "windows-1251" });
  });

  it("is refused when the bytes hold zeros and control characters", () => {
    expect(read(utf8("a,b\n\0,c"))).toEqual({ ok: false });
    expect(read(Uint8Array.of(0xff, 0x01, 0x02))).toEqual({ ok: false });
  });

  it("comes back unchanged from UTF-8 and UTF-16, wherever the bytes are cut", () => {
    const text = fc.string({ unit: "grapheme" }).filter((part) => !/[\0\r]/.test(part));
    const cuts = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 30 });
    fc.assert(
      fc.property(text, cuts, (part, at) => {
        expect(read(utf8(`a${part}`), at)).toMatchObject({ ok: true, text: `a${part}` });
        const wide = Buffer.from(`\ufeffa${part}`, "utf16le");
        expect(read(wide, at)).toMatchObject({ encoding: "utf-16le", text: `a${part}` });
        expect(read(Buffer.from(wide).swap16(), at)).toMatchObject({ text: `a${part}` });
      }),
    );
  });

  it("has one kind of line end, wherever the bytes are cut", () => {
    const text = "a\r\nb\rc\n\r\nd\r";
    for (let cut = 0; cut < text.length; cut += 1) {
      expect(read(utf8(text), [cut])).toMatchObject({ text: "a\nb\nc\n\nd\n" });
    }
  });

  it("ends with a value or a known refusal for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(read(bytes)).toHaveProperty("ok");
      }),
    );
  });
});
