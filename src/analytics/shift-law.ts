import { type CountMoments, momentsWithNone } from "./count-law.ts";
import { logitOf, sigmoid } from "./layer.ts";

/** The law moved by as many log-odds of no purchase as what is shown differs from what the core says. */
export function shiftMoments(law: CountMoments, pCore: number, pShown: number): CountMoments {
  if (pShown === pCore || !(law.pNone > 0 && law.pNone < 1)) return law;
  return momentsWithNone(law, sigmoid(logitOf(law.pNone) + logitOf(pShown) - logitOf(pCore)));
}
