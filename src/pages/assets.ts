/**
 * What the widget build produces, as plain JSON (`dist/assets/page-assets.json`). Styles are text because pages carry
 * them inline: the first paint needs no request. Scripts are addresses with a content hash; the part before the hash is
 * the island's name.
 */
export interface PageAssets {
  readonly styles: { readonly card: string; readonly app: string; readonly report: string };
  /** Island name -> URL path, for example `bitrix24-frame` -> `/assets/bitrix24-frame-1a2b3c4d.js`. */
  readonly scripts: Readonly<Record<string, string>>;
}
