import type { RuleRefusal, SavedRule } from "../src/crm/saved-rules.ts";
import type { SegmentRule } from "../src/crm/segment-rule.ts";
import type { SegmentPreview } from "../src/crm/segmentation.ts";
import { fill } from "../src/pages/texts/fill.ts";
import type { Format } from "../src/pages/texts/format.ts";
import type { IslandTexts } from "../src/pages/texts/texts.ts";
import { call } from "./api.ts";
import { clientList } from "./client-list.ts";
import { el } from "./dom.ts";
import { lineFields, type RuleWorld, readLine } from "./rule-line.ts";
import { type RuleLine, type RuleShape, toNode } from "./rule-shape.ts";
import { failureText, inputOf } from "./setting-part.ts";

interface EditorParts {
  readonly world: RuleWorld;
  readonly texts: IslandTexts;
  readonly format: Format;
  /** Resolves when the rule is kept and shown. */
  readonly onSaved: () => void;
  readonly onCancel: () => void;
}

interface Editor extends EditorParts {
  readonly code: string;
  readonly form: HTMLFormElement;
  readonly name: HTMLInputElement;
  readonly join: HTMLSelectElement;
  readonly groups: HTMLElement;
  readonly addGroup: HTMLElement;
  readonly status: HTMLElement;
  readonly problem: HTMLElement;
}

const COUNT_AFTER_MS = 400;

/** A form for one rule with its live count; `known` null = a new one. */
export function ruleEditor(
  parts: EditorParts,
  known: { readonly code: string; readonly name: string; readonly shape: RuleShape },
): HTMLFormElement {
  const { words } = parts.world;
  const name = inputOf({ name: "name", maxlength: "60", autocomplete: "off", value: known.name });
  const join = el(
    "select",
    { name: "join" },
    ...(["all", "any"] as const).map((one) =>
      el(
        "option",
        { value: one, ...(one === known.shape.join ? { selected: "" } : {}) },
        words.joins[one],
      ),
    ),
  ) as HTMLSelectElement;
  const editor: Editor = {
    ...parts,
    code: known.code,
    form: el("form", { novalidate: "", "data-rule-form": "" }) as HTMLFormElement,
    name,
    join,
    groups: el("div", { class: "groups" }),
    addGroup: el("button", { type: "button" }),
    status: el("p", { role: "status", "data-rule-count": "" }),
    problem: el("p", { class: "error", role: "alert" }),
  };
  editor.problem.hidden = true;
  editor.form.append(
    el("label", {}, words.name, name),
    el("label", {}, words.join, join),
    editor.groups,
    el("div", {}, editor.addGroup),
    editor.status,
    editor.problem,
    buttons(editor),
  );
  for (const lines of known.shape.groups) addGroup(editor, lines);
  if (known.shape.groups.length === 0) addGroup(editor, [null]);
  const countSoon = makeCounting(editor);
  const renamed = (): void => {
    nameButtons(editor);
    countSoon();
  };
  editor.addGroup.addEventListener("click", () => {
    addGroup(editor, [null]).querySelector("select")?.focus();
    renamed();
  });
  editor.form.addEventListener("input", renamed);
  editor.form.addEventListener("click", renamed);
  editor.form.addEventListener("submit", (event) => {
    event.preventDefault();
    void save(editor);
  });
  nameButtons(editor);
  countSoon();
  return editor.form;
}

function buttons(editor: Editor): HTMLElement {
  const { words } = editor.world;
  const cancel = el("button", { type: "button" }, words.cancel);
  cancel.addEventListener("click", editor.onCancel);
  const show = el("button", { type: "button", "aria-expanded": "false" }, words.show);
  const place = el("div");
  show.addEventListener("click", () => {
    const when = read(editor, true);
    if (!when) return;
    const name = editor.name.value.trim() || words.create;
    const list = clientList(when.when, name, editor, show);
    place.replaceChildren(list);
    show.setAttribute("aria-expanded", "true");
    list.focus();
  });
  return el(
    "div",
    {},
    el(
      "div",
      { class: "buttons" },
      el("button", { type: "submit", class: "primary" }, words.save),
      show,
      cancel,
    ),
    place,
  );
}

function addGroup(editor: Editor, lines: readonly (RuleLine | null)[]): HTMLElement {
  const group = el("fieldset", {}, el("legend"));
  const more = el("button", { type: "button", "data-add-line": "" });
  const add = (line: RuleLine | null): HTMLElement => {
    const fields = lineFields(editor.world, line, () => {
      fields.remove();
      if (!group.querySelector(".line-fields")) group.remove();
      editor.addGroup.focus();
    });
    more.before(fields);
    return fields;
  };
  group.append(more);
  for (const line of lines) add(line);
  more.addEventListener("click", () => add(null).querySelector("select")?.focus());
  editor.groups.append(group);
  return group;
}

