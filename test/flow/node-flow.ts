import { expect } from "vitest";
import { makeSettle } from "../../src/runtime/node/settle.ts";
import { openSqlite } from "../../src/runtime/node/sqlite.ts";
import type { SimulatedProduct } from "../../src/simulation/site.ts";
import { type Flow, type FlowPorts, makeFlow } from "./flow-world.ts";

export const settle = makeSettle();

/** A fresh flow on Node, closed in the end. */
export async function withFlow(
  product: SimulatedProduct,
  body: (flow: Flow) => Promise<void>,
  ports: Partial<FlowPorts> = {},
): Promise<void> {
  const file = openSqlite(":memory:");
  const flow = makeFlow(product, { sql: file.sql, settle, ...ports });
  try {
    await body(flow);
  } finally {
    flow.close();
    file.close();
  }
}

/** The same, with the app installed and the first sync done. */
export function withInstalled(
  product: SimulatedProduct,
  body: (flow: Flow) => Promise<void>,
  ports: Partial<FlowPorts> = {},
): Promise<void> {
  const afterwards = async (flow: Flow) => {
    await flow.installAndSync();
    await body(flow);
  };
  return withFlow(product, afterwards, ports);
}

export function form(body: string): RequestInit {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", headers, body };
}

export async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** An error as the outside may see it: a code, a sentence and a number to ask about, nothing else. */
export const refused = (code: string) => ({
  code,
  message: expect.any(String),
  requestId: expect.stringMatching(/^[0-9a-f]{16}$/),
});

/** The one address that may get the client secret. */
export const SECRET_ORIGIN: Record<SimulatedProduct, string> = {
  bitrix24: "https://oauth.bitrix24.tech",
  amocrm: "https://simulation.amocrm.ru",
};
