import { afterAll, describe, expect, it } from "vitest";
import { makeSettle } from "../src/runtime/node/settle.ts";
import { openSqlite } from "../src/runtime/node/sqlite.ts";
import { PLANTED_FAULTS, type PlantedFault } from "../src/simulation/plant.ts";
import { simulate } from "../src/simulation/simulate.ts";

/** A slice of the proof that `pulse simulate` runs at length: the same seeds every time. */
const CORRECT_SEEDS = Array.from({ length: 20 }, (_, at) => at + 1);
const MOST_SEEDS_TO_CATCH = 12;

const INVARIANT: Readonly<Record<PlantedFault, string>> = {
  "answer-before-commit": "no answer before the commit",
  "no-fence": "no task twice",
  "no-search": "no task twice",
  "refresh-without-lock": "one refresh in flight",
  "no-reconcile": "the mirror converges",
};

describe("the simulation", () => {
  const settle = makeSettle();
  const parts = { settle, openSql: () => openSqlite(":memory:") };
  let crashes = 0;
  let tasks = 0;
  let events = 0;

  it.each(CORRECT_SEEDS)("finds nothing wrong in schedule %i", async (seed) => {
    const schedule = await simulate(seed, parts);
    expect(schedule.violations).toEqual([]);
    crashes += schedule.crashes;
    tasks += schedule.tasks;
    events += schedule.acceptedEvents;
  });

  it("is the same run again for the same seed", async () => {
    const first = await simulate(4, parts);
    const again = await simulate(4, parts);
    expect(again).toEqual(first);
  });

  it.each(PLANTED_FAULTS)("notices the planted fault %s", async (fault) => {
    const caught = new Set<string>();
    for (let seed = 1; seed <= MOST_SEEDS_TO_CATCH && !caught.has(INVARIANT[fault]); seed += 1) {
      const { violations } = await simulate(seed, parts, fault);
      for (const violation of violations) caught.add(violation.invariant);
    }
    expect([...caught]).toContain(INVARIANT[fault]);
  });

  afterAll(() => {
    // A simulation in which nothing happens proves nothing.
    expect(crashes).toBeGreaterThan(20);
    expect(tasks).toBeGreaterThan(50);
    expect(events).toBeGreaterThan(500);
  });
});
