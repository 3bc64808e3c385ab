import { existsSync, readFileSync } from "node:fs";
import { checkAccuracy, measureAccuracy } from "./reproduce/accuracy.ts";
import { accuracyPage } from "./reproduce/accuracy-page.ts";
import { checkContract } from "./reproduce/contract.ts";
import { checkModels } from "./reproduce/models.ts";
import { checkProofs } from "./reproduce/proofs.ts";

/**
 * Published reference numbers, forecasts on the past of public purchase logs and official protocol samples against our code,
 * then the proofs over random bases. Numbers and samples live outside the repository:
 * `PULSE_DATA` is a folder with the public purchase logs, `PULSE_CONTRACT` one with `bitrix24-examples.json` and
 * `amocrm-examples.json`. Ends with one line `N passed, N failed`.
 */
const PAGE = new URL("../docs/accuracy.md", import.meta.url);
const dataFolder = process.env.PULSE_DATA;
const contractFolder = process.env.PULSE_CONTRACT;
if (!dataFolder || !contractFolder || !existsSync(dataFolder) || !existsSync(contractFolder)) {
  process.stdout.write("no data: set PULSE_DATA and PULSE_CONTRACT to folders\n");
  process.exit(2);
}

const accuracy = measureAccuracy(dataFolder, (text) => process.stderr.write(`${text}\n`));
const page = accuracyPage(accuracy);
const outcomes = [
  ...(await checkModels(dataFolder)),
  ...checkAccuracy(accuracy),
  {
    name: "docs/accuracy.md says what is measured",
    ok: readFileSync(PAGE, "utf8") === page,
    detail: "npm run accuracy writes it",
  },
  ...(await checkContract(contractFolder)),
  ...(await checkProofs()),
];
for (const { name, ok, detail } of outcomes) {
  process.stdout.write(`${ok ? "ok  " : "FAIL"} ${name}: ${detail}\n`);
}
const failed = outcomes.filter((outcome) => !outcome.ok).length;
process.stdout.write(`${outcomes.length - failed} passed, ${failed} failed\n`);
process.exit(failed === 0 && outcomes.length > 0 ? 0 : 1);
