import axios, { AxiosError, type AxiosRequestConfig } from "axios";
import { AppError } from "../crm/error.ts";
import type { HttpRequest, HttpResponse, Transport } from "../crm/ports.ts";

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;
const USER_AGENT = "ClientPulse/0.1";

/** The fetch family of one platform; Node's carries the address guard. */
export type FetchFamily = NonNullable<AxiosRequestConfig["env"]>;

/**
 * One HTTP exchange through axios' fetch adapter, the same on both runtimes. Redirects come back as answers: following
 * one would turn a POST into a GET and hand the token to another address.
 */
export function makeTransport(family: FetchFamily): Transport {
  const client = axios.create({
    adapter: "fetch",
    env: { ...family },
    responseType: "text",
    transformResponse: (body: unknown) => body,
    validateStatus: () => true,
    fetchOptions: { redirect: "manual" },
  });
  return async (request: HttpRequest): Promise<HttpResponse> => {
    const maxBytes = request.maxBytes ?? DEFAULT_MAX_BYTES;
    // axios would turn user-info into a header and hide it from the address guard.
    if (new URL(request.url).username !== "") throw new AppError("host.forbidden_address");
    try {
      const answer = await client.request<string>({
        method: request.method,
        url: request.url,
        headers: { "user-agent": USER_AGENT, accept: "application/json", ...request.headers },
        ...(request.body === undefined ? {} : { data: request.body }),
        timeout: request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        maxContentLength: maxBytes,
      });
      const text = answer.data ?? "";
      if (text.length > maxBytes) throw new AppError("host.too_large");
      return { status: answer.status, headers: plainHeaders(answer.headers), text };
    } catch (cause) {
      throw transportError(cause);
    }
  };
}

function plainHeaders(headers: object): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) plain[name.toLowerCase()] = String(value);
  return plain;
}

/** Never passes the cause's message on: it may hold an address with a query. */
function transportError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  for (let inner = cause; inner instanceof Error; inner = inner.cause) {
    if (inner instanceof AppError) return inner;
  }
  if (cause instanceof AxiosError) {
    if (cause.code === "ETIMEDOUT" || cause.code === "ECONNABORTED") {
      return new AppError("host.timeout");
    }
    if (/maxContentLength/.test(cause.message)) return new AppError("host.too_large");
  }
  return new AppError("host.unreachable");
}
