import { z } from "zod";
import type { Day, HealthFactor, Insight } from "../analytics/types.ts";

/**
 * An insight at rest: what lists are made from has a column, the rest is one short JSON array of numbers in `data`. A base of a
 * million rows is written anew every night; with names in every row it would be four times as large.
 */

/** Columns of `insight` that `parseInsight` needs. */
export const STORED_INSIGHT =
  "client_key, as_of, data, score, band, segment, lifecycle, p_churn, purchases, total_minor, last_day";

export interface StoredInsight {
  readonly client_key: string;
  readonly as_of: Day;
  readonly data: string;
  readonly score: number | null;
  readonly band: string | null;
  readonly segment: string;
  readonly lifecycle: string;
  readonly p_churn: number | null;
  readonly purchases: number;
  readonly total_minor: number;
  readonly last_day: Day;
}

type Params = HealthFactor["params"];
type Forecast = NonNullable<Insight["forecast"]>;
type Health = NonNullable<Insight["health"]>;
type Value = number | string | null | Params;

const FORMAT = 1;
/** Place of the expected money in `data`, for SQL: json_extract(data, LTV_PATH). */
export const LTV_PATH = "$[13]";

/** Chances and expected counts are kept to a millionth. */
const PRECISION = 1e6;

/** Names of a factor's or reason's parameters, in order; the last ones may be absent. Places are stored: only ever add. */
const SHAPES: readonly (readonly [code: string, ...names: string[]])[] = [
  ["silence", "silentDays", "usualDays"],
  ["rhythm", "gapDays", "usualDays"],
  ["history", "purchaseDays", "usualPurchaseDays"],
  ["regularity"],
  ["season"],
  ["money"],
  ["contacts", "contacts", "silentDays"],
  ["deals", "openDeals", "refusals"],
  ["open_deal"],
  ["no_open_deal"],
  ["open_deal_unknown"],
  ["recent_contact", "silentDays", "usualDays"],
  ["contact_silence", "silentDays", "usualDays"],
  ["contact_unknown"],
  ["contact"],
  ["order_by"],
  ["no_purchase"],
  ["one_purchase", "silentDays", "usualDays"],
  ["came_back", "gapDays", "silentDays"],
  ["silent_longer_than_usual", "usualDays", "silentDays"],
  ["buys_in_usual_rhythm", "usualDays", "silentDays"],
];
const PLACE_OF = new Map(SHAPES.map(([code], place) => [code, place]));
const ABC = ["A", "B", "C"] as const;
const XYZ = ["X", "Y", "Z"] as const;
const BANDS = ["good", "watch", "risk"] as const;

/** `data` of an insight. What has a column of its own is left out. */
export function packInsight(insight: Insight): string {
  const { forecast, health } = insight;
  const to: Value[] = [
    FORMAT,
    insight.tier,
    insight.purchaseDays,
    insight.averageMinor,
    insight.firstDay,
    insight.usualDays,
    insight.rScore,
    insight.fScore,
    insight.mScore,
    insight.abc === null ? null : ABC.indexOf(insight.abc),
    insight.xyz === null ? null : XYZ.indexOf(insight.xyz),
  ];
  if (forecast === null) to.push(null, null, null);
  else packForecast(forecast, to);
  if (health === null) to.push(null);
  else packHealth(health, to);
  packCode(insight.reason.code, to);
  packParams(insight.reason.code, insight.reason.params, to);
  return JSON.stringify(to);
}

function packForecast({ pAlive, horizonDays, ...rest }: Forecast, to: Value[]): void {
  const { ltv, nextPurchase } = rest;
  to.push(horizonDays, Math.round(PRECISION * pAlive));
  if (ltv === null) to.push(null);
  else to.push(ltv.minor, ltv.lowMinor, ltv.highMinor, ltv.horizonDays);
  to.push(Math.round(PRECISION * rest.expectedPurchases));
  if (nextPurchase === null) to.push(null);
  else to.push(nextPurchase.p20, nextPurchase.p50, nextPurchase.p80);
}

function packHealth({ base, factors, wouldChange, subScores }: Health, to: Value[]): void {
  to.push(base, factors.length);
  for (const { code, points, params } of factors) {
    packCode(code, to);
    to.push(points);
    packParams(code, params, to);
  }
  to.push(wouldChange.length);
  for (const { code, inDays, score, band } of wouldChange) {
    packCode(code, to);
    to.push(inDays, score, BANDS.indexOf(band));
  }
  const { activity, breadth, recommendation, profit } = subScores;
  to.push(activity, breadth, recommendation, profit);
}

function packCode(code: string, to: Value[]): void {
  to.push(PLACE_OF.get(code) ?? code);
}

/** How many, then the values; a set of names that is not the code's own travels as it is. */
function packParams(code: string, params: Params, to: Value[]): void {
  const shape = SHAPES[PLACE_OF.get(code) ?? SHAPES.length];
  const countAt = to.push(0) - 1;
  let known = 0;
  for (const name in params) {
    known += 1;
    if (shape?.[known] === name) to.push(params[name] as number | string);
    else {
      to.length = countAt;
      to.push(params);
      return;
    }
  }
  to[countAt] = known;
}

