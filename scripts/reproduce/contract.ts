import { readFileSync } from "node:fs";
import { checkAmocrm } from "./contract/amocrm.ts";
import type { AmocrmSample } from "./contract/amocrm-sample.ts";
import { checkBitrix24 } from "./contract/bitrix24.ts";
import type { Bitrix24Sample } from "./contract/bitrix24-sample.ts";
import type { Check } from "./models.ts";

/**
 * Official protocol samples against our adapters and sandboxes. The folder holds `bitrix24-examples.json` and
 * `amocrm-examples.json`; nothing of them is kept here.
 */
export async function checkContract(contractFolder: string): Promise<Check[]> {
  const bitrix24 = readSamples<Bitrix24Sample>(`${contractFolder}/bitrix24-examples.json`);
  const amocrm = readSamples<AmocrmSample>(`${contractFolder}/amocrm-examples.json`);
  return [...(await checkBitrix24(bitrix24)), ...(await checkAmocrm(amocrm))];
}

function readSamples<Sample>(file: string): readonly Sample[] {
  return JSON.parse(readFileSync(file, "utf8")) as readonly Sample[];
}
