import type { RowProblem } from "../../hosts/files/problems.ts";
import {
  makePurchaseReader,
  type PurchaseTable,
  type PurchaseTableRefusal,
} from "../../hosts/files/purchases.ts";
import type { Progress } from "./progress.ts";
import { readTable, type TableSource } from "./read-table.ts";
import { unusable } from "./table-bytes.ts";

/** Of a table that names no currency and a command that names none either. */
const USUAL_CURRENCY = "RUB";
const NAMES_SHOWN = 8;
const NAME_LENGTH = 30;

const ROW_PROBLEMS: Readonly<Record<RowProblem, string>> = {
  before_table: "is above the table",
  no_client: "has no client",
  no_date: "has no date",
  unreadable_date: "has a date that cannot be read, such dates work: 2025-12-31, 31.12.2025",
  unreadable_amount: "has an amount that is not a number",
  error_cell: "has an error of the spreadsheet or a formula without a result",
  not_won: "is no completed sale by its status",
  other_currency: "is in another currency",
};

export interface PurchaseFile {
  readonly table: PurchaseTable;
  readonly source: TableSource;
}

export interface PurchaseFileOptions {
  /** ISO 4217; null = the one of most rows. */
  readonly currency: string | null;
  readonly progress: Progress | null;
}

/** The purchases of a file, or AppError `input.invalid` that says in one sentence why there are none. */
export async function readPurchases(
  file: string,
  { currency, progress }: PurchaseFileOptions,
): Promise<PurchaseFile> {
  try {
    const { result, source } = await readTable(file, {
      makeReader: (serialShift) =>
        makePurchaseReader({ currency, assumedCurrency: USUAL_CURRENCY, serialShift }),
      isUsable: (one) => one.ok,
      ...(progress === null ? {} : { onProgress: progress.report }),
    });
    if (result.ok) return { table: result.table, source };
    const place = source.sheet === null ? file : `${file}: sheet "${source.sheet}"`;
    const word = source.sheet === null ? "line" : "row";
    throw unusable(`${place}: ${refusal(result, word)}`);
  } finally {
    progress?.done();
  }
}

function refusal(result: PurchaseTableRefusal, word: "line" | "row"): string {
  switch (result.reason) {
    case "empty":
      return word === "line"
        ? "the file is empty; export the purchases again"
        : "no sheet has a row in it; export the purchases again";
    case "no_rows":
      return `${word} ${result.line}: there is a header and no row below it; export the purchases again`;
    case "no_date_column":
      return `${word} ${result.line}: no column holds dates of purchase; name it "date" (found: ${namesOf(result.names)})`;
    case "no_client_column":
      return `${word} ${result.line}: no column says who bought; name it "client" (found: ${namesOf(result.names)})`;
    case "no_usable_rows":
      return result.first === null
        ? "no row has anything in it; export the purchases again"
        : `${word} ${result.first.line} ${ROW_PROBLEMS[result.first.reason]}, and no other row can be used; correct the table`;
    case "no_such_currency":
      return `no row is in the currency asked for; choose --currency of these: ${namesOf(result.found)}`;
  }
}

function namesOf(names: readonly string[]): string {
  const short = names.slice(0, NAMES_SHOWN).map((name) => name.trim().slice(0, NAME_LENGTH) || "-");
  return `${short.join(", ")}${names.length > NAMES_SHOWN ? ", …" : ""}`;
}
