import type { DryRunDocument, PlannedChange } from "../src/crm/overview.ts";
import { fill } from "../src/pages/texts/fill.ts";
import type { Format, Locale } from "../src/pages/texts/format.ts";
import { lookUp } from "../src/pages/texts/params.ts";
import { SEGMENT_NAMES } from "../src/pages/texts/segments.ts";
import type { IslandTexts } from "../src/pages/texts/texts.ts";
import { type ApiAnswer, call } from "./api.ts";
import { el } from "./dom.ts";
import { fillNames } from "./names.ts";

const ROWS_AT_ONCE = 50;

interface Words {
  readonly texts: IslandTexts;
  readonly format: Format;
  readonly locale: Locale;
}

/** The exact list of what a playbook would write, and its approval. */
export function startDryRuns(texts: IslandTexts, format: Format, locale: Locale): void {
  const words: Words = { texts, format, locale };
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-dry-run]")) {
    const place = button
      .closest("[data-playbook]")
      ?.querySelector<HTMLElement>("[data-dry-run-result]");
    if (place) button.addEventListener("click", () => void dryRun(button, place, words));
  }
}

async function dryRun(button: HTMLButtonElement, place: HTMLElement, words: Words): Promise<void> {
  button.disabled = true;
  place.replaceChildren(el("p", { class: "quiet" }, words.texts.dryRunBusy));
  const playbook = button.dataset.dryRun ?? "";
  const answer = await call("POST", `/api/playbooks/${encodeURIComponent(playbook)}/dry-run`);
  button.disabled = false;
  if (answer.ok) showRun(answer.body as DryRunDocument, place, words);
  else place.replaceChildren(failure(answer, words));
}

function failure(answer: ApiAnswer, { texts }: Words): HTMLElement {
  const status = answer.ok ? 200 : answer.status;
  const line = status === 401 ? texts.sessionLost : status === 403 ? texts.forbidden : texts.failed;
  return el("p", { class: "error", role: "alert" }, line);
}

function showRun(run: DryRunDocument, place: HTMLElement, words: Words): void {
  const { texts, format, locale } = words;
  if (run.changes.length === 0) {
    place.replaceChildren(el("p", { class: "quiet" }, texts.dryRunEmpty));
    return;
  }
  const tasks = run.changes.filter((change) => change.kind === "task").length;
  const made = new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(
    Date.parse(run.madeAt),
  );
  const box = el(
    "div",
    { class: "run" },
    el(
      "p",
      {},
      el(
        "b",
        {},
        fill(texts.dryRunSummary, {
          changes: format.int(run.changes.length),
          tasks: format.int(tasks),
        }),
      ),
      " ",
      el("span", { class: "quiet" }, fill(texts.dryRunMade, { time: made })),
    ),
    changeList(run.changes, words),
    people(run, words),
    run.holdout > 0
      ? el("p", { class: "quiet" }, fill(texts.holdout, { clients: format.clients(run.holdout) }))
      : null,
    verdict(run, place, words),
  );
  place.replaceChildren(box);
  void fillNames(box);
}

function changeList(changes: readonly PlannedChange[], words: Words): HTMLElement {
  const list = el("ul", { class: "changes", tabindex: "0" });
  const more = el("button", { type: "button" });
  let shown = 0;
  const showMore = (): void => {
    const next = changes.slice(shown, shown + ROWS_AT_ONCE);
    shown += next.length;
    more.remove();
    list.append(...next.map((change) => changeRow(change, words)));
    const rest = changes.length - shown;
    if (rest > 0) {
      more.textContent = fill(words.texts.more, {
        n: words.format.int(Math.min(rest, ROWS_AT_ONCE)),
      });
      list.append(el("li", {}, more));
    }
  };
  more.addEventListener("click", showMore);
  showMore();
  return list;
}

function changeRow(change: PlannedChange, words: Words): HTMLElement {
  const { texts, format } = words;
  const { kind, id, url } = change.client;
  const client = el(
    /^https?:\/\//.test(url) ? "a" : "span",
    {
      "data-client": `${kind}:${id}`,
      ...(/^https?:\/\//.test(url)
        ? { href: url, target: "_blank", rel: "noopener noreferrer" }
        : {}),
    },
    fill(texts[kind], { id }),
  );
  const what =
    change.kind === "task"
      ? el(
          "span",
          { class: "line" },
          [change.taskTitle ?? "", change.due ? format.day(change.due.slice(0, 10)) : ""]
            .filter(Boolean)
            .join(", "),
        )
      : change.kind !== "mark"
        ? el("span", { class: "line" }, change.after.join(", "))
        : el(
            "span",
            { class: "line" },
            tags(change.before, words),
            " → ",
            tags(change.after, words),
          );
  return el(
    "li",
    { class: "change" },
    el("b", {}, texts.kinds[change.kind]),
    " ",
    client,
    change.responsibleId
      ? el("span", { class: "quiet" }, `, ${fill(texts.person, { id: change.responsibleId })}`)
      : null,
    change.expectedMinor === null
      ? null
      : el(
          "span",
          { class: "quiet" },
          `, ${texts.columns.worth} ${format.money(change.expectedMinor)}`,
        ),
    what,
  );
}

function tags(marks: readonly string[], { texts, locale }: Words): HTMLElement {
  if (marks.length === 0) return el("span", { class: "quiet" }, texts.nothing);
  const names = marks.map(
    (mark) => lookUp(SEGMENT_NAMES[locale], mark.slice(mark.indexOf(":") + 1)) ?? mark,
  );
  return el("span", { class: "tag" }, names.join(", "));
}

function people(run: DryRunDocument, { texts, format }: Words): HTMLElement | null {
  if (run.tasksPerPerson.length === 0) return null;
  return el(
    "p",
    { class: "quiet" },
    `${texts.perPerson}: `,
    run.tasksPerPerson
      .map((row) => {
        const parts = [fill(texts.today, { n: format.int(row.today) })];
        if (row.waiting > 0) parts.push(fill(texts.waiting, { n: format.int(row.waiting) }));
        return `${fill(texts.person, { id: row.userId })}: ${parts.join(", ")}`;
      })
      .join("; "),
  );
}

/** The button of a draft, or what became of it. */
function verdict(run: DryRunDocument, place: HTMLElement, words: Words): HTMLElement {
  const { texts } = words;
  if (run.state === "approved") return el("p", { role: "status" }, el("b", {}, texts.approved));
  if (run.state === "expired") return el("p", { class: "error" }, texts.expired);
  const button = el("button", { type: "button", class: "primary" }, texts.approve);
  const approve = async (): Promise<void> => {
    button.setAttribute("disabled", "");
    button.textContent = texts.approving;
    const answer = await call("POST", `/api/runs/${encodeURIComponent(run.runId)}/approve`);
    if (answer.ok) {
      showRun(answer.body as DryRunDocument, place, words);
      return;
    }
    button.removeAttribute("disabled");
    button.textContent = texts.approve;
    button.after(failure(answer, words));
  };
  button.addEventListener("click", () => void approve());
  return el("p", {}, button);
}
