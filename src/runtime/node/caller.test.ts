import { expect, it } from "vitest";
import { makeCallerOf } from "./caller.ts";

const platform = { incoming: { socket: { remoteAddress: "10.0.0.2" } } };
const forwarded = new Request("http://pulse.example/", {
  headers: { "x-forwarded-for": "1.2.3.4, 203.0.113.7" },
});

it("believes a forwarding header only from a trusted proxy, and only its last entry", () => {
  expect(makeCallerOf(false)(forwarded, platform)).toBe("10.0.0.2");
  expect(makeCallerOf(true)(forwarded, platform)).toBe("203.0.113.7");
  expect(makeCallerOf(true)(new Request("http://pulse.example/"), platform)).toBe("10.0.0.2");
  expect(makeCallerOf(false)(forwarded, undefined)).toBe("");
});
