import type { RuleClients } from "../src/crm/saved-rules.ts";
import type { RuleNode } from "../src/crm/segment-rule.ts";
import { fill } from "../src/pages/texts/fill.ts";
import type { Format } from "../src/pages/texts/format.ts";
import { type RulesTexts, rulesTexts } from "../src/pages/texts/island-rules.ts";
import { lookUp } from "../src/pages/texts/params.ts";
import { SEGMENT_NAMES } from "../src/pages/texts/segments.ts";
import type { IslandTexts } from "../src/pages/texts/texts.ts";
import { call } from "./api.ts";
import { el } from "./dom.ts";
import { fillNames } from "./names.ts";
import { failureText } from "./setting-part.ts";

interface ClientList {
  readonly when: RuleNode;
  readonly foot: HTMLElement;
  readonly table: HTMLElement;
  readonly words: RulesTexts;
  readonly texts: IslandTexts;
  readonly format: Format;
}

/** Every figure with clients behind it opens their list under itself. */
export function startClientLists(texts: IslandTexts, format: Format): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element | null)?.closest<HTMLElement>("[data-behind]");
    if (!button) return;
    const home = button.closest<HTMLElement>("table, ul, dl") ?? button;
    const open = home.nextElementSibling;
    if (open instanceof HTMLElement && open.classList.contains("behind")) {
      const isSame = button.getAttribute("aria-expanded") === "true";
      close(open);
      if (isSame) return;
    }
    button.setAttribute("aria-expanded", "true");
    const when = JSON.parse(button.dataset.behind ?? "null") as RuleNode;
    const list = clientList(when, button.dataset.behindName ?? "", { texts, format }, button);
    home.after(list);
    list.focus();
  });
}

function close(list: HTMLElement): void {
  list.dispatchEvent(new Event("close-list"));
}

/** The clients of a rule with links to their cards, a page at a time. `opener` has the focus again in the end. */
export function clientList(
  when: RuleNode,
  name: string,
  { texts, format }: Pick<ClientList, "texts" | "format">,
  opener: HTMLElement,
): HTMLElement {
  const words = rulesTexts(format.locale);
  const { columns } = words.list;
  const title = fill(words.list.title, { name });
  const foot = el("p", { role: "status" });
  const end = el("button", { type: "button" }, words.list.close);
  const heads = [columns.segment, columns.purchases, columns.total, columns.silent];
  const table = el(
    "table",
    {},
    el("caption", {}, title),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        el("th", { scope: "col" }, columns.client),
        ...heads.map((head, at) =>
          el("th", { scope: "col", ...(at > 0 ? { class: "num" } : {}) }, head),
        ),
      ),
    ),
  );
  const box = el(
    "div",
    { class: "behind", tabindex: "-1", role: "group", "aria-label": title },
    el("div", { class: "scroll" }, table),
    foot,
    end,
  );
  const shut = (): void => {
    box.remove();
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
  };
  box.addEventListener("close-list", shut);
  end.addEventListener("click", shut);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") shut();
  });
  void more({ when, foot, table, words, texts, format }, null);
  return box;
}

async function more(list: ClientList, after: string | null): Promise<void> {
  const { when, foot, table, words, texts } = list;
  foot.replaceChildren(words.loading);
  const rule = { code: "list", when };
  const answer = await call("POST", "/api/segments/clients", { rule, after });
  if (!answer.ok) {
    foot.replaceChildren(
      el("span", { class: "error" }, failureText(answer, texts)),
      " ",
      wayOn(words.again, () => more(list, after)),
    );
    return;
  }
  const { clients, next } = answer.body as RuleClients;
  // Names are asked for a page of rows at a time.
  const page = el("tbody", {}, ...clients.map((client) => clientRow(client, list)));
  if (clients.length > 0) table.append(page);
  const isEmpty = table.querySelector("tbody") === null;
  table.hidden = isEmpty;
  foot.replaceChildren(
    next === null
      ? isEmpty
        ? words.list.empty
        : ""
      : wayOn(words.list.more, () => more(list, next)),
  );
  void fillNames(page);
}

function wayOn(text: string, go: () => Promise<void>): HTMLElement {
  const button = el("button", { type: "button" }, text);
  button.addEventListener("click", () => void go());
  return button;
}

function clientRow(
  client: RuleClients["clients"][number],
  { texts, format, words }: ClientList,
): HTMLElement {
  const { kind, id, url } = client;
  const isLink = /^https?:\/\//.test(url);
  const link = isLink ? { href: url, target: "_blank", rel: "noopener noreferrer" } : {};
  const number = (text: string, head: string) =>
    el("td", { class: "num", "data-label": head }, text);
  const { columns } = words.list;
  return el(
    "tr",
    {},
    el(
      "th",
      { scope: "row" },
      el(
        isLink ? "a" : "span",
        { "data-client": `${kind}:${id}`, ...link },
        fill(texts[kind], { id }),
      ),
    ),
    el(
      "td",
      { "data-label": columns.segment },
      lookUp(SEGMENT_NAMES[format.locale], client.segment) ?? client.segment,
    ),
    number(format.int(client.purchases), columns.purchases),
    number(format.money(client.totalMinor), columns.total),
    number(format.days(client.daysSinceLast), columns.silent),
  );
}
