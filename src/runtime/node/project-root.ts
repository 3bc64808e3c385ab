import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout's root, from the bundle (`dist/server`) and from the sources (tests) alike. */
export function projectRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const isBundle = here.endsWith(join("dist", "server"));
  return isBundle ? join(here, "..", "..") : join(here, "..", "..", "..");
}
