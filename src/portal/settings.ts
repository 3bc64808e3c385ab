import { AppError } from "../crm/error.ts";
import type { Host } from "../crm/host.ts";
import type { Clock } from "../crm/ports.ts";
import type {
  SettingsDocument,
  SettingsDraft,
  SettingsInput,
  SettingsPreview,
} from "../crm/settings.ts";
import { isCountingAnew, SNAPSHOT_IS_FINAL } from "./insight-schedule.ts";
import { choosePayments } from "./payment-follow.ts";
import { addToCounter, type PortalRow, readPortal, setCounter } from "./portal-row.ts";
import type { PurchaseRules } from "./purchases.ts";
import { planPurchases } from "./rebuild-purchases.ts";
import {
  changedIn,
  readSettings,
  settingHistory,
  UNTOUCHED,
  writeSettings,
} from "./setting-store.ts";
import { totalsUnder } from "./settings-preview.ts";
import type { Sql } from "./sql.ts";
import { makeZone } from "./zone.ts";

/** Counts changes, so that figures made of them are counted again at once. */
export const SETTINGS_CHANGES = "settings_changes";

const VERSIONS_SHOWN = 20;

export interface SettingsParts {
  readonly sql: Sql;
  readonly host: Pick<Host, "capabilities">;
  readonly clock: Pick<Clock, "now" | "turn">;
}

export interface Settings {
  /** Throws AppError `portal.unknown` before the installation. */
  document(): SettingsDocument;
  /**
   * Replaces the settings and plans the recount they ask for. Throws AppError `settings.conflict` when somebody has changed them
   * since `version`, `input.invalid` for what this portal does not have.
   */
  save(input: SettingsInput, userId: string): SettingsDocument;
  /** What the figures would be; saves nothing. Throws AppError `input.invalid` as `save` does. */
  preview(draft: SettingsDraft): Promise<SettingsPreview>;
}

export function makeSettings({ sql, host, clock }: SettingsParts): Settings {
  const portalRow = (): PortalRow => {
    const portal = readPortal(sql);
    if (!portal) throw new AppError("portal.unknown");
    return portal;
  };
  const document = (): SettingsDocument => {
    const portal = portalRow();
    return {
      ...readSettings(sql),
      currency: portal.currency,
      timeZone: portal.time_zone,
      options: optionsOf(sql, host, portal.currency),
      initial: UNTOUCHED,
      isCounting: isCountingAnew(sql),
      history: settingHistory(sql, VERSIONS_SHOWN),
    };
  };
  return {
    document,
    save({ version, ...draft }, userId) {
      const known = readSettings(sql);
      portalRow();
      if (version !== known.version) throw new AppError("settings.conflict");
      assertPossible(draft, document());
      if (changedIn(draft, known).length === 0) return document();
      sql.transaction(() => {
        const now = clock.now();
        writeSettings(sql, draft, { version: version + 1, at: now, by: userId });
        addToCounter(sql, SETTINGS_CHANGES, 1);
        choosePayments(sql, host, draft.moneySource, now);
        planPurchases(sql, now);
        // Everybody is scored again under limits of the new base, once it has been counted.
        setCounter(sql, SNAPSHOT_IS_FINAL, 0);
      });
      return document();
    },
    async preview(draft) {
      const portal = portalRow();
      const { currency } = portal;
      assertPossible(draft, document());
      const zone = makeZone(portal.time_zone);
      const today = zone.dayOf(clock.now());
      const rules = (choices: SettingsDraft): PurchaseRules => ({ zone, currency, ...choices });
      const before = await totalsUnder({ sql, clock }, rules(readSettings(sql)), today);
      const after = await totalsUnder({ sql, clock }, rules(draft), today);
      return { currency, before, after };
    },
  };
}

function optionsOf(sql: Sql, { capabilities }: SettingsParts["host"], currency: string) {
  return {
    moneySources: ["deals" as const, ...(capabilities.payments ?? [])],
    pipelines: sql.all<{ id: string; name: string }>(
      "select id, name from pipeline order by sort, id",
    ),
    currencies: sql.all<{ currency: string; perUnit: number | null }>(
      `select currency, (
         select per_unit from rate where rate.currency = used.currency and base_currency = ?
         order by day desc limit 1) as perUnit
       from (select currency from deal where is_deleted = 0 union
         select currency from payment where is_deleted = 0 union
         select currency from rate where base_currency = ?) used
       where currency is not null and currency <> ? order by currency`,
      currency,
      currency,
      currency,
    ),
  };
}

function assertPossible(draft: SettingsDraft, { options, currency }: SettingsDocument): void {
  const refuse = (field: string) => {
    throw new AppError("input.invalid", { details: { field } });
  };
  if (!options.moneySources.includes(draft.moneySource)) refuse("moneySource");
  const known = new Set(options.pipelines.map(({ id }) => id));
  if (draft.pipelines?.length === 0) refuse("pipelines");
  if (draft.pipelines?.some((id) => !known.has(id))) refuse("pipelines");
  const given = draft.rates.map((rate) => rate.currency);
  if (given.includes(currency) || new Set(given).size < given.length) refuse("rates");
}
