import { describe, expect, it } from "vitest";
import { makeProgress } from "./progress.ts";

function progressAt(isTerminal: boolean) {
  const written: string[] = [];
  let now = 1000;
  const progress = makeProgress({
    write: (text) => written.push(text),
    isTerminal,
    elapsed: () => now,
  });
  return {
    written,
    progress,
    wait(ms: number) {
      now += ms;
    },
  };
}

describe("the progress of reading", () => {
  it("is a bar that redraws itself on a terminal and leaves nothing behind", () => {
    const { written, progress, wait } = progressAt(true);
    progress.report(0.1, 1000);
    expect(written).toEqual([]);
    wait(2000);
    progress.report(0.5, 1_200_000);
    progress.report(0.51, 1_200_001);
    expect(written).toEqual([
      "\r\u001b[2K████████████░░░░░░░░░░░░ 50 %, 1 200 000 rows, 600 000 rows/s",
    ]);
    wait(100);
    progress.report(1.2, 1_300_000);
    expect(written[1]).toContain("████████████████████████ 100 %");
    progress.done();
    progress.done();
    expect(written.slice(2)).toEqual(["\r\u001b[2K"]);
  });

  it("is a line now and then in a log, and none for a file that is read at once", () => {
    const { written, progress, wait } = progressAt(false);
    progress.report(0.3, 10);
    wait(14_999);
    progress.report(0.4, 20);
    expect(written).toEqual([]);
    wait(1);
    progress.report(0.5, 30_000);
    progress.report(0.6, 40_000);
    progress.done();
    expect(written).toEqual(["pulse: read 50 %, 30 000 rows, 2 000 rows/s\n"]);
  });
});
