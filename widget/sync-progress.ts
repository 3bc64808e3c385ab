import type { SyncProgress } from "../src/crm/overview.ts";
import { fill } from "../src/pages/texts/fill.ts";
import type { Format } from "../src/pages/texts/format.ts";
import { lookUp } from "../src/pages/texts/params.ts";
import type { IslandTexts } from "../src/pages/texts/texts.ts";
import { call } from "./api.ts";
import { el } from "./dom.ts";
import { reload } from "./page.ts";

const LOOK_EVERY_MS = 2_000;
const AFTER_FAILURE_MS = 10_000;

/** Keeps the numbers of the first sync moving; opens the finished page when it is over. */
export function followSync(texts: IslandTexts, format: Format): void {
  const panel = document.querySelector<HTMLElement>("[data-sync]");
  if (!panel) return;
  const look = async (): Promise<void> => {
    if (document.hidden) return schedule(LOOK_EVERY_MS);
    const answer = await call("GET", "/api/sync");
    if (!answer.ok) {
      if (answer.status !== 401 && answer.status !== 403) schedule(AFTER_FAILURE_MS);
      return;
    }
    const progress = answer.body as SyncProgress;
    show(panel, progress, texts, format);
    if (progress.phase === "done") reload();
    else schedule(LOOK_EVERY_MS);
  };
  const schedule = (ms: number): void => {
    setTimeout(() => void look(), ms);
  };
  schedule(LOOK_EVERY_MS);
}

function show(panel: HTMLElement, sync: SyncProgress, texts: IslandTexts, format: Format): void {
  const summary = panel.querySelector("[data-sync-summary]");
  const line = [
    texts.phase[sync.phase],
    sync.recordsPerSecond === null
      ? ""
      : fill(texts.rate, { n: format.int(sync.recordsPerSecond) }),
    sync.secondsLeft === null ? "" : fill(texts.left, { time: format.duration(sync.secondsLeft) }),
  ]
    .filter(Boolean)
    .join(", ");
  if (summary && summary.textContent !== line) summary.textContent = line;
  panel.querySelector("ul")?.replaceChildren(
    ...sync.entities.map((row) => {
      const label = lookUp(texts.entities, row.entity) ?? texts.entityFallback;
      const total = row.total ?? (row.isComplete ? row.done : null);
      const done = format.int(row.done);
      const bar = el("progress", {
        "aria-label": label,
        ...(total === null
          ? {}
          : {
              max: String(Math.max(1, total)),
              value: String(row.isComplete ? Math.max(1, total) : row.done),
            }),
      });
      return el(
        "li",
        {},
        el("span", {}, label),
        bar,
        el(
          "span",
          { class: "num" },
          total === null ? done : fill(texts.of, { done, total: format.int(total) }),
        ),
      );
    }),
  );
}
