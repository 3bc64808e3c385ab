import type { GroupRow } from "../crm/segmentation.ts";
import { Behind } from "./behind.tsx";
import { ShareBar } from "./charts.tsx";
import { ParetoCurve } from "./segments-charts.tsx";
import { SegmentPanel, type SegmentsPart } from "./segments-part.tsx";
import { TableHead } from "./table-head.tsx";
import { fill } from "./texts/fill.ts";
import { lookUp } from "./texts/params.ts";

/** The table behind the curve has a row a tenth or so. */
const TABLE_STEPS = 10;

/** The four segments of the ready template with their rules in the numbers of this base. */
export function TemplatePanel(part: SegmentsPart) {
  const { found, texts, format } = part;
  const { limits, segments } = found.template;
  const words = texts.template;
  const values = {
    n: limits.loyalFromPurchases,
    months: limits.inactiveMonths,
    money: limits.vipFromMinor === null ? "" : format.money(limits.vipFromMinor),
  };
  const ruleOf = (code: string) => {
    if (code === "vip" && limits.vipFromMinor === null) return words.noVip;
    return fill(lookUp(words.rules, code) ?? "", values);
  };
  return (
    <SegmentPanel id="template" title={texts.sections.template}>
      <Groups
        part={part}
        rows={segments}
        fact="template"
        nameOf={(code) => lookUp(words.names, code) ?? part.names.unknownSegment}
        noteOf={ruleOf}
      />
      <p class="quiet small">{words.precedence}</p>
    </SegmentPanel>
  );
}

