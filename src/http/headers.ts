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

export const commonHeaders: Record<string, string> = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
  "cross-origin-opener-policy": "same-origin",
};
