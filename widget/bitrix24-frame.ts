import {
  allowedOrigins,
  type ClientKey,
  isRenewed,
  type PulseFrame,
  type ReopenForm,
} from "./frame.ts";

/**
 * Frame protocol of Bitrix24. The portal names our frame `<domain>|<0 or 1>|<app sid>`; a command goes out as
 * `command:<JSON>:<key>:<sid>`, its answer comes back as `<key>:<JSON>` from the portal's origin.
 */

type Fields = Readonly<Record<string, unknown>>;

const REPLY_TIMEOUT_MS = 10_000;
/** Portals do not answer every window command; nothing depends on those answers. */
const WINDOW_COMMAND_TIMEOUT_MS = 900;

const [domain = "", protocol = "", sid = ""] = window.name.split("|");
const origin = `${protocol === "1" ? "https" : "http"}://${domain.replace(/:(80|443)$/, "")}`;
const pending = new Map<string, (value: unknown) => void>();

function isTrusted(): boolean {
  if (domain === "" || sid === "" || window.parent === window) return false;
  const allowed = allowedOrigins();
  return allowed.length === 0 || allowed.includes(origin);
}

/** Resolves with the answer, or null when none came in time. */
function ask(command: string, params?: Fields, timeoutMs = REPLY_TIMEOUT_MS): Promise<unknown> {
  const key = crypto.randomUUID?.() ?? `${performance.now()}`.replace(".", "-");
  const parts = params ? [command, JSON.stringify(params), key, sid] : [command, key, sid];
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(null), timeoutMs);
    const settle = (value: unknown): void => {
      clearTimeout(timer);
      pending.delete(key);
      resolve(value);
    };
    pending.set(key, settle);
    window.parent.postMessage(parts.join(":"), origin);
  });
}

function onMessage(event: MessageEvent<unknown>): void {
  if (event.origin !== origin || event.source !== window.parent) return;
  if (typeof event.data !== "string") return;
  const at = event.data.indexOf(":");
  const settle = pending.get(event.data.slice(0, at));
  if (at < 0 || !settle) return;
  const payload = event.data.slice(at + 1);
  try {
    settle(payload === "" ? null : JSON.parse(payload));
  } catch {
    settle(null);
  }
}

const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? (value as Fields) : {};
const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

let initData: Promise<Fields> | null = null;
function init(): Promise<Fields> {
  initData ??= ask("getInitData").then(fields);
  return initData;
}

async function freshAuth(): Promise<Fields> {
  const auth = fields(await ask("refreshAuth"));
  return text(auth.AUTH_ID) === "" ? init() : auth;
}

async function renew(current: string) {
  const [start, auth] = await Promise.all([init(), freshAuth()]);
  const response = await fetch("/bitrix24/session", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${current}` },
    body: JSON.stringify({
      AUTH_ID: text(auth.AUTH_ID),
      member_id: text(start.MEMBER_ID),
      placement: text(start.PLACEMENT) || "DEFAULT",
      options: JSON.stringify(start.PLACEMENT_OPTIONS ?? {}),
      locale: document.documentElement.lang,
    }),
  });
  const answer: unknown = response.ok ? await response.json() : null;
  return isRenewed(answer) ? answer : null;
}

/** The portal puts where and who into the query and the proof into the body; a reload keeps only the query. */
async function formTo(path: string): Promise<ReopenForm | null> {
  const start = await init();
  const auth = await freshAuth();
  const accessToken = text(auth.AUTH_ID);
  if (accessToken === "") return null;
  const query = new URLSearchParams(location.search);
  query.set("DOMAIN", domain);
  query.set("PROTOCOL", protocol);
  query.set("LANG", query.get("LANG") ?? text(start.LANG));
  query.set("APP_SID", sid);
  return {
    action: `${path}?${query.toString()}`,
    fields: {
      AUTH_ID: accessToken,
      AUTH_EXPIRES: text(auth.AUTH_EXPIRES) || "3600",
      REFRESH_ID: text(auth.REFRESH_ID),
      member_id: text(start.MEMBER_ID),
      status: "L",
      PLACEMENT: text(start.PLACEMENT) || "DEFAULT",
      PLACEMENT_OPTIONS: JSON.stringify(start.PLACEMENT_OPTIONS ?? {}),
    },
  };
}

/** Entity types of the CRM: https://apidocs.bitrix24.com, object types. */
const ENTITY_TYPES = { contact: 3, company: 4 } as const;

/** With the viewer's own token, straight from the portal: only what this person may read. */
async function names(clients: readonly ClientKey[]): Promise<ReadonlyMap<string, string>> {
  const token = text((await freshAuth()).AUTH_ID);
  const found = new Map<string, string>();
  // The portal does not answer: ids stay, and no request goes out that can only be refused.
  if (token === "") return found;
  for (const kind of ["company", "contact"] as const) {
    const ids = clients.filter((client) => client.kind === kind).map((client) => client.id);
    if (ids.length === 0) continue;
    const response = await fetch(`${origin}/rest/crm.item.list`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        auth: token,
        entityTypeId: ENTITY_TYPES[kind],
        filter: { "@id": ids },
        select: kind === "company" ? ["id", "title"] : ["id", "name", "lastName"],
      }),
    });
    const items = fields(fields(await response.json()).result).items;
    for (const item of Array.isArray(items) ? items.map(fields) : []) {
      const parts = kind === "company" ? [item.title] : [item.name, item.lastName];
      const name = parts.map(text).filter(Boolean).join(" ");
      if (name !== "") found.set(`${kind}:${text(item.id)}`, name);
    }
  }
  return found;
}

async function open(url: URL): Promise<boolean> {
  if (url.origin !== origin) return false;
  const answer = fields(await ask("openPath", { path: url.pathname + url.search }));
  return answer.result !== "error";
}

const windowCommand = (command: string, params?: Fields): void => {
  void ask(command, params, WINDOW_COMMAND_TIMEOUT_MS);
};

if (isTrusted()) {
  window.addEventListener("message", onMessage);
  const frame: PulseFrame = {
    renew,
    reopenForm: () => formTo(location.pathname),
    appForm: () => formTo("/bitrix24/app"),
    names,
    open,
    // Keys that begin with `bx24_` are the portal's own; the others come back as the options of the page.
    openFull: ({ entity, id }) =>
      windowCommand("openApplication", {
        pulse_entity: entity,
        pulse_id: id,
        bx24_title: document.title,
      }),
    close: () => windowCommand("closeApplication"),
    resize: (height) => windowCommand("resizeWindow", { width: "100%", height }),
    reload: () => location.replace(location.pathname + location.search),
    finishInstall: async () => {
      await init();
      await ask("setInstallFinish");
    },
  };
  window.pulseFrame = frame;
  if (document.title !== "") windowCommand("setTitle", { title: document.title });
}
