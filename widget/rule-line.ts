import { currencyDecimals } from "../src/crm/money.ts";
import type { SegmentsDocument } from "../src/crm/segmentation.ts";
import type { Locale } from "../src/pages/texts/format.ts";
import type { RuleFact, RulesTexts, RuleTest } from "../src/pages/texts/island-rules.ts";
import { SEGMENT_NAMES } from "../src/pages/texts/segments.ts";
import { el } from "./dom.ts";
import type { RuleLine } from "./rule-shape.ts";
import { choiceLine, inputOf } from "./setting-part.ts";

/** What a line needs to know of the base. */
export interface RuleWorld {
  readonly words: RulesTexts;
  readonly locale: Locale;
  readonly currency: string;
  readonly names: SegmentsDocument["names"];
}

type Kind = "number" | "money" | "percent" | "day" | "list";

const MONEY: readonly RuleFact[] = [
  "totalMinor",
  "averageMinor",
  "lastAmountMinor",
  "expectedMinor",
  "moneyMinorWithin",
];
const WINDOWS: readonly RuleFact[] = ["purchaseDaysWithin", "moneyMinorWithin", "boughtGroup"];
const FREE: readonly RuleFact[] = ["rfm", "tag"];
const OPTIONS: Partial<Record<RuleFact, readonly string[]>> = {
  abc: ["A", "B", "C"],
  xyz: ["X", "Y", "Z"],
  lifecycle: ["new", "active", "loyal", "at_risk", "sleeping", "lost", "returned"],
  template: ["new", "loyal", "vip", "inactive"],
  valueTier: ["vip", "standard", "low_activity"],
  band: ["good", "watch", "risk"],
};
const USUAL_DAYS = 30;

function kindOf(fact: RuleFact): Kind {
  if (MONEY.includes(fact)) return "money";
  if (fact === "pAlive" || fact === "pChurn") return "percent";
  if (fact === "firstDay" || fact === "lastDay") return "day";
  const isList =
    OPTIONS[fact] !== undefined ||
    FREE.includes(fact) ||
    fact === "segment" ||
    fact === "source" ||
    fact === "boughtGroup";
  return isList ? "list" : "number";
}

function testsOf(kind: Kind): readonly RuleTest[] {
  if (kind === "list") return ["in", "known", "unknown"];
  if (kind === "day") return ["from", "to", "known", "unknown"];
  return ["from", "to", "over", "under", "known", "unknown"];
}

/** A condition as fields: what is checked, how, with which value. Changing the fact makes the fields anew. */
export function lineFields(
  world: RuleWorld,
  line: RuleLine | null,
  onRemove: () => void,
): HTMLElement {
  const { words } = world;
  const fact = el(
    "select",
    { name: "fact", "aria-label": words.fact },
    ...Object.entries(words.facts).map(([value, text]) =>
      el(
        "option",
        { value, ...(value === (line?.fact ?? "daysSinceLast") ? { selected: "" } : {}) },
        text,
      ),
    ),
  ) as HTMLSelectElement;
  const not = inputOf({ type: "checkbox", name: "not" });
  not.checked = line?.isNot ?? false;
  const remove = el(
    "button",
    { type: "button", class: "remove", "aria-label": words.removeLine },
    "×",
  );
  remove.addEventListener("click", onRemove);
  const rest = el("div", { class: "rest" });
  const fillRest = (known: RuleLine | null): void => {
    rest.replaceChildren(...restFields(world, fact.value as RuleFact, known));
  };
  fact.addEventListener("change", () => fillRest(null));
  fillRest(line);
  return el("div", { class: "line-fields" }, choiceLine(not, words.not), fact, remove, rest);
}

function restFields(world: RuleWorld, fact: RuleFact, line: RuleLine | null): HTMLElement[] {
  const { words } = world;
  const kind = kindOf(fact);
  const test = el(
    "select",
    { name: "test", "aria-label": words.test },
    ...testsOf(kind).map((value) =>
      el(
        "option",
        { value, ...(value === line?.test ? { selected: "" } : {}) },
        words.tests[value],
      ),
    ),
  ) as HTMLSelectElement;
  const value = kind === "list" ? listField(world, fact, line) : valueField(world, kind, line);
  const hide = (): void => {
    value.hidden = test.value === "known" || test.value === "unknown";
  };
  test.addEventListener("change", hide);
  hide();
  if (!WINDOWS.includes(fact)) return [test, value];
  const within = inputOf({
    name: "within",
    type: "number",
    min: "1",
    max: "36500",
    value: String(line?.within ?? USUAL_DAYS),
  });
  return [test, value, el("label", { class: "within" }, words.within, within)];
}

