import { call } from "./api.ts";
import { fillNames, openInCrm } from "./names.ts";
import { openFullPages } from "./open-full.ts";
import { reload, startPage, startPart } from "./page.ts";
import { switchClients } from "./switch-client.ts";

const SYNC_LOOK_MS = 15_000;

startPage();
openInCrm(document);
startCard();
switchClients(() => {
  startPart();
  startCard();
});
waitForSync();

/** What belongs to the card that is shown, each time another one is. */
function startCard(): void {
  rememberOpen();
  openFullPages(document);
  void fillNames(document);
}

/** A person who opened "why" once wants it open in the next card too. */
function rememberOpen(): void {
  for (const details of document.querySelectorAll<HTMLDetailsElement>("details[data-remember]")) {
    const key = `pulse-open-${details.dataset.remember ?? ""}`;
    try {
      details.open = localStorage.getItem(key) === "1";
      details.addEventListener("toggle", () => localStorage.setItem(key, details.open ? "1" : "0"));
    } catch {
      // Storage refused: the part simply starts closed.
    }
  }
}

/** While the first sync runs, look for a finished card; the page itself is made by the server. */
function waitForSync(): void {
  const main = document.querySelector<HTMLElement>("main[data-state=installing][data-entity]");
  if (!main) return;
  const { entity = "", entityId = "" } = main.dataset;
  const path = `/api/card?${new URLSearchParams({ entity, id: entityId }).toString()}`;
  const look = async (): Promise<void> => {
    const answer = document.hidden ? null : await call("GET", path);
    const card = answer?.ok ? (answer.body as { readonly state?: unknown }) : null;
    if (card && card.state !== "installing") reload();
    else if (!answer || answer.ok || answer.status !== 401) schedule();
  };
  const schedule = (): void => {
    setTimeout(() => void look(), SYNC_LOOK_MS);
  };
  schedule();
}
