/**
 * After this every promise that could settle without virtual time has settled: microtasks, and real work beside the
 * event loop (WebCrypto), which is counted by wrapping it. Only simulations patch; a server never imports this.
 */
export function makeSettle(): () => Promise<void> {
  let pending = 0;
  const subtle = globalThis.crypto.subtle as unknown as Record<string, unknown>;
  const prototype = Object.getPrototypeOf(subtle) as Record<string, unknown>;
  for (const name of [
    "digest",
    "sign",
    "verify",
    "importKey",
    "encrypt",
    "decrypt",
    "deriveBits",
  ]) {
    const original = prototype[name];
    if (typeof original !== "function") continue;
    subtle[name] = (...args: unknown[]): unknown => {
      pending += 1;
      const result = Promise.resolve(original.apply(subtle, args));
      const done = () => {
        pending -= 1;
      };
      result.then(done, done);
      return result;
    };
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return async () => {
    do {
      await turn();
      await turn();
    } while (pending > 0);
  };
}
