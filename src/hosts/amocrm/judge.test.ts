import { describe, expect, it } from "vitest";
import { json } from "../../../test/support/amocrm-fakes.ts";
import { authorise } from "./authorise.ts";
import { judge } from "./judge.ts";

const html = (status: number, headers: Record<string, string> = {}) => ({
  status,
  headers: { "content-type": "text/html", ...headers },
  text: "<html>",
});

describe("judge", () => {
  it.each([
    [200, { kind: "ok" }],
    [204, { kind: "ok" }],
    [401, { kind: "tokenExpired" }],
    [402, { kind: "error", code: "host.payment_required" }],
    [400, { kind: "error", code: "host.refused" }],
    [422, { kind: "error", code: "host.refused" }],
    [500, { kind: "error", code: "host.unavailable" }],
    [502, { kind: "error", code: "host.unavailable" }],
    [504, { kind: "error", code: "host.timeout" }],
  ])("reads the status %i whatever the body", (status, verdict) => {
    expect(judge(html(status))).toMatchObject(verdict);
    expect(judge(json({}, status))).toMatchObject(verdict);
  });

  it("tells a missing right from the block of our address", () => {
    expect(judge(json({ status: 403 }, 403))).toMatchObject({ code: "host.no_rights" });
    const blocked = judge(html(403));
    expect(blocked).toMatchObject({ code: "host.blocked", retryAfterMs: 600_000 });
  });

  it("tells a missing record from an account that lives elsewhere now", () => {
    expect(judge(json({ status: 404 }, 404))).toMatchObject({ code: "host.not_found" });
    expect(judge(html(404))).toEqual({ kind: "moved" });
    expect(judge(html(301))).toEqual({ kind: "moved" });
  });

  it("waits as long as the host asks for, else a second", () => {
    expect(judge(html(429))).toMatchObject({ code: "host.rate_limited", retryAfterMs: 1_000 });
    expect(judge(html(429, { "retry-after": "7" }))).toMatchObject({ retryAfterMs: 7_000 });
    expect(judge(json({ retry_after: 3 }, 429))).toMatchObject({ retryAfterMs: 3_000 });
    expect(judge(html(429, { "retry-after": "soon" }))).toMatchObject({ retryAfterMs: 1_000 });
  });

  it("keeps the refused fields and the support id, and nothing of the values", () => {
    const body = {
      "validation-errors": [
        { errors: [{ code: "X", path: "settings.3", detail: "Ivan +7 999" }, { path: "a b" }] },
      ],
      detail: "Ivan",
    };
    const verdict = judge(json(body, 400, { "x-request-id": "r1" }));
    expect(verdict).toMatchObject({
      details: { status: 400, requestId: "r1", paths: "settings.3" },
    });
    expect(JSON.stringify(verdict)).not.toContain("Ivan");
  });
});

describe("authorise", () => {
  const auth = { accessToken: "secret", endpoint: "https://example.amocrm.ru/" };

  it("puts the token into a header", () => {
    const request = authorise({ method: "GET", url: `${auth.endpoint}api/v4/account` }, auth);
    expect(request.headers).toEqual({ authorization: "Bearer secret" });
  });

  it("refuses every address but the account's", () => {
    for (const url of ["https://example.amocrm.ru.evil.example/", "http://example.amocrm.ru/"]) {
      expect(() => authorise({ method: "GET", url }, auth)).toThrowError(
        expect.objectContaining({ code: "host.forbidden_address" }),
      );
    }
  });
});
