import { makeFormat } from "../src/pages/texts/format.ts";
import { islandTexts } from "../src/pages/texts/island.ts";
import { startClientLists } from "./client-list.ts";
import { startDryRuns } from "./dry-run.ts";
import { startGoals } from "./goals.ts";
import { fillNames, openInCrm } from "./names.ts";
import { openFullPages } from "./open-full.ts";
import { pageLocale, startPage } from "./page.ts";
import { startRules } from "./rules.ts";
import { startSettings } from "./settings.ts";
import { startSpend } from "./spend.ts";
import { followSync } from "./sync-progress.ts";

const locale = pageLocale();
const main = document.querySelector("main");
const format = makeFormat(
  locale,
  main?.dataset.currency ?? "",
  main?.dataset.asOf ?? new Date().toISOString(),
);
const texts = islandTexts(locale);

startPage();
openInCrm(document);
openFullPages(document);
void fillNames(document);
followSync(texts, format);
startDryRuns(texts, format, locale);
startGoals(texts);
startSpend(texts, format);
startSettings(texts, format, locale);
startRules(texts, format, locale);
startClientLists(texts, format);
