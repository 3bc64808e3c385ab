import { proveIncremental } from "../../test/support/proofs/incremental.ts";
import { runProof } from "./run-proof.ts";

/** `prove:incremental [HISTORIES]`: scoring changed clients one by one gives what scoring everybody gives. */
await runProof("incremental", 10_000, async (histories) => {
  const { violations, ...figures } = await proveIncremental(histories);
  return { n: histories, violations, figures };
});
