import { existsSync } from "node:fs";
import { checkContract } from "./reproduce/contract.ts";
import { checkModels } from "./reproduce/models.ts";
import { checkProofs } from "./reproduce/proofs.ts";

/**
 * Published reference numbers and official protocol samples against our code, then the proofs over random bases in full.
 * Numbers and samples live outside the repository:
 * `PULSE_DATA` is a folder with `cdnow_sample.csv.gz`, `PULSE_CONTRACT` one with `bitrix24-examples.json` and
 * `amocrm-examples.json`. Ends with one line `N passed, N failed`.
 */
const dataFolder = process.env.PULSE_DATA;
const contractFolder = process.env.PULSE_CONTRACT;
if (!dataFolder || !contractFolder || !existsSync(dataFolder) || !existsSync(contractFolder)) {
  process.stdout.write("no data: set PULSE_DATA and PULSE_CONTRACT to folders\n");
  process.exit(2);
}

const outcomes = [
  ...(await checkModels(dataFolder)),
  ...(await checkContract(contractFolder)),
  ...(await checkProofs()),
];
for (const { name, ok, detail } of outcomes) {
  process.stdout.write(`${ok ? "ok  " : "FAIL"} ${name}: ${detail}\n`);
}
const failed = outcomes.filter((outcome) => !outcome.ok).length;
process.stdout.write(`${outcomes.length - failed} passed, ${failed} failed\n`);
process.exit(failed === 0 && outcomes.length > 0 ? 0 : 1);
