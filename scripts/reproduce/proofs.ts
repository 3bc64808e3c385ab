import { proveFits } from "../../test/support/proofs/fits.ts";
import { proveIncremental } from "../../test/support/proofs/incremental.ts";
import type { Check } from "./models.ts";

/** A fifth of `npm run prove:fits`: the whole of it takes minutes. */
const BASES = 2_000;
const HISTORIES = 10_000;

/** The proofs that need no data. */
export async function checkProofs(): Promise<Check[]> {
  const fits = proveFits(BASES);
  const incremental = await proveIncremental(HISTORIES);
  return [
    {
      name: `${BASES} random bases of 1 to 500 clients are fitted and scored`,
      ok: fits.violations.length === 0,
      detail: `${fits.fits} models fitted twice, largest slope left ${fits.worstSlope.toExponential(1)}, ${fits.scored} clients scored${first(fits.violations)}`,
    },
    {
      name: `${HISTORIES} random histories: scored one by one as in a rebuild`,
      ok: incremental.violations.length === 0,
      detail: `${incremental.changes} changes, ${incremental.compared} insights compared${first(incremental.violations)}`,
    },
  ];
}

function first(violations: readonly string[]): string {
  return violations.length === 0
    ? ""
    : `; ${violations.length} violations, first: ${violations[0]}`;
}
