/** Browser text: the small part of jQuery and AMD that widgets lean on. */
export const RUNTIME_DOM = String.raw`
class Deferred {
  constructor() {
    this.inner = new Promise((resolve, reject) => { this.resolve = (...a) => (resolve(a), this); this.reject = (...a) => (reject(a), this); });
    this.inner.catch(() => {});
  }
  // What a handler returns is nobody's, as in jQuery: a rejected deferred among it is not an uncaught error.
  done(f) { this.inner.then((a) => { f(...a); }, () => {}); return this; }
  fail(f) { this.inner.catch((a) => { f(...a); }); return this; }
  always(f) { return this.done(f).fail(f); }
  then(ok, bad) { return this.inner.then((a) => (ok ? ok(a[0]) : a[0]), bad ? (a) => bad(a[0]) : undefined); }
  catch(bad) { return this.then(undefined, bad); }
  promise() { return this; }
}

function flat(data, prefix, out) {
  for (const [key, value] of Object.entries(data || {})) {
    const name = prefix ? prefix + "[" + key + "]" : key;
    if (value !== null && typeof value === "object") flat(value, name, out);
    else out.append(name, value === null || value === undefined ? "" : String(value));
  }
  return out;
}

function ajax(first, second) {
  const s = typeof first === "string" ? Object.assign({ url: first }, second) : Object.assign({}, first);
  const method = (s.method || s.type || "GET").toUpperCase();
  const headers = Object.assign({ "X-Requested-With": "XMLHttpRequest" }, s.headers || {});
  if (new URL(s.url, location.href).origin !== location.origin) delete headers["X-Requested-With"];
  let url = s.url;
  let body;
  if (s.data !== undefined && s.data !== null) {
    const text = typeof s.data === "string" ? s.data : flat(s.data, "", new URLSearchParams()).toString();
    if (method === "GET") url += (url.includes("?") ? "&" : "?") + text;
    else { body = text; headers["Content-Type"] = s.contentType || "application/x-www-form-urlencoded; charset=UTF-8"; }
  }
  const deferred = new Deferred();
  const xhr = { status: 0, statusText: "", responseText: "", responseJSON: undefined, getResponseHeader: () => null };
  const finish = (ok, value) => {
    if (ok) { if (s.success) s.success.call(s.context || s, value, "success", xhr); deferred.resolve(value, "success", xhr); }
    else { if (s.error) s.error.call(s.context || s, xhr, "error", value); deferred.reject(xhr, "error", value); }
    if (s.complete) s.complete.call(s.context || s, xhr, ok ? "success" : "error");
  };
  fetch(url, { method, headers, body, credentials: new URL(url, location.href).origin === location.origin ? "same-origin" : "omit" })
    .then(async (answer) => {
      xhr.status = answer.status;
      xhr.statusText = answer.statusText;
      xhr.responseText = await answer.text();
      xhr.getResponseHeader = (name) => answer.headers.get(name);
      let value = xhr.responseText;
      try { xhr.responseJSON = JSON.parse(value); } catch { /* not JSON */ }
      const type = answer.headers.get("content-type") || "";
      if (s.dataType === "json" || type.includes("json")) value = xhr.responseJSON;
      finish(answer.ok, answer.ok ? value : answer.statusText);
    }, (error) => finish(false, String(error)));
  return deferred;
}

class Query {
  constructor(list) { list.forEach((item, index) => { this[index] = item; }); this.length = list.length; }
  get list() { return Array.from({ length: this.length }, (_, index) => this[index]); }
  each(f) { this.list.forEach((item, index) => f.call(item, index, item)); return this; }
  find(selector) { return new Query(this.list.flatMap((item) => [...item.querySelectorAll(selector)])); }
  closest(selector) { return new Query(this.list.map((item) => item.closest(selector)).filter(Boolean)); }
  parent() { return new Query(this.list.map((item) => item.parentElement).filter(Boolean)); }
  children() { return new Query(this.list.flatMap((item) => [...item.children])); }
  filter(selector) { return new Query(this.list.filter((item) => item.matches(selector))); }
  eq(index) { return new Query(this[index] ? [this[index]] : []); }
  first() { return this.eq(0); }
  last() { return this.eq(this.length - 1); }
  get(index) { return index === undefined ? this.list : this[index]; }
  html(value) { if (value === undefined) return this[0] && this[0].innerHTML; return this.each(function () { this.replaceChildren(...nodes(value)); }); }
  text(value) { if (value === undefined) return this.list.map((item) => item.textContent).join(""); return this.each(function () { this.textContent = value; }); }
  val(value) { if (value === undefined) return this[0] && this[0].value; return this.each(function () { this.value = value; }); }
  attr(name, value) {
    if (typeof name === "object") { for (const [k, v] of Object.entries(name)) this.attr(k, v); return this; }
    if (value === undefined) { const v = this[0] && this[0].getAttribute(name); return v === null ? undefined : v; }
    return this.each(function () { this.setAttribute(name, value); });
  }
  removeAttr(name) { return this.each(function () { this.removeAttribute(name); }); }
  prop(name, value) { if (value === undefined) return this[0] && this[0][name]; return this.each(function () { this[name] = value; }); }
  data(name, value) { if (value === undefined) return this[0] && this[0].dataset[name]; return this.each(function () { this.dataset[name] = value; }); }
  css(name, value) {
    if (typeof name === "object") { for (const [k, v] of Object.entries(name)) this.css(k, v); return this; }
    if (value === undefined) return this[0] && getComputedStyle(this[0]).getPropertyValue(name);
    const text = typeof value === "number" ? value + "px" : value;
    return this.each(function () { this.style.setProperty(name.replace(/[A-Z]/g, (c) => "-" + c.toLowerCase()), text); });
  }
  height(value) { return value === undefined ? this[0] && this[0].clientHeight : this.css("height", value); }
  width(value) { return value === undefined ? this[0] && this[0].clientWidth : this.css("width", value); }
  addClass(names) { return this.each(function () { this.classList.add(...names.split(/\s+/).filter(Boolean)); }); }
  removeClass(names) { return this.each(function () { this.classList.remove(...names.split(/\s+/).filter(Boolean)); }); }
  toggleClass(name, on) { return this.each(function () { this.classList.toggle(name, on); }); }
  hasClass(name) { return this.list.some((item) => item.classList.contains(name)); }
  show() { return this.each(function () { this.style.display = ""; }); }
  hide() { return this.each(function () { this.style.display = "none"; }); }
  append(value) { return this.each(function () { this.append(...nodes(value)); }); }
  prepend(value) { return this.each(function () { this.prepend(...nodes(value)); }); }
  appendTo(target) { $(target).append(this); return this; }
  remove() { return this.each(function () { this.remove(); }); }
  empty() { return this.each(function () { this.replaceChildren(); }); }
  on(names, selector, handler) {
    const delegated = typeof selector === "string";
    const f = delegated ? handler : selector;
    for (const name of names.split(/\s+/)) this.each(function () {
      const target = this;
      target.addEventListener(name.split(".")[0], (event) => {
        const hit = delegated ? event.target.closest && event.target.closest(selector) : target;
        if (hit && f.call(hit, event, ...(event.detail && event.detail.sandboxArgs || [])) === false) { event.preventDefault(); event.stopPropagation(); }
      });
    });
    return this;
  }
  off() { return this; }
  click(f) { return f ? this.on("click", f) : this.trigger("click"); }
  trigger(name, args) { return this.each(function () { this.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail: { sandboxArgs: args || [] } })); }); }
  ready(f) { f($); return this; }
}

function nodes(value) {
  if (value === null || value === undefined) return [];
  if (value instanceof Query) return value.list;
  if (value instanceof Node) return [value];
  const box = document.createElement("template");
  box.innerHTML = String(value);
  return [...box.content.childNodes];
}

function $(what, root) {
  if (typeof what === "function") { what($); return new Query([document]); }
  if (what instanceof Query) return what;
  if (what === undefined || what === null) return new Query([]);
  if (typeof what === "string") return /^\s*</.test(what) ? new Query(nodes(what.trim())) : new Query([...(root ? $(root)[0] : document).querySelectorAll(what)]);
  return new Query(Array.isArray(what) ? what : [what]);
}
Object.assign($, {
  ajax, fn: Query.prototype, Deferred: () => new Deferred(), extend: (...a) => (a[0] === true ? Object.assign(...a.slice(1)) : Object.assign(...a)),
  each: (list, f) => { Object.entries(list).forEach(([key, value]) => f.call(value, key, value)); return list; },
  get: (url, data, success) => ajax({ url, data, success }), post: (url, data, success) => ajax({ url, data, success, method: "POST" }),
  getJSON: (url, data, success) => ajax({ url, data, success, dataType: "json" }), param: (data) => flat(data, "", new URLSearchParams()).toString(),
  isFunction: (f) => typeof f === "function", trim: (text) => String(text).trim(), noop: () => {},
});
window.$ = window.jQuery = $;

const loaded = new Map();
const builtIn = new Map();
let waiting = [];

function define(name, deps, factory) {
  if (typeof name !== "string") { factory = deps; deps = name; }
  if (!Array.isArray(deps)) { factory = deps; deps = []; }
  const url = document.currentScript && document.currentScript.src;
  const take = waiting.find((item) => item.url === url) || waiting[0];
  if (take) { waiting = waiting.filter((item) => item !== take); take.accept(deps, factory); }
}
define.amd = { jQuery: true };

function load(id, base) {
  if (builtIn.has(id)) return Promise.resolve(builtIn.get(id));
  const isFile = /^(https?:)?\/\//.test(id) || id.startsWith("/") || id.startsWith(".");
  if (!isFile) return Promise.resolve({});
  let url = new URL(id, base).href;
  if (!/\.js(\?|$)/.test(url)) url = url.replace(/(\?|$)/, ".js$1");
  if (loaded.has(url)) return loaded.get(url);
  const module = new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const item = { url, accept: (deps, factory) => Promise.all(deps.map((dep) => load(dep, url))).then((values) => resolve(typeof factory === "function" ? factory(...values) : factory), reject) };
    waiting.push(item);
    script.src = url;
    script.onload = () => { if (waiting.includes(item)) { waiting = waiting.filter((one) => one !== item); resolve({}); } };
    script.onerror = () => { waiting = waiting.filter((one) => one !== item); reject(new Error("cannot load " + url)); };
    document.head.append(script);
  });
  loaded.set(url, module);
  return module;
}

function require(deps, ready, failed) {
  if (typeof deps === "string") return builtIn.get(deps);
  Promise.all(deps.map((dep) => load(dep, location.href))).then((values) => ready && ready(...values), (error) => failed && failed(error));
}
window.define = define;
window.require = window.requirejs = require;
`;
