import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildHistories } from "../history.ts";
import { scoreBase } from "../scoring.ts";
import { makeSnapshot } from "../snapshot.ts";
import { netMoneyBetween } from "./client-view.ts";
import { type Move, migrationOf, rescoredMoves } from "./migration.ts";
import { logOf, scored, testBase } from "./test-base.ts";

const NO_MOVE = { from: "x", to: "x", cause: "behaviour" } as const;

describe("migration", () => {
  it("adds up: rows that end somewhere are the base, rows that begin somewhere the base of then", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150 }), fc.nat(1000), (size, seed) => {
        const { log, clients, asOf, snapshot } = testBase(size, seed, 500);
        const period = { from: asOf - 30, to: asOf };
        const moves = rescoredMoves(log, clients, period, snapshot);
        const found = migrationOf(moves, period, snapshot, "rescored");
        const then = buildHistories(log, period.from).filter(({ days }) => days.length > 0).length;
        for (const { rows, moved } of [found.segment, found.lifecycle]) {
          const sum = (list: typeof rows) => list.reduce((total, row) => total + row.clients, 0);
          expect(sum(rows.filter(({ to }) => to !== null))).toBe(clients.length);
          expect(sum(rows.filter(({ from }) => from !== null))).toBe(then);
          expect(sum(rows.filter(({ from, to }) => from !== to))).toBe(moved);
          expect(rows.every(({ from, to, moneyMinor }) => from !== to || moneyMinor === null)).toBe(
            true,
          );
        }
      }),
      { seed: 11, numRuns: 25 },
    );
  });

  it("says under the same limits who was what, as scoring that day would", () => {
    const { log, clients, asOf, snapshot } = testBase(120, 5, 500);
    const period = { from: asOf - 30, to: asOf };
    const moves = rescoredMoves(log, clients, period, snapshot);
    const then = scoreBase(log, new Map(), period.from, snapshot);
    const before = new Map(moves.flatMap((move) => (move.before ? [[move.before.id, move]] : [])));
    expect(before.size).toBe(then.length);
    for (const insight of then) {
      expect(before.get(insight.id)).toMatchObject({
        segment: { from: insight.segment },
        lifecycle: { from: insight.lifecycle },
      });
    }
    const found = migrationOf(moves, period, snapshot, "rescored");
    expect(found.money.basis).toBe("expected");
    const now = new Map(scoreBase(log, new Map(), asOf, snapshot).map((one) => [one.id, one]));
    const was = new Map(then.map((one) => [one.id, one]));
    const change = moves
      .filter(({ segment }) => segment.from !== segment.to)
      .map(({ history, before: old }) => (history ?? old)?.id ?? "")
      .reduce(
        (sum, id) =>
          sum + (now.get(id)?.forecast?.ltv?.minor ?? 0) - (was.get(id)?.forecast?.ltv?.minor ?? 0),
        0,
      );
    expect((found.segment.gainedMinor ?? 0) + (found.segment.lostMinor ?? 0)).toBe(change);
  });

  it("is measured in money of a year where there is no forecast, newcomers and refunds included", () => {
    const log = logOf([
      ["kept", 480, 1000],
      ["kept", 495, 500],
      ["newcomer", 490, 700],
      ["left", 450, 900],
      ["left", 492, -900],
      ["silent", 120, 300],
    ]);
    const base = scored(log, 500);
    const period = { from: 470, to: 500 };
    const moves = rescoredMoves(log, base.clients, period, base.snapshot);
    const { lifecycle, money } = migrationOf(moves, period, base.snapshot, "rescored");
    expect(money.basis).toBe("revenue_12m");
    const row = (from: string | null, to: string | null) =>
      lifecycle.rows.find((one) => one.from === from && one.to === to);
    // "left" was paid back in full: no client any more. "kept" and "newcomer" came within the period.
    expect(row("new", null)).toMatchObject({ clients: 1, moneyMinor: -900, revenueMinor: 0 });
    expect(lifecycle.rows.filter(({ from }) => from === null)).toMatchObject([
      { clients: 1, moneyMinor: 1500 },
      { to: "new", clients: 1, moneyMinor: 700 },
    ]);
    expect(lifecycle.gainedMinor).toBe(2200);
    expect(lifecycle.lostMinor).toBe(-900);
  });

  it("keeps a mere change of limits apart and without money", () => {
    const { clients, snapshot } = testBase(60, 2, 400);
    const [first, second] = clients;
    const move = (
      client: (typeof clients)[number] | undefined,
      cause: "behaviour" | "boundary",
    ): Move => ({
      history: client?.history ?? null,
      before: client?.history ?? null,
      expectedMinor: null,
      segment: { from: "loyal", to: "champions", cause },
      lifecycle: NO_MOVE,
    });
    const period = { from: 370, to: 400 };
    const found = migrationOf(
      [move(first, "behaviour"), move(second, "boundary")],
      period,
      snapshot,
      "recorded",
    );
    expect(found.segment.rows).toHaveLength(2);
    expect(found.segment.rows.find(({ cause }) => cause === "boundary")).toMatchObject({
      clients: 1,
      moneyMinor: null,
      revenueMinor: second ? netMoneyBetween(second.history, 35, 400) : null,
    });
    expect(found.lifecycle).toMatchObject({ moved: 0, gainedMinor: null, rows: [{ clients: 2 }] });
  });

  it("has no money where no sum is known", () => {
    const log = logOf([["a", 480, null]]);
    const base = scored(log, 500);
    const period = { from: 470, to: 500 };
    const moves = rescoredMoves(log, base.clients, period, base.snapshot);
    expect(migrationOf(moves, period, makeSnapshot(log, 500), "rescored").segment).toMatchObject({
      moved: 1,
      gainedMinor: null,
      rows: [{ from: null, moneyMinor: null }],
    });
  });
});
