import { runInNewContext } from "node:vm";
import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { widgetArchive, widgetFiles } from "../scripts/build-amocrm.ts";

const APP = "https://pulse.example.com";
const OPTIONS = { publicUrl: APP, supportEmail: "help@example.com", version: "1.2.3" };
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
      "images/logo_main.png",
      "images/logo_medium.png",
      "images/logo_min.png",
      "images/logo_small.png",
      "manifest.json",
      "script.js",
    ]);
  });

  it("has every text that the manifest and the script name, in both languages", () => {
    const files = widgetFiles({ ...OPTIONS, publicUrl: "" });
    const manifest = textOf(files, "manifest.json");
    const named = [...manifest.matchAll(/": "((?:widget|advanced|settings)\.\w+)"/g)].map(
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
function openPage({ area = "lcard", id = 12 } = {}) {
  const listeners = new Set<(event: unknown) => void>();
  const asked: Asked[] = [];
  const panels = new Map<string, Element>();
  const make = (tag: string): Element => {
    const element: Element = {
      tag,
      style: {},
      children: [],
      contentWindow: { posted: [] },
    };
    return Object.assign(element, {
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
  const window = {
    AMOCRM: crm,
    addEventListener: (_type: string, listener: (event: unknown) => void) =>
      listeners.add(listener),
    removeEventListener: (_type: string, listener: (event: unknown) => void) =>
      listeners.delete(listener),
  };
  const document = {
    createElement: make,
    getElementById: (wanted: string) => panels.get(wanted) ?? null,
  };
  let Widget: (new () => Record<string, unknown>) | undefined;
  runInNewContext(textOf(widgetFiles(OPTIONS), "script.js"), {
    ...{ window, document, URL, console },
    location: { hostname: "example.amocrm.ru" },
    define: (_needs: unknown, body: () => new () => Record<string, unknown>) => {
      Widget = body();
    },
  });
  const panel = make("div");
  const self = Object.assign(new Widget!(), {
    i18n: () => ({ unknown: "Not connected", connect: "Connect", failed: "Failed", loading: "…" }),
    get_settings: () => ({ widget_code: "pulse" }),
    system: () => ({ area }),
    $authorizedAjax: (request: Asked) => asked.push(request),
    render_template: ({ render }: { render: string }) => {
      panels.set(/id="([^"]+)"/.exec(render)![1]!, panel);
    },
  }) as unknown as { callbacks: Record<string, () => boolean> };
  const frame = () => panel.children[0]?.children[0];
  const send = (data: unknown, origin = APP, source: unknown = frame()?.contentWindow) => {
    for (const listener of listeners) listener({ data, origin, source });
  };
  return { self, crm, asked, panel, frame, send, listeners };
}

const SESSION = { token: "t", expiresAt: 5, cardUrl: `${APP}/amocrm/card?ticket=1`, appUrl: "x" };

function openCard(options?: Parameters<typeof openPage>[0]) {
  const page = openPage(options);
  for (const name of ["render", "init", "bind_actions"]) {
    expect(page.self.callbacks[name]!()).toBe(true);
  }
  return page;
}

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
    const { asked, panel } = openCard();
    const words = () => panel.children[0]!.children.map((child) => child.textContent);
    asked[0]!.error({ responseJSON: { code: "portal.unknown" } });
    expect(words()).toEqual(["Not connected", "Connect"]);
    expect(panel.children[0]!.children[1]!.href).toBe(`${APP}/amocrm/connect?product=amocrm`);
    asked[0]!.error({ status: 0 });
    expect(words()).toEqual(["Failed"]);
  });

  it("asks for nothing in a new card and outside cards", () => {
    expect(openCard({ id: 0 }).asked).toEqual([]);
    expect(openCard({ area: "cucard" }).asked).toEqual([]);
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
