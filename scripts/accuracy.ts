import { existsSync, writeFileSync } from "node:fs";
import { checkAccuracy, measureAccuracy } from "./reproduce/accuracy.ts";
import { accuracyPage } from "./reproduce/accuracy-page.ts";

/** Measures the forecasts on the public purchase logs in `PULSE_DATA` and writes docs/accuracy.md. */
const dataFolder = process.env.PULSE_DATA;
if (!dataFolder || !existsSync(dataFolder)) {
  process.stderr.write("no data: set PULSE_DATA to the folder of the purchase logs\n");
  process.exit(2);
}
const accuracy = measureAccuracy(dataFolder, (text) => process.stderr.write(`${text}\n`));
writeFileSync("docs/accuracy.md", accuracyPage(accuracy));
const failed = checkAccuracy(accuracy).filter(({ ok }) => !ok);
for (const { name, detail } of failed) process.stderr.write(`FAIL ${name}: ${detail}\n`);
process.exit(failed.length === 0 ? 0 : 1);
