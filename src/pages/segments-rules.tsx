import type { SegmentRule } from "../crm/segment-rule.ts";
import type { SegmentationDocument } from "../crm/segmentation.ts";
import { Behind } from "./behind.tsx";
import { SegmentPanel, type SegmentsPart } from "./segments-part.tsx";
import { fill } from "./texts/fill.ts";
import { rulesTexts } from "./texts/island-rules.ts";
import { lookUp } from "./texts/params.ts";

type Recipe = SegmentationDocument["recipes"][number];

/** Rules ready to use with their live count, and how the limits of the stages came about. */
export function RulesPanel(part: SegmentsPart) {
  const { found, texts, format } = part;
  const words = texts.rules;
  const own = rulesTexts(format.locale);
  const nameOf = ({ code }: Recipe) => lookUp(words.names, code) ?? code;
  return (
    <SegmentPanel id="rules" title={texts.sections.rules}>
      <ul class="recipes">
        {found.recipes.map((recipe) => (
          <li>
            <span>
              {nameOf(recipe)}
              {notesOf(recipe, part).map((note) => (
                <span class="line quiet small">{note}</span>
              ))}
              <button
                type="button"
                class="plain small"
                data-recipe={JSON.stringify((recipe.rule as SegmentRule).when)}
                data-recipe-name={nameOf(recipe)}
                aria-label={`${own.base}: ${nameOf(recipe)}`}
              >
                {own.base}
              </button>
            </span>
            <span class="num">
              {recipe.count === null ? (
                "–"
              ) : (
                <Behind
                  when={(recipe.rule as SegmentRule).when}
                  name={nameOf(recipe)}
                  clients={recipe.count.matched}
                  format={format}
                />
              )}
              {recipe.count === null || recipe.count.matched === 0 ? null : (
                <span class="line quiet small" title={format.moneyExact(recipe.count.moneyMinor)}>
                  {format.money(recipe.count.moneyMinor)}
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
      <p class="quiet small">{`${words.hint} ${lifecycleHint(part)}`}</p>
      <details class="rules" data-rules>
        <summary>{own.own}</summary>
        <p role="status" data-rules-status />
        <div data-rules-place />
      </details>
    </SegmentPanel>
  );
}

/** Warnings to give before anybody uses a rule; an empty one says so itself. */
function notesOf({ count, needs }: Recipe, { texts, format }: SegmentsPart): string[] {
  if (count === null) return [needs === null ? texts.rules.notCounted : texts.rules.needsGroup];
  return count.warnings
    .filter(({ code }) => code !== "too_few" || count.matched > 0)
    .map(({ code, limit, value }) =>
      fill(texts.rules.warnings[code], {
        limit: code === "too_few" ? format.int(limit) : format.percent(limit),
        share: format.percent(value),
        facts: "–",
      }),
    );
}

function lifecycleHint({ found, texts, format }: SegmentsPart): string {
  const { thresholds, basis, leads } = found.lifecycle;
  const words = texts.lifecycle;
  const gap = basis.usualGapDays;
  const hint = fill(gap === null ? words.hintNoRhythm : words.hint, {
    gap: gap === null ? "" : format.days(gap),
    active: format.days(thresholds.activeDays),
    sleeping: format.days(thresholds.sleepingDays),
    lost: format.days(thresholds.lostDays),
    loyal: thresholds.loyalPurchases,
  });
  const waiting =
    leads === null || leads === 0 ? "" : ` ${fill(words.leads, { n: format.int(leads) })}.`;
  return `${hint}${waiting}`;
}
