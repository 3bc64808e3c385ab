import { call } from "./api.ts";

/** Shows the card of another client of this record. `shown`: the page has a new part, which wants its handlers. */
export function switchClients(shown: () => void): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element | null)?.closest<HTMLButtonElement>("[data-switch]");
    if (!button || button.getAttribute("aria-pressed") === "true") return;
    void show(button).then((isShown) => {
      if (isShown) shown();
    });
  });
}

async function show(button: HTMLButtonElement): Promise<boolean> {
  const main = document.querySelector<HTMLElement>("main[data-entity]");
  const key = button.dataset.switch ?? "";
  if (!main || main.getAttribute("aria-busy") === "true") return false;
  main.setAttribute("aria-busy", "true");
  const { entity = "", entityId = "", size = "column" } = main.dataset;
  const query = new URLSearchParams({ entity, id: entityId, client: key, size });
  const answer = await call("GET", `/api/card/view?${query.toString()}`);
  main.removeAttribute("aria-busy");
  const { html, card } = (answer.ok ? answer.body : {}) as { html?: unknown; card?: unknown };
  if (typeof html !== "string") {
    tell(button, !answer.ok && answer.status === 403 ? "switchRefused" : "switchFailed");
    return false;
  }
  const part = new DOMParser().parseFromString(html, "text/html").querySelector("main");
  if (!part) return false;
  main.replaceWith(part);
  const block = document.getElementById("pulse-card");
  if (block) block.textContent = JSON.stringify(card);
  // The one that was pressed is another element now: whoever uses the keyboard goes on from it.
  part.querySelector<HTMLElement>(`[data-switch="${CSS.escape(key)}"]`)?.focus();
  return true;
}

function tell(button: HTMLElement, text: "switchRefused" | "switchFailed"): void {
  const place = button.parentElement?.querySelector<HTMLElement>("[data-switch-refused]");
  if (!place) return;
  place.textContent = (place.dataset[text] ?? "").replace("{client}", button.innerText.trim());
  place.hidden = false;
}
