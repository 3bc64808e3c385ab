import { fill } from "../src/pages/texts/fill.ts";
import type { Format, Locale } from "../src/pages/texts/format.ts";
import type { SettingsTexts } from "../src/pages/texts/island-settings.ts";
import type { IslandTexts } from "../src/pages/texts/texts.ts";
import { type ApiAnswer, call } from "./api.ts";
import { el } from "./dom.ts";

/** One part of the settings on the page and what it speaks with. */
export interface SettingPart {
  readonly place: HTMLElement;
  readonly status: HTMLElement;
  readonly texts: IslandTexts;
  readonly words: SettingsTexts;
  readonly format: Format;
  readonly locale: Locale;
}

/** Reads a document into the part; a failure is said with a button that tries again. */
export async function loadPart(
  part: SettingPart,
  path: string,
  show: (body: unknown) => void,
): Promise<void> {
  part.status.textContent = part.words.loading;
  const answer = await call("GET", path);
  part.status.textContent = "";
  if (answer.ok) {
    show(answer.body);
    return;
  }
  const again = el("button", { type: "button" }, part.words.again);
  again.addEventListener("click", () => void loadPart(part, path, show));
  const line = el("p", { class: "error", role: "alert" }, failureText(answer, part.texts));
  part.place.replaceChildren(line, again);
}

export function failureText(answer: ApiAnswer, texts: IslandTexts): string {
  const status = answer.ok ? 200 : answer.status;
  return status === 401 ? texts.sessionLost : status === 403 ? texts.forbidden : texts.failed;
}

/** Day and time of day as the viewer's own clock says. */
export function momentText(iso: string, locale: Locale): string {
  const options = { dateStyle: "medium", timeStyle: "short" } as const;
  return new Intl.DateTimeFormat(locale === "ru" ? "ru-RU" : "en-GB", options).format(
    Date.parse(iso),
  );
}

/** `marks 4, tasks 3`. */
export function kindsText(
  counts: readonly { readonly kind: string; readonly count: number }[],
  { words, format }: Pick<SettingPart, "words" | "format">,
): string {
  const names: Readonly<Record<string, string>> = words.undo.kinds;
  return counts
    .map(({ kind, count }) => fill(names[kind] ?? "{n}", { n: format.int(count) }))
    .join(", ");
}

const LOOK_AGAIN_MS = 3_000;
const MOST_LOOKS = 200;

/** Asks again every few seconds while `isBusy` says so and the part is on the page. */
export async function follow(path: string, isBusy: (body: unknown) => boolean): Promise<void> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    const answer = await call("GET", path);
    if (!answer.ok || !isBusy(answer.body)) return;
  }
}

/** A labelled choice: the input stands before its name, an explanation under it. */
export function choiceLine(
  input: HTMLElement,
  name: string,
  note: string | null = null,
): HTMLElement {
  return el(
    "label",
    { class: "choice" },
    input,
    el("span", {}, name, note === null ? null : el("span", { class: "line quiet" }, note)),
  );
}

export function inputOf(attributes: Readonly<Record<string, string>>): HTMLInputElement {
  return el("input", attributes) as HTMLInputElement;
}
