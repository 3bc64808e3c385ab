import { errorCode } from "../crm/error.ts";
import type { Clock, Log } from "../crm/ports.ts";
import { type MirrorRecord, recordId } from "../crm/records.ts";
import { markDead, type VanishingEntity } from "./dirty.ts";
import type { Mirror } from "./mirror.ts";
import { addToCounter } from "./portal-row.ts";
import type { Sql } from "./sql.ts";

/** Longer transactions would hold up hooks; about 10 ms each. */
const RECORDS_PER_TRANSACTION = 500;

export interface StoreParts {
  readonly sql: Sql;
  readonly mirror: Mirror;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Stores the records of one fetch in short transactions; `finish` (cursor, settled rows) shares the last one, so that a
 * crash in between only repeats work. A record that cannot be stored is set aside, never the portal. Returns how many
 * records changed.
 */
export async function storeRecords(
  { sql, mirror, clock, log }: StoreParts,
  records: readonly MirrorRecord[],
  readSeq: number,
  finish: () => void,
): Promise<number> {
  let changes = 0;
  const store = (part: readonly MirrorRecord[], after: () => void) =>
    sql.transaction(() => {
      changes += mirror.apply(part, readSeq, clock.now());
      after();
    });
  const storeOneByOne = (part: readonly MirrorRecord[], after: () => void) =>
    sql.transaction(() => {
      for (const record of part) {
        try {
          store([record], () => undefined);
        } catch (cause) {
          quarantine(sql, record, clock.now());
          log.error("record.quarantined", {
            entity: record.entity,
            id: recordId(record),
            code: errorCode(cause),
          });
        }
      }
      after();
    });

  for (let at = 0; ; at += RECORDS_PER_TRANSACTION) {
    const part = records.slice(at, at + RECORDS_PER_TRANSACTION);
    const isLast = at + RECORDS_PER_TRANSACTION >= records.length;
    const after = isLast ? finish : () => undefined;
    const before = changes;
    try {
      store(part, after);
    } catch (cause) {
      if (part.length === 0) throw cause;
      changes = before;
      storeOneByOne(part, after);
    }
    if (isLast) return changes;
    await clock.turn();
  }
}

function quarantine(sql: Sql, record: MirrorRecord, at: number): void {
  addToCounter(sql, "quarantined", 1);
  const entity = vanishing(record);
  if (entity) markDead(sql, entity, recordId(record), { at, code: "internal" });
}

function vanishing(record: MirrorRecord): VanishingEntity | null {
  switch (record.entity) {
    case "deal":
    case "activity":
    case "payment":
    case "lead":
    case "dealProducts":
    case "dealPayments":
      return record.entity;
    case "client":
      return record.kind;
    case "pipeline":
    case "stageEntry":
    case "user":
    case "label":
    case "rate":
      return null;
  }
}
