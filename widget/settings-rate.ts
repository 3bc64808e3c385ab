import type { ApiUse } from "../src/crm/api-use.ts";
import { connectionTexts } from "../src/pages/texts/connection.ts";
import { fill } from "../src/pages/texts/fill.ts";
import { call } from "./api.ts";
import { el } from "./dom.ts";
import { failureText, inputOf, loadPart, type SettingPart } from "./setting-part.ts";

/** How often we may ask the CRM. */
export function showRate(part: SettingPart): void {
  void loadPart(part, "/api/usage", (body) => fillForm(part, body as ApiUse));
}

function fillForm(part: SettingPart, use: ApiUse): void {
  const words = part.words.rate;
  const field = inputOf({
    name: "rate",
    type: "number",
    min: "1",
    max: "50",
    step: "0.5",
    inputmode: "decimal",
    placeholder: String(use.rate.allowed),
    "aria-describedby": "rate-hint",
  });
  const form = el(
    "form",
    { novalidate: "" },
    el("p", {}, rateLine(part, use)),
    el("label", {}, words.label, field),
    el("p", { class: "quiet", id: "rate-hint" }, words.usual),
    el("button", { type: "submit", class: "primary" }, words.save),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void save(part, field);
  });
  part.place.replaceChildren(form);
}

function rateLine({ locale, format }: SettingPart, { rate: { allowed, host } }: ApiUse): string {
  const texts = connectionTexts(locale);
  return fill(host > allowed ? texts.rate : texts.rateAlone, {
    allowed: format.ratio(allowed),
    host: format.ratio(host),
  });
}

async function save(part: SettingPart, field: HTMLInputElement): Promise<void> {
  const { status, words } = part;
  const typed = field.value.trim();
  const rate = typed === "" ? null : Number(typed);
  // A number field with something else in it has an empty value.
  if (field.validity.badInput || (rate !== null && !(rate >= 1))) {
    refuse(part, field);
    return;
  }
  status.textContent = words.saving;
  const answer = await call("PUT", "/api/usage/rate", { requestsPerSecond: rate });
  if (answer.ok) {
    field.removeAttribute("aria-invalid");
    const use = answer.body as ApiUse;
    const line = part.place.querySelector("p");
    if (line) line.textContent = rateLine(part, use);
    status.textContent = fill(words.rate.saved, { n: part.format.ratio(use.rate.allowed) });
  } else if (answer.status === 400) refuse(part, field);
  else status.textContent = failureText(answer, part.texts);
}

function refuse({ status, words }: SettingPart, field: HTMLInputElement): void {
  status.textContent = words.rate.refused;
  field.setAttribute("aria-invalid", "true");
  field.focus();
}
