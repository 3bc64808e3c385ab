import { Behind } from "./behind.tsx";
import type { PartProps } from "./overview.tsx";
import { labelOf } from "./overview-sales.tsx";
import { TableHead } from "./table-head.tsx";

const YEAR_DAYS = 365;

/** What a year's purchases were of, by the CRM's own groups of products; nothing where it tells none. */
export function ProductGroups({ overview, texts, format }: PartProps) {
  const rows = overview.details?.productGroups ?? [];
  if (rows.length === 0) return null;
  const words = texts.details.products;
  return (
    <section class="panel products" aria-labelledby="products">
      <h2 id="products">{words.title}</h2>
      <section class="scroll" tabindex={0} aria-label={words.title}>
        <table>
          <caption class="sr">{words.title}</caption>
          <TableHead
            columns={[
              { name: words.group },
              { name: words.clients, isNumber: true },
              { name: words.share, isNumber: true },
              { name: words.repeat, isNumber: true },
              { name: words.revenue, isNumber: true },
            ]}
          />
          <tbody>
            {rows.map((row) => (
              <tr>
                <th scope="row">{row.label ?? labelOf(row.group, words.numbered)}</th>
                <td class="num">
                  <Behind
                    when={{ fact: "boughtGroup", in: [row.group], withinDays: YEAR_DAYS }}
                    name={row.label ?? labelOf(row.group, words.numbered)}
                    clients={row.clients}
                    format={format}
                  />
                </td>
                <td class="num">{format.percent(row.share)}</td>
                <td class="num">{format.percent(row.repeatRate)}</td>
                <td class="num">
                  {row.revenueMinor === null ? "–" : format.money(row.revenueMinor)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
