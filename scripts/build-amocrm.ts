import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Zippable, zipSync } from "fflate";
import { drawLogo, LOGOS, PIPELINE_LOGO } from "./amocrm-logo.ts";

/**
 * Packs the widget archives, the same bytes for the same inputs; every one has to be called widget.zip:
 * `dist/amocrm` for amoCRM's marketplace, `dist/kommo` for Kommo's (its languages), `dist/amocrm-private` for an integration
 * of one account, where a page of the main menu is not allowed. `PUBLIC_URL` becomes the server's address inside; without it the widget asks for the address in its settings.
 * `SUPPORT_EMAIL` is shown to users by the marketplace.
 */

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SOURCE = join(ROOT, "manifests", "amocrm");
/** Languages of the two marketplaces. */
const LOCALES = { amocrm: ["ru", "en"], kommo: ["en", "es", "pt"] } as const;
/** Written as local time into the archive, so built from local parts. */
const MTIME = new Date(2026, 0, 1);

export interface WidgetOptions {
  /** Origin of the server, no trailing slash; empty = asked for in the settings. */
  readonly publicUrl: string;
  readonly supportEmail: string;
  readonly version: string;
  readonly product: keyof typeof LOCALES;
  /** An integration of one account: no page in the main menu. */
  readonly isPrivate: boolean;
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
  };
  for (const locale of LOCALES[options.product]) {
    files[`i18n/${locale}.json`] = encode(read(`i18n/${locale}.json`));
  }
  if (!options.isPrivate) files["images/menu.svg"] = encode(read("images/menu.svg"));
  for (const [name, [width, height]] of Object.entries(LOGOS)) {
    if (name === PIPELINE_LOGO && publicUrl === "") continue;
    const own = join(SOURCE, "images", name);
    files[`images/${name}`] = existsSync(own) ? readFileSync(own) : drawLogo(width, height);
  }
  return files;
}

interface ManifestSource {
  readonly widget: { readonly support: object };
  readonly locations: readonly string[];
  readonly settings: object;
  readonly left_menu: object;
  readonly dp: object;
}

function manifest(text: string, options: WidgetOptions): unknown {
  const { publicUrl, supportEmail, version, product, isPrivate } = options;
  const { left_menu, dp, ...source } = JSON.parse(text) as ManifestSource;
  // The platform calls one address that stands in the archive; without it there are no steps.
  const hasSteps = publicUrl !== "";
  const support = {
    ...(publicUrl === "" ? {} : { link: publicUrl }),
    ...(supportEmail === "" ? {} : { email: supportEmail }),
  };
  const address = { name: "settings.app_url", type: "text", required: true };
  return {
    ...source,
    widget: {
      ...source.widget,
      version,
      locale: LOCALES[product],
      support: { ...source.widget.support, ...support },
    },
    locations: source.locations.filter(
      (place) =>
        (!isPrivate || place !== "widget_page") && (hasSteps || place !== "digital_pipeline"),
    ),
    ...(hasSteps ? { dp: { ...dp, webhook_url: `${publicUrl}/amocrm/pipeline` } } : {}),
    ...(isPrivate ? {} : { left_menu }),
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
  const kinds = [
    { folder: "amocrm", product: "amocrm", isPrivate: false },
    { folder: "amocrm-private", product: "amocrm", isPrivate: true },
    { folder: "kommo", product: "kommo", isPrivate: false },
  ] as const;
  for (const { folder, product, isPrivate } of kinds) {
    const archive = widgetArchive({
      publicUrl: (process.env.PUBLIC_URL ?? "").replace(/\/+$/, ""),
      supportEmail: process.env.SUPPORT_EMAIL ?? "",
      version,
      product,
      isPrivate,
    });
    mkdirSync(join(ROOT, "dist", folder), { recursive: true });
    writeFileSync(join(ROOT, "dist", folder, "widget.zip"), archive);
    console.log(`dist/${folder}/widget.zip, ${archive.length} bytes`);
  }
}
