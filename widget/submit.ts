import type { ReopenForm } from "./frame.ts";

/** Opens a page in this frame by a form, as the host itself would have done. */
export function submit({ action, fields }: ReopenForm): void {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  form.hidden = true;
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}
