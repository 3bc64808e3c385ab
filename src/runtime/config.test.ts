import { describe, expect, it } from "vitest";
import { readConfig } from "./config.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const PRODUCTION = {
  NODE_ENV: "production",
  PULSE_KEYS: `k1:${KEY}`,
  PULSE_REGION: "ru",
  PUBLIC_URL: "https://pulse.example",
};

function refusal(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
  return "accepted";
}

describe("the configuration", () => {
  it("has the documented defaults", () => {
    const config = readConfig(PRODUCTION);
    expect(config).toMatchObject({
      port: 3000,
      dataFolder: "./data",
      speed: 1,
      isProduction: true,
    });
    expect(config.host.oauthServers).toEqual([
      "https://oauth.bitrix.info",
      "https://oauth.bitrix24.tech",
    ]);
    expect(config.host.zones).toEqual({
      amocrm: ["amocrm.ru"],
      kommo: ["kommo.com", "amocrm.com"],
    });
  });

  it("takes everything that is not development or test for production", () => {
    const { NODE_ENV: _, ...rest } = PRODUCTION;
    expect(readConfig(rest).isProduction).toBe(true);
    expect(refusal({ ...rest, DEV_HOSTS: "127.0.0.1:1" })).toMatch(/^DEV_HOSTS /);
  });

  it.each([
    ["a missing key", { PULSE_KEYS: "" }, "PULSE_KEYS is required"],
    ["a short key", { PULSE_KEYS: "k1:AAAA" }, "PULSE_KEYS key k1 is not base64 of 32 bytes"],
    ["a key without id", { PULSE_KEYS: KEY }, "PULSE_KEYS"],
    ["one key id twice", { PULSE_KEYS: `k:${KEY},k:${KEY}` }, "PULSE_KEYS names one key id twice"],
    ["no region", { PULSE_REGION: "" }, "PULSE_REGION is required"],
    ["an unknown region", { PULSE_REGION: "mars" }, "PULSE_REGION"],
    ["no address", { PUBLIC_URL: "" }, "PUBLIC_URL is required"],
    ["a plain http address", { PUBLIC_URL: "http://pulse.example" }, "PUBLIC_URL must be https"],
    ["half a registration", { BITRIX24_CLIENT_ID: "x" }, "BITRIX24_CLIENT_SECRET is missing"],
    ["the other half", { KOMMO_CLIENT_SECRET: "x" }, "KOMMO_CLIENT_ID is missing"],
    ["an http token server", { BITRIX24_OAUTH_SERVERS: "http://a.b" }, "BITRIX24_OAUTH_SERVERS"],
    ["a speed in production", { SYNC_SPEED: "5" }, "SYNC_SPEED is allowed only"],
    ["a port that is none", { PORT: "x" }, "PORT"],
    ["an unknown level", { LOG_LEVEL: "loud" }, "LOG_LEVEL"],
  ])("refuses %s and names the variable", (_, change, expected) => {
    expect(refusal({ ...PRODUCTION, ...change })).toContain(expected);
  });

  it("never repeats a secret in a refusal", () => {
    const secret = "c2VjcmV0LWNhbmFyeQ";
    expect(refusal({ ...PRODUCTION, PULSE_KEYS: `k1:${secret}` })).not.toContain(secret);
  });
});
