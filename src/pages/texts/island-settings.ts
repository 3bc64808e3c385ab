import type { ClientRule, MoneySource, SettingsDraft } from "../../crm/settings.ts";
import type { Locale } from "./format.ts";
import { settingsEn } from "./settings-en.ts";
import { settingsRu } from "./settings-ru.ts";

type Kind = "mark" | "task" | "note" | "fields" | "flag" | "notice" | "automation";

/** What may be switched on besides the mark and the task. */
export type WritingSwitch = Exclude<Kind, "mark" | "task">;

/** Everything that the settings say, on the page and while they are used. `{x}` is filled by `fill`. */
export interface SettingsTexts {
  readonly title: string;
  readonly lead: string;
  readonly adminOnly: string;
  readonly open: string;
  readonly loading: string;
  readonly again: string;
  readonly saving: string;
  readonly cancel: string;
  readonly conflict: string;
  readonly choices: {
    readonly title: string;
    readonly hint: string;
    readonly moneySource: string;
    readonly moneySources: Readonly<Record<MoneySource, string>>;
    readonly pipelines: string;
    readonly allPipelines: string;
    readonly clientRule: string;
    readonly clientRules: Readonly<Record<ClientRule, string>>;
    readonly countsZeroSums: string;
    readonly rates: string;
    /** {currency} of the portal. */
    readonly ratesHint: string;
    /** {currency}, {base}, {rate}. */
    readonly rate: string;
    readonly crmRate: string;
    readonly noCrmRate: string;
    readonly badRate: string;
    readonly noPipeline: string;
    readonly preview: string;
    readonly counting: string;
    readonly nothingChanged: string;
    readonly wouldBe: string;
    readonly rows: Readonly<Record<"clients" | "purchases" | "revenue", string>>;
    readonly columns: Readonly<Record<"figure" | "now" | "after" | "change", string>>;
    /** {currency}, {n}, {amount}. */
    readonly missingRate: string;
    readonly save: string;
    readonly saved: string;
    readonly recounting: string;
    readonly history: string;
    readonly noHistory: string;
    /** {n}, {at}, {person}, {changed}. */
    readonly version: string;
    readonly names: Readonly<Record<keyof SettingsDraft, string>>;
    readonly initial: string;
    readonly restore: string;
    /** {n}; 0 has words of its own. */
    readonly restoring: string;
    readonly restoringInitial: string;
  };
  readonly writing: {
    readonly title: string;
    readonly hint: string;
    readonly always: string;
    readonly task: string;
    readonly tasks: Readonly<Record<"call" | "task", string>>;
    readonly more: string;
    readonly switches: Readonly<
      Record<WritingSwitch, { readonly name: string; readonly what: string }>
    >;
    readonly notOffered: string;
    readonly target: string;
    readonly targetHint: string;
    readonly badTarget: string;
    readonly save: string;
    readonly saved: string;
  };
  readonly undo: {
    readonly title: string;
    readonly hint: string;
    readonly empty: string;
    readonly playbooks: Readonly<Record<string, string>>;
    /** {playbook}, {at}, {person}. */
    readonly run: string;
    readonly written: string;
    readonly nothingWritten: string;
    readonly waiting: string;
    readonly failed: string;
    readonly kinds: Readonly<Record<Kind, string>>;
    readonly start: string;
    readonly nothing: string;
    readonly question: string;
    readonly removes: string;
    readonly callsOff: string;
    readonly lasting: string;
    readonly theirs: string;
    readonly confirm: string;
    readonly keep: string;
    readonly running: string;
    /** {removed}, {kept}, {gone}, {failed}. */
    readonly result: string;
  };
  readonly rate: {
    readonly title: string;
    readonly hint: string;
    readonly label: string;
    readonly usual: string;
    readonly save: string;
    /** {n}. */
    readonly saved: string;
    readonly refused: string;
  };
}

/** A module of its own, so that a browser loads only these. */
export function settingsTexts(locale: Locale): SettingsTexts {
  return locale === "ru" ? settingsRu : settingsEn;
}