/** An insight as it was stored; null for a row that does not fit: it counts as not computed. */
export function parseInsight(row: StoredInsight): Insight | null {
  const values = packed.safeParse(parseJson(row.data));
  if (!values.success || values.data[0] !== FORMAT) return null;
  try {
    return unpack(row, makeReader(values.data.slice(1)));
  } catch (cause) {
    if (cause instanceof RangeError) return null;
    throw cause;
  }
}

const params = z.record(z.string(), z.union([z.number(), z.string()]));
const packed = z.array(z.union([z.number(), z.string(), z.null(), params]));

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

type Reader = ReturnType<typeof makeReader>;

/** Takes values in the order in which they were packed; a RangeError where the next one is of another kind. */
function makeReader(values: readonly Value[]) {
  let at = 0;
  const next = () => {
    if (at === values.length) throw new RangeError("The insight is cut off.");
    at += 1;
    return values[at - 1] as Value;
  };
  const numberOrNull = (): number | null => {
    const value = next();
    if (typeof value === "number" || value === null) return value;
    throw new RangeError("A number of the insight is none.");
  };
  const number = (): number => {
    const value = numberOrNull();
    if (value === null) throw new RangeError("A number of the insight is missing.");
    return value;
  };
  const nameIn = <Name>(names: readonly Name[], place: number): Name => {
    const name = names[place];
    if (name === undefined) throw new RangeError("The insight has an unknown name.");
    return name;
  };
  return {
    number,
    numberOrNull,
    name: <Name>(names: readonly Name[]): Name => nameIn(names, number()),
    nameOrNull: <Name>(names: readonly Name[]): Name | null => {
      const place = numberOrNull();
      return place === null ? null : nameIn(names, place);
    },
    code: (): string => {
      const value = next();
      return typeof value === "string" ? value : nameIn(SHAPES, Number(value))[0];
    },
    params: (code: string): Params => {
      const count = next();
      if (typeof count === "object" && count !== null) return count;
      const shape = SHAPES[PLACE_OF.get(code) ?? SHAPES.length];
      return Object.fromEntries(
        Array.from({ length: Number(count) }, (_, place) => {
          const value = next();
          const name = shape?.[place + 1];
          if (name === undefined || value === null || typeof value === "object") {
            throw new RangeError("A parameter of the insight does not fit.");
          }
          return [name, value];
        }),
      );
    },
  };
}

function unpack(row: StoredInsight, read: Reader): Insight {
  // In the order of `packInsight`.
  const parts = {
    tier: read.name([0, 1, 2, 3] as const),
    purchaseDays: read.number(),
    averageMinor: read.numberOrNull(),
    firstDay: read.number(),
    usualDays: read.numberOrNull(),
    rScore: read.number() as Insight["rScore"],
    fScore: read.number() as Insight["fScore"],
    mScore: read.number() as Insight["mScore"],
    abc: read.nameOrNull(ABC),
    xyz: read.nameOrNull(XYZ),
    forecast: readForecast(row, read),
    health: readHealth(row, read),
  };
  const code = read.code();
  return {
    id: row.client_key,
    purchases: row.purchases,
    totalMinor: row.total_minor,
    lastDay: row.last_day,
    daysSinceLast: Math.max(0, row.as_of - row.last_day),
    segment: row.segment as Insight["segment"],
    lifecycle: row.lifecycle as Insight["lifecycle"],
    ...parts,
    reason: { code, params: read.params(code) },
  };
}

function readForecast(row: StoredInsight, read: Reader): Insight["forecast"] {
  const horizonDays = read.numberOrNull();
  const alive = read.numberOrNull();
  const minor = read.numberOrNull();
  if (horizonDays === null || alive === null || row.p_churn === null) return null;
  const ltv =
    minor === null
      ? null
      : {
          minor,
          lowMinor: read.number(),
          highMinor: read.number(),
          horizonDays: read.number(),
        };
  const expectedPurchases = read.number() / PRECISION;
  const p20 = read.numberOrNull();
  const nextPurchase = p20 === null ? null : { p20, p50: read.number(), p80: read.number() };
  const pAlive = alive / PRECISION;
  return { pAlive, pChurn: row.p_churn, horizonDays, expectedPurchases, ltv, nextPurchase };
}

function readHealth(row: StoredInsight, read: Reader): Insight["health"] {
  const base = read.numberOrNull();
  if (base === null || row.score === null) return null;
  const factors = Array.from({ length: read.number() }, () => {
    const code = read.code();
    return { code, points: read.number(), params: read.params(code) };
  });
  const wouldChange = Array.from({ length: read.number() }, () => ({
    code: read.code(),
    inDays: read.number(),
    score: read.number(),
    band: read.name(BANDS),
  }));
  const subScores = {
    activity: read.number(),
    breadth: read.numberOrNull(),
    recommendation: read.numberOrNull(),
    profit: read.numberOrNull(),
  };
  const band = row.band as Health["band"];
  return { score: row.score, base, band, factors, wouldChange, subScores };
}
