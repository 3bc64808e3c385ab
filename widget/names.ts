import type { ClientKey } from "./frame.ts";

/** The most rows whose names may be shown at once. */
const MOST_NAMES = 100;

/** Puts the names that the viewer may read in place of ids. Without a way to read them, ids stay. */
export async function fillNames(root: ParentNode): Promise<void> {
  const places = [...root.querySelectorAll<HTMLElement>("[data-client]")].slice(0, MOST_NAMES);
  const keys = [...new Set(places.map((place) => place.dataset.client ?? ""))];
  const clients = keys.flatMap((key): ClientKey[] => {
    const [kind, id] = key.split(":");
    return (kind === "company" || kind === "contact") && id ? [{ kind, id }] : [];
  });
  if (clients.length === 0) return;
  const names = await window.pulseFrame?.names?.(clients).catch(() => null);
  if (!names) return;
  for (const place of places) {
    const name = names.get(place.dataset.client ?? "");
    if (!name) continue;
    place.title = place.textContent ?? "";
    place.textContent = name;
  }
}

/** Links to the CRM open beside this page where the host can do that. */
export function openInCrm(root: ParentNode & EventTarget): void {
  root.addEventListener("click", (event) => {
    const link = (event.target as Element | null)?.closest<HTMLAnchorElement>(
      "a[data-client], a[data-crm]",
    );
    const open = window.pulseFrame?.open;
    if (!link || !open) return;
    event.preventDefault();
    open(new URL(link.href)).then(
      (isOpen) => {
        if (!isOpen) window.open(link.href, "_blank", "noopener");
      },
      () => window.open(link.href, "_blank", "noopener"),
    );
  });
}
