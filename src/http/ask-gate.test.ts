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

/** Claims that a caller may have proven now, of so many tries; none of them is true. */
function forged(
  gate: ReturnType<typeof makeAskGate>,
  caller: string,
  tries: number,
  claimed?: string,
) {
  const claims = Array.from({ length: tries }, (_, at) => claimed ?? `bitrix24:${at}`);
  return claims.filter((one) => gate.mayExchange(one, caller)).length;
}

it("lets a stranger make us ask a token server a dozen times for one account, sixty times for all", () => {
  let now = 0;
  const gate = makeAskGate({ monotonic: () => now });
  expect(forged(gate, FLOOD, 500, "bitrix24:1")).toBe(12);
  expect(forged(gate, FLOOD, 500)).toBe(48);
  now += 20_000;
  expect(forged(gate, FLOOD, 500, "bitrix24:1")).toBe(2);
});

it("hears the office though strangers from everywhere claim to be it", () => {
  const gate = makeAskGate({ monotonic: () => 0 });
  let asked = 0;
  for (let stranger = 0; stranger < 40; stranger += 1) {
    asked += forged(gate, `198.51.100.${stranger}`, 50, "bitrix24:1");
  }
  // The first few as often as they like, everybody after them once.
  expect(asked).toBeLessThanOrEqual(30 + 40);
  expect(gate.mayExchange("bitrix24:1", OFFICE)).toBe(true);
  gate.hasExchanged("bitrix24:1", OFFICE);
  expect(gate.mayExchange("bitrix24:1", OFFICE)).toBe(true);
});

it("takes the addresses of one IPv6 network for one caller", () => {
  const gate = makeAskGate({ monotonic: () => 0 });
  const network = Array.from({ length: 200 }, (_, at) => `2001:db8:7:1::${at.toString(16)}`);
  const passed = network.filter((caller) => gate.mayExchange("bitrix24:1", caller));
  expect(passed).toHaveLength(12);
  expect(gate.mayExchange("bitrix24:1", "2001:db8:7:2::1")).toBe(true);
});
