import type { SavedRule, SavedRules } from "../src/crm/saved-rules.ts";
import type { RuleNode } from "../src/crm/segment-rule.ts";
import type { SegmentsDocument } from "../src/crm/segmentation.ts";
import type { Format, Locale } from "../src/pages/texts/format.ts";
import { rulesTexts } from "../src/pages/texts/island-rules.ts";
import type { IslandTexts } from "../src/pages/texts/texts.ts";
import { call } from "./api.ts";
import { el } from "./dom.ts";
import { ruleEditor } from "./rule-editor.ts";
import type { RuleWorld } from "./rule-line.ts";
import { fromNode, type RuleShape } from "./rule-shape.ts";
import { failureText } from "./setting-part.ts";

interface Rules {
  readonly place: HTMLElement;
  readonly status: HTMLElement;
  readonly world: RuleWorld;
  readonly texts: IslandTexts;
  readonly format: Format;
}

const EMPTY: RuleShape = { join: "all", groups: [] };

/** Segments of one's own: read when the part is opened, then made, changed, listed and deleted in place. */
export function startRules(texts: IslandTexts, format: Format, locale: Locale): void {
  const details = document.querySelector<HTMLDetailsElement>("[data-rules]");
  const place = details?.querySelector<HTMLElement>("[data-rules-place]");
  const status = details?.querySelector<HTMLElement>("[data-rules-status]");
  if (!(details && place && status)) return;
  const currency = document.querySelector("main")?.dataset.currency ?? "";
  const words = rulesTexts(locale);
  let opened: Promise<Rules | null> | null = null;
  const open = (): Promise<Rules | null> => {
    opened ??= load(place, status, {
      texts,
      format,
      world: { words, locale, currency, names: undefined },
    });
    return opened.then((rules) => {
      if (rules === null) opened = null;
      return rules;
    });
  };
  details.addEventListener("toggle", () => {
    if (details.open) void open();
  });
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-recipe]")) {
    button.addEventListener("click", () => {
      details.open = true;
      const shape = fromNode(JSON.parse(button.dataset.recipe ?? "null") as RuleNode);
      void open().then((rules) => {
        if (rules) edit(rules, newCode(), button.dataset.recipeName ?? "", shape ?? EMPTY);
      });
    });
  }
}

async function load(
  place: HTMLElement,
  status: HTMLElement,
  { texts, format, world }: Pick<Rules, "texts" | "format" | "world">,
): Promise<Rules | null> {
  const { words } = world;
  status.textContent = words.loading;
  const [known, segments] = await Promise.all([
    call("GET", "/api/segments/rules"),
    call("GET", "/api/segments"),
  ]);
  status.textContent = "";
  if (known.ok && segments.ok) {
    const { names } = segments.body as SegmentsDocument;
    const rules = { place, status, texts, format, world: { ...world, names } };
    showList(rules, known.body as SavedRules);
    return rules;
  }
  const again = el("button", { type: "button" }, words.again);
  const retry = new Promise<Rules | null>((resolve) => {
    again.addEventListener("click", () => {
      place.replaceChildren();
      void load(place, status, { texts, format, world }).then(resolve);
    });
  });
  const line = el("p", { class: "error", role: "alert" });
  line.textContent = failureText(known.ok ? segments : known, texts);
  place.replaceChildren(line, again);
  return retry;
}

function showList(rules: Rules, { rules: kept }: SavedRules): void {
  const { place, world } = rules;
  const create = el("button", { type: "button", class: "primary", "data-rule-new": "" });
  create.textContent = world.words.create;
  create.addEventListener("click", () => edit(rules, newCode(), "", EMPTY));
  place.replaceChildren(
    kept.length === 0
      ? el("p", { class: "empty" }, world.words.none)
      : el("ul", { class: "recipes" }, ...kept.map((one) => row(rules, one))),
    create,
  );
}

function row(rules: Rules, { name, rule }: SavedRule): HTMLElement {
  const { words } = rules.world;
  const shape = fromNode(rule.when);
  const label = el("b", { id: `rule-${rule.code}` }, name);
  const described = { type: "button", "aria-describedby": `rule-${rule.code}` };
  const change = el("button", described, words.edit);
  if (shape) change.addEventListener("click", () => edit(rules, rule.code, name, shape));
  const behind = el("button", {
    ...described,
    "data-behind": JSON.stringify(rule.when),
    "data-behind-name": name,
    "aria-expanded": "false",
  });
  behind.textContent = words.show;
  const remove = el("button", described, words.remove);
  remove.addEventListener("click", () => {
    // The second press is the one that deletes; leaving the button takes the first one back.
    if (remove.dataset.sure === undefined) {
      remove.dataset.sure = "";
      remove.textContent = words.removeSure;
      return;
    }
    void removeRule(rules, rule.code);
  });
  remove.addEventListener("blur", () => {
    delete remove.dataset.sure;
    remove.textContent = words.remove;
  });
  return el(
    "li",
    { "data-rule": rule.code },
    el("span", {}, label, shape ? null : el("span", { class: "line quiet small" }, words.foreign)),
    el("span", { class: "buttons" }, behind, shape ? change : null, remove),
  );
}

function edit(rules: Rules, code: string, name: string, shape: RuleShape): void {
  const { place, status, world } = rules;
  status.textContent = "";
  const back = async (line: string): Promise<void> => {
    const answer = await call("GET", "/api/segments/rules");
    if (answer.ok) showList(rules, answer.body as SavedRules);
    status.textContent = answer.ok ? line : failureText(answer, rules.texts);
    place.querySelector<HTMLElement>("[data-rule-new]")?.focus();
  };
  const form = ruleEditor(
    {
      ...rules,
      onSaved: () => void back(world.words.saved),
      onCancel: () => void back(""),
    },
    { code, name, shape },
  );
  place.replaceChildren(form);
  form.querySelector("input")?.focus();
}

async function removeRule(rules: Rules, code: string): Promise<void> {
  const path = `/api/segments/rules/${encodeURIComponent(code)}/remove`;
  const answer = await call("POST", path);
  if (answer.ok) showList(rules, answer.body as SavedRules);
  else rules.status.textContent = failureText(answer, rules.texts);
  rules.place.querySelector<HTMLElement>("[data-rule-new]")?.focus();
}

function newCode(): string {
  return `rule_${Date.now().toString(36)}`;
}
