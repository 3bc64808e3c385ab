/** Runs bodies one after another, in the order of asking. A body that fails does not stop the next. */
export interface Lock {
  run<T>(body: () => Promise<T>): Promise<T>;
}

/** The platform has no such lock: two calls into one object interleave at every await. Not re-entrant. */
export function makeLock(): Lock {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run<T>(body: () => Promise<T>): Promise<T> {
      const mine = last.then(body, body);
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
