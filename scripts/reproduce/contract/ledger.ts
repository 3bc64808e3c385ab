import type { Check } from "../models.ts";

/** What a check says: nothing when all is well. */
export type Problems = readonly string[];

interface Group {
  readonly samples: Set<string>;
  /** Checks that passed, by their kind. */
  readonly passed: Map<string, number>;
  readonly failures: string[];
  readonly warnings: string[];
  readonly notes: string[];
}

export interface Place {
  /** Row that the check belongs to. */
  readonly group: string;
  /** Which sample: position and source. */
  readonly sample: string;
  /** `parser`, `judge`, `door`, `sandbox`, ... */
  readonly kind: string;
  /** The sample itself is a guess: what it does not match only warns. */
  readonly isInferred?: boolean;
}

const SHOWN = 6;

/** Collects what the checks found, one row a group, and which samples were looked at at all. */
export class Ledger {
  readonly #vendor: string;
  readonly #groups = new Map<string, Group>();
  readonly #checked = new Set<string>();

  constructor(vendor: string) {
    this.#vendor = vendor;
  }

  /** An exception is a finding like any other: one bad sample must not hide the rest. */
  async check(place: Place, run: () => Problems | Promise<Problems>): Promise<void> {
    const group = this.#group(place.group);
    group.samples.add(place.sample);
    this.#checked.add(place.sample);
    const problems = await attempt(run);
    if (problems.length === 0) {
      group.passed.set(place.kind, (group.passed.get(place.kind) ?? 0) + 1);
      return;
    }
    const list = place.isInferred === true ? group.warnings : group.failures;
    for (const problem of problems) list.push(`${place.sample} ${place.kind}: ${problem}`);
  }

  /** Something that is not checked, with its reason. */
  note(group: string, text: string): void {
    this.#group(group).notes.push(text);
  }

  /** Rows of the report; the last one fails unless every sample of the file was checked. */
  rows(samples: number): readonly Check[] {
    const rows = [...this.#groups].map(([name, group]) => this.#row(name, group));
    const checked = this.#checked.size;
    return [
      ...rows,
      {
        name: `${this.#vendor} samples checked`,
        ok: samples > 0 && checked >= samples,
        detail: `${checked} of ${samples}`,
      },
    ];
  }

  #row(name: string, group: Group): Check {
    const passed = [...group.passed].map(([kind, count]) => `${kind} ok ${count}`);
    const parts = [`${group.samples.size} samples`, ...passed];
    if (group.warnings.length > 0) parts.push(`warned ${short(group.warnings)}`);
    if (group.notes.length > 0) parts.push(`left out ${short(group.notes)}`);
    if (group.failures.length > 0) parts.push(`FAILED ${short(group.failures)}`);
    return {
      name: `${this.#vendor} ${name}`,
      ok: group.failures.length === 0 && group.samples.size > 0,
      detail: parts.join(", "),
    };
  }

  #group(name: string): Group {
    const known = this.#groups.get(name);
    if (known) return known;
    const fresh: Group = {
      samples: new Set(),
      passed: new Map(),
      failures: [],
      warnings: [],
      notes: [],
    };
    this.#groups.set(name, fresh);
    return fresh;
  }
}

async function attempt(run: () => Problems | Promise<Problems>): Promise<Problems> {
  try {
    return await run();
  } catch (thrown) {
    return [`threw ${thrown instanceof Error ? describe(thrown) : String(thrown)}`];
  }
}

function describe(error: Error): string {
  const details = "details" in error ? ` ${JSON.stringify(error.details)}` : "";
  return `${error.name}: ${error.message}${details}`;
}

function short(lines: readonly string[]): string {
  const shown = lines.slice(0, SHOWN).join("; ");
  return lines.length > SHOWN ? `${lines.length} (${shown}; ...)` : `${lines.length} (${shown})`;
}

/** A finding for every pair that differs. */
export function expectEqual(what: string, actual: unknown, expected: unknown): Problems {
  const left = JSON.stringify(actual);
  const right = JSON.stringify(expected);
  return left === right ? [] : [`${what}: ${left}, expected ${right}`];
}
