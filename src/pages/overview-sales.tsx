import type { KpiSections } from "../crm/overview-kpis.ts";
import { ShareBar } from "./charts.tsx";
import type { PartProps } from "./overview.tsx";
import { TableHead } from "./table-head.tsx";
import type { DetailsTexts } from "./texts/details-texts.ts";
import { fill } from "./texts/fill.ts";

/** First, second, third purchase: how many get there and after how long. */
export function PurchaseFunnel({ overview, texts, format }: PartProps) {
  const words = texts.details.funnel;
  const steps = overview.details?.funnel ?? [];
  const all = steps[0]?.clients ?? 0;
  return (
    <section class="panel funnel" aria-labelledby="funnel">
      <h2 id="funnel">{words.title}</h2>
      {all === 0 ? (
        <p class="empty">{words.empty}</p>
      ) : (
        <ul class="steps">
          {steps.map((step) => {
            const days = step.medianDays === null ? null : format.days(step.medianDays);
            const share = format.percent(step.shareOfPrevious ?? 0);
            return (
              <li>
                <span>{stepName(step.purchase, words)}</span>
                <b class="num">{format.int(step.clients)}</b>
                <ShareBar kind="clients" share={step.clients / all} />
                {step.purchase === 1 ? null : (
                  <span class="line quiet">
                    {days === null
                      ? fill(words.stepWithoutDays, { share })
                      : fill(words.step, { share, days })}
                  </span>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

function stepName(purchase: number, words: DetailsTexts["funnel"]): string {
  return purchase === 2 ? words.steps[2] : purchase === 3 ? words.steps[3] : words.steps[1];
}

/** Contracts and purchases at need apart; nothing where a base has only one of the two. */
export function Populations({ overview, texts, format }: PartProps) {
  const words = texts.details.populations;
  const rows = overview.details?.populations ?? [];
  if (rows.length === 0) return null;
  return (
    <section class="panel populations" aria-labelledby="populations">
      <h2 id="populations">{words.title}</h2>
      <p class="quiet">{words.hint}</p>
      <ul class="steps">
        {rows.map((row) => (
          <li>
            <span>{words.names[row.code]}</span>
            <b class="num">{format.clients(row.clients)}</b>
            <span class="line quiet">
              {[
                row.repeatPurchaseRate === null
                  ? null
                  : `${words.repeat} ${format.percent(row.repeatPurchaseRate)}`,
                row.medianIntervalDays === null
                  ? null
                  : `${words.gap} ${format.days(row.medianIntervalDays)}`,
                row.averageOrderMinor === null
                  ? null
                  : `${words.order} ${format.money(row.averageOrderMinor)}`,
              ]
                .filter((text) => text !== null)
                .join(", ")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Conversion from stage to stage, a table a pipeline. */
export function Stages({ overview, texts, format }: PartProps) {
  const words = texts.details.stages;
  const pipelines = overview.details?.pipelines ?? [];
  return (
    <section class="panel pipelines" aria-labelledby="pipelines">
      <h2 id="pipelines">{words.title}</h2>
      {pipelines.length === 0 ? (
        <p class="empty">{words.empty}</p>
      ) : (
        <>
          <p class="quiet">{words.hint}</p>
          {pipelines.map((pipeline) => (
            <section class="scroll" tabindex={0} aria-label={pipeline.name}>
              <h3>
                {pipeline.name}{" "}
                <span class="quiet">
                  {fill(words.won, {
                    won: format.int(pipeline.won),
                    decided: format.int(pipeline.won + pipeline.lost),
                  })}
                </span>
              </h3>
              <StageTable pipeline={pipeline} words={words} format={format} />
              {pipeline.unknownStage > 0 ? (
                <p class="legend quiet">
                  {fill(words.unknownStage, { n: format.int(pipeline.unknownStage) })}
                </p>
              ) : null}
            </section>
          ))}
        </>
      )}
    </section>
  );
}

function StageTable({
  pipeline,
  words,
  format,
}: {
  readonly pipeline: KpiSections["pipelines"][number];
  readonly words: DetailsTexts["stages"];
  readonly format: PartProps["format"];
}) {
  const most = Math.max(1, ...pipeline.stages.map((stage) => stage.reached));
  return (
    <table>
      <caption class="sr">{pipeline.name}</caption>
      <thead>
        <tr>
          <th scope="col">{words.stage}</th>
          <td class="bars" />
          <th scope="col" class="num">
            {words.reached}
          </th>
          <th scope="col" class="num">
            {words.open}
          </th>
          <th scope="col" class="num">
            {words.lost}
          </th>
          <th scope="col" class="num">
            {words.moved}
          </th>
        </tr>
      </thead>
      <tbody>
        {pipeline.stages.map((stage) => (
          <tr>
            <th scope="row">{stage.name}</th>
            <td class="bars" aria-hidden="true">
              <ShareBar kind="clients" share={stage.reached / most} />
            </td>
            <td class="num">{format.int(stage.reached)}</td>
            <td class="num">{format.int(stage.open)}</td>
            <td class="num">{format.int(stage.lost)}</td>
            <td class="num">
              {stage.conversion === null ? "–" : format.percent(stage.conversion)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Lost deals by reason, with their money. */
export function Losses({ overview, texts, format }: PartProps) {
  const words = texts.details.losses;
  const rows = overview.details?.losses ?? [];
  const most = Math.max(1, ...rows.map((row) => row.deals));
  return (
    <section class="panel losses" aria-labelledby="losses">
      <h2 id="losses">{words.title}</h2>
      {rows.length === 0 ? (
        <p class="empty">{words.empty}</p>
      ) : (
        <table>
          <caption class="sr">{words.title}</caption>
          <TableHead
            columns={[
              { name: words.reason },
              { name: words.deals, isNumber: true },
              { name: words.money, isNumber: true },
            ]}
          />
          <tbody>
            {rows.map((row) => (
              <tr>
                <th scope="row">
                  {row.reason === null
                    ? words.none
                    : (row.label ?? labelOf(row.reason, words.numbered))}
                  <ShareBar kind="money" share={row.deals / most} />
                </th>
                <td class="num">{format.int(row.deals)}</td>
                <td class="num" title={format.moneyExact(row.amountMinor)}>
                  {format.money(row.amountMinor)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** A bare number says nothing: it is shown with the word for what it is. */
export function labelOf(id: string, numbered: string): string {
  return /^\d+$/.test(id) ? fill(numbered, { id }) : id;
}
