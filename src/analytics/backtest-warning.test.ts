import { describe, expect, it } from "vitest";
import { daysOfWarning } from "./backtest-warning.ts";
import { chanceLevel } from "./chance-level.ts";
import { pBuy } from "./core.ts";
import { makePast } from "./past.ts";
import { stateAt } from "./past-view.ts";
import { simulateBase } from "./simulate.ts";

const HORIZON = 90;
const BASE = simulateBase({ clients: 400, days: 900, seed: 31 });
const PAST = makePast(BASE, HORIZON);
const VIEW = PAST.view(800);
const LABELS = PAST.labels(800);
const EVERY_ROW = Int32Array.from(LABELS, (_, row) => row);

describe("days of warning", () => {
  it("are the days by which the core doubts a client before a horizon of silence is over", () => {
    const lost = EVERY_ROW.filter((row) => LABELS[row] === 1 && stateAt(VIEW, row).frequency > 2);
    let checked = 0;
    for (const row of lost) {
      const { medianDays, doubtedAtOnce, clients, earlier } = daysOfWarning(
        VIEW,
        LABELS,
        Int32Array.of(row),
        HORIZON,
      );
      expect(clients).toBe(1);
      expect(medianDays === null).toBe(doubtedAtOnce === 1);
      if (medianDays === null) continue;
      expect(earlier).toBe(medianDays > 0 ? 1 : 0);
      const { frequency, recencyDays } = stateAt(VIEW, row);
      const chance = (silent: number) =>
        pBuy(
          VIEW.believe({ frequency, recencyDays, ageDays: recencyDays + silent }, 0),
          chanceLevel(VIEW.level) * HORIZON,
        );
      const silent = HORIZON - medianDays;
      expect(chance(silent - 1)).toBeGreaterThan(0.5);
      if (silent < 4 * HORIZON) expect(chance(silent)).toBeLessThanOrEqual(0.5);
      checked += 1;
    }
    expect(checked).toBeGreaterThan(20);
  });

  it("count only repeat buyers who stayed away", () => {
    const { clients } = daysOfWarning(VIEW, LABELS, EVERY_ROW, HORIZON);
    const expected = EVERY_ROW.filter(
      (row) => LABELS[row] === 1 && stateAt(VIEW, row).frequency > 0,
    );
    expect(clients).toBe(expected.length);
    expect(daysOfWarning(VIEW, LABELS, new Int32Array(0), HORIZON)).toEqual({
      clients: 0,
      doubtedAtOnce: 0,
      earlier: 0,
      medianDays: null,
    });
  });
});
