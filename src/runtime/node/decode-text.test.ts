import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeText } from "./decode-text.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

describe("text of a table", () => {
  it("that is UTF-8 with a few damaged characters stays UTF-8", () => {
    const bytes = Uint8Array.of(...utf8("Иван,2025\nПётр,2025\n"), 0xd0, 0x2c);
    expect(decodeText(bytes)).toEqual({
      ok: true,
      encoding: "utf-8",
      text: "Иван,2025\nПётр,2025\n\ufffd,",
    });
  });

  it("that is no UTF-8 is the Russian code page", () => {
    const bytes = Uint8Array.of(0xc8, 0xe2, 0xe0, 0xed, 0x3b, 0x31);
    expect(decodeText(bytes)).toEqual({ ok: true, encoding: "windows-1251", text: "Иван;1" });
  });

  it("is refused when the bytes are a workbook or hold zeros and control characters", () => {
    expect(decodeText(utf8("PK\u0003\u0004x"))).toEqual({ ok: false, reason: "archive" });
    expect(decodeText(utf8("a,b\n\0,c"))).toEqual({ ok: false, reason: "binary" });
    expect(decodeText(Uint8Array.of(0xff, 0x01, 0x02))).toEqual({ ok: false, reason: "binary" });
  });

  it("comes back unchanged from UTF-8", () => {
    const text = fc.string({ unit: "grapheme" }).filter((part) => !part.includes("\0"));
    fc.assert(
      fc.property(text, (part) => {
        expect(decodeText(utf8(`a${part}`))).toMatchObject({ ok: true, text: `a${part}` });
      }),
    );
  });

  it("ends with a value or a known refusal for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodeText(bytes)).toHaveProperty("ok");
      }),
    );
  });
});
