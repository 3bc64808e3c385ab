import { proveFits } from "../../test/support/proofs/fits.ts";
import { runProof } from "./run-proof.ts";

/** `prove:fits [BASES]`: random bases, degenerate ones included, are fitted and scored. */
await runProof("fits", 10_000, async (bases) => {
  const { violations, ...figures } = proveFits(bases);
  return { n: bases, violations, figures };
});
