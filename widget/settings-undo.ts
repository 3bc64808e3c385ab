import type { RunList } from "../src/crm/writing.ts";
import { fill } from "../src/pages/texts/fill.ts";
import { lookUp } from "../src/pages/texts/params.ts";
import { call } from "./api.ts";
import { el } from "./dom.ts";
import {
  failureText,
  follow,
  kindsText,
  loadPart,
  momentText,
  type SettingPart,
} from "./setting-part.ts";

type Run = RunList["runs"][number];

const PATH = "/api/runs";

/** Approved lists and their undo: first what would happen, then a yes, then what has happened. */
export function showUndo(part: SettingPart): void {
  void loadPart(part, PATH, (body) => fillList(part, body as RunList));
}

function fillList(part: SettingPart, { runs }: RunList): void {
  if (runs.length === 0) {
    part.place.replaceChildren(el("p", { class: "empty" }, part.words.undo.empty));
    return;
  }
  part.place.replaceChildren(
    el("ul", { class: "written" }, ...runs.map((run) => runRow(part, run))),
  );
}

function runRow(part: SettingPart, run: Run): HTMLElement {
  const { format } = part;
  const words = part.words.undo;
  const title = fill(words.run, {
    playbook: lookUp(words.playbooks, run.playbook) ?? run.playbook,
    at: momentText(run.approvedAt, part.locale),
    person: run.approvedBy ?? "–",
  });
  const facts = [
    run.written.length === 0
      ? words.nothingWritten
      : fill(words.written, { list: kindsText(run.written, part) }),
    run.waiting > 0 ? fill(words.waiting, { n: format.int(run.waiting) }) : "",
    run.failed > 0 ? fill(words.failed, { n: format.int(run.failed) }) : "",
  ];
  return el(
    "li",
    { "data-run": run.runId },
    el("b", { id: `run-${run.runId}` }, title),
    el("span", { class: "line quiet" }, facts.filter(Boolean).join(", ")),
    run.undo.planned > 0
      ? el("span", { class: "line", role: "status" }, resultText(part, run.undo))
      : null,
    way(part, run),
  );
}

function resultText({ words, format }: SettingPart, undo: Run["undo"]): string {
  if (undo.waiting > 0) return fill(words.undo.running, { n: format.int(undo.waiting) });
  const { removed, kept, gone, failed } = undo;
  const counts = { removed, kept, gone, failed };
  return fill(
    words.undo.result,
    Object.fromEntries(Object.entries(counts).map(([name, n]) => [name, format.int(n)])),
  );
}

/** The button that opens the preview of an undo, or why there is none. */
function way(part: SettingPart, run: Run): HTMLElement | null {
  const words = part.words.undo;
  if (run.undoable.length === 0 && run.waiting === 0) {
    return run.undo.waiting > 0 ? null : el("span", { class: "line quiet" }, words.nothing);
  }
  const start = el("button", {
    type: "button",
    "aria-describedby": `run-${run.runId}`,
    "aria-expanded": "false",
  });
  start.textContent = words.start;
  const box = el("div", {});
  const close = (): void => {
    box.replaceChildren();
    start.setAttribute("aria-expanded", "false");
    start.focus();
  };
  start.addEventListener("click", () => {
    if (box.hasChildNodes()) close();
    else {
      start.setAttribute("aria-expanded", "true");
      box.replaceChildren(question(part, run, close));
      box.querySelector("button")?.focus();
    }
  });
  return el("div", { class: "way" }, start, box);
}

function question(part: SettingPart, run: Run, close: () => void): HTMLElement {
  const { words, format } = part;
  const { undo } = words;
  const keep = el("button", { type: "button" }, undo.keep);
  const confirm = el("button", { type: "button", class: "primary" }, undo.confirm);
  const lines = [
    run.undoable.length > 0 ? fill(undo.removes, { list: kindsText(run.undoable, part) }) : "",
    run.waiting > 0 ? fill(undo.callsOff, { n: format.int(run.waiting) }) : "",
    run.lasting.length > 0 ? fill(undo.lasting, { list: kindsText(run.lasting, part) }) : "",
    undo.theirs,
  ];
  const box = el(
    "div",
    { class: "question", role: "group", "aria-label": undo.question },
    el("b", {}, undo.question),
    ...lines.filter(Boolean).map((line) => el("p", {}, line)),
    el("div", { class: "buttons" }, keep, confirm),
  );
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  keep.addEventListener("click", close);
  confirm.addEventListener("click", () => {
    confirm.setAttribute("disabled", "");
    void undoRun(part, run, box).finally(() => confirm.removeAttribute("disabled"));
  });
  return box;
}

async function undoRun(part: SettingPart, run: Run, box: HTMLElement): Promise<void> {
  const answer = await call("POST", `${PATH}/${encodeURIComponent(run.runId)}/undo`);
  if (!answer.ok) {
    box.querySelector(".error")?.remove();
    box.append(el("p", { class: "error", role: "alert" }, failureText(answer, part.texts)));
    return;
  }
  await again(part, run.runId);
  await follow(PATH, (body) => {
    const list = body as RunList;
    fillList(part, list);
    return list.runs.some(({ undo }) => undo.waiting > 0);
  });
}

/** Shows the list anew with the person where they were. */
async function again(part: SettingPart, runId: string): Promise<void> {
  await loadPart(part, PATH, (body) => fillList(part, body as RunList));
  const row = part.place.querySelector<HTMLElement>(`[data-run="${CSS.escape(runId)}"]`);
  row?.setAttribute("tabindex", "-1");
  row?.focus();
}
