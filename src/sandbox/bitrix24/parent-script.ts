/**
 * Runs in the portal's page and answers the frame as the portal does. Text protocol from the frame:
 * `command[:<JSON>]:<callbackKey>:<APP_SID>`; to the frame: `<callbackKey>:<JSON>`.
 */
export const PARENT_SCRIPT = `
"use strict";
(function () {
  var frames = window.SANDBOX_FRAMES || [];
  function call(route, body) {
    return fetch("/_sim/" + route, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }).then(function (answer) { return answer.json(); });
  }
  function parse(text) {
    var last = text.lastIndexOf(":");
    var sid = text.slice(last + 1);
    var head = text.slice(0, last);
    var keyAt = head.lastIndexOf(":");
    var key = head.slice(keyAt + 1);
    var rest = head.slice(0, keyAt);
    var first = rest.indexOf(":");
    var command = first < 0 ? rest : rest.slice(0, first);
    var raw = first < 0 ? "" : rest.slice(first + 1);
    var params = null;
    if (raw !== "") { try { params = JSON.parse(raw); } catch (error) { params = raw; } }
    return { command: command, params: params, key: key, sid: sid };
  }
  function element(sid) {
    return document.getElementById("frame-" + sid);
  }
  /* A slider over the page; the frame that opened it hears of its end. Keys that begin with bx24_ are for the slider itself. */
  function overlay(sid, params) {
    return new Promise(function (resolve) {
      var given = params || {};
      var options = {};
      Object.keys(given).forEach(function (key) {
        if (key.indexOf("bx24_") !== 0) { options[key] = String(given[key]); }
      });
      var before = document.title;
      var box = document.createElement("div");
      box.className = "slider";
      box.closeSlider = function () { box.remove(); document.title = before; resolve(null); };
      var close = document.createElement("button");
      close.textContent = "\\u00d7";
      close.onclick = box.closeSlider;
      var inner = document.createElement("iframe");
      inner.src = "/_sim/slider?sid=" + sid + "&options=" + encodeURIComponent(JSON.stringify(options));
      box.append(close, inner);
      document.body.append(box);
      if (given.bx24_title) { document.title = String(given.bx24_title); }
    });
  }
  /* The page in the slider asks the page under it. */
  function closeSlider() {
    var holder = window.frameElement && window.frameElement.parentNode;
    if (holder && holder.closeSlider) { holder.closeSlider(); }
    return null;
  }
  var commands = {
    getInitData: function (m) { return call("init-data", { sid: m.sid }); },
    refreshAuth: function (m) { return call("refresh-auth", { sid: m.sid }); },
    setInstallFinish: function (m) {
      return call("install-finish", { sid: m.sid }).then(function () {
        setTimeout(function () { location.reload(); }, 50);
        return null;
      });
    },
    setAppOption: function (m) {
      return call("option", { sid: m.sid, kind: "app", name: m.params.name, value: m.params.value });
    },
    setUserOption: function (m) {
      return call("option", { sid: m.sid, kind: "user", name: m.params.name, value: m.params.value });
    },
    resizeWindow: function (m) {
      var node = element(m.sid);
      if (node && m.params.height) { node.style.height = parseInt(m.params.height, 10) + "px"; }
      return m.params;
    },
    setTitle: function (m) { document.title = String(m.params.title); return null; },
    setScroll: function (m) { window.scrollTo(0, Number(m.params.scroll) || 0); return null; },
    reloadWindow: function () { setTimeout(function () { location.reload(); }, 50); return null; },
    closeApplication: closeSlider,
    openApplication: function (m) { return overlay(m.sid, m.params); },
    openPath: function () { return { result: "close" }; },
    getInterface: function () { return { command: ["reloadData"], event: [] }; },
  };
  window.addEventListener("message", function (event) {
    if (typeof event.data !== "string") { return; }
    var message = parse(event.data);
    var node = element(message.sid);
    if (!node || event.source !== node.contentWindow) { return; }
    var run = commands[message.command] || function () { return null; };
    call("frame-log", { sid: message.sid, command: message.command, params: message.params });
    Promise.resolve(run(message)).then(function (answer) {
      var text = message.key + ":" + JSON.stringify(answer === undefined ? null : answer);
      node.contentWindow.postMessage(text, event.origin);
    });
  });
  frames.forEach(function (sid) { document.getElementById("form-" + sid).submit(); });
})();
`;
