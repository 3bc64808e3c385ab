import type { Insight } from "../analytics/types.ts";

/** Without a rhythm of its own a client is expected to buy once. */
const PURCHASES_WITHOUT_RHYTHM = 1;
/** Without a forecast a loss is as likely as not. */
const CHURN_WITHOUT_FORECAST = 0.5;
const HORIZON_WITHOUT_FORECAST_DAYS = 180;

/**
 * Money that is likely to be lost with the client within the horizon, minor units: purchases in the client's own rhythm x
 * average order x P(no purchase). An order of importance rather than a promise. 0 when no sum is known.
 */
export function valueAtStakeMinor(insight: Insight): number {
  const { averageMinor, usualDays, forecast } = insight;
  if (averageMinor === null || !(averageMinor > 0)) return 0;
  const horizonDays = forecast?.horizonDays ?? HORIZON_WITHOUT_FORECAST_DAYS;
  const purchases =
    usualDays === null ? PURCHASES_WITHOUT_RHYTHM : horizonDays / Math.max(1, usualDays);
  const stake = purchases * averageMinor * (forecast?.pChurn ?? CHURN_WITHOUT_FORECAST);
  return Number.isFinite(stake) ? Math.round(stake) : 0;
}
