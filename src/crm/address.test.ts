import { describe, expect, it } from "vitest";
import { provenOrigin } from "./address.ts";
import { ERROR_CODES } from "./error.ts";

const refusal = expect.objectContaining({ code: "host.forbidden_address" });

/** Hosts that fool a check of the raw text or reach inside a network, whatever the rules. */
const HOSTILE = [
  "p.bitrix24.ru@evil.com",
  "user:pass@p.bitrix24.ru",
  "evil.com#.bitrix24.ru",
  "evil.com/.bitrix24.ru",
  "evil.com?.bitrix24.ru",
  "evil.com\\@p.bitrix24.ru",
  "evil.com\\.bitrix24.ru",
  "127.1",
  "127.0.0.1",
  "0x7f000001",
  "0x7f.1",
  "0177.0.0.1",
  "2130706433",
  "①②⑦.0.0.1",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "[fd00:ec2::254]",
  "localhost",
  "localhost.",
  "portal.localhost",
  "p.bitrix24.ru.",
  "а.bitrix24.ru",
  "p.bitrix24。ru",
  "p.amocrm.ru\n.evil.com",
  "p.bitrix24.ru\t",
  " p.bitrix24.ru",
  "p.bitrix24.ru%00.evil.com",
  "p.bitrix24.ru%2eevil.com",
  "p.bitrix24.ru:8443",
  "p.bitrix24.ru:0",
  "p.bitrix24.ru:80",
  "169.254.169.254",
  "metadata.google.internal",
  "instance-data",
  "printer.local",
  "1.0.0.127.in-addr.arpa",
  "p..bitrix24.ru",
  ".bitrix24.ru",
  "-p.bitrix24.ru",
  "p_q.bitrix24.ru",
  `${"a".repeat(64)}.bitrix24.ru`,
  "10.0.0.1:443",
  "",
  "/",
];

describe("provenOrigin", () => {
  it.each(HOSTILE)("refuses %j with and without zones", (host) => {
    for (const zones of [undefined, ["bitrix24.ru", "amocrm.ru"]]) {
      const rules = zones ? { devHosts: [], zones } : { devHosts: [] };
      expect(() => provenOrigin(`https://${host}`, rules)).toThrow(refusal);
      expect(() => provenOrigin(`https://${host}/`, rules)).toThrow(refusal);
    }
  });

  it.each([
    "bitrix24.ru",
    "p.bitrix24.ru.evil.com",
    "a.b.bitrix24.ru",
    "evilbitrix24.ru",
    "xn--80a.bitrix24.ru",
  ])("refuses %s where only one label under a zone is allowed", (host) => {
    expect(() => provenOrigin(`https://${host}`, { devHosts: [], zones: ["bitrix24.ru"] })).toThrow(
      refusal,
    );
  });

  it("refuses other schemes and plain http", () => {
    for (const text of [
      "http://p.bitrix24.ru",
      "ftp://p.bitrix24.ru",
      "javascript:alert(1)",
      "file:///etc/passwd",
      "//p.bitrix24.ru",
      "p.bitrix24.ru",
    ]) {
      expect(() => provenOrigin(text, { devHosts: [] })).toThrow(refusal);
    }
  });

  it("accepts a plain public name over https and gives its origin in lower case", () => {
    expect(provenOrigin("https://Portal.Bitrix24.ru/", { devHosts: [] })).toBe(
      "https://portal.bitrix24.ru",
    );
    expect(provenOrigin("https://crm.example.com", { devHosts: [] })).toBe(
      "https://crm.example.com",
    );
    expect(provenOrigin("https://shop.amocrm.ru", { devHosts: [], zones: ["amocrm.ru"] })).toBe(
      "https://shop.amocrm.ru",
    );
  });

  it("accepts development hosts over http, themselves and with one label in front", () => {
    const rules = { devHosts: ["localhost:4010", "127.0.0.1:4011"], zones: ["amocrm.ru"] };
    expect(provenOrigin("http://localhost:4010/", rules)).toBe("http://localhost:4010");
    expect(provenOrigin("http://shop.localhost:4010", rules)).toBe("http://shop.localhost:4010");
    expect(provenOrigin("http://127.0.0.1:4011", rules)).toBe("http://127.0.0.1:4011");
    for (const text of [
      "http://localhost:4012",
      "http://a.b.localhost:4010",
      "http://evil.com:4010",
      "http://localhost:4010@evil.com",
      "http://localhost",
    ]) {
      expect(() => provenOrigin(text, rules)).toThrow(refusal);
    }
  });
});

it("an address that is refused is the caller's mistake, not ours or the CRM's", () => {
  expect(ERROR_CODES["host.forbidden_address"].status).toBe(403);
});
