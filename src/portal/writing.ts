import type { Host } from "../crm/host.ts";
import type { WriteKind } from "../crm/host-writes.ts";
import { type WritingChoice, type WritingDocument, writingChoice } from "../crm/writing.ts";
import { readMemo, readPortal } from "./portal-row.ts";
import type { Sql, SqlReader } from "./sql.ts";

const NAME = "writing";

const NOTHING_MORE: WritingChoice = {
  task: "call",
  note: false,
  fields: false,
  flag: false,
  notice: false,
  automation: false,
  automationTarget: null,
};

/** What the administrator has chosen; a choice of an older program keeps what it says. */
export function readChoice(sql: SqlReader): WritingChoice {
  const row = sql.get<{ value: string }>("select value from setting where name = ?", NAME);
  const parsed = writingChoice.safeParse({ ...NOTHING_MORE, ...parse(row?.value) });
  return parsed.success ? parsed.data : NOTHING_MORE;
}

function parse(text: string | undefined): object {
  const value: unknown = JSON.parse(text ?? "{}");
  return typeof value === "object" && value !== null ? value : {};
}

export function writeChoice(sql: Sql, choice: WritingChoice): void {
  sql.run(
    `insert into setting (name, value) values (?, ?)
     on conflict (name) do update set value = excluded.value`,
    NAME,
    JSON.stringify(choice),
  );
}

/** Kinds that the host declares and this portal has. */
export function offeredKinds(sql: SqlReader, host: Host): readonly WriteKind[] {
  const declared: WriteKind[] = [
    ...(host.capabilities.mark === "none" ? [] : (["mark"] as const)),
    ...(host.tasks ? (["task"] as const) : []),
    ...(host.notes ? (["note"] as const) : []),
    ...(host.fields ? (["fields"] as const) : []),
    ...(host.flags ? (["flag"] as const) : []),
    ...(host.notices ? (["notice"] as const) : []),
    ...(host.automation ? (["automation"] as const) : []),
  ];
  const portal = readPortal(sql);
  if (!portal || !host.offers) return declared;
  const here = host.offers(readMemo(portal));
  return declared.filter((kind) => here.includes(kind));
}

export function writingOf(sql: SqlReader, host: Host): WritingDocument {
  return {
    choice: readChoice(sql),
    offered: [...offeredKinds(sql, host)],
    needsTarget: host.capabilities.automation === "bot",
  };
}
