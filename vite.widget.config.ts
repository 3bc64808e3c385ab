import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type Rolldown } from "vite";
import type { PageAssets } from "./src/pages/assets.ts";

const folder = fileURLToPath(new URL("./widget/", import.meta.url));
const ISLANDS = ["card", "overview", "installer", "shell", "plain"];
const FRAMES = readdirSync(folder)
  .filter((name) => name.endsWith("-frame.ts"))
  .map((name) => name.slice(0, -".ts".length));
const STYLES = ["card", "app", "report"] as const;

type Bundle = Rolldown.OutputBundle;

function scriptsOf(bundle: Bundle): Record<string, string> {
  const entries = Object.values(bundle).flatMap((part) =>
    part.type === "chunk" && part.isEntry && !part.name.endsWith("-style")
      ? [[part.name, `/assets/${part.fileName}`] as const]
      : [],
  );
  return Object.fromEntries(entries);
}

/** Pages carry their styles inline, so no style file is left to serve. */
function takeStyles(bundle: Bundle): Partial<Record<(typeof STYLES)[number], string>> {
  const styles: Partial<Record<(typeof STYLES)[number], string>> = {};
  for (const part of Object.values(bundle)) {
    if (part.type !== "asset" || !part.fileName.endsWith(".css")) continue;
    const name = STYLES.find((style) => part.fileName.includes(`${style}-style`));
    if (name) styles[name] = String(part.source).trim();
    delete bundle[part.fileName];
  }
  return styles;
}

/** Writes what the pages need to know: styles as text, islands by name. */
function pageAssets(): Plugin {
  return {
    name: "page-assets",
    generateBundle(_options, bundle) {
      const scripts = scriptsOf(bundle);
      const styles = takeStyles(bundle);
      const { card, app, report } = styles;
      const missing = [...ISLANDS, ...FRAMES].filter((name) => !scripts[name]);
      if (!card || !app || !report || missing.length > 0) {
        throw new Error(`widget build is incomplete: ${missing.join(", ") || "styles"}`);
      }
      const assets: PageAssets = { styles: { card, app, report }, scripts };
      this.emitFile({
        type: "asset",
        fileName: "page-assets.json",
        source: JSON.stringify(assets),
      });
    },
  };
}

export default defineConfig({
  root: folder,
  base: "/assets/",
  publicDir: false,
  plugins: [pageAssets()],
  build: {
    outDir: fileURLToPath(new URL("./dist/assets/", import.meta.url)),
    assetsDir: "",
    emptyOutDir: true,
    target: ["chrome123", "safari17.5", "firefox120"],
    cssCodeSplit: true,
    modulePreload: false,
    rollupOptions: {
      input: {
        ...Object.fromEntries([...ISLANDS, ...FRAMES].map((name) => [name, `${folder}${name}.ts`])),
        ...Object.fromEntries(
          STYLES.map((name) => [`${name}-style`, `${folder}styles/${name}.css`]),
        ),
      },
    },
  },
});
