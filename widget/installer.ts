import { startPage } from "./page.ts";

/** The host shows its own next page after this; if it does not, the button lets a person try again. */
const PATIENCE_MS = 8_000;

async function finish(): Promise<void> {
  await window.pulseFrame?.finishInstall?.();
}

startPage();
const button = document.querySelector<HTMLButtonElement>("[data-finish]");
button?.addEventListener("click", () => void finish());
void finish();
setTimeout(() => {
  if (button) button.hidden = false;
}, PATIENCE_MS);
