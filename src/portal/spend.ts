import type { SpendRow } from "../analytics/spend.ts";
import { checkSpendRows, readSpendText } from "../analytics/spend-text.ts";
import { AppError } from "../crm/error.ts";
import type { SpendInput, SpendRefusal, SpendSummary, SpendTable } from "../crm/spend.ts";
import { addToCounter, readCounter, readPortal, setCounter } from "./portal-row.ts";
import type { Sql, SqlReader } from "./sql.ts";

/** Counts changes of the spend table and of the margin, so that figures made of them are counted again at once. */
export const SPEND_CHANGES = "spend_changes";
/** Average margin in hundredths of a percent; no row = unknown. */
const MARGIN = "margin_basis_points";
const BASIS_POINTS = 10_000;
const PROBLEMS_SAID = 20;

export type SpendSaved =
  | { readonly ok: true; readonly table: SpendTable }
  | { readonly ok: false; readonly problems: SpendRefusal["problems"] };

export interface Spend {
  /** Throws AppError `portal.unknown` before the installation. */
  table(): SpendTable;
  /** All rows or none; throws AppError `settings.conflict` when the table has changed since `version`. */
  save(input: SpendInput): SpendSaved;
  /** Percent of revenue to two decimals, null = unknown. */
  setMargin(percent: number | null): SpendTable;
}

export function makeSpend(sql: Sql): Spend {
  const table = (): SpendTable => {
    const portal = readPortal(sql);
    if (!portal) throw new AppError("portal.unknown");
    const share = readMarginShare(sql);
    return {
      version: readCounter(sql, SPEND_CHANGES),
      currency: portal.currency,
      rows: readSpendRows(sql).map((row) => ({ ...row })),
      marginPercent: share === null ? null : Math.round(share * BASIS_POINTS) / 100,
    };
  };
  return {
    table,
    save(input) {
      const { version, currency } = table();
      if (input.version !== undefined && input.version !== version) {
        throw new AppError("settings.conflict");
      }
      const { rows, flaws } =
        "text" in input ? readSpendText(input.text, currency) : checkSpendRows(input.rows);
      if (flaws.length > 0) return { ok: false, problems: flaws.slice(0, PROBLEMS_SAID) };
      sql.transaction(() => {
        sql.run("delete from spend where currency = ?", currency);
        for (const { month, channel, kind, amountMinor } of rows) {
          sql.run(
            `insert or replace into spend (month, channel, kind, amount_minor, currency)
             values (?, ?, ?, ?, ?)`,
            month,
            channel,
            kind,
            amountMinor,
            currency,
          );
        }
        addToCounter(sql, SPEND_CHANGES, 1);
      });
      return { ok: true, table: table() };
    },
    setMargin(percent) {
      sql.transaction(() => {
        if (percent === null) sql.run("delete from counter where name = ?", MARGIN);
        else setCounter(sql, MARGIN, Math.round(percent * 100));
        addToCounter(sql, SPEND_CHANGES, 1);
      });
      return table();
    },
  };
}

/** Costs in the portal's currency, the newest month first, its channels by name: after a change of currency the old amounts wait. */
export function readSpendRows(sql: SqlReader): SpendRow[] {
  return sql.all<SpendRow>(
    `select month, channel, kind, amount_minor as amountMinor from spend
     where currency = (select currency from portal) order by month desc, channel, kind`,
  );
}

/** Average margin as a share of revenue; null = unknown, which is not 0. */
export function readMarginShare(sql: SqlReader): number | null {
  const row = sql.get<{ value: number }>("select value from counter where name = ?", MARGIN);
  return row ? row.value / BASIS_POINTS : null;
}

export function summariseSpend(sql: SqlReader): SpendSummary {
  const rows = readSpendRows(sql);
  const share = readMarginShare(sql);
  return {
    rows: rows.length,
    totalMinor: rows.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    fromMonth: rows.at(-1)?.month ?? null,
    toMonth: rows[0]?.month ?? null,
    marginPercent: share === null ? null : Math.round(share * BASIS_POINTS) / 100,
  };
}
