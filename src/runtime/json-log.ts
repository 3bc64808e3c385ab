import type { Log, LogFields } from "../crm/ports.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Field names whose values never reach a log, whoever passes them. */
const SECRET_NAME =
  /token|secret|auth|password|cookie|signature|code$|^code_|name$|phone|mail|title|body|url|query/i;
const ALLOWED = new Set(["code", "hostName"]);
const MAX_TEXT = 200;

/**
 * One JSON line a record. Fields are scalars by type; names that smell of secrets or personal data are cut, long texts
 * are shortened, control characters are escaped by JSON. Logging can never fail its caller.
 */
export function makeJsonLog(
  write: (line: string) => void,
  level: LogLevel,
  now: () => number,
): Log {
  const threshold = LOG_LEVELS.indexOf(level);
  const emit = (at: LogLevel, event: string, fields: LogFields = {}) => {
    if (LOG_LEVELS.indexOf(at) < threshold) return;
    try {
      write(
        JSON.stringify({ at: new Date(now()).toISOString(), level: at, event, ...clean(fields) }),
      );
    } catch {
      // A sink that fails must not take the request down with it.
    }
  };
  return {
    debug: (event, fields) => emit("debug", event, fields),
    info: (event, fields) => emit("info", event, fields),
    warn: (event, fields) => emit("warn", event, fields),
    error: (event, fields) => emit("error", event, fields),
  };
}

function clean(fields: LogFields): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (!ALLOWED.has(name) && SECRET_NAME.test(name)) kept[name] = "[cut]";
    else kept[name] = typeof value === "string" ? value.slice(0, MAX_TEXT) : value;
  }
  return kept;
}
