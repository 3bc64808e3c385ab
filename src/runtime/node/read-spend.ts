import type { SpendRow } from "../../analytics/spend.ts";
import {
  makeSpendReader,
  type SpendProblem,
  type SpendTable,
  type SpendTableResult,
} from "../../hosts/files/spend-table.ts";
import { readTable } from "./read-table.ts";
import { unusable } from "./table-bytes.ts";

const PROBLEMS: Readonly<Record<SpendProblem, string>> = {
  unreadable_month: "has no month that can be read",
  unreadable_amount: "has no amount that is a number",
  other_currency: "is in another currency",
};

export interface SpendFile {
  readonly rows: readonly SpendRow[];
  /** What was left out, a sentence each. */
  readonly notes: readonly string[];
}

/** What channels cost by month, or AppError `input.invalid` that says in one sentence why the file does not tell. */
export async function readSpend(file: string, currency: string): Promise<SpendFile> {
  const { result, source } = await readTable(file, {
    makeReader: () => makeSpendReader(currency),
    isUsable: (one) => one.ok,
  });
  const place = source.sheet === null ? file : `${file}: sheet "${source.sheet}"`;
  const word = source.sheet === null ? "line" : "row";
  if (!result.ok) throw unusable(`${place}: ${refusal(result, word, currency)}`);
  return { rows: result.table.rows, notes: notesOn(result.table, place, word) };
}

function refusal(
  result: Extract<SpendTableResult, { readonly ok: false }>,
  word: string,
  currency: string,
): string {
  switch (result.reason) {
    case "empty":
      return "there is no spend table in it; it needs a month, a channel and an amount in each row";
    case "too_long":
      return "is longer than any table of months and channels; is it the spend table?";
    case "no_month":
      return `${word} ${result.line}: no column holds months; name it "month", such as 2025-01 or 01.2025`;
    case "no_amount":
      return `${word} ${result.line}: no column holds amounts; name it "amount"`;
    case "no_usable_rows":
      return `${word} ${result.line}: this row and all others have no month or no amount in ${currency}; correct the table`;
  }
}

function notesOn(table: SpendTable, place: string, word: string): string[] {
  return table.problems.map(({ reason, count, lines }) => {
    const others = count > 1 ? `, and ${count - 1} more` : "";
    return `${place}: ${word} ${lines[0] ?? ""} ${PROBLEMS[reason]}${others}: left out`;
  });
}
