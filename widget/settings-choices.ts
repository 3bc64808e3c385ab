import type { SettingsDocument, SettingsDraft, SettingsPreview } from "../src/crm/settings.ts";
import { fill } from "../src/pages/texts/fill.ts";
import { call } from "./api.ts";
import { choicesForm, readChoices } from "./choices-form.ts";
import { el } from "./dom.ts";
import { reload } from "./page.ts";
import { failureText, follow, loadPart, momentText, type SettingPart } from "./setting-part.ts";
import { totalsTable } from "./settings-totals.ts";

const PATH = "/api/settings";

/** What counts as a purchase: a form, what it would change, and the versions before. Nothing is saved without the preview. */
export function showChoices(part: SettingPart): void {
  void loadPart(part, PATH, (body) => showForm(part, body as SettingsDocument, null));
}

/** `draft` = what the form begins with instead of what holds. */
function showForm(part: SettingPart, known: SettingsDocument, draft: SettingsDraft | null): void {
  const words = part.words.choices;
  const form = choicesForm(part, known, draft ?? known);
  const preview = el("div", { "aria-live": "polite" });
  form.append(
    el("div", { class: "buttons" }, el("button", { type: "submit" }, words.preview)),
    preview,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void showPreview(part, known, form, preview);
  });
  // What is shown would no longer be what is saved.
  form.addEventListener("input", () => {
    preview.replaceChildren();
    part.status.textContent = "";
  });
  part.place.replaceChildren(form, history(part, known));
  if (known.isCounting) void waitForFigures(part);
}

async function showPreview(
  part: SettingPart,
  known: SettingsDocument,
  form: HTMLFormElement,
  place: HTMLElement,
): Promise<void> {
  const words = part.words.choices;
  const { status } = part;
  const read = readChoices(form, known);
  if (read.flaw !== null) {
    status.textContent = words[read.flaw];
    return;
  }
  const { draft } = read;
  if (isSame(draft, known)) {
    status.textContent = words.nothingChanged;
    return;
  }
  status.textContent = words.counting;
  const answer = await call("POST", `${PATH}/preview`, draft);
  status.textContent = answer.ok ? "" : failureText(answer, part.texts);
  if (!answer.ok) return;
  const save = el("button", { type: "button", class: "primary" }, words.save);
  const cancel = el("button", { type: "button" }, part.words.cancel);
  save.addEventListener("click", () => {
    save.setAttribute("disabled", "");
    void store(part, known, draft).finally(() => save.removeAttribute("disabled"));
  });
  cancel.addEventListener("click", () => {
    status.textContent = "";
    showForm(part, known, null);
    part.place.querySelector<HTMLElement>("select, input")?.focus();
  });
  place.replaceChildren(
    totalsTable(part, answer.body as SettingsPreview),
    el("div", { class: "buttons" }, cancel, save),
  );
}

async function store(
  part: SettingPart,
  known: SettingsDocument,
  draft: SettingsDraft,
): Promise<void> {
  const { status, words } = part;
  status.textContent = words.saving;
  const answer = await call("PUT", PATH, { version: known.version, ...draft });
  if (answer.ok) {
    showForm(part, { ...(answer.body as SettingsDocument), isCounting: false }, null);
    await waitForFigures(part);
  } else if (answer.status === 409) {
    await loadPart(part, PATH, (body) => showForm(part, body as SettingsDocument, null));
    status.textContent = words.conflict;
  } else status.textContent = failureText(answer, part.texts);
}

/** The page comes anew when its figures are those of the new settings. */
async function waitForFigures({ status, words }: SettingPart): Promise<void> {
  status.textContent = `${words.choices.saved} ${words.choices.recounting}`;
  await follow(PATH, (body) => (body as SettingsDocument).isCounting);
  reload();
}

/** Every earlier version can be put into the form again: the same preview stands before the saving. */
function history(part: SettingPart, known: SettingsDocument): HTMLElement {
  const words = part.words.choices;
  const [, ...earlier] = known.history;
  const restore = (draft: SettingsDraft, line: string): HTMLElement => {
    const button = el("button", { type: "button" }, words.restore);
    button.addEventListener("click", () => {
      showForm(part, known, draft);
      part.status.textContent = line;
      part.place.querySelector("form")?.requestSubmit();
    });
    return button;
  };
  const rows = earlier.map(({ version, at, by, changed, choices }) => {
    const names: Readonly<Record<string, string>> = words.names;
    const line = fill(words.version, {
      n: version,
      at: momentText(at, part.locale),
      person: by,
      changed: changed.map((name) => names[name] ?? name).join(", "),
    });
    return el("li", {}, line, " ", restore(choices, fill(words.restoring, { n: version })));
  });
  const isTouched = known.history.length > 0;
  const first = isTouched
    ? el("li", {}, words.initial, " ", restore(known.initial, words.restoringInitial))
    : el("li", { class: "quiet" }, words.noHistory);
  return el(
    "details",
    { class: "history" },
    el("summary", {}, words.history),
    el("ul", {}, ...rows, first),
  );
}

function isSame(draft: SettingsDraft, known: SettingsDraft): boolean {
  return textOf(draft) === textOf(known);
}

function textOf({ moneySource, pipelines, clientRule, countsZeroSums, rates }: SettingsDraft) {
  const prices = rates.map(({ currency, perUnit }) => `${currency} ${perUnit}`).toSorted();
  const chosen = pipelines?.toSorted() ?? null;
  return JSON.stringify([moneySource, chosen, clientRule, countsZeroSums, prices]);
}
