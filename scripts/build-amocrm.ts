import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Zippable, zipSync } from "fflate";
import { drawLogo, LOGOS } from "./amocrm-logo.ts";

/**
 * Packs the widget archive for amoCRM and Kommo: dist/amocrm/widget.zip, the same bytes for the same inputs.
 * `PUBLIC_URL` becomes the server's address inside; without it the widget asks for the address in its settings.
 * `SUPPORT_EMAIL` is shown to users by the marketplace.
 */

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SOURCE = join(ROOT, "manifests", "amocrm");
const TARGET = join(ROOT, "dist", "amocrm");
/** Written as local time into the archive, so built from local parts. */
const MTIME = new Date(2026, 0, 1);

export interface WidgetOptions {
  /** Origin of the server, no trailing slash; empty = asked for in the settings. */
  readonly publicUrl: string;
  readonly supportEmail: string;
  readonly version: string;
}

/** Files of the archive by name. Throws Error for an address that is not an origin. */
export function widgetFiles(options: WidgetOptions): Readonly<Record<string, Uint8Array>> {
  const { publicUrl } = options;
  if (
    publicUrl !== "" &&
    (!/^https?:\/\//.test(publicUrl) || new URL(publicUrl).origin !== publicUrl)
  ) {
    throw new Error(
      `PUBLIC_URL must be an origin such as https://pulse.example.com, not ${publicUrl}`,
    );
  }
  const read = (name: string) => readFileSync(join(SOURCE, name), "utf8");
  const script = read("script.js").replace('"__PUBLIC_URL__"', JSON.stringify(publicUrl));
  const files: Record<string, Uint8Array> = {
    "manifest.json": encode(JSON.stringify(manifest(read("manifest.json"), options), null, 2)),
    "script.js": encode(script),
    "i18n/ru.json": encode(read("i18n/ru.json")),
    "i18n/en.json": encode(read("i18n/en.json")),
  };
  for (const [name, [width, height]] of Object.entries(LOGOS)) {
    const own = join(SOURCE, "images", name);
    files[`images/${name}`] = existsSync(own) ? readFileSync(own) : drawLogo(width, height);
  }
  return files;
}

function manifest(text: string, { publicUrl, supportEmail, version }: WidgetOptions): unknown {
  const source = JSON.parse(text) as { widget: { support: object }; settings: object };
  const support = {
    ...(publicUrl === "" ? {} : { link: publicUrl }),
    ...(supportEmail === "" ? {} : { email: supportEmail }),
  };
  const address = { name: "settings.app_url", type: "text", required: true };
  return {
    ...source,
    widget: { ...source.widget, version, support: { ...source.widget.support, ...support } },
    settings: publicUrl === "" ? { ...source.settings, app_url: address } : source.settings,
  };
}

/** The archive, names in order, so that equal inputs give equal bytes. */
export function widgetArchive(options: WidgetOptions): Uint8Array {
  const entries = Object.entries(widgetFiles(options)).toSorted(([left], [right]) =>
    left < right ? -1 : 1,
  );
  const zippable: Zippable = Object.fromEntries(entries);
  return zipSync(zippable, { level: 9, mtime: MTIME, os: 0 });
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

if (import.meta.main) {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    version: string;
  };
  const archive = widgetArchive({
    publicUrl: (process.env.PUBLIC_URL ?? "").replace(/\/+$/, ""),
    supportEmail: process.env.SUPPORT_EMAIL ?? "",
    version,
  });
  mkdirSync(TARGET, { recursive: true });
  writeFileSync(join(TARGET, "widget.zip"), archive);
  console.log(`dist/amocrm/widget.zip, ${archive.length} bytes`);
}
