import { describe, expect, it } from "vitest";
import { minimise } from "./bfgs.ts";

describe("minimise", () => {
  it("finds the bottom of Rosenbrock's valley", () => {
    const found = minimise(
      (p, g) => {
        const [x = 0, y = 0] = p;
        g[0] = -2 * (1 - x) - 400 * x * (y - x * x);
        g[1] = 200 * (y - x * x);
        return (1 - x) ** 2 + 100 * (y - x * x) ** 2;
      },
      [-1.2, 1],
    );
    expect(found.point[0]).toBeCloseTo(1, 6);
    expect(found.point[1]).toBeCloseTo(1, 6);
  });

  it("returns the start where the function is flat or undefined around it", () => {
    expect(minimise((_, g) => g.fill(0) && 3, [1, 2]).value).toBe(3);
    const cliff = minimise(
      (p, g) => {
        g.fill(1);
        return p[0] === 1 ? 5 : Number.NaN;
      },
      [1],
    );
    expect(cliff.point[0]).toBe(1);
    expect(cliff.value).toBe(5);
  });
});
