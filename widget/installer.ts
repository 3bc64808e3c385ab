import { call } from "./api.ts";
import { startPage } from "./page.ts";
import { submit } from "./submit.ts";

/** What we need is registered within seconds; whatever takes longer goes on after the installation. */
const CHECK_EVERY_MS = 1_000;
const CHECKS = 20;
/** The host shows its own next page after this; if it does not, the button lets a person try again. */
const PATIENCE_MS = 8_000;
/** Nobody pressed it either: the app's page is opened without the host's help. */
const OWN_WAY_MS = 30_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The host opens the app as soon as it hears of the end, so everything is registered before it does. */
async function untilPrepared(): Promise<void> {
  for (let check = 0; check < CHECKS; check += 1) {
    const answer = await call("GET", "/api/installation");
    const state = answer.ok ? (answer.body as { isPrepared?: unknown }) : {};
    if (state.isPrepared === true) return;
    await pause(CHECK_EVERY_MS);
  }
}

async function finish(): Promise<void> {
  await window.pulseFrame?.finishInstall?.();
}

async function openApp(): Promise<void> {
  const app = await window.pulseFrame?.appForm?.();
  if (app) submit(app);
}

function show(selector: string): void {
  document.querySelector(selector)?.removeAttribute("hidden");
}

startPage();
document.querySelector("[data-finish]")?.addEventListener("click", () => void finish());
if (window.pulseFrame?.finishInstall) {
  void untilPrepared().then(() => {
    setTimeout(() => show("[data-finish]"), PATIENCE_MS);
    setTimeout(() => void openApp(), OWN_WAY_MS);
    return finish();
  });
} else {
  document.querySelector("[data-finishing]")?.setAttribute("hidden", "");
  show("[data-lost]");
}
