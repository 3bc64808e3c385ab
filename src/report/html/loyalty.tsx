import { ShareBar } from "../../pages/charts.tsx";
import { fill } from "../../pages/texts/fill.ts";
import { isMonthOpen, Section } from "./blocks.tsx";
import { CohortTable } from "./cohort-table.tsx";
import type { Part } from "./part.ts";

/** Do clients come back: the first three purchases, and cohorts by month of the first. */
export function Loyalty(part: Part) {
  return (
    <Section code="loyalty" texts={part.texts}>
      <Funnel {...part} />
      <Cohorts {...part} />
    </Section>
  );
}

function Funnel({ analysis, texts, format }: Part) {
  const { loyalty } = texts;
  return (
    <>
      <h3>{loyalty.funnel}</h3>
      <ol class="funnel">
        {analysis.funnel.map((step) => (
          <li>
            <span>{loyalty.steps[step.purchase]}</span>
            <ShareBar share={step.shareOfAll ?? 0} kind="clients" />
            <span class="num strong">{format.clients(step.clients)}</span>
            <span class="quiet">
              {step.shareOfPrevious === null || step.purchase === 1
                ? null
                : fill(loyalty.ofPrevious, { share: format.percent(step.shareOfPrevious) })}
              {step.medianDays === null
                ? null
                : `, ${fill(loyalty.after, { days: format.days(step.medianDays) })}`}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

/** By quarters where clients buy too seldom for months. */
function Cohorts(part: Part) {
  const { analysis, texts, format } = part;
  const { loyalty } = texts;
  const isQuarterly = analysis.cohortQuarters.length > 0;
  const isOpen = isQuarterly ? isQuarterOpen(analysis.asOf) : isMonthOpen(analysis.asOf);
  const all = isQuarterly ? analysis.cohortQuarters : analysis.cohorts;
  const rows = isOpen
    ? withoutNewest(all, isQuarterly ? quarterOf(analysis.asOf) : monthOf(analysis.asOf))
    : all;
  const label = (cohort: string) =>
    isQuarterly
      ? fill(loyalty.quarter, { quarter: cohort.slice(-1), year: cohort.slice(0, 4) })
      : format.month(cohort);
  const valueDays = analysis.cohorts.flatMap(({ ltv }) => ltv.map((one) => one.horizonDays));
  const days = LTV_DAYS.find((one) => valueDays.includes(one)) ?? null;
  const values = new Map(
    isQuarterly || days === null || analysis.revenueMinor === null
      ? []
      : analysis.cohorts.map(({ cohort, ltv }) => [
          cohort,
          ltv.find(({ horizonDays }) => horizonDays === days)?.perClientMinor ?? null,
        ]),
  );
  return (
    <>
      <h3>{loyalty.cohorts}</h3>
      <CohortTable
        texts={texts}
        format={format}
        rows={rows}
        label={label}
        step={isQuarterly ? "quarter" : "month"}
        money={values.size === 0 || days === null ? null : { days, values }}
      />
    </>
  );
}

/** The longest stretch most bases have: money of a client's first days. */
const LTV_DAYS = [90, 30] as const;

function monthOf(isoDay: string): string {
  return isoDay.slice(0, 7);
}

function quarterOf(isoDay: string): string {
  return `${isoDay.slice(0, 4)}-Q${Math.ceil(Number(isoDay.slice(5, 7)) / 3)}`;
}

function isQuarterOpen(isoDay: string): boolean {
  return isMonthOpen(isoDay) || Number(isoDay.slice(5, 7)) % 3 !== 0;
}

type Cohort = Part["analysis"]["cohortQuarters"][number];

/** A period that has just begun would look like a fall, so it is left out, as a cohort and as a column. */
function withoutNewest(rows: readonly Cohort[], open: string): readonly Cohort[] {
  return rows
    .filter(({ cohort }) => cohort < open)
    .map((row) => ({ ...row, cells: row.cells.slice(0, -1) }));
}
