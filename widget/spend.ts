import { readSpendText, type SpendLineFlaw } from "../src/analytics/spend-text.ts";
import type { SpendRefusal, SpendTable } from "../src/crm/spend.ts";
import { fill } from "../src/pages/texts/fill.ts";
import type { Format } from "../src/pages/texts/format.ts";
import { type SpendIslandTexts, spendIslandTexts } from "../src/pages/texts/island-spend.ts";
import type { IslandTexts } from "../src/pages/texts/texts.ts";
import { type ApiAnswer, call } from "./api.ts";
import { el } from "./dom.ts";
import { reload } from "./page.ts";
import { fieldOf, fillRow, markFlaws, readRows, sameRow } from "./spend-rows.ts";

const FLAWS_SHOWN = 10;

/** Everything of the panel that is used again and again. */
interface Editor {
  readonly texts: IslandTexts;
  readonly words: SpendIslandTexts;
  readonly format: Format;
  readonly currency: string;
  readonly form: HTMLFormElement;
  readonly body: HTMLElement;
  readonly template: HTMLTemplateElement;
  readonly status: HTMLElement;
  readonly errors: HTMLElement;
  version: number;
}

/** The spend table and the average margin; the page that comes after a change shows the figures made of them. */
export function startSpend(texts: IslandTexts, format: Format): void {
  const panel = document.querySelector<HTMLElement>("[data-spend]");
  if (!panel) return;
  startMargin(panel, texts);
  const find = <Part extends HTMLElement>(name: string) => panel.querySelector<Part>(`[${name}]`);
  const edit = find<HTMLDetailsElement>("data-spend-edit");
  const form = find<HTMLFormElement>("data-spend-form");
  const body = find("data-spend-rows");
  const template = find<HTMLTemplateElement>("data-spend-row");
  const status = find("data-spend-status");
  const errors = find("data-spend-errors");
  if (!(edit && form && body && template && status && errors)) return;
  const words = spendIslandTexts(format.locale);
  const currency = panel.dataset.spend ?? "";
  const editor = { texts, words, format, currency, form, body, template, status, errors };
  const opened: Editor = { ...editor, version: 0 };
  edit.addEventListener("toggle", () => {
    if (edit.open && form.hidden) void load(opened);
  });
  find("data-spend-add")?.addEventListener("click", () => {
    const row = addRow(opened);
    const month = fieldOf(row, "month");
    if (month) month.value = document.querySelector("main")?.dataset.asOf?.slice(0, 7) ?? "";
    month?.focus();
  });
  find("data-spend-take")?.addEventListener("click", () => takePasted(opened));
  body.addEventListener("input", () => changed(opened));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void save(opened);
  });
}

async function load(editor: Editor): Promise<void> {
  const { status, words, form, body, currency, format } = editor;
  status.textContent = words.loading;
  const answer = await call("GET", "/api/spend");
  status.textContent = answer.ok ? "" : failure(answer, editor.texts);
  if (!(answer.ok && form.hidden)) return;
  const table = answer.body as SpendTable;
  editor.version = table.version;
  body.replaceChildren();
  const mark = format.locale === "ru" ? "," : ".";
  for (const row of table.rows) fillRow(addRow(editor), row, currency, mark);
  if (table.rows.length === 0) addRow(editor);
  form.hidden = false;
}

function addRow(editor: Editor): HTMLElement {
  const { template, body, words } = editor;
  const parts = template.content.cloneNode(true) as DocumentFragment;
  const row = parts.querySelector<HTMLElement>("tr") ?? el("tr");
  const remove = row.querySelector<HTMLButtonElement>("[data-spend-remove]");
  remove?.addEventListener("focus", () => {
    const month = fieldOf(row, "month")?.value ?? "";
    const channel = fieldOf(row, "channel")?.value ?? "";
    remove.setAttribute("aria-label", fill(words.removeRow, { month, channel }));
  });
  remove?.addEventListener("click", () => {
    const next = (row.nextElementSibling ?? row.previousElementSibling) as HTMLElement | null;
    row.remove();
    changed(editor);
    const target = next ? fieldOf(next, "channel") : null;
    (target ?? editor.form.querySelector<HTMLElement>("[data-spend-add]"))?.focus();
  });
  body.append(row);
  return row;
}

function changed(editor: Editor): void {
  editor.status.textContent = editor.words.unsaved;
  showFlaws(editor, []);
  for (const field of editor.body.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
  }
}

/** Pasted lines join the table: a month, channel and kind that is there already takes the new amount. */
function takePasted(editor: Editor): void {
  const { form, body, currency, format, words } = editor;
  const area = form.querySelector<HTMLTextAreaElement>("textarea");
  if (!area) return;
  const { rows, flaws } = readSpendText(area.value, currency);
  if (flaws.length > 0) {
    showFlaws(editor, flaws);
    area.focus();
    return;
  }
  const mark = format.locale === "ru" ? "," : ".";
  let replaced = 0;
  for (const row of rows) {
    const same = sameRow(body, row);
    if (same) replaced += 1;
    fillRow(same ?? addRow(editor), row, currency, mark);
  }
  area.value = "";
  changed(editor);
  editor.status.textContent = fill(words.taken, {
    added: format.int(rows.length - replaced),
    replaced: format.int(replaced),
  });
}

async function save(editor: Editor): Promise<void> {
  const { body, currency, status, words, form } = editor;
  changed(editor);
  const { rows, flaws } = readRows(body, currency);
  if (flaws.length > 0) {
    showFlaws(editor, flaws);
    markFlaws(body, flaws);
    return;
  }
  const button = form.querySelector<HTMLButtonElement>("[type=submit]");
  if (button) button.disabled = true;
  status.textContent = words.saving;
  const answer = await call("PUT", "/api/spend", { version: editor.version, rows });
  if (button) button.disabled = false;
  if (answer.ok) {
    status.textContent = words.saved;
    reload();
    return;
  }
  status.textContent = answer.status === 409 ? words.conflict : failure(answer, editor.texts);
  const problems = (answer.body as Partial<SpendRefusal> | null)?.problems;
  if (problems) showFlaws(editor, problems);
}

function showFlaws({ errors, words, format }: Editor, flaws: readonly SpendLineFlaw[]): void {
  const lines = flaws
    .slice(0, FLAWS_SHOWN)
    .map(({ line, reason }) =>
      fill(words.flaw, { line: format.int(line), reason: words.flaws[reason] }),
    );
  const rest = flaws.length - lines.length;
  if (rest > 0) lines.push(fill(words.moreFlaws, { n: format.int(rest) }));
  errors.replaceChildren(el("ul", {}, ...lines.map((line) => el("li", {}, line))));
  errors.hidden = lines.length === 0;
}

function startMargin(panel: HTMLElement, texts: IslandTexts): void {
  const form = panel.querySelector<HTMLFormElement>("[data-margin-form]");
  const problem = panel.querySelector<HTMLElement>("[data-margin-error]");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = String(new FormData(form).get("percent") ?? "").trim();
    const percent = typed === "" ? null : Number(typed);
    void call("PUT", "/api/margin", { percent }).then((answer) => {
      if (answer.ok) reload();
      else if (problem) {
        problem.textContent = failure(answer, texts);
        problem.hidden = false;
      }
    });
  });
}

function failure(answer: ApiAnswer, texts: IslandTexts): string {
  const status = answer.ok ? 200 : answer.status;
  return status === 401 ? texts.sessionLost : status === 403 ? texts.forbidden : texts.failed;
}
