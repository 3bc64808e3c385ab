import { runInNewContext } from "node:vm";
import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { widgetArchive, widgetFiles } from "../scripts/build-amocrm.ts";

const APP = "https://pulse.example.com";
const OPTIONS = {
  publicUrl: APP,
  supportEmail: "help@example.com",
  version: "1.2.3",
  product: "amocrm",
  isPrivate: false,
} as const;
/** Logos of the vendor's list, pixels. */
const SIZES: Readonly<Record<string, readonly [number, number]>> = {
  "images/logo.png": [130, 100],
  "images/logo_dp.png": [174, 109],
  "images/logo_main.png": [400, 272],
  "images/logo_medium.png": [240, 84],
  "images/logo_min.png": [84, 84],
  "images/logo_small.png": [108, 108],
};
const textOf = (files: Readonly<Record<string, Uint8Array>>, name: string) =>
  new TextDecoder().decode(files[name]);

describe("widget archive", () => {
  it("is the same bytes for the same inputs, with files at its root", () => {
    const archive = widgetArchive(OPTIONS);
    expect(Buffer.from(archive).equals(Buffer.from(widgetArchive(OPTIONS)))).toBe(true);
    expect(Object.keys(unzipSync(archive))).toEqual([
      "i18n/en.json",
      "i18n/ru.json",
      "images/logo.png",
      "images/logo_dp.png",
      "images/logo_main.png",
      "images/logo_medium.png",
      "images/logo_min.png",
      "images/logo_small.png",
      "images/menu.svg",
      "manifest.json",
      "script.js",
    ]);
  });

  it("has images of the vendor's sizes, none above 300 kB", () => {
    const files = unzipSync(widgetArchive(OPTIONS));
    for (const [name, size] of Object.entries(SIZES)) {
      const bytes = Buffer.from(files[name]!);
      expect(bytes.subarray(1, 4).toString("latin1")).toBe("PNG");
      expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], name).toEqual(size);
    }
    const images = Object.keys(files).filter((name) => name.startsWith("images/"));
    for (const name of images) expect(files[name]!.length).toBeLessThanOrEqual(300_000);
  });

  it("stands in four cards, the settings and the main menu; a private one has no menu page", () => {
    const manifestOf = (options: Parameters<typeof widgetFiles>[0]) =>
      JSON.parse(textOf(widgetFiles(options), "manifest.json"));
    const cards = ["lcard-1", "ccard-1", "comcard-1", "cucard-1"];
    const places = [...cards, "settings", "advanced_settings", "digital_pipeline"];
    const open = manifestOf(OPTIONS);
    expect(open).toMatchObject({ widget: { interface_version: 2, locale: ["ru", "en"] } });
    expect(open.locations).toEqual([...places, "widget_page"]);
    expect(Object.keys(widgetFiles(OPTIONS))).toContain(open.left_menu.pulse.icon);
    expect(open.dp).toMatchObject({ webhook_url: `${APP}/amocrm/pipeline` });
    const withoutAddress = manifestOf({ ...OPTIONS, publicUrl: "" });
    expect(withoutAddress).not.toHaveProperty("dp");
    expect(withoutAddress.locations).not.toContain("digital_pipeline");
    const own = manifestOf({ ...OPTIONS, isPrivate: true });
    expect(own.locations).toEqual(places);
    expect(own).not.toHaveProperty("left_menu");
    // Told to old platforms by the archive, given by the platform since.
    for (const key of ["code", "secret_key"]) expect(open.widget).not.toHaveProperty(key);
  });

  it("speaks the languages of its marketplace, each with the same texts", () => {
    const kommo = widgetFiles({ ...OPTIONS, product: "kommo" });
    expect(JSON.parse(textOf(kommo, "manifest.json")).widget.locale).toEqual(["en", "es", "pt"]);
    const files = { ...widgetFiles(OPTIONS), ...kommo };
    const keys = (locale: string) =>
      Object.entries(JSON.parse(textOf(files, `i18n/${locale}.json`))).map(([section, texts]) => [
        section,
        Object.keys(texts as object),
      ]);
    for (const locale of ["ru", "es", "pt"]) expect(keys(locale)).toEqual(keys("en"));
  });

  it("has every text that the manifest and the script name, in both languages", () => {
    const files = widgetFiles({ ...OPTIONS, publicUrl: "" });
    const manifest = textOf(files, "manifest.json");
    const named = [...manifest.matchAll(/": "((?:widget|advanced|settings|menu|dp)\.\w+)"/g)].map(
      (match) => match[1]!,
    );
    const used = [...textOf(files, "script.js").matchAll(/text\("(\w+)"\)/g)].map(
      (match) => `card.${match[1]}`,
    );
    for (const language of ["ru", "en"]) {
      const texts = JSON.parse(textOf(files, `i18n/${language}.json`));
      for (const key of [...named, ...used, "card.unknown", "card.failed"]) {
        const [section = "", name = ""] = key.split(".");
        expect(texts[section]?.[name], `${language} ${key}`).toEqual(expect.any(String));
      }
    }
    expect(named).toContain("settings.app_url");
  });

  it("carries the server's address, and asks for it where none was given", () => {
    const built = widgetFiles(OPTIONS);
    expect(textOf(built, "script.js")).toContain(`"${APP}"`);
    expect(JSON.parse(textOf(built, "manifest.json"))).toMatchObject({
      widget: { version: "1.2.3", support: { link: APP, email: "help@example.com" } },
      settings: {},
    });
    const open = JSON.parse(textOf(widgetFiles({ ...OPTIONS, publicUrl: "" }), "manifest.json"));
    expect(open.settings.app_url).toMatchObject({ type: "text", required: true });
    expect(() => widgetFiles({ ...OPTIONS, publicUrl: `${APP}/x` })).toThrow(/PUBLIC_URL/);
  });
});

