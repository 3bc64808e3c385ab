import { describe, expect, it } from "vitest";
import { makeVirtualClock } from "../../test/support/virtual-clock.ts";
import { errorCode } from "../crm/error.ts";
import type { HostLimits } from "../crm/host.ts";
import type { Log } from "../crm/ports.ts";
import { makeEgress } from "./egress.ts";

const LIMITS: HostLimits = {
  requestsPerSecond: 5,
  burst: 2,
  concurrency: 5,
  writeFenceMs: 1,
  tokenKeepAliveMs: 1,
  requestsPerSecondOfAddress: 50,
};
const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };
const MINUTE_MS = 60_000;

describe("what leaves one address", () => {
  it("keeps to the address's own rate, whoever asks", async () => {
    const clock = makeVirtualClock();
    const egress = makeEgress(clock, LIMITS, 1, QUIET);
    const startedAt = clock.now();
    const all = Promise.all(Array.from({ length: 100 }, () => egress.enter()));
    await clock.runTo(clock.now() + MINUTE_MS);
    await all;
    expect(clock.now() - startedAt).toBe(MINUTE_MS);
    let lastAt = 0;
    const timed = Array.from({ length: 50 }, () =>
      egress.enter().then(() => {
        lastAt = clock.now();
      }),
    );
    const from = clock.now();
    await clock.runTo(from + MINUTE_MS);
    await Promise.all(timed);
    expect(lastAt - from).toBe(980);
  });

  it("stops for everybody when one is blocked, then one request finds out", async () => {
    const clock = makeVirtualClock();
    const egress = makeEgress(clock, LIMITS, 1, QUIET);
    const enter = () => egress.enter().then(() => "in", errorCode);
    egress.blocked(10 * MINUTE_MS);
    expect(await enter()).toBe("host.rate_limited");
    await clock.runTo(clock.now() + 10 * MINUTE_MS);
    expect([await enter(), await enter()]).toEqual(["in", "host.rate_limited"]);
    egress.blocked(10 * MINUTE_MS);
    await clock.runTo(clock.now() + 10 * MINUTE_MS);
    expect(await enter()).toBe("in");
    egress.answered();
    const more = Promise.all([enter(), enter()]);
    await clock.runTo(clock.now() + 1_000);
    expect(await more).toEqual(["in", "in"]);
  });

  it("a probe whose answer never comes does not close the door for good", async () => {
    const clock = makeVirtualClock();
    const egress = makeEgress(clock, LIMITS, 1, QUIET);
    egress.blocked(MINUTE_MS);
    await clock.runTo(clock.now() + MINUTE_MS);
    await egress.enter();
    await clock.runTo(clock.now() + 31_000);
    await expect(egress.enter()).resolves.toBeUndefined();
  });
});
