import { AppError } from "../crm/error.ts";
import {
  MAX_SAVED_RULES,
  type SavedRule,
  type SavedRules,
  savedRules,
} from "../crm/saved-rules.ts";
import type { Sql, SqlReader } from "./sql.ts";

const NAME = "segment_rules";

/** What is kept; a damaged row counts as nothing kept. */
export function readSavedRules(sql: SqlReader): SavedRules {
  const row = sql.get<{ value: string }>("select value from setting where name = ?", NAME);
  try {
    return savedRules.safeParse(JSON.parse(row?.value ?? "null")).data ?? { rules: [] };
  } catch {
    return { rules: [] };
  }
}

/** Adds a rule, or replaces the one with its code where it stands. Throws AppError `input.invalid` when there are too many. */
export function saveRule(sql: Sql, saved: SavedRule): SavedRules {
  return sql.transaction(() => {
    const { rules } = readSavedRules(sql);
    const at = rules.findIndex((one) => one.rule.code === saved.rule.code);
    if (at < 0 && rules.length >= MAX_SAVED_RULES) {
      throw new AppError("input.invalid", { details: { field: "rules" } });
    }
    return write(sql, at < 0 ? [...rules, saved] : rules.with(at, saved));
  });
}

/** Removing twice changes nothing. */
export function removeRule(sql: Sql, code: string): SavedRules {
  return sql.transaction(() =>
    write(
      sql,
      readSavedRules(sql).rules.filter((one) => one.rule.code !== code),
    ),
  );
}

function write(sql: Sql, rules: SavedRules["rules"]): SavedRules {
  sql.run(
    `insert into setting (name, value) values (?, ?)
     on conflict (name) do update set value = excluded.value`,
    NAME,
    JSON.stringify({ rules }),
  );
  return { rules };
}
