/* Client Pulse: puts our page into the card. It reads and keeps nothing of the CRM except names for rows on screen. */
define([], () =>
  function Widget() {
    const self = this;
    const BUILT_FOR = "__PUBLIC_URL__";
    const ENTITIES = { lcard: "deal", ccard: "contact", comcard: "company" };
    const PATHS = { contact: "contacts", company: "companies" };
    let shown = null;

    function text(key) {
      return self.i18n("card")?.[key] || "";
    }

    function app() {
      const own = self.get_settings()?.app_url || "";
      return (/^https?:/.test(own) ? own : BUILT_FOR).replace(/\/+$/, "");
    }

    function cardId() {
      const card = (window.AMOCRM || window.APP).data.current_card;
      return card?.id ? String(card.id) : null;
    }

    /* One place on the page. An answer for a place that is no longer shown is dropped. */
    function open(box, place, entity, id) {
      const view = { box: box, place: place, entity: entity, id: id, frame: null };
      shown = view;
      say(view, text("loading"));
      if (!/^https?:/.test(app())) return say(view, text("address"));
      load(view);
    }

    function isCurrent(view) {
      return shown === view && (view.place === "app" || cardId() === view.id);
    }

    function ask(view, ok, fail) {
      const body = {
        place: view.place,
        locale: (window.AMOCRM || window.APP).lang_id === "en" ? "en" : undefined,
      };
      if (view.id) {
        body.entity = view.entity;
        body.id = view.id;
      }
      self.$authorizedAjax({
        url: `${app()}/amocrm/session`,
        method: "POST",
        contentType: "application/json",
        dataType: "json",
        data: JSON.stringify(body),
        success: (session) => {
          if (isCurrent(view)) ok(session);
        },
        error: (xhr) => {
          if (isCurrent(view) && fail) fail(xhr);
        },
      });
    }

    function load(view) {
      ask(
        view,
        (session) => {
          const frame = document.createElement("iframe");
          frame.title = text("frame");
          frame.src = view.place === "app" ? session.appUrl : session.cardUrl;
          frame.style.cssText = `width:100%;border:0;display:block;height:${view.place === "app" ? "90vh" : "120px"}`;
          view.frame = frame;
          view.box.replaceChildren(frame);
        },
        (xhr) => {
          const code = xhr.responseJSON?.code;
          say(
            view,
            text(code === "portal.unknown" ? "unknown" : "failed"),
            code === "portal.unknown",
          );
        },
      );
    }

    function say(view, words, withConnect) {
      const line = document.createElement("p");
      line.textContent = words;
      view.box.replaceChildren(line);
      if (!withConnect) return;
      const link = document.createElement("a");
      const product = /(kommo\.|amocrm\.com$)/.test(location.hostname) ? "kommo" : "amocrm";
      link.href = `${app()}/amocrm/connect?product=${product}`;
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = text("connect");
      view.box.appendChild(link);
    }

    function onMessage(event) {
      const view = shown;
      const frame = view?.frame;
      if (!frame || event.source !== frame.contentWindow || event.origin !== new URL(app()).origin)
        return;
      const data = event.data || {};
      function reply(message) {
        frame.contentWindow.postMessage(message, event.origin);
      }
      if (data.type === "pulse:resize" && data.height > 0 && view.place === "card") {
        frame.style.height = `${Math.min(Math.ceil(data.height), 4000)}px`;
      } else if (data.type === "pulse:refresh" && data.reload) {
        load(view);
      } else if (data.type === "pulse:refresh") {
        ask(view, (session) => {
          reply({ type: "pulse:session", token: session.token, expiresAt: session.expiresAt });
        });
      } else if (data.type === "pulse:names" && Array.isArray(data.clients)) {
        names(data.clients.slice(0, 100)).then(
          (found) => reply({ type: "pulse:names", names: found }),
          () => {},
        );
      }
    }

    /* Read in the CRM's own page, so with the rights of the person who looks. */
    function names(clients) {
      const found = {};
      const reads = Object.keys(PATHS).map((kind) => {
        const ids = clients.filter((one) => one && one.kind === kind && /^\d+$/.test(one.id));
        if (ids.length === 0) return null;
        const query = ids.map((one) => `filter[id][]=${one.id}`);
        return fetch(`/api/v4/${PATHS[kind]}?limit=250&${query.join("&")}`)
          .then((answer) => (answer.status === 200 ? answer.json() : null))
          .then((page) => {
            (page ? page._embedded[PATHS[kind]] : []).forEach((row) => {
              if (row.name) found[`${kind}:${row.id}`] = row.name;
            });
          })
          .catch(() => {});
      });
      return Promise.all(reads).then(() => found);
    }

    function boxIn(host) {
      const box = document.createElement("div");
      host.replaceChildren(box);
      return box;
    }

    function renderCard() {
      const entity = ENTITIES[self.system().area];
      const id = cardId();
      if (!entity || !id) return;
      const place = `pulse-card-${id}-${Date.now()}`;
      self.render_template({
        caption: { class_name: "pulse-caption", html: "" },
        body: "",
        render: `<div class="pulse-card" id="${place}"></div>`,
      });
      const host = document.getElementById(place);
      if (host) open(boxIn(host), "card", entity, id);
    }

    function done() {
      return true;
    }

    self.callbacks = {
      settings: done,
      init: done,
      onSave: done,
      bind_actions: () => {
        window.removeEventListener("message", onMessage);
        window.addEventListener("message", onMessage);
        return true;
      },
      render: () => {
        renderCard();
        return true;
      },
      advancedSettings: () => {
        window.addEventListener("message", onMessage);
        const host = document.getElementById(`work-area-${self.get_settings()?.widget_code}`);
        if (host) open(boxIn(host), "app", null, null);
        return true;
      },
      destroy: () => {
        window.removeEventListener("message", onMessage);
        shown = null;
        return true;
      },
    };
    return self;
  });
