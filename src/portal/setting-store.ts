import { type SettingsDocument, type SettingsDraft, settingsDraft } from "../crm/settings.ts";
import { readPortal } from "./portal-row.ts";
import type { Sql, SqlReader } from "./sql.ts";

export interface StoredSettings extends SettingsDraft {
  /** Grows with every change. */
  readonly version: number;
}

interface VersionRow {
  readonly version: number;
  readonly document: string;
  readonly changed_at: number;
  readonly changed_by: string;
}

/** What a new portal begins with. */
export const UNTOUCHED: SettingsDraft = {
  moneySource: "deals",
  pipelines: null,
  clientRule: "company_first",
  countsZeroSums: true,
  rates: [],
};

/** What the administrator has chosen; before the first change, and where the row is damaged, what a new portal has. */
export function readSettings(sql: SqlReader): StoredSettings {
  const row = sql.get<VersionRow>("select * from setting_version order by version desc limit 1");
  return {
    ...choicesOf(row),
    clientRule: readPortal(sql)?.client_rule ?? UNTOUCHED.clientRule,
    version: row?.version ?? 0,
  };
}

function choicesOf(row: VersionRow | undefined): SettingsDraft {
  if (!row) return UNTOUCHED;
  try {
    return settingsDraft.safeParse(JSON.parse(row.document)).data ?? UNTOUCHED;
  } catch {
    return UNTOUCHED;
  }
}

/** A new version; belongs into a transaction. */
export function writeSettings(
  sql: Sql,
  choices: SettingsDraft,
  change: { readonly version: number; readonly at: number; readonly by: string },
): void {
  sql.run(
    "insert into setting_version (version, document, changed_at, changed_by) values (?, ?, ?, ?)",
    change.version,
    JSON.stringify(choices),
    change.at,
    change.by,
  );
  sql.run("update portal set client_rule = ?", choices.clientRule);
}

/** Versions, the newest first; each is compared with the one before it. */
export function settingHistory(sql: SqlReader, limit: number): SettingsDocument["history"] {
  const rows = sql.all<VersionRow>(
    "select * from setting_version order by version desc limit ?",
    limit + 1,
  );
  return rows.slice(0, limit).map((row, at) => {
    const choices = choicesOf(row);
    return {
      version: row.version,
      at: new Date(Math.round(row.changed_at)).toISOString(),
      by: row.changed_by,
      changed: changedIn(choices, choicesOf(rows[at + 1])),
      choices,
    };
  });
}

/** Names of the choices that differ; lists are compared whatever their order. */
export function changedIn(one: SettingsDraft, other: SettingsDraft): (keyof SettingsDraft)[] {
  const names: readonly (keyof SettingsDraft)[] = [
    "moneySource",
    "pipelines",
    "clientRule",
    "countsZeroSums",
    "rates",
  ];
  return names.filter((name) => textOf(one[name]) !== textOf(other[name]));
}

function textOf(choice: SettingsDraft[keyof SettingsDraft]): string {
  if (!Array.isArray(choice)) return JSON.stringify(choice);
  return JSON.stringify(choice.map((item) => JSON.stringify(item)).toSorted());
}
