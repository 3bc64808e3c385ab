import { PLANTED_FAULTS, type PlantedFault } from "../../simulation/plant.ts";
import { type Schedule, simulate } from "../../simulation/simulate.ts";
import { makeSettle } from "./settle.ts";
import { openSqlite } from "./sqlite.ts";

export interface SimulateOptions {
  readonly seed: number;
  readonly count: number;
  readonly fault: PlantedFault | null;
}

export function isPlantedFault(text: string): text is PlantedFault {
  return PLANTED_FAULTS.some((fault) => fault === text);
}

/** `pulse simulate`: schedules one after another; 1 when a violation was found. */
export async function simulateCommand(options: SimulateOptions): Promise<number> {
  const settle = makeSettle();
  let violations = 0;
  for (let seed = options.seed; seed < options.seed + options.count; seed += 1) {
    const schedule = await simulate(
      seed,
      { settle, openSql: () => openSqlite(":memory:") },
      options.fault,
    );
    violations += schedule.violations.length;
    process.stdout.write(`${scheduleLine(schedule)}\n`);
  }
  process.stdout.write(
    `${options.count} schedules, ${violations} violations${options.fault ? `, planted: ${options.fault}` : ""}\n`,
  );
  return violations === 0 ? 0 : 1;
}

function scheduleLine(schedule: Schedule): string {
  const { seed, product, traceHash, virtualMinutes, crashes, tasks, acceptedEvents } = schedule;
  const head = `seed ${seed} ${product} trace ${traceHash} ${virtualMinutes.toFixed(0)} min, ${crashes} crashes, ${acceptedEvents} events, ${tasks} tasks`;
  const found = schedule.violations.map(
    ({ invariant, detail }) => `\n  VIOLATION ${invariant}: ${detail}`,
  );
  const around = schedule.diagnosis.map((line) => `\n    ${line}`);
  return `${head}${found.join("")}${around.join("")}`;
}