interface Element {
  readonly tag: string;
  id?: string;
  src?: string;
  href?: string;
  textContent?: string;
  press?: () => void;
  readonly style: Record<string, string>;
  children: Element[];
  readonly contentWindow: { readonly posted: [unknown, string][] };
}

interface Asked {
  readonly url: string;
  readonly data: string;
  success(session: unknown): void;
  error(xhr: unknown): void;
}

/** Enough of the CRM's page for the script: a card, the panel that it fills, and messages. */
function openPage({
  area = "lcard",
  id = 12,
  customer = {} as unknown,
  status = "installed",
} = {}) {
  const listeners = new Set<(event: unknown) => void>();
  const timers = new Map<number, () => void>();
  const asked: Asked[] = [];
  const read: string[] = [];
  const panels = new Map<string, Element>();
  const make = (tag: string): Element => {
    const element: Element = {
      tag,
      style: {},
      children: [],
      contentWindow: { posted: [] },
    };
    return Object.assign(element, {
      addEventListener: (_type: string, run: () => void) => {
        element.press = run;
      },
      replaceChildren: (...children: Element[]) => {
        element.children = children;
      },
      appendChild: (child: Element) => element.children.push(child),
      contentWindow: {
        ...element.contentWindow,
        postMessage(message: unknown, origin: string) {
          element.contentWindow.posted.push([structuredClone(message), origin]);
        },
      },
    });
  };
  const crm = { data: { current_card: { id } as { id: number } | false }, lang_id: "ru" };
  const tabs: Record<string, unknown>[] = [];
  const window = {
    AMOCRM: crm,
    open: () => {
      tabs.push({ close: () => tabs.pop() });
      return tabs.at(-1);
    },
    addEventListener: (_type: string, listener: (event: unknown) => void) =>
      listeners.add(listener),
    removeEventListener: (_type: string, listener: (event: unknown) => void) =>
      listeners.delete(listener),
  };
  const heard: string[] = [];
  const field = {
    ...{ value: "", readOnly: false, heard },
    dispatchEvent: (event: { readonly type: string }) => heard.push(event.type),
  };
  const document = {
    querySelectorAll: (selector: string) => (selector === 'input[name="pulse_key"]' ? [field] : []),
    createElement: make,
    getElementById: (wanted: string) => panels.get(wanted) ?? null,
  };
  let Widget: (new () => Record<string, unknown>) | undefined;
  runInNewContext(textOf(widgetFiles(OPTIONS), "script.js"), {
    ...{ window, document, URL, Event, console },
    setTimeout: (run: () => void) => {
      timers.set(timers.size + 1, run);
      return timers.size;
    },
    clearTimeout: (timer: number) => timers.delete(timer),
    fetch: async (path: string) => {
      read.push(path);
      return { status: 200, json: async () => customer };
    },
    location: { hostname: "example.amocrm.ru" },
    define: (_needs: unknown, body: () => new () => Record<string, unknown>) => {
      Widget = body();
    },
  });
  const panel = make("div");
  const self = Object.assign(new Widget!(), {
    i18n: () => WORDS,
    get_install_status: () => status,
    get_settings: () => ({ widget_code: "pulse" }),
    system: () => ({ area }),
    $authorizedAjax: (request: Asked) => asked.push(request),
    render_template: ({ render }: { render: string }) => {
      panels.set(/id="([^"]+)"/.exec(render)![1]!, panel);
    },
  }) as unknown as { callbacks: Record<string, (...values: unknown[]) => boolean> };
  const frame = () => panel.children[0]?.children[0];
  const send = (data: unknown, origin = APP, source: unknown = frame()?.contentWindow) => {
    for (const listener of listeners) listener({ data, origin, source });
  };
  panels.set("work-area-pulse", panel);
  const words = () => (panel.children[0]?.children ?? []).map((child) => child.textContent);
  const silence = () => {
    const due = [...timers.values()];
    timers.clear();
    for (const run of due) run();
  };
  return { self, crm, asked, read, panel, frame, send, listeners, words, silence, tabs, field };
}

