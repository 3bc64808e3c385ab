import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formText, parseForm } from "./form.ts";

const invalid = expect.objectContaining({ code: "input.invalid" });
const tooLarge = expect.objectContaining({ code: "input.too_large" });

describe("parseForm", () => {
  it("reads the bracketed names of an event, encoded or not", () => {
    const form = parseForm(
      "event=ONCRMDEALUPDATE&data[FIELDS][ID]=759&auth%5Bmember_id%5D=ab%2Bc+d&auth[status]=",
    );
    expect(formText(form, "data", "FIELDS", "ID")).toBe("759");
    expect(formText(form, "auth", "member_id")).toBe("ab+c d");
    expect(formText(form, "auth", "status")).toBe("");
    expect(formText(form, "auth")).toBeNull();
    expect(formText(form, "auth", "status", "deeper")).toBeNull();
    expect(formText(form, "nothing")).toBeNull();
  });

  it("keeps every pair of a long list", () => {
    const body = Array.from({ length: 5_000 }, (_, at) => `ids[]=${at}`).join("&");
    const ids = parseForm(body).get("ids");
    expect(ids).toBeInstanceOf(Map);
    expect((ids as Map<string, string>).size).toBe(5_000);
    expect(formText(parseForm(body), "ids", "4999")).toBe("4999");
  });

  it.each([
    "a[__proto__][x]=1",
    "__proto__=1",
    "a[constructor][prototype]=1",
    "a%5B__proto__%5D=1",
    "a=1&a[b]=2",
    "a[b]=2&a=1",
    "a[b=1",
    "a[b]c=1",
    "a=%zz",
    "a=%00",
    "a[b\u0000]=1",
    `a${"[b]".repeat(9)}=1`,
    `a${"[b]".repeat(100_000)}=1`,
  ])("refuses %s", (body) => {
    expect(() => parseForm(body)).toThrow(invalid);
  });

  it("refuses more than 20 000 pairs and more than 2 MiB", () => {
    expect(() => parseForm("a=1&".repeat(20_001))).toThrow(tooLarge);
    expect(() => parseForm("a".repeat(2 * 1024 * 1024 + 1))).toThrow(tooLarge);
  });

  it("ends with a map or a known refusal on any text and leaves Object alone", () => {
    const before = Object.getOwnPropertyNames(Object.prototype).length;
    const piece = fc.constantFrom(
      "a",
      "[",
      "]",
      "=",
      "&",
      "%",
      "%5B",
      "%00",
      "+",
      "\ud800",
      "constructor",
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.array(piece, { maxLength: 60 })), (input) => {
        const body = typeof input === "string" ? input : input.join("");
        try {
          expect(parseForm(body)).toBeInstanceOf(Map);
        } catch (thrown) {
          expect(["input.invalid", "input.too_large"]).toContain((thrown as { code: string }).code);
        }
      }),
      { seed: 1, numRuns: 2_000 },
    );
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before);
  });
});
