import http from "node:http";
import https from "node:https";
import { Amo } from "@shevernitskiy/amo";
import { Client } from "amocrm-js";
import { afterEach, vi } from "vitest";
import { serveSandbox } from "../../src/runtime/node/sandbox-server.ts";
import { type Body, bench, CLIENT_ID, CLIENT_SECRET, REDIRECT } from "./amocrm-kit.ts";

/** Two clients that others wrote, unmodified, over a real socket. */

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closers.splice(0)) await close();
});

/** A sandbox account behind a real socket, closed after the test. */
export async function served(knobs = {}) {
  let port = 0;
  const b = bench({ accountOrigin: () => `http://127.0.0.1:${port}`, ...knobs });
  const server = await serveSandbox((request) => b.sandbox.fetch(request));
  port = server.port;
  closers.push(() => server.close());
  const code = () => new URL(b.portal.grant("s")).searchParams.get("code") ?? "";
  return { ...b, port, code };
}

export function shevernitskiy(origin: string, auth: Body): Amo {
  const amo = new Amo(origin.replace("http://", ""), auth, { request_delay: 0 });
  // The client always says https; its origin field is overwritten so that it speaks to the local server.
  (amo as Body).rest.url_base = origin;
  return amo;
}

export const app = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uri: REDIRECT };

/** The client knows no base address: its https calls are carried to the local port over http. */
export function carryHttps(port: number): void {
  const plain = (options: http.RequestOptions, done: (answer: http.IncomingMessage) => void) =>
    http.request({ ...options, host: "127.0.0.1", hostname: "127.0.0.1", port }, done);
  vi.spyOn(https, "request").mockImplementation(plain as typeof https.request);
}

export function amocrmJs(auth: Body): Client {
  return new Client({ domain: "127.0.0.1", auth: { ...app, ...auth } });
}
