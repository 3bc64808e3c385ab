import { dayOf, dayText } from "../analytics/calendar.ts";
import { goalProgress } from "../analytics/kpi/goal.ts";
import type { Day } from "../analytics/types.ts";
import { AppError } from "../crm/error.ts";
import type { OverviewDocument } from "../crm/overview.ts";
import type { GoalInput, KpiGoals } from "../crm/overview-kpis.ts";
import type { Clock } from "../crm/ports.ts";
import { readPortal } from "./portal-row.ts";
import type { Sql, SqlReader } from "./sql.ts";
import { makeZone } from "./zone.ts";

export interface GoalPorts {
  readonly sql: Sql;
  readonly clock: Pick<Clock, "now">;
  readonly overview: () => OverviewDocument;
}

export interface Goals {
  set(goal: GoalInput, userId: string): KpiGoals;
  remove(code: string): KpiGoals;
}

interface GoalRow {
  readonly code: string;
  readonly set_on: Day;
  readonly due_on: Day;
  readonly change: number | null;
  readonly value: number | null;
  readonly start_value: number;
  readonly set_by: string;
}

/** Goals are measured from the figure's value on the day they are set, so that later corrections do not move the start. */
export function makeGoals({ sql, clock, overview }: GoalPorts): Goals {
  const goals = (): KpiGoals => ({ goals: overview().goals ?? [] });
  return {
    set(goal, userId) {
      const { kpis } = overview();
      const today = makeZone(readPortal(sql)?.time_zone ?? "UTC").dayOf(clock.now());
      const current = kpis.find(({ code }) => code === goal.code)?.value ?? null;
      if (current === null) throw new AppError("input.invalid", { details: { field: "code" } });
      const dueOn = dayOf(goal.dueOn);
      if (!(dueOn > today)) throw new AppError("input.invalid", { details: { field: "dueOn" } });
      sql.run(
        `insert into goal (code, set_on, due_on, change, value, start_value, set_by) values (?, ?, ?, ?, ?, ?, ?)
         on conflict (code) do update set set_on = excluded.set_on, due_on = excluded.due_on,
           change = excluded.change, value = excluded.value, start_value = excluded.start_value,
           set_by = excluded.set_by`,
        goal.code,
        today,
        dueOn,
        "change" in goal ? goal.change : null,
        "value" in goal ? goal.value : null,
        current,
        userId,
      );
      return goals();
    },
    remove(code) {
      sql.run("delete from goal where code = ?", code);
      return goals();
    },
  };
}

/** Every goal against today's figures, the nearest day first. */
export function readGoals(
  sql: SqlReader,
  kpis: OverviewDocument["kpis"],
  today: Day,
): NonNullable<OverviewDocument["goals"]> {
  const rows = sql.all<GoalRow>("select * from goal order by due_on, code");
  return rows.flatMap((row) => {
    const figure = kpis.find(({ code }) => code === row.code);
    if (!figure) return [];
    const history = [{ day: today, value: figure.value }];
    const target = row.change === null ? { value: row.value ?? 0 } : { change: row.change };
    const startValue = row.start_value;
    const goal = { code: row.code, setOn: row.set_on, dueOn: row.due_on, startValue, target };
    return [
      {
        code: row.code,
        unit: figure.unit,
        setOn: dayText(row.set_on),
        dueOn: dayText(row.due_on),
        ...goalProgress(history, goal, today),
      },
    ];
  });
}
