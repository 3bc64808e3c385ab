import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { LISTING_SHOTS, LISTING_SIZE } from "../../scripts/listing-shots.ts";

const ROOT = new URL("../..", import.meta.url);

/** Every picture that a listing names is one that the command makes, with a caption, no larger than is allowed. */
export function expectListedPictures(crm: string): void {
  for (const locale of ["ru", "en"]) {
    const text = readFileSync(new URL(`manifests/${crm}/listing.${locale}.md`, ROOT), "utf8");
    const listed = [...text.matchAll(/^- `([\w-]+)`: (.{20,})$/gm)].map(([, name]) => name);
    expect(listed, locale).toEqual(LISTING_SHOTS.map(({ name }) => name));
  }
  expect(LISTING_SIZE.width).toBeLessThanOrEqual(1280);
  expect(LISTING_SIZE.height).toBeLessThanOrEqual(720);
}
