import { startPage } from "./page.ts";
import { submit } from "./submit.ts";

/** Asks the frame for fresh auth and opens the same address again with it, as the host itself would have done. */
async function reopen(): Promise<boolean> {
  const reopening = await window.pulseFrame?.reopenForm?.();
  if (!reopening) return false;
  submit(reopening);
  return true;
}

function lost(): void {
  document.querySelector("[data-shell-busy]")?.setAttribute("hidden", "");
  document.querySelector("[data-shell-lost]")?.removeAttribute("hidden");
}

startPage();
reopen().then(
  (isOpening) => {
    if (!isOpening) lost();
  },
  () => lost(),
);
