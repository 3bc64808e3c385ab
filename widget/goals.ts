import type { IslandTexts } from "../src/pages/texts/texts.ts";
import { type ApiAnswer, call } from "./api.ts";
import { reload } from "./page.ts";

/** Sets and removes goals; the page that then comes shows where they stand. */
export function startGoals(texts: IslandTexts): void {
  const panel = document.querySelector<HTMLElement>("[data-goals]");
  const problem = panel?.querySelector<HTMLElement>("[data-goal-error]");
  if (!panel || !problem) return;
  const finish = (answer: ApiAnswer): void => {
    if (answer.ok) {
      reload();
      return;
    }
    const { status } = answer;
    problem.textContent =
      status === 401 ? texts.sessionLost : status === 403 ? texts.forbidden : texts.failed;
    problem.hidden = false;
  };
  panel.querySelector<HTMLFormElement>("[data-goal-form]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const goal = {
      code: String(fields.get("code")),
      dueOn: String(fields.get("dueOn")),
      change: Number(fields.get("change")) / 100,
    };
    void call("POST", "/api/goals", goal).then(finish);
  });
  for (const button of panel.querySelectorAll<HTMLButtonElement>("[data-goal-remove]")) {
    button.addEventListener("click", () => {
      const code = encodeURIComponent(button.dataset.goalRemove ?? "");
      void call("POST", `/api/goals/${code}/remove`).then(finish);
    });
  }
}
