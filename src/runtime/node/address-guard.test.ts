import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeTransport } from "../transport.ts";
import { isPublicAddress, makeGuardedFetch } from "./address-guard.ts";

describe("the address guard", () => {
  let server: Server;
  let port = 0;
  let hits = 0;

  beforeAll(async () => {
    server = createServer((request, response) => {
      hits += 1;
      if (request.url === "/redirect") response.writeHead(302, { location: "/elsewhere" }).end();
      else if (request.url === "/big") response.end("x".repeat(2_000));
      else response.end(`${request.method} ${request.headers.host}`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    port = typeof address === "object" && address ? address.port : 0;
  });
  afterAll(() => server.close());

  it("opens no socket to an address inside, however it is written", async () => {
    const transport = makeTransport(makeGuardedFetch([]));
    const before = hits;
    for (const target of [
      `http://127.0.0.1:${port}/`,
      `https://127.0.0.1/`,
      "https://localhost/",
      "https://127.1/",
      "https://2130706433/",
      "https://0x7f000001/",
      "https://[::1]/",
      "https://[::ffff:7f00:1]/",
      "https://169.254.169.254/latest/meta-data/",
      "https://10.0.0.1/",
      "https://user@example.com/",
      "https://example.com:22/",
      "https://127.0.0.1:8443/",
      "http://example.com/",
    ]) {
      await expect(transport({ method: "GET", url: target }), target).rejects.toMatchObject({
        code: "host.forbidden_address",
      });
    }
    expect(hits).toBe(before);
  });

  it("lets a listed development host through, and one label in front of it", async () => {
    const transport = makeTransport(makeGuardedFetch([`127.0.0.1:${port}`, `localhost:${port}`]));
    const plain = await transport({ method: "GET", url: `http://127.0.0.1:${port}/` });
    expect(plain.text).toBe(`GET 127.0.0.1:${port}`);
    const named = await transport({ method: "GET", url: `http://demo.localhost:${port}/` });
    expect(named.text).toBe(`GET demo.localhost:${port}`);
  });

  it("hands a redirect back instead of following it", async () => {
    const transport = makeTransport(makeGuardedFetch([`127.0.0.1:${port}`]));
    const answer = await transport({
      method: "POST",
      url: `http://127.0.0.1:${port}/redirect`,
      body: "{}",
    });
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toBe("/elsewhere");
  });

  it("stops reading an answer that is too large", async () => {
    const transport = makeTransport(makeGuardedFetch([`127.0.0.1:${port}`]));
    await expect(
      transport({ method: "GET", url: `http://127.0.0.1:${port}/big`, maxBytes: 1_000 }),
    ).rejects.toMatchObject({ code: "host.too_large" });
  });

  it("knows public addresses from special ones", () => {
    for (const address of ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"]) {
      expect(isPublicAddress(address), address).toBe(true);
    }
    for (const address of [
      "0.0.0.0",
      "100.64.1.1",
      "172.31.0.1",
      "192.168.1.1",
      "198.18.0.1",
      "224.0.0.1",
      "255.255.255.255",
      "::",
      "fc00::1",
      "fe80::1",
      "64:ff9b::a00:1",
      "::ffff:8.8.8.8",
      "nonsense",
    ]) {
      expect(isPublicAddress(address), address).toBe(false);
    }
  });
});
