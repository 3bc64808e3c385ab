import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ArmCount, assignArms, stableHash } from "./holdout.ts";

const candidates = (count: number, stratum: string) =>
  Array.from({ length: count }, (_, index) => ({ key: `company:${index}`, stratum }));
const holdoutOf = (arms: ReadonlyMap<string, string>) =>
  [...arms].filter(([, arm]) => arm === "holdout").map(([key]) => key);

describe("assignArms", () => {
  it("leaves exactly the share of every stratum alone", () => {
    const arms = assignArms(
      [
        ...candidates(100, "A"),
        ...candidates(300, "B").map((one) => ({ ...one, key: `b${one.key}` })),
      ],
      new Map(),
      0.2,
      "p",
    );
    const held = holdoutOf(arms);
    expect(held.filter((key) => key.startsWith("b"))).toHaveLength(60);
    expect(held).toHaveLength(80);
  });

  it("does not depend on the order, and differs between playbooks", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(candidates(60, "A"), { minLength: 60 }), (shuffled) => {
        const one = holdoutOf(assignArms(candidates(60, "A"), new Map(), 0.2, "p")).toSorted();
        const other = holdoutOf(assignArms(shuffled, new Map(), 0.2, "p")).toSorted();
        expect(other).toEqual(one);
      }),
      { numRuns: 20 },
    );
    const first = holdoutOf(assignArms(candidates(60, "A"), new Map(), 0.2, "p"));
    const second = holdoutOf(assignArms(candidates(60, "A"), new Map(), 0.2, "q"));
    expect(second).not.toEqual(first);
  });

  it("reaches the share also when clients come one at a time", () => {
    const counts: Map<string, ArmCount> = new Map();
    for (const one of candidates(100, "A")) {
      const arm = assignArms([one], counts, 0.2, "p").get(one.key);
      const { clients, holdout } = counts.get("A") ?? { clients: 0, holdout: 0 };
      counts.set("A", {
        clients: clients + 1,
        holdout: holdout + (arm === "holdout" ? 1 : 0),
      });
    }
    expect(counts.get("A")).toEqual({ clients: 100, holdout: 20 });
  });

  it("holds nobody at share 0 and everybody at share 1", () => {
    expect(holdoutOf(assignArms(candidates(9, "A"), new Map(), 0, "p"))).toHaveLength(0);
    expect(holdoutOf(assignArms(candidates(9, "A"), new Map(), 1, "p"))).toHaveLength(9);
  });
});

describe("stableHash", () => {
  it("never changes and spreads near keys", () => {
    // Pinned: another value would move clients between arms.
    expect(stableHash("bitrix24:ab12|at_risk|company:1")).toBe(973_728_878);
    const low = candidates(2_000, "A").filter(({ key }) => stableHash(key) < 2 ** 31).length;
    expect(Math.abs(low - 1_000)).toBeLessThan(100);
  });
});
