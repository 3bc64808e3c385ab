import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { PageAssets } from "./assets.ts";
import { type LostConnection, LostConnectionNotice } from "./connection.tsx";
import type { Locale } from "./texts/format.ts";
import { textsOf } from "./texts/index.ts";

/** Carried by every embedded page as `#pulse-session`; the islands send the token with each call. */
export interface PageSession {
  readonly token: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
  readonly portal: string;
  readonly locale: string;
  readonly role: "admin" | "user";
}

/** How the page speaks with the page around it. */
export interface PageFrame {
  /** Our script for this host's frame, for example `bitrix24-frame`. */
  readonly island: string;
  /** Exact origins it may speak with; the page with data has exactly one. */
  readonly origins: readonly string[];
}

/** What every page needs besides its own view. */
export interface PageContext {
  readonly locale: Locale;
  /** The nonce of this response's content security policy. */
  readonly nonce: string;
  readonly assets: PageAssets;
  readonly session: PageSession | null;
  readonly frame: PageFrame | null;
  /** Absent = the CRM can be reached with what we have. */
  readonly lost?: LostConnection;
}

interface DocumentProps {
  readonly context: PageContext;
  readonly title: string;
  readonly style: "card" | "app";
  /** The page's own island; null = the page works without. */
  readonly island: string | null;
  readonly body: Child;
  /** More JSON blocks by element id. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Runs before the first paint, so that a chosen theme never flashes. Storage may be forbidden inside a frame. */
const THEME_SCRIPT =
  'try{var t=localStorage.getItem("pulse-theme");if(t==="dark"||t==="light")document.documentElement.dataset.theme=t}catch(e){}';

/** The whole document as text. Nothing in it comes from another origin. */
export function renderDocument(props: DocumentProps): string {
  return `<!doctype html>${String(<Document {...props} />)}`;
}

function Document({ context, title, style, island, body, data = {} }: DocumentProps) {
  const { nonce, assets, frame, session } = context;
  const scripts = [frame?.island, island].flatMap((name) => {
    const source = name ? assets.scripts[name] : undefined;
    return source ? [source] : [];
  });
  return (
    <html lang={context.locale} data-frame-origins={frame ? frame.origins.join(" ") : undefined}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>{title}</title>
        <script nonce={nonce}>{raw(THEME_SCRIPT)}</script>
        <style nonce={nonce}>{raw(assets.styles[style])}</style>
        {scripts.map((source) => (
          <script type="module" src={source} nonce={nonce} />
        ))}
      </head>
      <body class={style}>
        {context.lost ? (
          <LostConnectionNotice lost={context.lost} locale={context.locale} style={style} />
        ) : null}
        {body}
        {session ? <JsonBlock id="pulse-session" value={session} /> : null}
        {Object.entries(data).map(([id, value]) => (
          <JsonBlock id={id} value={value} />
        ))}
      </body>
    </html>
  );
}

/** A data block is never executed, so it needs no nonce; outsiders read it by this exact opening tag. */
function JsonBlock({ id, value }: { id: string; value: unknown }) {
  return (
    <script type="application/json" id={id}>
      {raw(inlineJson(value))}
    </script>
  );
}

/** JSON that cannot end its script element, open a comment, or break a line in old script parsers. */
export function inlineJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Switch of the colour theme; works only with the page's island, so it is hidden until that runs. */
export function ThemeSwitch({ locale }: { locale: Locale }) {
  const texts = textsOf(locale).page;
  return (
    <button type="button" class="icon theme" data-theme-switch hidden title={texts.theme}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5" />
        <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
      </svg>
      <span class="sr">{texts.theme}</span>
    </button>
  );
}
