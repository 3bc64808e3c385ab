import { TableHead } from "../../pages/table-head.tsx";
import { fill } from "../../pages/texts/fill.ts";
import { lookUp } from "../../pages/texts/params.ts";
import type { Part } from "./part.ts";

/** Ready groupings beside the RFM segments; each says its rule in the numbers of this base. */

interface GroupLine {
  readonly name: string;
  readonly rule: string | null;
  readonly clients: number;
  readonly share: number;
  readonly moneyMinor: number;
}

interface GroupTableProps {
  readonly part: Part;
  readonly title: string;
  readonly note: string;
  readonly rows: readonly GroupLine[];
  /** A column more: its name and the text of each row. */
  readonly more?: { readonly name: string; readonly cells: readonly string[] };
}

function GroupTable({ part, title, note, rows, more }: GroupTableProps) {
  const { analysis, texts, format } = part;
  const { columns } = texts;
  const hasMoney = analysis.revenueMinor !== null;
  return (
    <div>
      <h3>{title}</h3>
      <p class="quiet note">{note}</p>
      <table>
        <caption class="sr">{title}</caption>
        <TableHead
          columns={[
            { name: columns.segment },
            { name: columns.clients, isNumber: true },
            { name: columns.money, isNumber: true, isHidden: !hasMoney },
            { name: more?.name ?? "", isNumber: true, isHidden: more === undefined },
          ]}
        />
        <tbody>
          {rows.map((row, at) => (
            <tr>
              <th scope="row">
                {row.name}
                {row.rule === null ? null : <span class="line quiet">{row.rule}</span>}
              </th>
              <td class="num">
                {format.int(row.clients)} <span class="quiet">{format.percent(row.share)}</span>
              </td>
              {hasMoney ? <td class="num">{format.money(row.moneyMinor)}</td> : null}
              {more === undefined ? null : <td class="num strong">{more.cells[at]}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** New, loyal, VIP, inactive. */
export function Template(part: Part) {
  const { analysis, segmentation, format } = part;
  const { limits, precedence, segments } = analysis.segmentation.template;
  const words = segmentation.template;
  const ruleOf = (code: string): string | null => {
    if (code === "vip" && limits.vipFromMinor === null) return words.noVip;
    const rule = lookUp(words.rules, code);
    return rule === null
      ? null
      : fill(rule, {
          n: format.int(limits.loyalFromPurchases),
          months: format.int(limits.inactiveMonths),
          money: format.money(limits.vipFromMinor ?? 0),
        });
  };
  return (
    <GroupTable
      part={part}
      title={segmentation.sections.template}
      note={words.precedence}
      rows={segments
        .toSorted((left, right) => precedence.indexOf(left.code) - precedence.indexOf(right.code))
        .map((row) => ({
          ...row,
          name: lookUp(words.names, row.code) ?? row.code,
          rule: ruleOf(row.code),
        }))}
    />
  );
}

/** VIP, standard, low activity, with the money expected of each where there is a forecast. */
export function Tiers(part: Part) {
  const { analysis, segmentation, format } = part;
  const { tiers, basis, horizonDays, limits } = analysis.segmentation.valueTiers;
  const words = segmentation.tiers;
  const value = (amount: number) =>
    basis === "purchases_12m" ? format.int(amount) : format.money(amount);
  return (
    <GroupTable
      part={part}
      title={segmentation.sections.tiers}
      note={fill(words.hint, {
        days: format.days(limits.lowAfterDays),
        basis: fill(words.basis[basis], { days: format.days(horizonDays) }),
      })}
      rows={tiers.map((row) => ({
        ...row,
        name: lookUp(words.names, row.code) ?? row.code,
        rule: null,
      }))}
      more={{ name: words.value[basis], cells: tiers.map((row) => value(row.value)) }}
    />
  );
}

/** How regular the purchases are. */
export function Xyz(part: Part) {
  const { analysis, segmentation, format } = part;
  const { classes, unknown, limits } = analysis.segmentation.xyz;
  const words = segmentation.xyz;
  if (classes.length === 0) return null;
  const rows = classes.map((row) => ({
    ...row,
    name: lookUp(words.names, row.code) ?? row.code,
    rule: null,
  }));
  return (
    <>
      <GroupTable
        part={part}
        title={segmentation.sections.xyz}
        note={fill(words.hint, {
          gaps: format.int(limits.minGaps),
          x: format.ratio(limits.xBelow),
          y: format.ratio(limits.yUpTo),
        })}
        rows={rows}
      />
      {unknown === 0 ? null : (
        <p class="quiet note">{`${format.clients(unknown)}: ${words.unknown}`}</p>
      )}
    </>
  );
}

/** Rules ready to use, with how many clients each takes now; those that need something first are left out. */
export function Recipes(part: Part) {
  const { analysis, segmentation, texts, format } = part;
  const words = segmentation.rules;
  const rows = analysis.segmentation.recipes.filter(
    ({ needs, count }) => needs === null && count !== null && count.matched > 0,
  );
  if (rows.length === 0) return null;
  const hasMoney = analysis.revenueMinor !== null;
  return (
    <div>
      <h3>{segmentation.sections.rules}</h3>
      <p class="quiet note">{words.hint}</p>
      <table>
        <caption class="sr">{segmentation.sections.rules}</caption>
        <TableHead
          columns={[
            { name: texts.columns.segment },
            { name: texts.columns.clients, isNumber: true },
            { name: texts.columns.money, isNumber: true, isHidden: !hasMoney },
          ]}
        />
        <tbody>
          {rows.map(({ code, count }) => (
            <tr>
              <th scope="row">{lookUp(words.names, code) ?? code}</th>
              <td class="num">{format.int(count?.matched ?? 0)}</td>
              {hasMoney ? <td class="num">{format.money(count?.moneyMinor ?? 0)}</td> : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Contracts and purchases at need, where a base has both: one average would describe nobody. */
export function Populations({ analysis, texts, format }: Part) {
  const { people, columns } = texts;
  const rows = analysis.populations;
  if (rows.length === 0) return null;
  return (
    <div>
      <h3>{people.populations}</h3>
      <p class="quiet note">{people.populationsHint}</p>
      <table>
        <caption class="sr">{people.populations}</caption>
        <TableHead
          columns={[
            { name: columns.segment },
            { name: columns.clients, isNumber: true },
            { name: columns.averageOrder, isNumber: true },
            { name: columns.gap, isNumber: true },
          ]}
        />
        <tbody>
          {rows.map((row) => (
            <tr>
              <th scope="row">{people.populationNames[row.code]}</th>
              <td class="num">{format.int(row.clients)}</td>
              <td class="num">
                {row.averageOrderMinor === null
                  ? texts.unknown
                  : format.money(row.averageOrderMinor)}
              </td>
              <td class="num">
                {row.medianIntervalDays === null
                  ? texts.unknown
                  : format.days(row.medianIntervalDays)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
