import { describe, expect, it } from "vitest";
import { makeVirtualClock } from "../../test/support/virtual-clock.ts";
import { AppError } from "../crm/error.ts";
import type { HostLimits } from "../crm/host.ts";
import { openSqlite } from "../runtime/node/sqlite.ts";
import { makeBudget } from "./budget.ts";
import { migrate } from "./migrations.ts";

const LIMITS: HostLimits = {
  requestsPerSecond: 2,
  burst: 50,
  concurrency: 2,
  writeFenceMs: 120_000,
  tokenKeepAliveMs: 1,
  methodSeconds: { limit: 480, windowMs: 600_000 },
};
const METHOD = "crm.item.list";

function aBudget() {
  const { sql } = openSqlite(":memory:");
  migrate(sql, 0);
  const clock = makeVirtualClock();
  return { sql, clock, budget: makeBudget(sql, clock, LIMITS, 1) };
}

function caught(body: () => unknown): AppError {
  try {
    body();
  } catch (cause) {
    return cause as AppError;
  }
  throw new AppError("internal", { message: "Nothing was thrown." });
}

describe("the method budget", () => {
  it("stays below 80 % of the host's seconds in any window, and uses nearly all of them", async () => {
    const { clock, budget } = aBudget();
    const used: { at: number; seconds: number }[] = [];
    const inWindow = () =>
      used
        .filter(({ at }) => at > clock.now() - 600_000)
        .reduce((sum, { seconds }) => sum + seconds, 0);
    const endsAt = clock.now() + 3_600_000;
    let total = 0;
    while (clock.now() < endsAt) {
      let waitMs = 1_000;
      try {
        const calls = budget.grant(METHOD, 50);
        const seconds = calls * 0.3;
        used.push({ at: clock.now(), seconds });
        total += seconds;
        budget.note(METHOD, inWindow(), null, calls);
      } catch (cause) {
        const { code, retryAfterMs } = cause as AppError;
        expect(code).toBe("host.rate_limited");
        waitMs = retryAfterMs ?? 0;
      }
      expect(inWindow()).toBeLessThanOrEqual(480 * 0.8 + 1e-6);
      await clock.runTo(clock.now() + Math.max(1, waitMs));
    }
    expect(total).toBeGreaterThan(0.9 * 6 * 480 * 0.8);
  });

  it("counts granted calls that never came back until they leave the window", async () => {
    const { clock, budget } = aBudget();
    expect(budget.grant(METHOD, 300)).toBe(300);
    expect(budget.grant(METHOD, 300)).toBe(84);
    const { retryAfterMs } = caught(() => budget.grant(METHOD, 1));
    await clock.runTo(clock.now() + (retryAfterMs ?? 0));
    expect(budget.grant(METHOD, 300)).toBe(300);
  });

  it("trusts the host's figure over its own, also after a restart", () => {
    const { sql, clock, budget } = aBudget();
    expect(budget.grant(METHOD, 10)).toBe(10);
    budget.note(METHOD, 383.9, null, 10);
    expect(caught(() => budget.grant(METHOD, 1)).code).toBe("host.rate_limited");
    const again = makeBudget(sql, clock, LIMITS, 1);
    expect(caught(() => again.grant(METHOD, 1)).code).toBe("host.rate_limited");
    expect(again.grant("crm.stagehistory.list", 5)).toBe(5);
  });

  it("sends no more calls together than one request may take", () => {
    const { sql, clock } = aBudget();
    const methodSeconds = { limit: 480, windowMs: 600_000, request: 30 };
    const budget = makeBudget(sql, clock, { ...LIMITS, methodSeconds }, 1);
    expect(budget.grant(METHOD, 50)).toBe(10);
    budget.note(METHOD, 25, null, 10);
    expect(budget.grant(METHOD, 50)).toBe(12);
    budget.note("slow.list", 90, null, 1);
    budget.note("slow.list", 180, null, 1);
    budget.note("slow.list", 270, null, 1);
    expect(budget.grant("slow.list", 50)).toBe(1);
  });

  it("closes only the method that the host has closed", async () => {
    const { clock, budget } = aBudget();
    budget.block(METHOD, clock.now() + 60_000);
    expect(caught(() => budget.grant(METHOD, 1)).retryAfterMs).toBe(60_000);
    expect(budget.grant("user.get", 1)).toBe(1);
    await clock.runTo(clock.now() + 60_000);
    expect(budget.grant(METHOD, 1)).toBe(1);
  });

  it("opens a method whose host named no end when the last good answer said, else after a while", () => {
    const { clock, budget } = aBudget();
    const now = clock.now();
    budget.note(METHOD, 480, now + 5_000, 1);
    budget.block(METHOD, null);
    expect(caught(() => budget.grant(METHOD, 1)).retryAfterMs).toBe(6_000);
    budget.block("user.get", null);
    expect(caught(() => budget.grant("user.get", 1)).retryAfterMs).toBe(60_000);
  });
});
