import type { Insight } from "../analytics/types.ts";

/** Without a rhythm of its own a client is expected to buy once. */
const PURCHASES_WITHOUT_RHYTHM = 1;
/** Without a forecast: as likely reachable as not, as likely lost as not. */
const SAVABLE_WITHOUT_FORECAST = 0.25;
const HORIZON_WITHOUT_FORECAST_DAYS = 180;

/**
 * Money that the client's own rhythm brings in `days`, minor units: purchases x average order. Never more purchases than the
 * client has ever made: two purchases in two days are no daily rhythm. 0 when no sum is known.
 */
export function usualMoneyMinor(insight: Insight, days: number): number {
  const { averageMinor, usualDays, purchaseDays } = insight;
  if (averageMinor === null || !(averageMinor > 0)) return 0;
  const purchases =
    usualDays === null
      ? PURCHASES_WITHOUT_RHYTHM
      : Math.min(purchaseDays, days / Math.max(1, usualDays));
  return Math.round(purchases * averageMinor);
}

/**
 * Money that a call could still save within the horizon, minor units: what the client's rhythm brings x P(still a client) x
 * P(no purchase). A client who buys as usual has little to lose, one who left long ago little to save. An order of
 * importance rather than a promise. 0 when no sum is known.
 */
export function valueAtStakeMinor(insight: Insight): number {
  const { forecast } = insight;
  const usual = usualMoneyMinor(insight, forecast?.horizonDays ?? HORIZON_WITHOUT_FORECAST_DAYS);
  const savable = forecast === null ? SAVABLE_WITHOUT_FORECAST : forecast.pAlive * forecast.pChurn;
  const stake = usual * savable;
  return Number.isFinite(stake) ? Math.round(stake) : 0;
}
