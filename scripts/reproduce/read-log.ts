import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { dayOf } from "../../src/analytics/calendar.ts";
import type { PurchaseLog } from "../../src/analytics/types.ts";

/** `client_id,date,amount`, one row an order; amounts in major units with two decimals, empty = no sum. */
export function readLog(file: string): PurchaseLog {
  const rows = gunzipSync(readFileSync(file))
    .toString("utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => {
      const [id = "", date = "", amount = ""] = line.trim().split(",");
      return {
        id,
        day: dayOf(date),
        minor: amount === "" ? Number.NaN : Math.round(Number(amount) * 100),
      };
    });
  const clients = [...new Set(rows.map((row) => row.id))].sort();
  const index = new Map(clients.map((id, at) => [id, at]));
  rows.sort((left, right) =>
    left.id < right.id ? -1 : left.id > right.id ? 1 : left.day - right.day,
  );
  return {
    clients,
    client: Int32Array.from(rows, (row) => index.get(row.id) ?? 0),
    day: Int32Array.from(rows, (row) => row.day),
    amountMinor: Float64Array.from(rows, (row) => row.minor),
  };
}