const WORDS = {
  unknown: "Not connected",
  connect: "Connect",
  connecting: "Connecting",
  failed: "Failed",
  loading: "…",
  nobody: "Nobody",
  open: "Open",
  connected: "Connected",
  install: "Before you install",
};

const SESSION = { token: "t", expiresAt: 5, cardUrl: `${APP}/amocrm/card?ticket=1`, appUrl: "x" };

function openCard(options?: Parameters<typeof openPage>[0]) {
  const page = openPage(options);
  for (const name of ["render", "init", "bind_actions"]) {
    expect(page.self.callbacks[name]!()).toBe(true);
  }
  return page;
}

/** Lets what has been answered already be read. */
const turns = () => new Promise((resolve) => setImmediate(resolve));

describe("widget script", () => {
  it("puts our page into the card's panel by way of the CRM's own proof", () => {
    const { asked, frame } = openCard();
    expect(asked[0]!.url).toBe(`${APP}/amocrm/session`);
    expect(JSON.parse(asked[0]!.data)).toEqual({ place: "card", entity: "deal", id: "12" });
    asked[0]!.success(SESSION);
    expect(frame()).toMatchObject({ tag: "iframe", src: SESSION.cardUrl });
  });

  it("drops an answer for a card that is no longer open", () => {
    const { asked, crm, frame } = openCard();
    crm.data.current_card = { id: 13 };
    asked[0]!.success(SESSION);
    expect(frame()?.tag).not.toBe("iframe");
  });

  it("offers to connect an account that we do not know, and says when we are down", () => {
    const { asked, panel, words } = openCard();
    asked[0]!.error({ responseJSON: { code: "portal.unknown" } });
    expect(words()).toEqual(["Not connected", "Connect"]);
    expect(panel.children[0]!.children[1]!.href).toBe(`${APP}/amocrm/connect?product=amocrm`);
    asked[0]!.error({ status: 0 });
    expect(words()).toEqual(["Failed"]);
  });

  it("says after the installation that it connects, and asks again a few times", () => {
    const page = openPage({ status: "install" });
    page.self.callbacks.onSave!({ active: "Y" });
    page.self.callbacks.render!();
    for (let nth = 0; nth < 5; nth += 1) {
      page.asked[nth]!.error({ responseJSON: { code: "portal.unknown" } });
      expect(page.words()).toEqual(["Connecting"]);
      page.silence();
      expect(page.asked).toHaveLength(nth + 2);
    }
    page.asked[5]!.error({ responseJSON: { code: "portal.unknown" } });
    expect(page.words()).toEqual(["Not connected", "Connect"]);
    page.silence();
    expect(page.asked).toHaveLength(6);
  });

  it("leaves the card alone that stands behind the settings", () => {
    const page = openCard();
    page.asked[0]!.success(SESSION);
    const box = { ...page.panel, appendChild: () => undefined };
    page.self.callbacks.settings!([{ querySelector: () => box }]);
    page.send({ type: "pulse:resize", height: 300 });
    expect(page.frame()!.style.height).toBe("300px");
  });

  it("asks for nothing in a new card and outside cards", () => {
    expect(openCard({ id: 0 }).asked).toEqual([]);
    expect(openCard({ area: "tcard" }).asked).toEqual([]);
  });

  it("shows a customer's card for the company that buys, else for its main contact", async () => {
    const contacts = [{ id: 5 }, { id: 6, is_main: true }];
    const companies = [{ id: 7 }];
    const both = openCard({ area: "cucard", customer: { _embedded: { contacts, companies } } });
    await turns();
    expect(both.read).toEqual(["/api/v4/customers/12?with=contacts,companies"]);
    expect(JSON.parse(both.asked[0]!.data)).toMatchObject({ entity: "company", id: "7" });
    both.asked[0]!.success(SESSION);
    expect(both.frame()).toMatchObject({ src: SESSION.cardUrl });
    const person = openCard({
      area: "cucard",
      customer: { _embedded: { contacts, companies: [] } },
    });
    await turns();
    expect(JSON.parse(person.asked[0]!.data)).toMatchObject({ entity: "contact", id: "6" });
    const empty = openCard({ area: "cucard", customer: { _embedded: {} } });
    await turns();
    expect([empty.asked, empty.words()]).toEqual([[], ["Nobody"]]);
  });

  it("drops a customer's buyer who is found after the card was left", async () => {
    const page = openCard({ area: "cucard", customer: { _embedded: { companies: [{ id: 7 }] } } });
    page.crm.data.current_card = { id: 13 };
    await turns();
    expect(page.asked).toEqual([]);
  });

  it("says the card's first lines where the page lets no frame in", () => {
    const { asked, words, silence, panel, tabs } = openCard();
    asked[0]!.success(SESSION);
    silence();
    expect(JSON.parse(asked[1]!.data)).toMatchObject({ plain: true, entity: "deal", id: "12" });
    const lines = ["At risk 41/100", "<b>silent</b>"];
    asked[1]!.success({ ...SESSION, lines });
    expect(words()).toEqual([...lines, "Open"]);
    // An address lives for a minute: the one that is opened is fresh.
    panel.children[0]!.children.at(-1)!.press!();
    const cardUrl = `${APP}/amocrm/card?ticket=later`;
    asked[2]!.success({ ...SESSION, cardUrl });
    expect(tabs).toMatchObject([{ location: cardUrl, opener: null }]);
  });

  it("leaves a frame alone that has spoken", () => {
    const { asked, send, silence, frame } = openCard();
    asked[0]!.success(SESSION);
    send({ type: "pulse:hello" });
    silence();
    expect(asked).toHaveLength(1);
    expect(frame()?.tag).toBe("iframe");
  });

  it.each(["initMenuPage", "advancedSettings"])("opens the overview: %s", (callback) => {
    const { self, asked, frame } = openPage({ area: "widget_page", id: 0 });
    expect(self.callbacks[callback]!({ location: "widget_page", item_code: "pulse" })).toBe(true);
    expect(JSON.parse(asked[0]!.data)).toEqual({ place: "app" });
    asked[0]!.success({ ...SESSION, appUrl: `${APP}/amocrm/app?ticket=9` });
    expect(frame()).toMatchObject({ src: `${APP}/amocrm/app?ticket=9` });
  });

  it("says in the settings whether the account is connected", () => {
    const shown = (page: ReturnType<typeof openPage>) => {
      const host = page.panel;
      const modal = [{ querySelector: () => host }];
      expect(page.self.callbacks.settings!(modal)).toBe(true);
      return page;
    };
    expect(shown(openPage({ status: "install" })).words()).toEqual(["Before you install"]);
    const page = shown(openPage());
    page.asked[0]!.success(SESSION);
    expect(page.words()).toEqual(["Connected", "Open"]);
    page.asked[0]!.error({ responseJSON: { code: "portal.unknown" } });
    expect(page.words()).toEqual(["Not connected", "Connect"]);
    expect(page.self.callbacks.onSave!({ active: "N" })).toBe(true);
  });

  it("fills the account's key into a step of the Digital Pipeline", () => {
    const page = openPage({ area: "digital_pipeline" });
    expect(page.self.callbacks.dpSettings!()).toBe(true);
    expect(JSON.parse(page.asked[0]!.data)).toMatchObject({ place: "digital_pipeline" });
    page.asked[0]!.success({ ...SESSION, pulse_key: "k1" });
    expect(page.field).toMatchObject({
      value: "k1",
      readOnly: true,
      heard: ["input", "change"],
    });
  });

  it("obeys its own frame only, told by origin and by source", () => {
    const { asked, frame, send } = openCard();
    asked[0]!.success(SESSION);
    const before = { ...frame()!.style };
    send({ type: "pulse:resize", height: 300 }, "https://evil.tld");
    send({ type: "pulse:resize", height: 300 }, APP, {});
    expect(frame()!.style).toEqual(before);
    send({ type: "pulse:resize", height: 300.4 });
    expect(frame()!.style.height).toBe("301px");
  });

  it("hands a fresh token to its frame when asked", () => {
    const { asked, frame, send } = openCard();
    asked[0]!.success(SESSION);
    const posted = (frame() as unknown as { contentWindow: { posted: unknown[] } }).contentWindow;
    send({ type: "pulse:refresh" });
    asked[1]!.success({ ...SESSION, token: "fresh" });
    expect(posted.posted).toEqual([[{ type: "pulse:session", token: "fresh", expiresAt: 5 }, APP]]);
    send({ type: "pulse:refresh", reload: true });
    asked[2]!.success({ ...SESSION, cardUrl: `${APP}/amocrm/card?ticket=2` });
    expect(frame()!.src).toBe(`${APP}/amocrm/card?ticket=2`);
  });

  it("leaves no listener behind", () => {
    const { self, listeners } = openCard();
    expect(listeners.size).toBe(1);
    self.callbacks.destroy!();
    expect(listeners.size).toBe(0);
  });
});
