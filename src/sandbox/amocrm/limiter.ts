import { html } from "./answer.ts";
import type { Settings } from "./options.ts";

/**
 * Seven requests a second for an integration in an account; too many 429 in a row block the caller's address for a
 * while. All on the sandbox clock, `speed` times faster.
 */
export class Limiter {
  readonly #settings: Settings;
  readonly #recent = new Map<string, number[]>();
  readonly #refusals = new Map<string, number>();
  readonly #blockedUntil = new Map<string, number>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The refusal, or null when the call may go on. */
  check(key: string, address: string): Response | null {
    const { clock, speed, requestsPerSecond, blockAfter, blockMs } = this.#settings;
    const now = clock.now();
    if (now < (this.#blockedUntil.get(address) ?? 0))
      return html("<html><head><title>403 Forbidden</title></head></html>", 403);
    const recent = (this.#recent.get(key) ?? []).filter((at) => now - at < 1000 / speed);
    if (recent.length < requestsPerSecond) {
      recent.push(now);
      this.#recent.set(key, recent);
      this.#refusals.delete(address);
      return null;
    }
    const refusals = (this.#refusals.get(address) ?? 0) + 1;
    this.#refusals.set(address, refusals);
    if (refusals >= blockAfter) {
      this.#blockedUntil.set(address, now + blockMs / speed);
      this.#refusals.delete(address);
    }
    return html("<html><head><title>429 Too Many Requests</title></head></html>", 429);
  }

  unblock(): void {
    this.#blockedUntil.clear();
    this.#refusals.clear();
    this.#recent.clear();
  }
}
