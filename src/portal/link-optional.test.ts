import { expect, it } from "vitest";
import { makeRoom } from "../../test/support/portal-room.ts";
import type { ErrorCode } from "../crm/error.ts";
import { makeLink } from "./link.ts";

async function aLinkToARefusingHost(code: ErrorCode) {
  const room = makeRoom();
  await room.installed();
  const blamed: ErrorCode[] = [];
  const token = { accessToken: "a", endpoint: "https://crm.example/", version: 1 };
  const parts = {
    sql: room.sql,
    host: {
      authorise: (request: unknown) => request,
      judge: () => ({ kind: "error", code, retryAfterMs: 600_000 }),
    },
    clock: room.clock,
    transport: async () => ({ status: 402, headers: {}, text: "" }),
    tokens: { current: async () => ({ ...token, expiresAt: Number.MAX_SAFE_INTEGER }) },
    limiter: { enter: async () => () => undefined },
    health: {
      good: () => undefined,
      bad: (failure: { code: ErrorCode }) => blamed.push(failure.code),
    },
  };
  const link = makeLink(parts as unknown as Parameters<typeof makeLink>[0]);
  const ask = (isOptional: boolean) =>
    link.send("extra", (endpoint) => ({ method: "GET", url: endpoint }), { isOptional });
  return { ask, blamed };
}

it("does not take a plan without an extra for an unpaid portal", async () => {
  const { ask, blamed } = await aLinkToARefusingHost("host.payment_required");
  await expect(ask(true)).rejects.toMatchObject({ code: "host.payment_required" });
  expect(blamed).toEqual([]);
  await expect(ask(false)).rejects.toMatchObject({ code: "host.payment_required" });
  expect(blamed).toEqual(["host.payment_required"]);
});

it("still takes a block seriously when it met an extra", async () => {
  const { ask, blamed } = await aLinkToARefusingHost("host.blocked");
  await expect(ask(true)).rejects.toMatchObject({ code: "host.blocked" });
  expect(blamed).toEqual(["host.blocked"]);
});

it("lets whose call met a block wait no longer than everybody else", async () => {
  const { ask } = await aLinkToARefusingHost("host.blocked");
  await expect(ask(false)).rejects.toMatchObject({ code: "host.blocked", retryAfterMs: null });
  const limited = await aLinkToARefusingHost("host.rate_limited");
  await expect(limited.ask(false)).rejects.toMatchObject({ retryAfterMs: 600_000 });
});
