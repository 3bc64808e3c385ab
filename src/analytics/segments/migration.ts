import type { MigrationReport, MoveRow } from "../../crm/segmentation.ts";
import { dayText } from "../calendar.ts";
import { buildHistories } from "../history.ts";
import { lifecycleOf } from "../lifecycle.ts";
import { scoreRfm, segmentOf } from "../rfm.ts";
import type { ClientHistory, Day, PurchaseLog, Snapshot } from "../types.ts";
import { type ClientView, netMoneyBetween, rfmFactsOf } from "./client-view.ts";
import { makeExpectedMoney } from "./expected-money.ts";

type MigrationKind = "segment" | "lifecycle";

/** One client between two days; null = not a client at that end. `history` = the purchases up to the second day. */
export interface Move {
  readonly history: ClientHistory | null;
  /** The purchases up to the first day; null = none. */
  readonly before: ClientHistory | null;
  /** Expected money on the second day, where it is known already. */
  readonly expectedMinor: number | null;
  readonly segment: Ends;
  readonly lifecycle: Ends;
}

interface Ends {
  readonly from: string | null;
  readonly to: string | null;
  readonly cause: MoveRow["cause"];
}

export interface Period {
  readonly from: Day;
  readonly to: Day;
}

const YEAR_DAYS = 365;
/** More movers than this are measured by what they paid: a page must not wait for so many forecasts. */
const MOST_FORECASTS = 30_000;

/** A month as this product means it where nobody says another. */
export const MIGRATION_DAYS = 30;

/**
 * The moves of a base between two days when both are judged by the same limits: only behaviour and the passing of time move
 * anybody. `clients` = the base of the second day; those who were clients on the first day only are found in the log.
 */
export function rescoredMoves(
  log: PurchaseLog,
  clients: readonly ClientView[],
  period: Period,
  snapshot: Snapshot,
): Move[] {
  const now = new Map(clients.map((client) => [client.id, client]));
  return buildHistories(log, period.from).flatMap((before) => {
    const client = now.get(before.id);
    const was = before.days.length > 0;
    if (!was && client === undefined) return [];
    const scores = scoreRfm(rfmFactsOf(before, period.from), snapshot.rfm);
    const lifecycle = lifecycleOf(before.days, period.from, snapshot.lifecycle);
    return [
      {
        history: client?.history ?? null,
        before: was ? before : null,
        expectedMinor: client?.expectedMinor ?? null,
        segment: behaviour(was ? segmentOf(scores) : null, client?.segment ?? null),
        lifecycle: behaviour(was ? lifecycle : null, client?.lifecycle ?? null),
      },
    ];
  });
}

function behaviour(from: string | null, to: string | null): Ends {
  return { from, to, cause: "behaviour" };
}

/**
 * From -> to with clients and money, by segment and by stage. Money of a row: expected money over the snapshot's horizon on
 * the second day minus on the first (0 on a day when the client was none); without a forecast, and for more than 30 000 movers, the money of the 365 days before each. Rows of those who stay and of a mere change of limits have none. Rows with a `to` add up to the base.
 */
export function migrationOf(
  moves: readonly Move[],
  period: Period,
  snapshot: Snapshot,
  method: MigrationReport["method"],
): MigrationReport {
  const hasSums = moves.some(({ history, before }) => hasMoney(history) || hasMoney(before));
  const movers = moves.filter(({ segment, lifecycle }) => isMove(segment) || isMove(lifecycle));
  const expected = movers.length > MOST_FORECASTS ? null : makeExpectedMoney(snapshot);
  const isExpected = expected !== null;
  const valueAt = expected ?? yearValue;
  const valueOn = (history: ClientHistory | null, day: Day) =>
    history === null ? 0 : valueAt(history, day);
  const change = new Map<Move, number>();
  const changeOf = (move: Move): number | null => {
    if (!hasSums) return null;
    const known = change.get(move);
    if (known !== undefined) return known;
    const isKnown = isExpected && move.history !== null && move.expectedMinor !== null;
    const after = isKnown ? (move.expectedMinor ?? 0) : valueOn(move.history, period.to);
    const minor = after - valueOn(move.before, period.from);
    change.set(move, minor);
    return minor;
  };
  const tableOf = (kind: MigrationKind) => matrixOf(moves, kind, period, changeOf);
  return {
    from: dayText(period.from),
    to: dayText(period.to),
    days: period.to - period.from,
    method,
    money: {
      basis: isExpected ? "expected" : "revenue_12m",
      horizonDays: isExpected ? snapshot.ltvHorizonDays : YEAR_DAYS,
    },
    segment: tableOf("segment"),
    lifecycle: tableOf("lifecycle"),
  };
}

function isMove({ from, to }: Ends): boolean {
  return from !== to;
}

function hasMoney(history: ClientHistory | null): boolean {
  return history !== null && history.purchasesWithSum > 0;
}

function yearValue(history: ClientHistory, day: Day): number {
  return netMoneyBetween(history, day - YEAR_DAYS, day);
}

function matrixOf(
  moves: readonly Move[],
  kind: MigrationKind,
  period: Period,
  changeOf: (move: Move) => number | null,
): MigrationReport["segment"] {
  type Row = { -readonly [Key in keyof MoveRow]: MoveRow[Key] };
  const rows = new Map<string, Row>();
  for (const move of moves) {
    const { from, to, cause } = move[kind];
    if (from === null && to === null) continue;
    const isMove = from !== to;
    const key = `${from} ${to} ${isMove ? cause : ""}`;
    const row = rows.get(key) ?? {
      from,
      to,
      clients: 0,
      moneyMinor: null,
      revenueMinor: 0,
      cause: isMove ? cause : "behaviour",
    };
    row.clients += 1;
    row.revenueMinor += move.history === null ? 0 : yearValue(move.history, period.to);
    if (isMove && cause === "behaviour") {
      const minor = changeOf(move);
      row.moneyMinor = minor === null ? null : (row.moneyMinor ?? 0) + minor;
    }
    rows.set(key, row);
  }
  const sorted = [...rows.values()].sort(
    (left, right) =>
      Math.abs(right.moneyMinor ?? 0) - Math.abs(left.moneyMinor ?? 0) ||
      right.clients - left.clients ||
      `${left.from} ${left.to}`.localeCompare(`${right.from} ${right.to}`),
  );
  const moved = sorted.filter(({ from, to }) => from !== to);
  const sums = moved.flatMap(({ moneyMinor }) => (moneyMinor === null ? [] : [moneyMinor]));
  const sumOf = (sign: number) =>
    sums.length === 0 ? null : sums.reduce((sum, minor) => sum + (sign * minor > 0 ? minor : 0), 0);
  return {
    moved: moved.reduce((sum, { clients }) => sum + clients, 0),
    gainedMinor: sumOf(1),
    lostMinor: sumOf(-1),
    rows: sorted,
  };
}