function valueField({ words, currency, locale }: RuleWorld, kind: Kind, line: RuleLine | null) {
  const known = line?.value ?? null;
  const scale = kind === "money" ? 10 ** currencyDecimals(currency) : 1;
  const shown =
    typeof known === "number"
      ? String(kind === "percent" ? Number((known * 100).toFixed(6)) : known / scale)
      : (known ?? "");
  return inputOf({
    name: "value",
    "aria-label": kind === "money" ? `${words.value}, ${currency}` : words.value,
    "data-kind": kind,
    value: kind !== "day" && locale === "ru" ? shown.replace(".", ",") : shown,
    ...(kind === "money" ? { placeholder: currency } : {}),
    ...(kind === "day" ? { type: "date" } : { inputmode: "decimal", autocomplete: "off" }),
  });
}

function listField(world: RuleWorld, fact: RuleFact, line: RuleLine | null): HTMLElement {
  const { words } = world;
  const chosen = line?.list ?? [];
  const options = optionsOf(world, fact);
  if (options.length === 0) {
    return inputOf({
      name: "list",
      value: chosen.join(", "),
      placeholder: words.listHint,
      autocomplete: "off",
      "aria-label": `${words.value}, ${words.listHint}`,
    });
  }
  const others = chosen.filter((id) => !options.some((one) => one.id === id));
  const all = [...options, ...others.map((id) => ({ id, name: id }))];
  const boxes = all.map(({ id, name }) => {
    const input = inputOf({ type: "checkbox", name: "list", value: id });
    input.checked = chosen.includes(id);
    return choiceLine(input, name);
  });
  return el("div", { class: "options", role: "group", "aria-label": words.value }, ...boxes);
}

function optionsOf({ names, words, locale }: RuleWorld, fact: RuleFact) {
  if (fact === "segment") {
    return Object.entries(SEGMENT_NAMES[locale]).map(([id, name]) => ({ id, name }));
  }
  if (fact === "source" || fact === "boughtGroup") return names?.[fact] ?? [];
  return (OPTIONS[fact] ?? []).map((id) => ({ id, name: words.values[id] ?? id }));
}

type LineReading =
  | { readonly line: RuleLine }
  | { readonly flaw: "value" | "within" | "list"; readonly field: HTMLElement };

/** What the fields of a line say, or the first field that cannot be used. */
export function readLine(fields: HTMLElement, currency: string): LineReading {
  const find = <Field extends HTMLElement>(name: string) =>
    fields.querySelector<Field>(`[name=${name}]`);
  const fact = (find<HTMLSelectElement>("fact")?.value ?? "") as RuleFact;
  const test = (find<HTMLSelectElement>("test")?.value ?? "known") as RuleTest;
  const isNot = find<HTMLInputElement>("not")?.checked ?? false;
  const days = find<HTMLInputElement>("within");
  const within = days ? Number(days.value) : null;
  if (days && !(Number.isInteger(within) && Number(within) >= 1 && Number(within) <= 36_500)) {
    return { flaw: "within", field: days };
  }
  const line = { fact, isNot, test, within, value: null, list: [] };
  if (test === "known" || test === "unknown") return { line };
  if (test === "in") {
    const list = listOf(fields);
    const field = find("list");
    return list.length === 0 && field ? { flaw: "list", field } : { line: { ...line, list } };
  }
  const field = find<HTMLInputElement>("value");
  const value = field ? typedValue(field, currency) : null;
  return value === null && field ? { flaw: "value", field } : { line: { ...line, value } };
}

function listOf(fields: HTMLElement): string[] {
  const inputs = [...fields.querySelectorAll<HTMLInputElement>("[name=list]")];
  const isFree = inputs[0]?.type !== "checkbox";
  if (!isFree) return inputs.filter(({ checked }) => checked).map(({ value }) => value);
  return (inputs[0]?.value ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);
}

function typedValue(field: HTMLInputElement, currency: string): number | string | null {
  const { kind } = field.dataset;
  if (kind === "day") return field.value === "" ? null : field.value;
  const typed = field.value.replace(/\s/g, "").replace(",", ".");
  const value = Number(typed);
  if (typed === "" || !Number.isFinite(value)) return null;
  if (kind === "money") return Math.round(value * 10 ** currencyDecimals(currency));
  return kind === "percent" ? value / 100 : value;
}
