import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { drawLogo } from "./amocrm-logo.ts";

/** Side of the Market's icon; between 250 and 650 pixels are allowed. */
export const ICON_PX = 512;

/** `node scripts/bitrix24-icon.ts OUT.png` writes the icon of the Market's listing. */
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const out = process.argv[2];
  if (out === undefined) {
    console.error("usage: node scripts/bitrix24-icon.ts OUT.png");
    process.exit(2);
  }
  writeFileSync(out, drawLogo(ICON_PX, ICON_PX));
  console.log(`${out}: ${ICON_PX} x ${ICON_PX}`);
}
