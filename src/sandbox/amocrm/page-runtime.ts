import { RUNTIME_CARD } from "./page-runtime-card.ts";
import { RUNTIME_DOM } from "./page-runtime-dom.ts";
import { RUNTIME_WIDGET } from "./page-runtime-widget.ts";

/** The script of the CRM page: what a widget's `script.js` finds around it in a browser. */
export const PAGE_RUNTIME = `"use strict";\n(() => {\n${RUNTIME_DOM}\n${RUNTIME_WIDGET}\n${RUNTIME_CARD}\n})();\n`;
