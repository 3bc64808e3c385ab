import { dayText } from "../analytics/calendar.ts";
import type { QualityWindow } from "../analytics/churn-types.ts";
import { compareWithRule, driftOf } from "../analytics/model-quality.ts";
import type { Snapshot } from "../analytics/types.ts";
import type { ModelQualityDocument } from "../crm/model-quality.ts";

/** What the newest test on the base's own past said, and what it means for the scores of today; null before a snapshot. */
export function modelQualityOf(snapshot: Snapshot | null): ModelQualityDocument | null {
  if (snapshot === null) return null;
  const { quality, health } = snapshot;
  const windows = quality?.windows ?? [];
  return {
    state: stateOf(snapshot),
    reason: snapshot.tierReason ?? quality?.reason ?? null,
    testedOn: quality === null ? null : dayText(quality.asOf),
    horizonDays: quality?.horizonDays ?? snapshot.horizonDays,
    inUse: snapshot.churn?.method ?? null,
    clients: snapshot.clients,
    repeatBuyers: snapshot.repeatBuyers,
    tested: quality?.clients ?? 0,
    isSample: quality?.isSample ?? false,
    testableFrom: textOf(quality?.testableFrom ?? null),
    bandFrom: health && { ...health.bandFrom },
    calls: { ...(quality?.calls ?? { basis: "tenth", perWeek: null }) },
    windows: windows.map(windowOf),
    calibration: (quality?.calibration ?? []).map((bin) => ({ ...bin })),
    versusRule: compareWithRule(windows),
    drift: windows.length === 0 ? null : driftOf(windows),
  };
}

function stateOf({ tier, quality, churn }: Snapshot): ModelQualityDocument["state"] {
  if (tier === 0) return "tier_0";
  if (quality === null) return "untested";
  if (quality.signal === "refused") return "refused";
  if (quality.signal === "usable") return "usable";
  return churn?.method === "baseRate" ? "no_signal" : "unproven";
}

function windowOf(window: QualityWindow): ModelQualityDocument["windows"][number] {
  const { cutoff, populations, ...rest } = window;
  return { ...rest, cutoff: dayText(cutoff), all: populations.all, active: populations.active };
}

function textOf(day: number | null): string | null {
  return day === null ? null : dayText(day);
}
