/** Who may frame a page: exactly one proven origin, or nobody. */
export function pageHeaders(
  nonce: string,
  frameOrigins: readonly string[],
): Record<string, string> {
  const ancestors = frameOrigins.length === 0 ? "'none'" : frameOrigins.join(" ");
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'nonce-${nonce}'`,
      "img-src 'self' data:",
      // The frame's own island asks the CRM for names with the viewer's rights; they never pass through us.
      `connect-src 'self' ${frameOrigins.join(" ")}`.trim(),
      "font-src 'none'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      `frame-ancestors ${ancestors}`,
    ].join("; "),
    ...commonHeaders,
  };
}

/**
 * The page with a vendor's own button: nobody may frame it, nothing of ours is on it, and the vendor's script draws the
 * button with styles of its own and opens the consent screen in a window that must find us again.
 */
export function buttonHeaders(nonce: string, vendor: string): Record<string, string> {
  return {
    ...commonHeaders,
    "content-type": "text/html; charset=utf-8",
    "cross-origin-opener-policy": "same-origin-allow-popups",
    "content-security-policy": [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'self' 'unsafe-inline' ${vendor}`,
      `img-src 'self' data: ${vendor}`,
      `font-src ${vendor}`,
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ].join("; "),
  };
}

export const commonHeaders: Record<string, string> = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
  "cross-origin-opener-policy": "same-origin",
};
