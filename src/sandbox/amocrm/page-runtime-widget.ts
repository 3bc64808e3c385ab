/** Browser text: `AMOCRM`, modals and the base that every widget inherits. */
export const RUNTIME_WIDGET = String.raw`
const boot = JSON.parse(document.getElementById("sandbox-boot").textContent);
/* A person's language, from lang= in the page's address. */
const language = new URLSearchParams(location.search).get("lang") === "en" ? "en" : "ru";
const place = { area: boot.area, card: boot.card };

function model(card) {
  if (!card) return false;
  const attributes = { ID: card.id, id: card.id, NAME: card.name, name: card.name, "lead[PRICE]": card.price, STATUS: card.status_id };
  return { id: card.id, type: card.type, model: { id: card.id, attributes, get: (key) => attributes[key], on: () => {} }, getId: () => card.id };
}

const constants = {
  user: boot.user, account: boot.account, managers: boot.managers, task_types: boot.taskTypes,
  user_rights: { is_admin: boot.isAdmin }, groups: { group_0: "Отдел продаж" }, theme: "light",
};

const AMOCRM = {
  data: {
    get current_card() { return model(place.card); },
    get current_entity() { return place.card ? place.card.type : "widgets-settings"; },
    get is_card() { return Boolean(place.card); },
    current_list: false, current_view: { type: "card" },
  },
  constant: (name) => constants[name],
  constants: () => constants,
  isCard: () => Boolean(place.card),
  getBaseEntity: () => (place.card ? place.card.type : ""),
  getWidgetsArea: () => place.area,
  lang_id: language,
  lang: {},
  getV3WidgetsArea: () => place.area,
  system: () => Object.assign({ area: place.area }, boot.system),
  notifications: {
    show_message: (m) => notice(m), show_notification: (m) => notice(m), show_message_error: (m) => notice(m), add_error: (m) => notice(m),
  },
  sdk: { showUserStatus: () => {} },
  router: { navigate: (path) => openCard(path) },
  widgets: { list: {}, system: boot.system },
  addNotificationCallback: () => {},
};
window.AMOCRM = window.APP = AMOCRM;

function notice(message) {
  const line = document.createElement("p");
  line.className = "notification";
  const text = typeof message === "string" ? message : [message.header, message.text && (message.text.text || message.text)].filter(Boolean).join(": ");
  line.textContent = text;
  document.getElementById("notifications").append(line);
  return true;
}

class Modal {
  constructor(options) {
    this.options = options || {};
    this.element = document.createElement("div");
    this.element.className = ("modal " + (this.options.class_name || "")).trim();
    this.element.innerHTML = '<div class="modal-body"><div class="modal-body__inner"></div></div>';
    document.body.append(this.element);
    const body = $(this.element.querySelector(".modal-body"));
    body.on("modal:loaded", () => {}).on("modal:centrify", () => {});
    this.$modal = $(this.element);
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element || (event.target.closest && event.target.closest(".modal-body__close, .js-modal-close"))) this.destroy();
    });
    if (this.options.init) this.options.init.call(this, body);
  }
  destroy() {
    if (!this.element.isConnected) return;
    this.element.remove();
    if (this.options.destroy) this.options.destroy.call(this);
  }
}

function fill(template, data) {
  return String(template).replace(/\{\{\s*([\w.]+)\s*(?:\|[^}]*)?\}\}/g, (_, path) => {
    const value = path.split(".").reduce((at, key) => (at === null || at === undefined ? at : at[key]), data);
    return value === null || value === undefined ? "" : String(value).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
  });
}

builtIn.set("jquery", $);
builtIn.set("underscore", {
  each: (list, f) => Object.values(list || {}).forEach(f), map: (list, f) => Object.values(list || {}).map(f),
  isEmpty: (v) => !v || Object.keys(v).length === 0, extend: Object.assign, escape: (t) => fill("{{ t }}", { t }),
  debounce: (f, ms) => { let timer; return (...a) => { clearTimeout(timer); timer = setTimeout(() => f(...a), ms); }; },
});
builtIn.set("lib/components/base/modal", Modal);
builtIn.set("twigjs", { twig: ({ data }) => ({ render: (values) => fill(data, values) }) });

let widgetToken = null;

async function disposableToken() {
  if (widgetToken && widgetToken.until > Date.now()) return widgetToken.value;
  const url = "/ajax/v2/integrations/" + boot.widget.clientId + "/disposable_token?user=" + boot.user.id;
  const answer = await fetch(url, { method: "POST", headers: { "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok) throw new Error("no token: " + answer.status);
  widgetToken = { value: (await answer.json()).token, until: Date.now() + 25 * 60 * 1000 };
  return widgetToken.value;
}

const widgetPath = boot.widget && "/widgets/" + boot.widget.code;

const Base = {
  system: () => AMOCRM.system(),
  i18n(key) { return key.split(".").reduce((at, part) => (at ? at[part] : undefined), this.langs) ?? ""; },
  get_settings() {
    return Object.assign({
      active: boot.widget.isInstalled ? "Y" : "N", category_code: "own_integrations", id: 123456, images_path: widgetPath + "/images",
      oauth_client_uuid: boot.widget.clientId, path: widgetPath, status: this.get_install_status(), support: [],
      version: this.get_version(), widget_active: boot.widget.isInstalled ? "Y" : "N", widget_code: boot.widget.code,
    }, boot.widget.params, this.saved);
  },
  set_settings(values) { this.saved = Object.assign(this.saved || {}, values); },
  set_lang(lang) { this.langs = Object.assign({}, this.langs, lang); },
  set_status(status) { this.status = status; },
  get_install_status() { return this.status || (boot.widget.isInstalled ? "installed" : "install"); },
  get_version() { return (this.manifest.widget || {}).version || "1.0.0"; },
  get_pipeline_id: () => 0,
  setSdkCatalogId() {},
  list_selected: () => ({ selected: [], summary: {} }),
  add_action() {},
  add_source() {},
  add_notification: (n) => notice(n),
  render_template(parts, data) {
    const box = document.createElement("div");
    box.className = "card-widgets__widget card-widgets__widget-" + boot.widget.code;
    box.dataset.code = boot.widget.code;
    const caption = document.createElement("div");
    caption.className = "card-widgets__widget__caption " + ((parts.caption && parts.caption.class_name) || "");
    caption.append(...nodes((parts.caption && parts.caption.html) || this.i18n("widget.name")));
    const body = document.createElement("div");
    body.className = "card-widgets__widget__body js-body-hide";
    const content = [parts.body, parts.render].filter((part) => part !== undefined && part !== null && part !== "");
    for (const part of content) body.append(...nodes(typeof part === "string" ? fill(part, data || {}) : part));
    box.append(caption, body);
    const area = document.getElementById("widgets_block");
    const old = area.querySelector(".card-widgets__widget-" + boot.widget.code);
    if (old) old.replaceWith(box); else area.append(box);
    return true;
  },
  render(what, data) {
    if (what.data !== undefined) return fill(what.data, data || {});
    const url = (what.base_path || widgetPath) + what.href;
    fetch(url).then((answer) => answer.text()).then((text) => {
      if (what.load) what.load({ render: (values) => fill(text, values) });
    });
    return "";
  },
  $authorizedAjax(settings) {
    const deferred = new Deferred();
    disposableToken().then((token) => {
      const headers = Object.assign({}, settings.headers, { "X-Auth-Token": token });
      ajax(Object.assign({}, settings, { headers })).done((...a) => deferred.resolve(...a)).fail((...a) => deferred.reject(...a));
    }, (error) => {
      const xhr = { status: 0, responseText: String(error) };
      if (settings.error) settings.error(xhr, "error", String(error));
      deferred.reject(xhr, "error", String(error));
    });
    return deferred;
  },
  crm_post(url, data, done, type, failed) { ajax({ url, data, method: "POST", dataType: type }).done(done || (() => {})).fail(failed || (() => {})); },
};
`;
