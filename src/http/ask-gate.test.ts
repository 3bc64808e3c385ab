import { expect, it } from "vitest";
import { makeAskGate } from "./ask-gate.ts";

it("lets fifty proofs of a portal through at once and one a second after that, each portal for itself", () => {
  let now = 1_000;
  const mayAsk = makeAskGate({ monotonic: () => now });
  const passed = (key: string, tries: number) =>
    Array.from({ length: tries }, () => mayAsk(key)).filter(Boolean).length;
  expect(passed("bitrix24:1", 500)).toBe(50);
  expect(passed("bitrix24:2", 10)).toBe(10);
  now += 3_000;
  expect(passed("bitrix24:1", 500)).toBe(3);
});
