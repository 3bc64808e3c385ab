import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "node",
          environment: "node",
          include: ["src/**/*.test.{ts,tsx}", "test/**/*.test.{ts,tsx}"],
          exclude: ["**/*.workers.test.ts", "test/e2e/**", "node_modules/**"],
          env: { TZ: "UTC", NODE_ENV: "test" },
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "browser",
          environment: "node",
          include: ["test/e2e/**/*.test.ts"],
          env: { TZ: "UTC", NODE_ENV: "test" },
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              // A test reaches nobody outside: every outgoing request is answered here.
              outboundService: () => new Response("nobody is there", { status: 503 }) as never,
              bindings: {
                NODE_ENV: "test",
                PUBLIC_URL: "https://pulse.example.com",
                PULSE_KEYS: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
                BITRIX24_CLIENT_ID: "app.1",
                BITRIX24_CLIENT_SECRET: "workers-secret",
              },
            },
          }),
        ],
        test: {
          name: "workers",
          include: ["test/workers/**/*.workers.test.ts"],
          testTimeout: 60_000,
        },
      },
    ],
  },
});
