import type {
  KpiCode,
  KpiExclusion as KpiExclusionCode,
  KpiNote as KpiNoteCode,
} from "../../analytics/kpi/codes.ts";
import type { LifecycleState, RfmSegmentCode } from "../../analytics/types.ts";
import type { CardState } from "../../crm/card.ts";

/** Every code that has a text of its own. A code that is missing here falls back to a neutral text. */

export type { CardState, KpiCode, KpiExclusionCode, KpiNoteCode, LifecycleState, RfmSegmentCode };

export type Band = "good" | "watch" | "risk";

/** Why the verdict is what it is: one sentence in the client's own numbers. */
export const REASON_CODES = [
  "no_purchase",
  "one_purchase",
  "came_back",
  "silent_longer_than_usual",
  "buys_in_usual_rhythm",
] as const;

/** What moved the score away from the average of the base. */
export const FACTOR_CODES = [
  "silence",
  "rhythm",
  "history",
  "regularity",
  "season",
  "money",
  "contacts",
  "deals",
  "open_deal",
  "no_open_deal",
  "open_deal_unknown",
  "recent_contact",
  "contact_silence",
  "contact_unknown",
] as const;

/** What a change of the score is told by; facts of the side that exclude each other are one. */
export const CHANGED_FACTORS = [
  "silence",
  "rhythm",
  "history",
  "regularity",
  "season",
  "money",
  "contacts",
  "deals",
  "open_deal",
  "contact",
] as const;

export const CHANGE_CODES = ["order_by", "contact"] as const;

export const NOTE_CODES = [
  "deals_without_sum",
  "install_day_rate",
  "future_date",
  "refunds",
  "no_signal",
  "signal_unproven",
  "segment_median_used",
  "tier_few_clients",
  "tier_few_repeat_buyers",
  "tier_nobody_returns",
  "formula_changed",
] as const;

export const SNOOZE_REASONS = [
  "seasonal",
  "project_ended",
  "other_entity",
  "competitor",
  "price",
  "service",
  "wrong_contact",
] as const;

export const QUALITY_CODES = [
  "deals_without_client",
  "zero_sums",
  "missing_sources",
  "suspected_duplicates",
  "future_dates",
  "install_day_rates",
  "missing_rates",
  "payments_without_client",
  "refunds_only",
  "close_date_used",
] as const;

export const WARNING_CODES = [
  "sync_running",
  "no_sums",
  "data_stale",
  "hooks_unavailable",
  "hooks_partial",
  "hooks_disabled_by_host",
  "token_ends_soon",
  "filters_off",
  "history_unavailable",
  "hooks.no_rights",
  "places.no_rights",
  "fields.no_rights",
  "fields.name_taken",
  "fields.recreated",
] as const;

export const TIER_REASON_CODES = ["few_clients", "few_repeat_buyers", "nobody_returns"] as const;

export const PLAYBOOK_CODES = ["at_risk"] as const;

export const ENTITY_CODES = [
  "pipeline",
  "user",
  "company",
  "contact",
  "deal",
  "stageEntry",
  "activity",
] as const;

export const MESSAGE_CODES = [
  "open_again",
  "no_access",
  "not_admin",
  "reconnect",
  "region",
  "not_installed",
  "setting_up",
  "paused",
  "payment_required",
  "crm_unavailable",
  "connected",
  "removed",
  "no_entity",
  "no_record",
  "no_permission",
  "invalid",
  "internal",
] as const;

export type ReasonCode = (typeof REASON_CODES)[number];
export type FactorCode = (typeof FACTOR_CODES)[number];
export type ChangedFactor = (typeof CHANGED_FACTORS)[number];
export type ChangeCode = (typeof CHANGE_CODES)[number];
export type NoteCode = (typeof NOTE_CODES)[number];
export type SnoozeReason = (typeof SNOOZE_REASONS)[number];
export type QualityCode = (typeof QUALITY_CODES)[number];
export type WarningCode = (typeof WARNING_CODES)[number];
export type TierReasonCode = (typeof TIER_REASON_CODES)[number];
export type PlaybookCode = (typeof PLAYBOOK_CODES)[number];
export type EntityCode = (typeof ENTITY_CODES)[number];
export type MessageCode = (typeof MESSAGE_CODES)[number];
