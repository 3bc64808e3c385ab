import type { AbcReport } from "../../crm/segmentation.ts";
import { abcClass, abcLimits, clientsShareFor80, paretoCurve } from "../abc.ts";
import type { ClientHistory, Day, PurchaseLog } from "../types.ts";

/** From this share of purchases with a known margin the classes are made of margin, below of revenue. */
const MIN_MARGIN_COVERAGE = 0.9;
const CURVE_STEPS = 100;
const NEGATIVE_IDS_SHOWN = 20;

export interface ClientMoney {
  readonly basis: "revenue" | "margin";
  readonly marginCoverage: number | null;
  /** Net money of each client in the order asked for; null = unknown. */
  readonly minor: readonly (number | null)[];
}

/**
 * What each client has brought up to `asOf`: margin where nearly all purchases have one, else revenue. A client whose purchases have no
 * margin (or no sum) is unknown.
 */
export function clientMoney(
  histories: readonly ClientHistory[],
  log: PurchaseLog,
  asOf: Day,
): ClientMoney {
  const margins = marginOf(log, asOf);
  const { coverage } = margins;
  if (coverage === null || coverage < MIN_MARGIN_COVERAGE) {
    const minor = histories.map((one) => (one.purchasesWithSum > 0 ? one.totalMinor : null));
    return { basis: "revenue", marginCoverage: coverage, minor };
  }
  const minor = histories.map(({ id }) => margins.byClient.get(id) ?? null);
  return { basis: "margin", marginCoverage: coverage, minor };
}

function marginOf(log: PurchaseLog, asOf: Day) {
  const margin = log.details?.marginMinor;
  const byClient = new Map<string, number>();
  if (!margin) return { coverage: null, byClient };
  let withSum = 0;
  let known = 0;
  for (let row = 0; row < log.day.length; row += 1) {
    if ((log.day[row] as number) > asOf) continue;
    const minor = margin[row] as number;
    if ((log.amountMinor[row] as number) > 0) {
      withSum += 1;
      if (Number.isFinite(minor)) known += 1;
    }
    if (!Number.isFinite(minor)) continue;
    const id = log.clients[log.client[row] as number] as string;
    byClient.set(id, (byClient.get(id) ?? 0) + Math.round(minor));
  }
  return { coverage: withSum > 0 && known > 0 ? known / withSum : null, byClient };
}

/** Class of each client, null = unknown money or no positive money in the whole base. */
export function abcClasses(money: ClientMoney): readonly ("A" | "B" | "C" | null)[] {
  const limits = abcLimits(knownOf(money));
  return money.minor.map((minor) =>
    minor === null || limits === null ? null : abcClass(minor, limits),
  );
}

/**
 * ABC with the honest Pareto line. The classes add up to all known money of the basis; clients with negative money are in C
 * and listed, the most negative first. null when nobody has positive money.
 */
export function abcReportOf(ids: readonly string[], money: ClientMoney): AbcReport | null {
  const known = knownOf(money);
  const limits = abcLimits(known);
  const clientsShare = clientsShareFor80(known);
  if (limits === null || clientsShare === null) return null;
  const positive = known.reduce((sum, minor) => sum + Math.max(0, minor), 0);
  const classes = (["A", "B", "C"] as const).map((code) => {
    const members = known.filter((minor) => abcClass(minor, limits) === code);
    const moneyMinor = members.reduce((sum, minor) => sum + minor, 0);
    return {
      code,
      clients: members.length,
      share: members.length / known.length,
      moneyMinor,
      moneyShare: moneyMinor / positive,
    };
  });
  const negative = ids
    .flatMap((id, at) => {
      const minor = money.minor[at] ?? 0;
      return minor < 0 ? [{ id, minor }] : [];
    })
    .sort((left, right) => left.minor - right.minor || left.id.localeCompare(right.id));
  return {
    basis: money.basis,
    marginCoverage: money.marginCoverage,
    limits,
    classes,
    unknown: money.minor.length - known.length,
    negative: {
      clients: negative.length,
      moneyMinor: negative.reduce((sum, { minor }) => sum + minor, 0),
      ids: negative.slice(0, NEGATIVE_IDS_SHOWN).map(({ id }) => id),
    },
    pareto: { clientsShareFor80: clientsShare, curve: paretoCurve(known, CURVE_STEPS) },
  };
}

function knownOf(money: ClientMoney): number[] {
  return money.minor.filter((minor) => minor !== null);
}
