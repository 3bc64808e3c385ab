import { dayText } from "../../src/analytics/calendar.ts";
import type { Method } from "../../src/analytics/choose.ts";
import { type Accuracy, levelError, meanCoverage, meanOf, type SetResult } from "./accuracy.ts";

const METHODS: readonly (readonly [Method, string])[] = [
  ["chosen", "**what is shown**"],
  ["core", "purchase model alone"],
  ["hiatus", "silence rule (days since the last purchase)"],
  ["ownGap", "silence over the own usual gap"],
  ["baseRate", "one rate for all"],
];

/** docs/accuracy.md: our figures with the losing baselines beside them. */
export function accuracyPage({ sets, small }: Accuracy): string {
  return `${[
    "# Accuracy on public purchase logs",
    "",
    "Written by `npm run accuracy`; `npm run reproduce` measures the same and fails when this page is not what it finds. The logs are not part of the repository; `PULSE_DATA` names their folder.",
    "",
    "**How it is measured.** The end is the last purchase day; the forecasts are made as of three past days, half a horizon apart, the newest one horizon before the end, from what was known on that day: the model, the method, its training and the level of the season. The label is 1 for a client without a purchase in the horizon that follows. *All* are the clients who had bought by then, *active* those with a purchase within the last two horizons. Every figure is the mean over the cutoffs.",
    "",
    "**What it proves.** cdnow_sample and grocery are real shops; smb_sim is simulated, superstore and northwind_b2b are fictional and prove nothing about real clients: they are here because a forecast that sees a signal in them would be lying. Design choices (features, decay, the half standard error that the layer must win by) were made while looking at these five logs and at simulated bases, so the figures are a little optimistic.",
    ...sets.flatMap(setPart),
    "",
    "## Small bases",
    "",
    "Twelve random sub-bases of each size, mean log-loss over three cutoffs. Below 500 clients there is no layer, and a mixture only where people buy like clockwork.",
    "",
    "| log | clients | shown | MBG/NBD |",
    "|---|---|---|---|",
    ...small.map(
      (row) => `| ${row.name} | ${row.clients} | ${four(row.chosen)} | ${four(row.mbgnbd)} |`,
    ),
    "",
    "## Parameters",
    "",
    "MBG/NBD on the whole log, in days: plain maximum likelihood (`pulse fit`), and with the weak prior that the product uses so that a base of 20 repeat buyers still gives finite numbers.",
    "",
    "| log | fit | r | alpha | a | b | log-likelihood |",
    "|---|---|---|---|---|---|---|",
    ...sets.flatMap(({ plan, plain, withPrior }) =>
      ([["plain", plain] as const, ["prior", withPrior] as const] as const).map(
        ([kind, fit]) =>
          `| ${plan.name} | ${kind} | ${["r", "alpha", "a", "b"].map((name) => five(fit.params[name])).join(" | ")} | ${fit.logLikelihood.toFixed(2)} |`,
      ),
    ),
  ].join("\n")}\n`;
}

function setPart({ plan, result, health }: SetResult): string[] {
  const cutoffs = result.windows.map(({ cutoff, method }) => `${dayText(cutoff)} (${method})`);
  const verdict =
    result.signal === "usable"
      ? "usable"
      : `**no usable signal** (\`${result.reason}\`): the product says so`;
  return [
    "",
    `## ${plan.name}`,
    "",
    `${plan.about}. Horizon ${plan.horizonDays} days; cutoffs and the method chosen there: ${cutoffs.join(", ")}. Verdict: ${verdict}.`,
    "",
    "| method | log-loss, all | Brier, all | AUC, all | ECE, all | log-loss, active | AUC, active | precision in the riskiest tenth, active |",
    "|---|---|---|---|---|---|---|---|",
    ...METHODS.map(([method, words]) => {
      const all = (["logLoss", "brier", "auc", "ece"] as const).map((figure) =>
        four(meanOf(result, "all", method, figure)),
      );
      const active = (["logLoss", "auc", "precisionAtK"] as const).map((figure) =>
        four(meanOf(result, "active", method, figure)),
      );
      return `| ${[words, ...all, ...active].join(" | ")} |`;
    }),
    "",
    `Purchases of the whole base off by ${percent(levelError(result))} in the mean (level of last year's season: ${result.windows.map(({ totals }) => totals.level.toFixed(2)).join(", ")}). The 80 % ranges of active clients covered ${percent(meanCoverage(result))}. The health score ranks with AUC ${four(health.healthAuc)}.`,
  ];
}

function four(value: number): string {
  return Number.isFinite(value) ? value.toFixed(4) : "-";
}

function five(value: number | undefined): string {
  return value === undefined ? "-" : value.toPrecision(6);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
