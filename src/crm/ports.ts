/**
 * The only doors to the outside. Everything below `runtime` takes time, randomness, the network, crypto and logging as
 * arguments, so that the whole application also runs inside a simulation with virtual time.
 */

/** Unix milliseconds (UTC). */
export type Instant = number;

export interface Clock {
  /** Wall clock, unix milliseconds. */
  now(): Instant;
  /** Never goes backwards; milliseconds from an arbitrary origin. For durations only. */
  monotonic(): number;
  sleep(ms: number): Promise<void>;
  /** Resolves after the current event-loop turn: requests that arrive together can share one commit. */
  turn(): Promise<void>;
}

export interface Random {
  /** Uniform in [0, 1). For jitter, never for secrets. */
  next(): number;
  /** Unpredictable bytes for secrets and nonces. */
  bytes(length: number): Uint8Array;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whole call; default 30 000. */
  readonly timeoutMs?: number;
  /** Inflated response bytes; default 8 MiB. */
  readonly maxBytes?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * One HTTP exchange. Redirects are answers, never followed.
 * Throws AppError `host.unreachable` (nothing was sent, or we cannot know), `host.timeout`, `host.too_large`,
 * `host.forbidden_address`.
 */
export type Transport = (request: HttpRequest) => Promise<HttpResponse>;

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** One JSON line a call. Event names are dotted and stable; fields never hold secrets, names, phones, mails or bodies. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** Encryption at rest. `place` is bound as additional data, so a value copied to another portal or field does not open. */
export interface Vault {
  seal(plain: string, place: string): Promise<string>;
  /** Throws AppError `vault.cannot_open` for a wrong key, place or damaged text. */
  open(sealed: string, place: string): Promise<string>;
}

/**
 * Heavy work, in line (simulation, Durable Object) or beside the event loop. Task and parts are plain data, so that they can
 * travel to another thread; the next part is made while the last one is stored, never far ahead of it.
 */
export interface Compute<Task, Part> {
  /** The parts of the result, in order. Rejects when the work fails; it can be asked for again. */
  run(task: Task): AsyncIterable<Part>;
}
