import type {
  ClientRule,
  MoneySource,
  SettingsDocument,
  SettingsDraft,
} from "../src/crm/settings.ts";
import { fill } from "../src/pages/texts/fill.ts";
import { el } from "./dom.ts";
import { choiceLine, inputOf, type SettingPart } from "./setting-part.ts";

/** The fields of "what counts as a purchase", filled with a draft. */
export function choicesForm(
  part: SettingPart,
  known: SettingsDocument,
  draft: SettingsDraft,
): HTMLFormElement {
  const words = part.words.choices;
  const zero = inputOf({ type: "checkbox", name: "countsZeroSums" });
  zero.checked = draft.countsZeroSums;
  return el(
    "form",
    { novalidate: "", "data-choices": "" },
    choose(
      "moneySource",
      words.moneySource,
      known.options.moneySources.map((code) => [code, words.moneySources[code]]),
      draft.moneySource,
    ),
    pipelineFields(part, known, draft),
    choose("clientRule", words.clientRule, Object.entries(words.clientRules), draft.clientRule),
    choiceLine(zero, words.countsZeroSums),
    rateFields(part, known, draft),
  ) as HTMLFormElement;
}

function choose(
  name: string,
  label: string,
  options: readonly (readonly [string, string])[],
  chosen: string,
): HTMLElement {
  const select = el(
    "select",
    { name },
    ...options.map(([value, text]) =>
      el("option", { value, ...(value === chosen ? { selected: "" } : {}) }, text),
    ),
  );
  return el("label", {}, label, select);
}

function pipelineFields(
  { words: { choices: words } }: SettingPart,
  { options }: SettingsDocument,
  { pipelines }: SettingsDraft,
): HTMLElement | null {
  if (options.pipelines.length === 0) return null;
  const all = inputOf({ type: "checkbox", name: "allPipelines" });
  all.checked = pipelines === null;
  const boxes = options.pipelines.map(({ id, name }) => {
    const input = inputOf({ type: "checkbox", name: "pipeline", value: id });
    input.checked = pipelines === null || pipelines.includes(id);
    input.disabled = pipelines === null;
    return { input, line: choiceLine(input, name) };
  });
  all.addEventListener("change", () => {
    for (const { input } of boxes) input.disabled = all.checked;
  });
  return el(
    "fieldset",
    {},
    el("legend", {}, words.pipelines),
    choiceLine(all, words.allPipelines),
    ...boxes.map(({ line }) => line),
  );
}

function rateFields(
  { words: { choices: words }, locale }: SettingPart,
  { options, currency: base }: SettingsDocument,
  { rates }: SettingsDraft,
): HTMLElement | null {
  const told = new Map(options.currencies.map((one) => [one.currency, one.perUnit]));
  for (const { currency } of rates) if (!told.has(currency)) told.set(currency, null);
  if (told.size === 0) return null;
  const number = new Intl.NumberFormat(locale === "ru" ? "ru-RU" : "en-GB", {
    maximumSignificantDigits: 6,
  });
  const lines = Array.from(told, ([currency, perUnit]) => {
    const given = rates.find((rate) => rate.currency === currency)?.perUnit;
    const field = inputOf({
      name: `rate-${currency}`,
      inputmode: "decimal",
      autocomplete: "off",
      class: "num",
      value: given === undefined ? "" : String(given).replace(".", locale === "ru" ? "," : "."),
    });
    const crm =
      perUnit === null ? words.noCrmRate : fill(words.crmRate, { rate: number.format(perUnit) });
    const name = fill(words.rate, { currency, base });
    return el(
      "label",
      { class: "rate" },
      el("span", {}, name, el("span", { class: "line quiet" }, crm)),
      field,
    );
  });
  return el(
    "fieldset",
    {},
    el("legend", {}, words.rates),
    el("p", { class: "quiet" }, words.ratesHint),
    ...lines,
  );
}

type Reading =
  | { readonly flaw: null; readonly draft: SettingsDraft }
  | { readonly flaw: "badRate" | "noPipeline" };

/** What the form says; the first field that cannot be used is marked and takes the focus. */
export function readChoices(form: HTMLFormElement, known: SettingsDocument): Reading {
  const fields = new FormData(form);
  for (const field of form.querySelectorAll("[aria-invalid]"))
    field.removeAttribute("aria-invalid");
  const refuse = (field: HTMLElement | null | undefined) => {
    field?.setAttribute("aria-invalid", "true");
    field?.focus();
  };
  const hasChoice = form.querySelector("[name=pipeline]") !== null;
  const pipelines =
    !hasChoice || fields.has("allPipelines") ? null : fields.getAll("pipeline").map(String);
  if (pipelines?.length === 0) {
    refuse(form.querySelector<HTMLElement>("[name=pipeline]"));
    return { flaw: "noPipeline" };
  }
  const rates: SettingsDraft["rates"] = [];
  for (const field of form.querySelectorAll<HTMLInputElement>("[name^=rate-]")) {
    const typed = field.value.replace(/\s/g, "").replace(",", ".");
    if (typed === "") continue;
    const perUnit = Number(typed);
    if (!(perUnit > 0 && perUnit <= 1e9)) {
      refuse(field);
      return { flaw: "badRate" };
    }
    rates.push({ currency: field.name.slice("rate-".length), perUnit });
  }
  const draft = {
    moneySource: (fields.get("moneySource") ?? known.moneySource) as MoneySource,
    pipelines: hasChoice ? pipelines : known.pipelines,
    clientRule: (fields.get("clientRule") ?? known.clientRule) as ClientRule,
    countsZeroSums: fields.has("countsZeroSums"),
    rates,
  };
  return { flaw: null, draft };
}
