import { ShareBar, StackBar } from "../../pages/charts.tsx";
import { TableHead } from "../../pages/table-head.tsx";
import { fill } from "../../pages/texts/fill.ts";
import { lookUp } from "../../pages/texts/params.ts";
import type { SegmentRow } from "../analysis.ts";
import { Section } from "./blocks.tsx";
import { Curve } from "./charts.tsx";
import { Populations, Recipes, Template, Tiers, Xyz } from "./groups.tsx";
import { Moves } from "./moves.tsx";
import type { Part } from "./part.ts";

/** Who the clients are: stages, named segments with what to do, and how the money is spread. */
export function People(part: Part) {
  return (
    <Section code="people" texts={part.texts}>
      <Segments {...part} />
      <div class="pair">
        <Lifecycle {...part} />
        <Pareto {...part} />
      </div>
      <div class="pair">
        <Template {...part} />
        <Tiers {...part} />
      </div>
      <div class="pair">
        <div>
          <Xyz {...part} />
        </div>
        <div>
          <Recipes {...part} />
        </div>
      </div>
      <Populations {...part} />
      <Moves {...part} />
    </Section>
  );
}

const STAGE_ORDER = ["new", "active", "loyal", "returned", "at_risk", "sleeping", "lost"];

function Lifecycle({ analysis, texts, card, format }: Part) {
  const rows = inOrder(analysis.segmentation.lifecycle.states, STAGE_ORDER).filter(
    ({ clients }) => clients > 0,
  );
  return (
    <div>
      <h3>{texts.people.lifecycle}</h3>
      <StackBar parts={rows} />
      <ul class="stages">
        {rows.map((row) => (
          <li>
            <svg class={`stage-${row.code}`} width="10" height="10" aria-hidden="true">
              <rect width="10" height="10" rx="2" />
            </svg>
            <span>{lookUp(card.lifecycle, row.code) ?? row.code}</span>
            <span class="num">{format.clients(row.clients)}</span>
            <span class="num quiet">{format.percent(row.share)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Segments({ analysis, texts, card, format }: Part) {
  const { columns, people } = texts;
  const hasMoney = analysis.revenueMinor !== null;
  const money = analysis.segments.reduce((sum, row) => sum + Math.max(0, row.revenueMinor), 0);
  const shareOf = (row: SegmentRow) => (money > 0 ? Math.max(0, row.revenueMinor) / money : 0);
  const widest = Math.max(
    0.01,
    ...analysis.segments.flatMap((row) => [row.share, hasMoney ? shareOf(row) : 0]),
  );
  return (
    <>
      <h3>{people.segments}</h3>
      {hasMoney ? <p class="quiet note">{people.segmentsHint}</p> : null}
      <table class="cards segments">
        <caption class="sr">{people.segments}</caption>
        <TableHead
          columns={[
            { name: columns.segment },
            { name: "" },
            { name: columns.clients, isNumber: true },
            { name: columns.money, isNumber: true, isHidden: !hasMoney },
            { name: columns.play },
          ]}
        />
        <tbody>
          {inOrder(analysis.segments, Object.keys(card.segments)).map((row) => (
            <tr>
              <th scope="row">{lookUp(card.segments, row.code) ?? row.code}</th>
              <td class="bars-cell">
                <ShareBar share={row.share / widest} kind="clients" />
                {hasMoney ? <ShareBar share={shareOf(row) / widest} kind="money" /> : null}
              </td>
              <td class="num" data-label={columns.clients}>
                <span>
                  {format.int(row.clients)} <span class="quiet">{format.percent(row.share)}</span>
                </span>
              </td>
              {hasMoney ? (
                <td class="num" data-label={columns.money}>
                  <span>
                    {format.money(row.revenueMinor)}{" "}
                    <span class="quiet">{format.percent(shareOf(row))}</span>
                  </span>
                </td>
              ) : null}
              <td class="play" data-label={columns.play}>
                <span>{lookUp(people.plays, row.code) ?? ""}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Pareto({ analysis, texts, format }: Part) {
  const { people, columns } = texts;
  const { abc } = analysis.segmentation;
  if (abc === null || abc.pareto.curve.length === 0) return null;
  const { clientsShareFor80, curve } = abc.pareto;
  const mark = curve.find(({ moneyShare }) => moneyShare >= 0.8 - 1e-9);
  const line = fill(people.paretoLine, { share: format.percent(clientsShareFor80) });
  return (
    <div>
      <h3>{people.pareto}</h3>
      <p class="strong">{line}</p>
      <Curve
        id="pareto"
        title={people.paretoChart}
        description={line}
        points={curve.map(({ clientsShare, moneyShare }) => ({ x: clientsShare, y: moneyShare }))}
        mark={mark === undefined ? null : { x: mark.clientsShare, y: mark.moneyShare }}
        axisX={people.axisClients}
        axisY={people.axisMoney}
      />
      <table>
        <caption class="sr">{people.pareto}</caption>
        <TableHead
          columns={[
            { name: columns.class },
            { name: columns.clients, isNumber: true },
            { name: columns.money, isNumber: true },
          ]}
        />
        <tbody>
          {inOrder(abc.classes, ["A", "B", "C"]).map((row) => (
            <tr>
              <th scope="row">{lookUp(people.classes, row.code) ?? row.code}</th>
              <td class="num">{format.int(row.clients)}</td>
              <td class="num">{format.money(row.moneyMinor)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inOrder<Row extends { readonly code: string }>(
  rows: readonly Row[],
  order: readonly string[],
): Row[] {
  return rows.toSorted((left, right) => order.indexOf(left.code) - order.indexOf(right.code));
}
