import type { OverviewDocument } from "../crm/overview.ts";
import { ShareBar } from "./charts.tsx";
import { showValue } from "./kpi-text.ts";
import type { PartProps } from "./overview.tsx";
import { fill } from "./texts/fill.ts";
import { lookUp } from "./texts/params.ts";

type Goal = NonNullable<OverviewDocument["goals"]>[number];

/** Ahead is good, behind is to be watched, a day that is past unmet is lost; the word always says it too. */
const TONES: Readonly<Record<Goal["state"], string>> = {
  reached: "tone-good",
  ahead: "tone-good",
  on_track: "tone-good",
  behind: "tone-watch",
  missed: "tone-risk",
  unknown: "tone-neutral",
};

/** Goals on figures with the way done; an administrator may set and remove them. */
export function Goals({ part, isAdmin }: { part: PartProps; isAdmin: boolean }) {
  const { overview, texts } = part;
  const words = texts.details.goals;
  const goals = overview.goals ?? [];
  return (
    <section class="panel goals" aria-labelledby="goals" data-goals>
      <h2 id="goals">{words.title}</h2>
      {goals.length === 0 ? <p class="empty">{words.empty}</p> : null}
      <ul class="steps">
        {goals.map((goal) => (
          <GoalRow goal={goal} part={part} isAdmin={isAdmin} />
        ))}
      </ul>
      {isAdmin && overview.kpis.length > 0 ? <GoalForm part={part} /> : null}
      <p class="error" role="alert" data-goal-error hidden />
    </section>
  );
}

function GoalRow({ goal, part, isAdmin }: { goal: Goal; part: PartProps; isAdmin: boolean }) {
  const { texts, format } = part;
  const words = texts.details.goals;
  const show = (value: number) => showValue(value, goal.unit, format, texts.kpiWords);
  const { startValue, currentValue, targetValue, neededPerMonth } = goal;
  const isKnown = startValue !== null && currentValue !== null && targetValue !== null;
  return (
    <li>
      <span>{lookUp(texts.kpis, goal.code)?.name ?? texts.kpiFallback}</span>
      <span class={`num state ${TONES[goal.state]}`}>{words.states[goal.state]}</span>
      <ShareBar kind="clients" share={goal.progress ?? 0} />
      <span class="line quiet">
        {isKnown
          ? fill(words.way, {
              from: show(startValue),
              now: show(currentValue),
              to: show(targetValue),
              day: format.day(goal.dueOn),
            })
          : words.unknown}
        {neededPerMonth === null
          ? null
          : `; ${fill(words.pace, { pace: paceText(neededPerMonth, show) })}`}
      </span>
      {isAdmin ? (
        <button type="button" class="remove" data-goal-remove={goal.code}>
          {words.remove}
        </button>
      ) : null}
    </li>
  );
}

function paceText(pace: number, show: (value: number) => string): string {
  return pace < 0 ? `−${show(-pace)}` : `+${show(pace)}`;
}

/** Only figures that have a value can be given a goal. */
function GoalForm({ part: { overview, texts } }: { part: PartProps }) {
  const words = texts.details.goals;
  const figures = overview.kpis.filter((figure) => figure.value !== null);
  return (
    <details>
      <summary>{words.open}</summary>
      <form data-goal-form>
        <label>
          {words.figure}
          <select name="code">
            {figures.map((figure) => (
              <option value={figure.code} selected={figure.code === "repeat_order_share"}>
                {lookUp(texts.kpis, figure.code)?.name ?? texts.kpiFallback}
              </option>
            ))}
          </select>
        </label>
        <label>
          {words.change}
          <input
            name="change"
            type="number"
            step="any"
            min="-100"
            max="10000"
            value="20"
            required
          />
        </label>
        <label>
          {words.due}
          <input name="dueOn" type="date" value={yearLater(overview.asOf)} required />
        </label>
        <button type="submit">{words.set}</button>
      </form>
    </details>
  );
}

function yearLater(iso: string): string {
  return `${Number(iso.slice(0, 4)) + 1}${iso.slice(4, 10) === "-02-29" ? "-02-28" : iso.slice(4, 10)}`;
}
