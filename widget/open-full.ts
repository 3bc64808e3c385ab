import { toRecord } from "./frame.ts";

/** Buttons that open the whole page of a record, and the one that closes such a page; hidden where the host cannot. */
export function openFullPages(root: ParentNode): void {
  const { openFull, close } = window.pulseFrame ?? {};
  const main = document.querySelector("main");
  for (const button of root.querySelectorAll<HTMLButtonElement>("[data-open-full]")) {
    const { entity, entityId } = button.dataset;
    const record =
      toRecord(entity, entityId) ?? toRecord(main?.dataset.entity, main?.dataset.entityId);
    if (!openFull || !record) continue;
    button.hidden = false;
    button.addEventListener("click", () => openFull(record));
  }
  for (const button of root.querySelectorAll<HTMLButtonElement>("[data-close]")) {
    if (!close) continue;
    button.hidden = false;
    button.addEventListener("click", () => close());
  }
}
