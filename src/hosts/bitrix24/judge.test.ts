import { describe, expect, it } from "vitest";
import { judge } from "./judge.ts";

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers,
  text: typeof body === "string" ? body : JSON.stringify(body),
});

describe("judge", () => {
  it.each([
    [401, { error: "expired_token" }, { kind: "tokenExpired" }],
    [401, { error: "invalid_token" }, { kind: "tokenExpired" }],
    [403, { error: "insufficient_scope" }, { code: "host.no_rights" }],
    [
      403,
      {
        error: "ACCESS_DENIED",
        error_description: "REST API is available only on commercial plans",
      },
      { code: "host.payment_required" },
    ],
    [403, { error: "ACCESS_DENIED" }, { code: "host.no_rights" }],
    [400, { error: "NOT_FOUND" }, { code: "host.not_found" }],
    [400, { error: "", error_description: "Not found" }, { code: "host.not_found" }],
    [400, { error: "", error_description: "Access denied" }, { code: "host.no_rights" }],
    [400, { error: 0 }, { code: "host.refused" }],
    [400, { error: "Communication type is not defined" }, { code: "host.refused" }],
    [200, { error: "ERROR_ARGUMENT", argument: "PLACEMENT" }, { code: "host.refused" }],
    [
      404,
      { error: "ERROR_METHOD_NOT_FOUND", error_description: "Method not found!" },
      { code: "host.refused" },
    ],
    [
      400,
      { error: "ERROR_EVENT_NOT_FOUND", error_description: "Event not found" },
      { code: "host.refused" },
    ],
    [400, { error: " ERROR_UNEXPECTED_ANSWER " }, { code: "host.unavailable" }],
    [503, { error: "QUERY_LIMIT_EXCEEDED" }, { code: "host.rate_limited", retryAfterMs: 1_500 }],
    [503, { error: "OVERLOAD_LIMIT" }, { code: "host.blocked" }],
    [500, { error: "PORTAL_DELETED" }, { code: "host.portal_deleted" }],
    [500, { error: "INTERNAL_SERVER_ERROR" }, { code: "host.unavailable" }],
    [500, "<html>nginx</html>", { code: "host.unavailable" }],
    [504, "", { code: "host.unavailable" }],
    [200, "<html>login</html>", { code: "host.bad_answer" }],
    [200, "", { code: "host.bad_answer" }],
    [302, "", { kind: "moved" }],
    [200, { result: [], time: {} }, { kind: "ok" }],
    [200, { time: {}, result: false }, { kind: "ok" }],
  ])("%i %j is %j", (status, body, expected) => {
    expect(judge(answer(status, body))).toMatchObject(expected);
  });

  it("reads from a method limit when the method opens again", () => {
    const body = {
      error: "OPERATION_TIME_LIMIT",
      time: {
        date_finish: "2026-10-01T12:00:00+03:00",
        operating_reset_at: Date.UTC(2026, 9, 1, 9, 5) / 1000,
      },
    };
    expect(judge(answer(429, body))).toMatchObject({
      code: "host.rate_limited",
      retryAfterMs: 301_000,
      details: { isMethodLimit: true },
    });
    const unsaid = judge(answer(429, { error: "OPERATION_TIME_LIMIT" }));
    expect(unsaid).toMatchObject({ details: { isMethodLimit: true } });
    expect(unsaid).not.toHaveProperty("retryAfterMs");
  });

  it("honours Retry-After", () => {
    expect(judge(answer(503, "", { "retry-after": "7" }))).toMatchObject({ retryAfterMs: 7_000 });
  });

  it("is not sent away for longer than an hour, whatever the portal says", () => {
    const far = { "retry-after": "99999999999999" };
    expect(judge(answer(429, "", far))).toMatchObject({ retryAfterMs: 3_600_000 });
    const body = {
      error: "OPERATION_TIME_LIMIT",
      time: { date_finish: "2026-10-01T12:00:00+03:00", operating_reset_at: 9_999_999_999 },
    };
    expect(judge(answer(429, body))).toMatchObject({ retryAfterMs: 3_601_000 });
  });

  it("lets no sentence of the portal into the details", () => {
    const verdict = judge(answer(400, { error: "Client Иван Иванов is not defined" }));
    expect(JSON.stringify(verdict)).not.toContain("Иван");
  });
});
