import type { SpendRow } from "../src/analytics/spend.ts";
import {
  checkSpendRows,
  readSpendAmount,
  readSpendKind,
  type SpendFlaw,
  type SpendLineFlaw,
  type SpendReading,
  spendKey,
} from "../src/analytics/spend-text.ts";
import { currencyDecimals } from "../src/crm/money.ts";

/** The rows of the spend editor: a row is four fields as a person types them. */

const FIELDS = ["month", "channel", "kind", "amount"] as const;
type Field = (typeof FIELDS)[number];
type Fields = HTMLInputElement | HTMLSelectElement;

const FIELD_OF: Partial<Record<SpendFlaw, Field>> = {
  month: "month",
  channel: "channel",
  amount: "amount",
  kind: "kind",
  twice: "channel",
};

export function fieldOf(row: HTMLElement, name: Field): Fields | null {
  return row.querySelector<Fields>(`[name=${name}]`);
}

function textOf(row: HTMLElement, name: Field): string {
  return fieldOf(row, name)?.value ?? "";
}

/** What the rows say that somebody has begun; lines of flaws are places in the table, empty rows counted. */
export function readRows(body: HTMLElement, currency: string): SpendReading {
  const begun = rowsOf(body).flatMap((row, at) =>
    textOf(row, "channel").trim() === "" && textOf(row, "amount").trim() === ""
      ? []
      : [{ row, line: at + 1 }],
  );
  const { rows, flaws } = checkSpendRows(
    begun.map(({ row }) => ({
      month: textOf(row, "month"),
      channel: textOf(row, "channel"),
      kind: textOf(row, "kind"),
      amountMinor: readSpendAmount(textOf(row, "amount"), currency) ?? Number.NaN,
    })),
  );
  return {
    rows,
    flaws: flaws.map(({ line, reason }) => ({ line: begun[line - 1]?.line ?? line, reason })),
  };
}

function rowsOf(body: HTMLElement): HTMLElement[] {
  return [...body.children].filter((row): row is HTMLElement => row instanceof HTMLElement);
}

export function fillRow(row: HTMLElement, values: SpendRow, currency: string, mark: string): void {
  const texts = { ...values, amount: amountText(values.amountMinor, currency, mark) };
  for (const name of FIELDS) {
    const field = fieldOf(row, name);
    if (field) field.value = texts[name];
  }
}

/** Exact, without thousands marks: what `readSpendAmount` reads back. */
function amountText(minor: number, currency: string, mark: string): string {
  const decimals = currencyDecimals(currency);
  const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals);
  const rest = /^0*$/.test(fraction) ? "" : `${mark}${fraction}`;
  return `${minor < 0 ? "-" : ""}${whole}${rest}`;
}

/** The row that says the same month, channel and kind; undefined where there is none. */
export function sameRow(body: HTMLElement, row: SpendRow): HTMLElement | undefined {
  const key = spendKey(row);
  return rowsOf(body).find((one) => {
    const kind = readSpendKind(textOf(one, "kind")) ?? "marketing";
    return spendKey({ month: textOf(one, "month"), channel: textOf(one, "channel"), kind }) === key;
  });
}

/** Marks the fields that cannot be used and puts the person into the first of them. */
export function markFlaws(body: HTMLElement, flaws: readonly SpendLineFlaw[]): void {
  const rows = rowsOf(body);
  const wrong = flaws.flatMap(({ line, reason }) => {
    const row = rows[line - 1];
    const field = row ? fieldOf(row, FIELD_OF[reason] ?? "month") : null;
    return field ? [field] : [];
  });
  for (const field of wrong) field.setAttribute("aria-invalid", "true");
  wrong[0]?.focus();
}
