import type { WritingChoice, WritingDocument } from "../src/crm/writing.ts";
import type { WritingSwitch } from "../src/pages/texts/island-settings.ts";
import { call } from "./api.ts";
import { el } from "./dom.ts";
import { choiceLine, failureText, inputOf, loadPart, type SettingPart } from "./setting-part.ts";

const SWITCHES: readonly WritingSwitch[] = ["note", "fields", "flag", "notice", "automation"];
const TARGET = /^[\w.-]{1,64}$/;

/** What a playbook's list may hold besides mark and task; what this CRM does not offer is shown and locked. */
export function showWriting(part: SettingPart): void {
  void loadPart(part, "/api/writing", (body) => fillForm(part, body as WritingDocument));
}

function fillForm(part: SettingPart, { choice, offered, needsTarget }: WritingDocument): void {
  const words = part.words.writing;
  const radios = (["call", "task"] as const).map((kind) => {
    const input = inputOf({ type: "radio", name: "task", value: kind });
    input.checked = choice.task === kind;
    return choiceLine(input, words.tasks[kind]);
  });
  const target = needsTarget ? targetField(part, choice) : null;
  const switches = SWITCHES.map((kind) => {
    const isOffered = offered.includes(kind);
    const input = inputOf({ type: "checkbox", name: kind });
    input.checked = isOffered && choice[kind];
    input.disabled = !isOffered;
    const { name, what } = words.switches[kind];
    return choiceLine(input, name, isOffered ? what : words.notOffered);
  });
  const form = el(
    "form",
    { novalidate: "" },
    el("p", {}, words.always),
    offered.includes("task") ? el("fieldset", {}, el("legend", {}, words.task), ...radios) : null,
    el(
      "fieldset",
      {},
      el("legend", {}, words.more),
      ...switches,
      offered.includes("automation") ? target : null,
    ),
    el("button", { type: "submit", class: "primary" }, words.save),
  ) as HTMLFormElement;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void save(part, form, choice);
  });
  part.place.replaceChildren(form);
}

function targetField({ words }: SettingPart, { automationTarget }: WritingChoice): HTMLElement {
  const field = inputOf({
    name: "target",
    value: automationTarget ?? "",
    autocomplete: "off",
    "aria-describedby": "target-hint",
  });
  return el(
    "div",
    { class: "target" },
    el("label", {}, words.writing.target, field),
    el("p", { class: "quiet", id: "target-hint" }, words.writing.targetHint),
  );
}

async function save(part: SettingPart, form: HTMLFormElement, was: WritingChoice): Promise<void> {
  const { status, words } = part;
  const fields = new FormData(form);
  const target = form.querySelector<HTMLInputElement>("[name=target]");
  const typed = target?.value.trim() ?? "";
  const isStarted = fields.has("automation");
  if (target && (typed === "" ? isStarted : !TARGET.test(typed))) {
    status.textContent = words.writing.badTarget;
    target.setAttribute("aria-invalid", "true");
    target.focus();
    return;
  }
  target?.removeAttribute("aria-invalid");
  const choice: WritingChoice = {
    task: (fields.get("task") ?? was.task) === "task" ? "task" : "call",
    note: fields.has("note"),
    fields: fields.has("fields"),
    flag: fields.has("flag"),
    notice: fields.has("notice"),
    automation: isStarted,
    automationTarget: target ? typed || null : was.automationTarget,
  };
  status.textContent = words.saving;
  const answer = await call("PUT", "/api/writing", choice);
  status.textContent = answer.ok ? words.writing.saved : failureText(answer, part.texts);
}
