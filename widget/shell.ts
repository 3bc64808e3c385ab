import { startPage } from "./page.ts";

/** Asks the frame for fresh auth and opens the same address again with it, as the host itself would have done. */
async function reopen(): Promise<boolean> {
  const reopening = await window.pulseFrame?.reopenForm?.();
  if (!reopening) return false;
  const form = document.createElement("form");
  form.method = "post";
  form.action = reopening.action;
  form.hidden = true;
  for (const [name, value] of Object.entries(reopening.fields)) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
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
