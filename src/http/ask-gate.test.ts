import { expect, it } from "vitest";
import { makeAskGate } from "./ask-gate.ts";

const OFFICE = "203.0.113.7";
const FLOOD = "198.51.100.9";

it("stops a flood of tokens that prove nothing after fifty, then lets one a second through", () => {
  let now = 1_000;
  const gate = makeAskGate({ monotonic: () => now });
  const passed = (key: string, caller: string, tries: number) =>
    Array.from({ length: tries }, () => gate.mayAsk(key, caller)).filter(Boolean).length;
  expect(passed("bitrix24:1", FLOOD, 500)).toBe(50);
  expect(passed("bitrix24:2", FLOOD, 10)).toBe(10);
  now += 3_000;
  expect(passed("bitrix24:1", FLOOD, 500)).toBe(3);
  // People of the portal come from elsewhere and are not locked out by it.
  expect(passed("bitrix24:1", OFFICE, 10)).toBe(10);
});

it("counts no caller who was proven: a whole office opens its cards at once", () => {
  const gate = makeAskGate({ monotonic: () => 0 });
  for (let person = 0; person < 500; person += 1) {
    expect(gate.mayAsk("bitrix24:1", OFFICE)).toBe(true);
    gate.wasProven("bitrix24:1", OFFICE);
  }
});

it("stays small however many addresses come", () => {
  let now = 0;
  const gate = makeAskGate({ monotonic: () => now });
  for (let caller = 0; caller < 50_000; caller += 1) {
    now += 1;
    expect(gate.mayAsk("bitrix24:1", String(caller))).toBe(true);
  }
});