/** Groups have their number, and buttons say what the join makes of another line. */
function nameButtons({ world: { words }, join, groups, addGroup: button }: Editor): void {
  const by = join.value === "any" ? "any" : "all";
  button.textContent = words.addGroup[by];
  for (const [at, group] of [...groups.children].entries()) {
    const legend = group.querySelector("legend");
    if (legend) legend.textContent = fill(words.group, { n: at + 1 });
    const more = group.querySelector("[data-add-line]");
    if (more) more.textContent = words.addLine[by];
  }
}

/** The rule as the fields say it; null while something is missing. `isStrict` = say what and where. */
function read(editor: Editor, isStrict: boolean): SegmentRule | null {
  const { form, groups, join, world, problem } = editor;
  for (const field of form.querySelectorAll("[aria-invalid]"))
    field.removeAttribute("aria-invalid");
  problem.hidden = true;
  const shape: RuleLine[][] = [];
  for (const group of groups.children) {
    const lines: RuleLine[] = [];
    for (const fields of group.querySelectorAll<HTMLElement>(".line-fields")) {
      const found = readLine(fields, world.currency);
      if ("line" in found) lines.push(found.line);
      else {
        if (isStrict) refuse(editor, found.field, world.words.flaws[found.flaw]);
        return null;
      }
    }
    shape.push(lines);
  }
  if (shape.length === 0) {
    if (isStrict) refuse(editor, editor.addGroup, world.words.incomplete);
    return null;
  }
  const by = join.value === "any" ? "any" : "all";
  return { code: editor.code, when: toNode({ join: by, groups: shape }) };
}

function refuse({ problem }: Editor, field: HTMLElement, text: string): void {
  field.setAttribute("aria-invalid", "true");
  field.focus();
  problem.textContent = text;
  problem.hidden = false;
}

/** Counts a moment after the last key; an answer that is no longer asked for is dropped. */
function makeCounting(editor: Editor): () => void {
  const { status, world, texts } = editor;
  let last = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    const rule = editor.problem.hidden ? read(editor, false) : null;
    const asked = JSON.stringify(rule);
    if (asked === last) return;
    last = asked;
    clearTimeout(timer);
    if (rule === null) {
      status.textContent = world.words.incomplete;
      return;
    }
    timer = setTimeout(() => {
      status.textContent = world.words.counting;
      void call("POST", "/api/segments/preview", rule).then((answer) => {
        if (asked !== last) return;
        status.textContent = answer.ok
          ? countText(editor, answer.body as SegmentPreview)
          : failureText(answer, texts);
      });
    }, COUNT_AFTER_MS);
  };
}

function countText({ world: { words }, format }: Editor, { count }: SegmentPreview): string {
  const { matched, share, moneyMinor, unknown, warnings } = count;
  return [
    fill(words.count, {
      clients: format.clients(matched),
      share: format.percent(share),
      money: format.money(moneyMinor),
    }),
    unknown > 0 ? fill(words.unknown, { clients: format.clients(unknown) }) : "",
    ...warnings.map(({ code, limit, value }) =>
      fill(words.warnings[code], { limit: format.percent(limit), share: format.percent(value) }),
    ),
  ]
    .filter(Boolean)
    .join(" ");
}

async function save(editor: Editor): Promise<void> {
  const { name, world, status, texts, problem } = editor;
  const rule = read(editor, true);
  if (!rule) return;
  const typed = name.value.trim();
  if (typed === "") {
    refuse(editor, name, world.words.flaws.name);
    return;
  }
  status.textContent = world.words.saving;
  const kept: SavedRule = { name: typed, rule };
  const answer = await call("PUT", "/api/segments/rules", kept);
  if (answer.ok) {
    editor.onSaved();
    return;
  }
  status.textContent = "";
  const [flaw] = (answer.body as Partial<RuleRefusal> | null)?.problems ?? [];
  const group = /^when\.(?:all|any)\.(\d+)/.exec(flaw?.path ?? "")?.[1];
  problem.textContent = flaw
    ? fill(world.words.refused, { n: Number(group ?? 0) + 1 })
    : answer.status === 400
      ? world.words.tooMany
      : failureText(answer, texts);
  problem.hidden = false;
}
