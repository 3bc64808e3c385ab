/** How far the reading of a table is: `share` of its bytes from 0 to 1. */
export type OnProgress = (share: number, rows: number) => void;

export interface Progress {
  readonly report: OnProgress;
  /** Nothing of it stays on a terminal. */
  done(): void;
}

export interface ProgressOptions {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
}

/** A file that is read sooner needs no bar. */
const QUIET_MS = 500;
const REDRAW_MS = 100;
/** In a log a line now and then is enough. */
const LOG_MS = 15_000;
const BAR_WIDTH = 24;
const CLEAR_LINE = "\r\u001b[2K";

/** A bar that redraws itself on a terminal; elsewhere a line every quarter of a minute. */
export function makeProgress({ write, isTerminal, elapsed }: ProgressOptions): Progress {
  const started = elapsed();
  let next = started + (isTerminal ? QUIET_MS : LOG_MS);
  let isDrawn = false;
  return {
    report(share, rows) {
      const now = elapsed();
      if (now < next) return;
      next = now + (isTerminal ? REDRAW_MS : LOG_MS);
      const percent = Math.min(100, Math.floor(share * 100));
      const figures = `${percent} %, ${grouped(rows)} rows, ${grouped(rate(rows, now - started))} rows/s`;
      write(isTerminal ? `${CLEAR_LINE}${bar(share)} ${figures}` : `pulse: read ${figures}\n`);
      isDrawn = isTerminal;
    },
    done() {
      if (isDrawn) write(CLEAR_LINE);
      isDrawn = false;
    },
  };
}

function rate(rows: number, ms: number): number {
  return ms <= 0 ? 0 : Math.round((rows * 1000) / ms);
}

function bar(share: number): string {
  const full = Math.max(0, Math.min(BAR_WIDTH, Math.round(share * BAR_WIDTH)));
  return `${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)}`;
}

function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, " ");
}
