import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { expect, test } from "vitest";

/** What the portal's frame protocol may cost a card, in bytes as they travel. */
const LIMIT = 3 * 1024;

test("our client of the portal's frame is at most 3 kB", async () => {
  const entry = fileURLToPath(new URL("../widget/bitrix24-frame.ts", import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: "silent",
    build: { write: false, minify: true, rollupOptions: { input: entry } },
  });
  const outputs = [built].flat().flatMap((one) => ("output" in one ? one.output : []));
  const code = outputs.map((one) => (one.type === "chunk" ? one.code : "")).join("");
  expect(code).toContain("getInitData");
  expect(gzipSync(code).length).toBeLessThan(LIMIT);
});
