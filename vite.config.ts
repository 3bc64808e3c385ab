import { defineConfig } from "vite";

/** The server as one ESM file; packages stay outside and come from node_modules. */
export default defineConfig({
  build: {
    ssr: "src/runtime/node/cli.ts",
    outDir: "dist/server",
    target: "node24",
    sourcemap: true,
    emptyOutDir: true,
    rollupOptions: { output: { entryFileNames: "pulse.js", format: "es" } },
  },
  ssr: { target: "node", noExternal: [] },
});
