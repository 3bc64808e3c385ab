/** Browser text: the card itself, moving between cards without a reload, and the settings dialog. */
export const RUNTIME_CARD = `
let widget = null;
let WidgetClass = null;

async function readJson(path) {
  const answer = await fetch(widgetPath + path);
  return answer.ok ? answer.json() : {};
}

function call(name, ...values) {
  const callback = widget && widget.callbacks && widget.callbacks[name];
  return typeof callback === "function" ? callback.apply(widget, values) : undefined;
}

/** render, init, bind_actions: each must return true, or the chain stops. */
function runChain() {
  document.body.dataset.widget = "running";
  for (const name of ["render", "init", "bind_actions"]) {
    if (call(name) !== true) { document.body.dataset.widget = "stopped at " + name; return; }
  }
  document.body.dataset.widget = "ready";
}

async function createWidget() {
  if (!boot.widget) return;
  const [manifest, langs, made] = await Promise.all([
    readJson("/manifest.json"), readJson("/i18n/" + language + ".json"), WidgetClass || load(widgetPath + "/script.js", location.href),
  ]);
  if (typeof made !== "function") { document.body.dataset.widget = "no widget"; return; }
  WidgetClass = made;
  Object.setPrototypeOf(WidgetClass.prototype, Object.assign(Object.create(Object.prototype), Base, {
    manifest, langs, params: Object.assign({ path: widgetPath, widget_code: boot.widget.code, version: (manifest.widget || {}).version }, boot.widget.params),
  }));
  if (boot.widget.hasStyle && !document.querySelector("link[data-widget]")) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.dataset.widget = "";
    link.href = widgetPath + "/style.css";
    document.head.append(link);
  }
  widget = new WidgetClass();
  AMOCRM.widgets.list[boot.widget.code] = widget;
}

function locationWanted() {
  const places = (widget && widget.manifest.locations) || [];
  return places.length === 0 || places.some((name) => name.split("-")[0] === place.area || name.split("-")[0] === "everywhere");
}

function text(tag, value, parent) {
  const element = document.createElement(tag);
  element.textContent = value;
  parent.append(element);
  return element;
}

function drawCard() {
  const holder = document.getElementById("card_holder");
  holder.replaceChildren();
  if (!place.card) {
    holder.className = "work-area";
    holder.id = "card_holder";
    const area = document.createElement("div");
    area.id = "work-area-" + (boot.widget ? boot.widget.code : "none");
    holder.append(area);
    document.getElementById("widgets_block").style.display = "none";
    text("button", "Settings of the widget", holder).addEventListener("click", openSettings);
    return;
  }
  text("h1", place.card.name, holder);
  text("p", "№ " + place.card.id + (place.card.price === undefined ? "" : " · " + place.card.price + " " + boot.account.currency), holder);
  for (const link of place.card.links) {
    const anchor = text("a", link.name, text("p", "", holder));
    anchor.href = link.href + "?user=" + boot.user.id;
    anchor.addEventListener("click", (event) => { event.preventDefault(); openCard(link.href); });
  }
  const button = text("button", "Settings of the widget", holder);
  button.className = "js-widget-settings";
  button.addEventListener("click", openSettings);
}

/** The main menu's items of the widget, as its manifest orders them. */
function drawMenu() {
  const items = (widget && boot.widget.isInstalled && widget.manifest.left_menu) || {};
  const menu = document.getElementById("left_menu");
  menu.replaceChildren();
  for (const [code, item] of Object.entries(items)) {
    const anchor = text("a", widget.i18n(item.title), menu);
    anchor.href = "/widget_page/" + boot.widget.code + "/" + code + "?user=" + boot.user.id;
    anchor.style.cssText = "padding-left:32px;background:no-repeat left/24px url(" + widgetPath + "/" + item.icon + ")";
  }
}

/** The CRM page is one application: the address changes, the widget's callbacks run again. */
async function openCard(path) {
  const answer = await fetch("/_page/card" + path + "?user=" + boot.user.id);
  if (!answer.ok) return false;
  Object.assign(place, await answer.json());
  history.pushState({}, "", path + "?user=" + boot.user.id);
  document.body.dataset.area = place.area;
  drawCard();
  $(document).trigger("page:changed");
  const once = widget && widget.manifest.widget && widget.manifest.widget.init_once;
  if (!once) {
    document.getElementById("widgets_block").replaceChildren();
    call("destroy");
    await createWidget();
  }
  start();
  return true;
}

function start() {
  drawMenu();
  if (!widget || !boot.widget.isInstalled) { document.body.dataset.widget = widget ? "not installed" : "none"; return; }
  if (!locationWanted()) { document.body.dataset.widget = "not here"; return; }
  runChain();
  if (place.area === "advanced_settings") call("advancedSettings");
  if (place.area === "widget_page") call("initMenuPage", { location: "widget_page", item_code: boot.item });
}

function openSettings() {
  if (!boot.widget) return;
  const settings = (widget && widget.manifest.settings) || {};
  const area = place.area;
  place.area = "settings";
  new Modal({
    class_name: "widget-settings",
    init(body) {
      const inner = body.find(".modal-body__inner");
      inner.append('<div class="widget_settings_block"><h2 class="widget_settings_block__head"></h2><div class="widget_settings_block__descr"></div><form class="widget_settings_block__fields" id="widget_settings__fields_wrapper"></form><button type="button" class="js-widget-save"></button> <button type="button" class="js-widget-uninstall">Off</button> <button type="button" class="js-modal-close">Close</button></div>');
      inner.find(".widget_settings_block__head").text(widget ? widget.i18n("widget.name") : boot.widget.code);
      inner.find(".widget_settings_block__descr").text(widget ? widget.i18n("widget.short_description") : "");
      for (const [key, field] of Object.entries(settings)) {
        const row = $('<label class="widget_settings_block__item_field"><span></span> <input></label>');
        row.find("span").text(widget.i18n(field.name) || key);
        row.find("input").attr({ name: key, type: field.type === "pass" ? "password" : "text", value: widget.get_settings()[key] || "" });
        inner.find("form").append(row);
      }
      inner.find(".js-widget-save").text(boot.widget.isInstalled ? "Save" : "Install").on("click", () => save(this, inner, "Y"));
      inner.find(".js-widget-uninstall").on("click", () => save(this, inner, "N"));
      call("settings", $(this.element));
    },
    destroy() { place.area = area; },
  });
}

async function save(modal, inner, active) {
  const fields = {};
  inner.find("input").each(function () { fields[this.name] = this.value; });
  const verdict = await Promise.resolve(call("onSave", { active, fields, status: widget ? widget.get_install_status() : "install", widgetClass: boot.widget.code })).catch(() => false);
  if (verdict === false) return;
  const wasInstalled = boot.widget.isInstalled;
  if (wasInstalled !== (active === "Y")) await fetch("/_page/install?user=" + boot.user.id, { method: "POST", body: new URLSearchParams({ active }) });
  boot.widget.isInstalled = active === "Y";
  if (widget) widget.set_settings(fields);
  modal.destroy();
  if (!wasInstalled && active === "Y") start();
}

window.addEventListener("popstate", () => openCard(location.pathname));
drawCard();
createWidget().then(start, (error) => { document.body.dataset.widget = "failed: " + error.message; });
`;
