import { defineConfig } from "vite";

/** The server and its computing thread as ESM files of one folder; packages stay outside and come from node_modules. */
export default defineConfig({
  build: {
    ssr: true,
    outDir: "dist/server",
    target: "node24",
    sourcemap: true,
    emptyOutDir: true,
    rollupOptions: {
      input: {
        pulse: "src/runtime/node/cli.ts",
        "compute-thread": "src/runtime/node/compute-thread.ts",
      },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name]-[hash].js",
        format: "es",
      },
    },
  },
  ssr: { target: "node", noExternal: [] },
});
