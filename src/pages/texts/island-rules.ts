import type { RuleCondition } from "../../crm/segment-rule.ts";
import type { Locale } from "./format.ts";
import { rulesEn } from "./rules-en.ts";
import { rulesRu } from "./rules-ru.ts";

export type RuleFact = RuleCondition["fact"];
export type RuleTest = "from" | "to" | "over" | "under" | "in" | "known" | "unknown";

/** What the editor of rules and the lists of clients say. `{x}` is filled by `fill`. */
export interface RulesTexts {
  readonly own: string;
  readonly none: string;
  readonly create: string;
  readonly edit: string;
  readonly base: string;
  readonly remove: string;
  readonly removeSure: string;
  readonly foreign: string;
  readonly loading: string;
  readonly again: string;
  readonly name: string;
  readonly join: string;
  readonly joins: Readonly<Record<"all" | "any", string>>;
  /** Adds a group, adds a line to a group; by the outer join. */
  readonly addGroup: Readonly<Record<"all" | "any", string>>;
  readonly addLine: Readonly<Record<"all" | "any", string>>;
  /** {n}. */
  readonly group: string;
  readonly fact: string;
  readonly not: string;
  readonly test: string;
  readonly value: string;
  readonly within: string;
  readonly removeLine: string;
  readonly facts: Readonly<Record<RuleFact, string>>;
  readonly tests: Readonly<Record<RuleTest, string>>;
  readonly listHint: string;
  readonly values: Readonly<Record<string, string>>;
  readonly counting: string;
  /** {clients}, {share}, {money}. */
  readonly count: string;
  /** {clients}. */
  readonly unknown: string;
  readonly warnings: Readonly<Record<"too_few" | "too_broad" | "unknown_facts", string>>;
  readonly incomplete: string;
  readonly flaws: Readonly<Record<"name" | "value" | "within" | "list", string>>;
  /** {n} of the line. */
  readonly refused: string;
  readonly tooMany: string;
  readonly save: string;
  readonly saving: string;
  readonly saved: string;
  readonly cancel: string;
  readonly show: string;
  readonly list: {
    /** {name}. */
    readonly title: string;
    readonly columns: Readonly<
      Record<"client" | "segment" | "purchases" | "total" | "silent", string>
    >;
    readonly empty: string;
    readonly more: string;
    readonly close: string;
  };
}

/** A module of its own, so that a browser loads only these. */
export function rulesTexts(locale: Locale): RulesTexts {
  return locale === "ru" ? rulesRu : rulesEn;
}
