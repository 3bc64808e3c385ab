import type { Format, Locale } from "../src/pages/texts/format.ts";
import { settingsTexts } from "../src/pages/texts/island-settings.ts";
import type { IslandTexts } from "../src/pages/texts/texts.ts";
import type { SettingPart } from "./setting-part.ts";
import { showChoices } from "./settings-choices.ts";
import { showRate } from "./settings-rate.ts";
import { showUndo } from "./settings-undo.ts";
import { showWriting } from "./settings-writing.ts";

const PARTS: Readonly<Record<string, (part: SettingPart) => void>> = {
  choices: showChoices,
  undo: showUndo,
  writing: showWriting,
  rate: showRate,
};

/** Each part of the settings is read when it is first opened. */
export function startSettings(texts: IslandTexts, format: Format, locale: Locale): void {
  const words = settingsTexts(locale);
  for (const details of document.querySelectorAll<HTMLDetailsElement>("[data-setting]")) {
    const place = details.querySelector<HTMLElement>("[data-setting-place]");
    const status = details.querySelector<HTMLElement>("[data-setting-status]");
    const show = PARTS[details.dataset.setting ?? ""];
    if (!(place && status && show)) continue;
    let isShown = false;
    details.addEventListener("toggle", () => {
      if (!details.open || isShown) return;
      isShown = true;
      show({ place, status, texts, words, format, locale });
    });
  }
}