/** VIP, standard, low activity: who is worth how much from here on. */
export function TiersPanel(part: SegmentsPart) {
  const { found, texts, format } = part;
  const { basis, horizonDays, limits, tiers } = found.valueTiers;
  const words = texts.tiers;
  const value = (row: (typeof tiers)[number]) =>
    basis === "purchases_12m" ? format.int(row.value) : format.money(row.value);
  return (
    <SegmentPanel id="tiers" title={texts.sections.tiers}>
      <table>
        <caption class="sr">{texts.sections.tiers}</caption>
        <thead>
          <tr>
            <th scope="col">{texts.columns.segment}</th>
            <th scope="col" class="num">
              {texts.columns.clients}
            </th>
            <th scope="col" class="num share">
              {texts.columns.share}
            </th>
            <th scope="col" class="num">
              {words.value[basis]}
            </th>
          </tr>
        </thead>
        <tbody>
          {tiers.map((row) => (
            <tr>
              <th scope="row">{lookUp(words.names, row.code) ?? part.names.unknownSegment}</th>
              <td class="num">
                <Behind
                  when={{ fact: "valueTier", in: [row.code] }}
                  name={lookUp(words.names, row.code) ?? part.names.unknownSegment}
                  clients={row.clients}
                  format={format}
                />
              </td>
              <td class="num share">{format.percent(row.share)}</td>
              <td class="num">{value(row)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet small">
        {fill(words.hint, {
          days: format.days(limits.lowAfterDays),
          basis: fill(words.basis[basis], { days: format.days(horizonDays) }),
        })}
      </p>
    </SegmentPanel>
  );
}

/** Classes by money and the honest Pareto line. */
export function AbcPanel(part: SegmentsPart) {
  const { found, texts, format, names, showTable } = part;
  const { abc } = found;
  if (abc === null) return null;
  const words = texts.abc;
  const line = abc.basis === "margin" ? words.paretoMargin : words.pareto;
  const step = Math.max(1, Math.round((abc.pareto.curve.length - 1) / TABLE_STEPS));
  const tenth = abc.pareto.curve.filter((_, at) => at % step === 0);
  return (
    <SegmentPanel id="abc" title={texts.sections.abc}>
      <p>{fill(line, { share: format.percent(abc.pareto.clientsShareFor80) })}</p>
      <ParetoCurve pareto={abc.pareto} texts={texts} format={format} />
      <details class="as-table">
        <summary>{showTable}</summary>
        <table>
          <caption class="sr">{words.curve}</caption>
          <TableHead
            columns={[
              { name: words.clientsAxis },
              { name: texts.columns.moneyShare, isNumber: true },
            ]}
          />
          <tbody>
            {tenth.map((point) => (
              <tr>
                <th scope="row">{format.percent(point.clientsShare)}</th>
                <td class="num">{format.percent(point.moneyShare)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
      <table>
        <caption class="sr">{texts.sections.abc}</caption>
        <TableHead
          columns={[
            { name: texts.columns.class },
            { name: texts.columns.clients, isNumber: true },
            { name: texts.columns.moneyShare, isNumber: true },
          ]}
        />
        <tbody>
          {abc.classes.map((row) => (
            <tr>
              <th scope="row">{lookUp(names.abc, row.code) ?? row.code}</th>
              <td class="num">{format.int(row.clients)}</td>
              <td class="num" title={format.moneyExact(row.moneyMinor)}>
                {format.percent(row.moneyShare)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet small">
        {[
          words.basis[abc.basis],
          abc.negative.clients > 0
            ? fill(words.negative, {
                n: format.clients(abc.negative.clients),
                money: format.money(abc.negative.moneyMinor),
              })
            : "",
          abc.unknown > 0 ? fill(words.unknown, { n: format.clients(abc.unknown) }) : "",
        ]
          .filter(Boolean)
          .join(" ")}
      </p>
    </SegmentPanel>
  );
}

/** How regularly clients buy, across the classes of money. */
export function XyzPanel(part: SegmentsPart) {
  const { found, texts, format } = part;
  const { limits, classes, unknown, matrix } = found.xyz;
  const words = texts.xyz;
  const cell = (abc: string, xyz: string | null) =>
    matrix.find((one) => one.abc === abc && one.xyz === xyz)?.clients ?? 0;
  const rows = [
    ...classes.map((row) => ({ code: row.code as string | null, clients: row.clients })),
    { code: null, clients: unknown },
  ];
  const hasAbc = found.abc !== null;
  return (
    <SegmentPanel id="xyz" title={texts.sections.xyz}>
      <table>
        <caption class="sr">{texts.sections.xyz}</caption>
        <thead>
          <tr>
            <th scope="col">{texts.columns.class}</th>
            {hasAbc
              ? ["A", "B", "C"].map((abc) => (
                  <th scope="col" class="num">
                    {abc}
                  </th>
                ))
              : null}
            <th scope="col" class="num">
              {texts.columns.clients}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              <th scope="row">
                {row.code === null ? words.unknown : (lookUp(words.names, row.code) ?? row.code)}
              </th>
              {hasAbc
                ? ["A", "B", "C"].map((abc) => (
                    <td class="num">{format.int(cell(abc, row.code))}</td>
                  ))
                : null}
              <td class="num">{format.int(row.clients)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet small">
        {fill(words.hint, {
          gaps: limits.minGaps,
          x: format.ratio(limits.xBelow),
          y: format.ratio(limits.yUpTo),
        })}
      </p>
    </SegmentPanel>
  );
}

interface GroupsProps {
  /** The fact whose values the codes are; absent = nobody can be listed. */
  readonly fact?: "template";
  readonly part: SegmentsPart;
  readonly rows: readonly GroupRow[];
  readonly nameOf: (code: string) => string;
  readonly noteOf: (code: string) => string;
}

function Groups({ part, rows, nameOf, noteOf, fact }: GroupsProps) {
  const { texts, format } = part;
  const largest = Math.max(0.01, ...rows.map(({ share }) => share));
  return (
    <table class="groups">
      <caption class="sr">{texts.sections.template}</caption>
      <thead>
        <tr>
          <th scope="col">{texts.columns.segment}</th>
          <td class="bars" />
          <th scope="col" class="num">
            {texts.columns.clients}
          </th>
          <th scope="col" class="num">
            {texts.columns.money}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            <th scope="row">
              {nameOf(row.code)}
              <span class="line quiet small">{noteOf(row.code)}</span>
            </th>
            <td class="bars" aria-hidden="true">
              <ShareBar kind="clients" share={row.share / largest} />
            </td>
            <td class="num">
              {fact === undefined ? (
                format.int(row.clients)
              ) : (
                <Behind
                  when={{ fact, in: [row.code] }}
                  name={nameOf(row.code)}
                  clients={row.clients}
                  format={format}
                />
              )}
            </td>
            <td class="num" title={format.moneyExact(row.moneyMinor)}>
              {format.money(row.moneyMinor)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
