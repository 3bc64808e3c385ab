import { describe, expect, it } from "vitest";
import { proveFits } from "../support/proofs/fits.ts";
import { proveIncremental } from "../support/proofs/incremental.ts";

/** Short slices of `npm run prove:fits` and `npm run prove:incremental`. */
describe("random bases", () => {
  it("are fitted and scored, however odd: no exception, nothing infinite, every fit converged", () => {
    const proof = proveFits(150);
    expect(proof.violations).toEqual([]);
    expect(proof.fits).toBeGreaterThan(300);
    expect(proof.scored).toBeGreaterThan(500);
  });

  it("are scored one by one as in a rebuild", async () => {
    const proof = await proveIncremental(300);
    expect(proof.violations).toEqual([]);
    expect(proof.compared).toBeGreaterThan(150);
  });
});
