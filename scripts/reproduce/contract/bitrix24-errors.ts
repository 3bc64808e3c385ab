import { judge } from "../../../src/hosts/bitrix24/judge.ts";
import { jsonResponse } from "./bench.ts";
import { asFields, type NamedSample } from "./bitrix24-sample.ts";
import { expectEqual, type Problems } from "./ledger.ts";

/** What the vendor documents for any method: status, code, text, and how the product has to take it. */
interface Documented {
  readonly statuses: readonly number[];
  readonly error: string;
  readonly text?: string;
  /** A verdict kind, or the code of an error verdict. */
  readonly expected: string;
}

const row = (
  statuses: number | readonly number[],
  error: string,
  expected: string,
  text?: string,
): Documented => ({
  statuses: typeof statuses === "number" ? [statuses] : statuses,
  error,
  expected,
  ...(text === undefined ? {} : { text }),
});

export const DOCUMENTED_ERRORS: readonly Documented[] = [
  row(401, "expired_token", "tokenExpired"),
  row(401, "invalid_token", "tokenExpired"),
  row(401, "NO_AUTH_FOUND", "host.refused", "Wrong authorization data"),
  row(401, "METHOD_CONFIRM_WAITING", "host.no_rights"),
  row(403, "METHOD_CONFIRM_DENIED", "host.no_rights"),
  row(403, "insufficient_scope", "host.no_rights"),
  row([401, 403], "INVALID_CREDENTIALS", "host.no_rights", "Invalid request credentials"),
  row(
    403,
    "ACCESS_DENIED",
    "host.payment_required",
    "REST API is available only on commercial plans",
  ),
  row([400, 403], "ACCESS_DENIED", "host.no_rights"),
  row(403, "user_access_error", "host.no_rights"),
  row(403, "WRONG_AUTH_TYPE", "host.no_rights"),
  row([401, 403], "allowed_only_intranet_user", "host.no_rights"),
  row(400, "INVALID_REQUEST", "host.refused", "Https required"),
  row(400, "ERROR_BATCH_LENGTH_EXCEEDED", "host.refused"),
  row(405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "host.refused"),
  // Not a record that is gone: taking it for one would delete what is there.
  row(404, "ERROR_METHOD_NOT_FOUND", "host.refused", "Method not found!"),
  row(404, "ERROR_MANIFEST_IS_NOT_AVAILABLE", "host.refused"),
  row(429, "OPERATION_TIME_LIMIT", "host.rate_limited"),
  row(503, "QUERY_LIMIT_EXCEEDED", "host.rate_limited"),
  row(503, "OVERLOAD_LIMIT", "host.blocked"),
  row(500, "INTERNAL_SERVER_ERROR", "host.unavailable"),
  row(500, "ERROR_UNEXPECTED_ANSWER", "host.unavailable"),
  row(500, "PORTAL_DELETED", "host.portal_deleted"),
  row(400, "NOT_FOUND", "host.not_found"),
  row(400, "ERROR_NOT_FOUND", "host.not_found"),
  row(400, "OWNER_NOT_FOUND", "host.not_found"),
  row(400, "INVALID_ARG_VALUE", "host.refused"),
  row(400, "100", "host.refused", "Could not find value for parameter {id}"),
  row(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", "host.refused"),
  row(400, "CRM_FIELD_ERROR_REQUIRED", "host.refused"),
  row(400, "ENTITY_TYPE_NOT_SUPPORTED", "host.refused"),
  row([200, 400], "ERROR_ARGUMENT", "host.refused"),
  row(400, "ERROR_EVENT_NOT_FOUND", "host.refused", "Event not found"),
  row(400, "CREATE_DYNAMIC_ITEM_RESTRICTED", "host.refused"),
  row(400, "UPDATE_DYNAMIC_ITEM_RESTRICTED", "host.refused"),
  row(400, "MAX_IMPORT_BATCH_SIZE_EXCEEDED", "host.refused"),
];

const COMMERCIAL = /commercial plan/i;

/** Only codes that the table knows have one right class; any other refusal must just be a refusal. */
export function expectedVerdict(error: unknown, text: unknown): string | null {
  const name = typeof error === "string" ? error.trim().toLowerCase() : "";
  if (name === "access_denied") {
    return COMMERCIAL.test(String(text)) ? "host.payment_required" : "host.no_rights";
  }
  return DOCUMENTED_ERRORS.find((one) => one.error.toLowerCase() === name)?.expected ?? null;
}

/** The table itself: codes that no sample shows are documented all the same. */
export function tableProblems(): Problems {
  const moved = judge({ status: 302, headers: { location: "https://new.example.com" }, text: "" });
  return [
    ...expectEqual("302", moved.kind, "moved"),
    ...DOCUMENTED_ERRORS.flatMap(({ statuses, error, text, expected }) =>
      statuses.flatMap((status) =>
        bodyProblems(status, { error, error_description: text ?? "Some text" }, expected),
      ),
    ),
  ];
}

export function bodyProblems(status: number, body: unknown, expected: string | null): Problems {
  const verdict = judge(jsonResponse(status, body));
  const seen = verdict.kind === "error" ? verdict.code : verdict.kind;
  const where = `${status} ${JSON.stringify(asFields(body).error)}`;
  if (expected !== null) return expectEqual(where, seen, expected);
  return seen === "ok" || seen === "moved" ? [`${where}: ${seen}, expected an error`] : [];
}

/** Every error that a method's page shows: a whole body for each of its statuses, and the codes of its table. */
export function methodErrorProblems(sample: NamedSample): Problems {
  const example = sample.error_example;
  const statuses = example ? [example.http_status].flat() : [];
  const body = asFields(example?.body);
  const bodies = statuses.flatMap((status) =>
    bodyProblems(status, body, expectedVerdict(body.error, body.error_description)),
  );
  const codes = (sample.errors ?? []).flatMap(({ status, code, message }) => {
    const number = Number(status ?? 400) || 400;
    const one = { error: code ?? "", error_description: message ?? "" };
    return bodyProblems(number, one, expectedVerdict(code, message));
  });
  return [...bodies, ...codes];
}
