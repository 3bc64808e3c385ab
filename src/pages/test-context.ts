/** Shared by the tests of this room. */

export const TEST_CONTEXT = {
  locale: "ru" as const,
  nonce: "n0nce",
  assets: {
    styles: { card: "body{margin:0}", app: "body{margin:0}", report: "" },
    scripts: {
      card: "/assets/card-1.js",
      overview: "/assets/overview-1.js",
      "crm-frame": "/assets/crm-frame-1.js",
    },
  },
  session: {
    token: "t",
    expiresAt: 1_800_000_000_000,
    portal: "crm:sample",
    locale: "ru",
    role: "admin" as const,
  },
  frame: null,
};

/** What a reader sees: no markup, no scripts, no styles. */
export function textOf(html: string): string {
  return html
    .replace(/<(script|style)\b.*?<\/\1>/gs, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}
