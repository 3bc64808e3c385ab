import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { PageAssets } from "../../pages/assets.ts";
import { projectRoot } from "./project-root.ts";

export interface AssetFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** The built islands, read once: `dist/assets` beside the server bundle. */
export function readAssets(): { pages: PageAssets; files: ReadonlyMap<string, AssetFile> } {
  const folder = join(projectRoot(), "dist", "assets");
  const pages = JSON.parse(readFileSync(join(folder, "page-assets.json"), "utf8")) as PageAssets;
  const files = new Map<string, AssetFile>();
  for (const name of readdirSync(folder)) {
    const type = TYPES[extname(name)];
    if (type) files.set(name, { bytes: new Uint8Array(readFileSync(join(folder, name))), type });
  }
  return { pages, files };
}
