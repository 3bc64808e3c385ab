/* Client Pulse: puts our page into the card. It reads and keeps nothing of the CRM except names for rows on screen. */
define([], () =>
  function Widget() {
    const self = this;
    const BUILT_FOR = "__PUBLIC_URL__";
    const ENTITIES = { lcard: "deal", ccard: "contact", comcard: "company", cucard: "customer" };
    const RECORDS = ["deal", "contact", "company"];
    const PATHS = { contact: "contacts", company: "companies" };
    /* A frame that has said nothing for so long is not going to be shown: the CRM's page does not let it in. */
    const SILENCE_MS = 8000;
    /* The CRM shows the card at once; our server learns of an installation seconds later. */
    const AGAIN_MS = 3000;
    let attempts = 0;
    let shown = null;

    function crm() {
      return window.AMOCRM || window.APP;
    }

    function text(key) {
      return self.i18n("card")?.[key] || "";
    }

    function app() {
      const own = self.get_settings()?.app_url || "";
      return (/^https?:/.test(own) ? own : BUILT_FOR).replace(/\/+$/, "");
    }

    function hasAddress() {
      return /^https?:/.test(app());
    }

    function cardId() {
      const card = crm().data.current_card;
      return card?.id ? String(card.id) : null;
    }

    /* One place on the page. An answer for a place that is no longer shown is dropped. */
    function open(box, place, entity, id) {
      const view = { box, place, entity, id, card: id, frame: null, isHeard: false };
      close();
      shown = view;
      say(view, text("loading"));
      if (!hasAddress()) return say(view, text("address"));
      if (entity === "customer") return openBuyer(view);
      load(view);
    }

    function close() {
      clearTimeout(shown?.timer);
      shown = null;
    }

    function isCurrent(view) {
      if (view.place === "settings") return true;
      return shown === view && (view.place !== "card" || cardId() === view.card);
    }

    function ask(view, extra, ok, fail) {
      const body = {
        place: view.place === "card" ? "card" : "app",
        locale: crm().lang_id === "en" ? "en" : undefined,
        ...extra,
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
        {},
        (session) => {
          const frame = document.createElement("iframe");
          frame.title = text("frame");
          frame.src = view.place === "app" ? session.appUrl : session.cardUrl;
          frame.style.cssText = `width:100%;border:0;display:block;height:${view.place === "card" ? "120px" : "90vh"}`;
          view.frame = frame;
          view.box.replaceChildren(frame);
          clearTimeout(view.timer);
          if (!view.isHeard) view.timer = setTimeout(() => plain(view), SILENCE_MS);
        },
        (xhr) => failed(view, xhr, load),
      );
    }

    function failed(view, xhr, again) {
      if (xhr.responseJSON?.code !== "portal.unknown") return say(view, text("failed"));
      if (attempts > 0) {
        attempts -= 1;
        say(view, text("connecting"));
        view.timer = setTimeout(() => isCurrent(view) && again(view), AGAIN_MS);
        return;
      }
      say(view, text("unknown"));
      link(view, connectUrl(), text("connect"));
    }

    /* Where the page lets no frame in: the first lines as text, and the page itself in a tab of its own. */
    function plain(view) {
      if (!isCurrent(view) || view.isHeard) return;
      ask(
        view,
        { plain: true },
        (session) => {
          view.frame = null;
          view.box.replaceChildren();
          for (const words of session.lines || []) line(view, words);
          opener(view);
        },
        (xhr) => failed(view, xhr, plain),
      );
    }

    function line(view, words) {
      const row = document.createElement("p");
      row.textContent = words;
      view.box.appendChild(row);
    }

    function say(view, words) {
      view.box.replaceChildren();
      line(view, words);
    }

    function link(view, href, words) {
      const anchor = document.createElement("a");
      anchor.href = href;
      anchor.target = "_blank";
      anchor.rel = "noopener";
      anchor.textContent = words;
      view.box.appendChild(anchor);
    }

    /* An address of ours is good for one opening within a minute, so it is asked for when somebody presses. */
    function opener(view) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text("open");
      button.addEventListener("click", () => {
        /* Opened while the person presses: a browser blocks what opens later by itself. */
        const tab = window.open("about:blank");
        if (!tab) return;
        tab.opener = null;
        const go = (session) => {
          tab.location = view.place === "card" || view.id ? session.cardUrl : session.appUrl;
        };
        ask(view, {}, go, () => tab.close());
      });
      view.box.appendChild(button);
    }

    function connectUrl() {
      const product = /(kommo\.|amocrm\.com$)/.test(location.hostname) ? "kommo" : "amocrm";
      return `${app()}/amocrm/connect?product=${product}`;
    }

    function onMessage(event) {
      const view = shown;
      const frame = view?.frame;
      if (!frame || event.source !== frame.contentWindow || event.origin !== new URL(app()).origin)
        return;
      view.isHeard = true;
      clearTimeout(view.timer);
      const data = event.data || {};
      const answer = Object.hasOwn(ANSWERS, data.type) ? ANSWERS[data.type] : null;
      answer?.(view, data, (message) => frame.contentWindow.postMessage(message, event.origin));
    }

    /* What our page may ask of the page around it, by the type of its message. */
    const ANSWERS = {
      "pulse:resize": (view, data) => {
        if (!(data.height > 0) || view.place !== "card") return;
        view.frame.style.height = `${Math.min(Math.ceil(data.height), 4000)}px`;
      },
      /* A record of the overview, the whole of it, in the same place; and back. */
      "pulse:open": (view, data) => {
        if (view.place !== "app" || !RECORDS.includes(data.entity) || !/^\d+$/.test(data.id))
          return;
        open(view.box, "full", data.entity, data.id);
      },
      "pulse:close": (view) => {
        if (view.place === "full") open(view.box, "app", null, null);
      },
      "pulse:refresh": (view, data, reply) => {
        if (data.reload) return load(view);
        ask(view, {}, (session) => {
          reply({ type: "pulse:session", token: session.token, expiresAt: session.expiresAt });
        });
      },
      "pulse:names": (_view, data, reply) => {
        if (!Array.isArray(data.clients)) return;
        names(data.clients.slice(0, 100)).then(
          (found) => reply({ type: "pulse:names", names: found }),
          () => {},
        );
      },
    };

    /* The CRM's own API in the CRM's own page, so with the rights of the person who looks. */
    function read(path) {
      return fetch(path).then((answer) => (answer.status === 200 ? answer.json() : null));
    }

    function names(clients) {
      const found = {};
      const reads = Object.keys(PATHS).map((kind) => {
        const ids = clients.filter((one) => one && one.kind === kind && /^\d+$/.test(one.id));
        if (ids.length === 0) return null;
        const query = ids.map((one) => `filter[id][]=${one.id}`);
        return read(`/api/v4/${PATHS[kind]}?limit=250&${query.join("&")}`)
          .then((page) => {
            (page ? page._embedded[PATHS[kind]] : []).forEach((row) => {
              if (row.name) found[`${kind}:${row.id}`] = row.name;
            });
          })
          .catch(() => {});
      });
      return Promise.all(reads).then(() => found);
    }

    /* A customer's card is about the company or the main contact that buys. */
    function openBuyer(view) {
      read(`/api/v4/customers/${view.card}?with=contacts,companies`).then(
        (customer) => {
          if (!isCurrent(view)) return;
          const linked = customer?._embedded || {};
          const company = linked.companies?.[0];
          const contact = linked.contacts?.find((one) => one.is_main) || linked.contacts?.[0];
          const buyer = company || contact;
          if (!buyer) return say(view, text("nobody"));
          view.entity = company ? "company" : "contact";
          view.id = String(buyer.id);
          load(view);
        },
        () => {
          if (isCurrent(view)) say(view, text("failed"));
        },
      );
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

    /* The overview in the page that the CRM gives us: our item of the menu, or the advanced settings. */
    function openApp() {
      window.removeEventListener("message", onMessage);
      window.addEventListener("message", onMessage);
      const host = document.getElementById(`work-area-${self.get_settings()?.widget_code}`);
      if (host) open(boxIn(host), "app", null, null);
      return true;
    }

    /* Below the CRM's own fields: is this account connected, and where to connect it. */
    function showSettings(modal) {
      const host = (modal?.[0] || modal)?.querySelector?.(".widget_settings_block__descr");
      if (!host) return;
      const box = document.createElement("div");
      box.className = "pulse-settings";
      host.appendChild(box);
      const view = { box, place: "settings", entity: null, id: null };
      if (!hasAddress()) return say(view, text("address"));
      if (self.get_install_status() === "install") return say(view, text("install"));
      say(view, text("loading"));
      check(view);
    }

    function check(view) {
      const ok = () => {
        say(view, text("connected"));
        opener(view);
      };
      ask(view, {}, ok, (xhr) => failed(view, xhr, check));
    }

    /* A step behind a stage carries a key of this account, so that nobody else can order one in its name. */
    function fillStep() {
      const view = { box: null, place: "settings", entity: null, id: null };
      if (!hasAddress()) return;
      ask(view, { place: "digital_pipeline" }, (session) => {
        for (const input of document.querySelectorAll('input[name="pulse_key"]')) {
          input.value = session.pulse_key || "";
          input.readOnly = true;
          for (const name of ["input", "change"]) {
            input.dispatchEvent(new Event(name, { bubbles: true }));
          }
        }
      });
    }

    self.callbacks = {
      init: () => true,
      onSave: (saved) => {
        attempts = saved?.active === "Y" && self.get_install_status() === "install" ? 5 : 0;
        return true;
      },
      settings: (modal) => {
        showSettings(modal);
        return true;
      },
      bind_actions: () => {
        window.removeEventListener("message", onMessage);
        window.addEventListener("message", onMessage);
        return true;
      },
      render: () => {
        renderCard();
        return true;
      },
      dpSettings: () => {
        fillStep();
        return true;
      },
      advancedSettings: openApp,
      initMenuPage: openApp,
      destroy: () => {
        window.removeEventListener("message", onMessage);
        close();
        return true;
      },
    };
    return self;
  });
