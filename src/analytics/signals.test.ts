import { describe, expect, it } from "vitest";
import { settledBase, signalLogOf, withTellingSignals } from "../../test/support/signals.ts";
import { backtest } from "./backtest.ts";
import { buildHistories } from "./history.ts";
import { sampleLog } from "./sample.ts";
import { makeScorer, scoreBase } from "./scoring.ts";
import type { SignalLog } from "./signal-types.ts";
import {
  learnableSignals,
  SIGNAL,
  signalFacts,
  signalFeatures,
  signalsAt,
  usedSignals,
} from "./signals.ts";
import { makeSnapshot } from "./snapshot.ts";
import type { PurchaseLog, SideFacts } from "./types.ts";

const HORIZON = 60;
const DAYS = 700;
const CUTOFF = DAYS - HORIZON - 1;
/** Just large enough, and for a while. */
const PLAIN = settledBase(2000, 490, DAYS, 31);
const TOLD = withTellingSignals(PLAIN, DAYS, 32);
const OPTIONS = { horizonDays: HORIZON, cutoffs: [CUTOFF], draws: 10 };
const TESTED = backtest(TOLD, OPTIONS);
const SNAPSHOT = makeSnapshot(TOLD, CUTOFF, { horizonDays: HORIZON });
const KNOWN_SIDE: SideFacts = { hasOpenDeal: true, silentDays: 3 };

/** The log as it stood at the end of a day; the list of clients stays. */
function until(log: PurchaseLog, day: number): PurchaseLog {
  const rows = Int32Array.from(log.day, (_, row) => row).filter(
    (row) => (log.day[row] ?? 0) <= day,
  );
  const { signals } = log;
  return {
    clients: log.clients,
    client: rows.map((row) => log.client[row] ?? 0),
    day: rows.map((row) => log.day[row] ?? 0),
    amountMinor: Float64Array.from(rows, (row) => log.amountMinor[row] ?? 0),
    ...(signals === undefined ? {} : { signals: untilDay(signals, day) }),
  };
}

function untilDay(signals: SignalLog, day: number): SignalLog {
  const clients = Array.from({ length: signals.offset.length - 1 }, (_, client) => client);
  return signalLogOf(
    clients.map((client) => {
      const own = signalsAt(signals, client, day);
      return Array.from(own.day, (at, row) => [at, own.kind[row] ?? 0] as const);
    }),
  );
}

describe("signals of a CRM", () => {
  const own = {
    day: Int32Array.of(10, 20, 30, 40, 50, 60),
    kind: Uint8Array.of(
      SIGNAL.dealOpened,
      SIGNAL.contact,
      SIGNAL.dealOpened,
      SIGNAL.dealWon,
      SIGNAL.contact,
      SIGNAL.dealLost,
    ),
  };

  it("say what was known at the end of a day and nothing later", () => {
    expect(signalFacts(own, 5, 30)).toEqual({
      silentDays: null,
      contacts: 0,
      openDeals: 0,
      refusals: 0,
    });
    expect(signalFacts(own, 35, 30)).toEqual({
      silentDays: 15,
      contacts: 1,
      openDeals: 2,
      refusals: 0,
    });
    expect(signalFacts(own, 60, 30)).toEqual({
      silentDays: 10,
      contacts: 1,
      openDeals: 0,
      refusals: 1,
    });
    expect(signalFacts(own, 120, 30)).toMatchObject({ contacts: 0, refusals: 0 });
  });

  it("are the average where unknown: a client without contacts, a base without signals", () => {
    const [silence, contacts] = signalFeatures(own, 15, 30);
    expect(silence).toBeNaN();
    expect(contacts).toBe(0);
    expect(signalFeatures(undefined, 15, 30).every(Number.isNaN)).toBe(true);
  });

  it("can be learned where the base is large and its records reach far enough back", () => {
    const signals = signalLogOf([
      [
        [100, SIGNAL.contact],
        [100, SIGNAL.dealOpened],
        [110, SIGNAL.dealLost],
      ],
    ]);
    expect(learnableSignals(signals, 300, 1999, 60)).toEqual([false, false, false, false]);
    expect(learnableSignals(signals, 300, 2000, 60)).toEqual([true, true, true, true]);
    expect(learnableSignals(signals, 159, 2000, 60)).toEqual([false, false, true, false]);
    expect(learnableSignals(undefined, 300, 5000, 60)).toEqual([false, false, false, false]);
    expect(learnableSignals({ ...signals, standsFor: 4 }, 300, 500, 60)[0]).toBe(true);
  });

  it("stay with their clients in a sample, which stands for the whole base", () => {
    const sample = sampleLog(TOLD, 700);
    expect(sample.signals?.standsFor).toBe(3);
    for (const client of [0, 17, 666]) {
      expect(signalsAt(sample.signals as SignalLog, client, DAYS)).toEqual(
        signalsAt(TOLD.signals as SignalLog, 3 * client, DAYS),
      );
    }
  });
});

describe("a layer that sees contacts and deals", () => {
  it("foretells a later window better where they tell who leaves", () => {
    const without = backtest(PLAIN, OPTIONS).windows[0]?.populations;
    const told = TESTED.windows[0]?.populations;
    expect(TESTED.chosen).toBe("layer");
    expect(usedSignals(SNAPSHOT.churn)).toEqual({ contacts: true, deals: true });
    for (const population of ["all", "active"] as const) {
      const [better, plain] = [told?.[population].chosen, without?.[population].chosen];
      expect(better?.logLoss).toBeLessThan(0.9 * (plain?.logLoss ?? 0));
      expect(better?.auc).toBeGreaterThan((plain?.auc ?? 1) + 0.02);
    }
  });

  it("is what the test tested: a snapshot of that day says the same of everybody", () => {
    const window = TESTED.windows[0];
    const said = scoreBase(TOLD, new Map(), CUTOFF, SNAPSHOT);
    expect(said.map(({ id }) => id)).toEqual(window?.predictions.map(({ id }) => id));
    said.forEach(({ forecast }, at) => {
      expect(forecast?.pChurn).toBeCloseTo(window?.predictions[at]?.pNoPurchase ?? Number.NaN, 9);
    });
  });

  it("knows nothing of what came after: a log cut at the day gives the same snapshot", () => {
    const cut = until(TOLD, CUTOFF);
    expect(cut.signals?.day.length).toBeLessThan(TOLD.signals?.day.length ?? 0);
    expect(makeSnapshot(cut, CUTOFF, { horizonDays: HORIZON })).toEqual(SNAPSHOT);
    const some = (log: PurchaseLog) =>
      scoreBase(log, new Map(), CUTOFF, SNAPSHOT).filter((_, at) => at % 50 === 0);
    expect(some(cut)).toEqual(some(TOLD));
  });

  it("says contacts and deals once in the score, with the client's own numbers", () => {
    const score = makeScorer(SNAPSHOT);
    const seen = new Set<string>();
    for (const history of buildHistories(TOLD, CUTOFF).slice(0, 600)) {
      if (history.days.length === 0) continue;
      const { health, forecast } = score(history, KNOWN_SIDE, CUTOFF);
      const factors = health?.factors ?? [];
      for (const { code } of factors) seen.add(code);
      const points = factors.reduce((sum, factor) => sum + factor.points, health?.base ?? 0);
      expect(points).toBe(health?.score);
      expect(health?.score).toBe(Math.round(100 * (1 - (forecast?.pChurn ?? 0))));
      const facts = signalFacts(
        history.signals ?? { day: new Int32Array(0), kind: new Uint8Array(0) },
        CUTOFF,
        HORIZON,
      );
      expect(factors.find(({ code }) => code === "deals")?.params).toEqual({
        openDeals: facts.openDeals,
        refusals: facts.refusals,
      });
    }
    expect(seen).toContain("contacts");
    for (const code of ["open_deal", "recent_contact"]) expect(seen).not.toContain(code);
  });

  it("promises no more of a call than where no layer speaks", () => {
    const score = makeScorer(SNAPSHOT);
    const called = buildHistories(TOLD, CUTOFF).flatMap((history) => {
      if (history.days.length === 0) return [];
      const { health } = score(history, { hasOpenDeal: false, silentDays: 90 }, CUTOFF);
      const change = health?.wouldChange.find(({ code }) => code === "contact");
      return change && health ? [change.score - health.score] : [];
    });
    expect(called.length).toBeGreaterThan(20);
    expect(Math.max(...called)).toBe(11);
  });

  it("leaves the facts beside the model where it has nothing to say of this client", () => {
    const { signals: _, ...unknown } = buildHistories(TOLD, CUTOFF).find(
      ({ days }) => days.length > 2,
    ) as ReturnType<typeof buildHistories>[number];
    const { health } = makeScorer(SNAPSHOT)(unknown, KNOWN_SIDE, CUTOFF);
    const codes = health?.factors.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(["open_deal", "recent_contact"]));
    expect(codes).not.toContain("contacts");
  });
});

describe("a base that has no use for signals", () => {
  it("is scored as before where it is small, to the last digit", () => {
    const base = settledBase(1999, 490, DAYS, 8);
    const told = withTellingSignals(base, DAYS, 9);
    const without = makeSnapshot(base, CUTOFF, { horizonDays: HORIZON });
    expect(without.tier).toBe(2);
    expect(makeSnapshot(told, CUTOFF, { horizonDays: HORIZON })).toEqual(without);
    const insights = (log: PurchaseLog) =>
      scoreBase(log, new Map(), CUTOFF, without).filter((_, at) => at % 40 === 0);
    expect(insights(told)).toEqual(insights(base));
  });

  it("is scored as before where nothing was recorded, to the last digit", () => {
    const silent = { ...PLAIN, signals: signalLogOf(PLAIN.clients.map(() => [])) };
    const without = makeSnapshot(PLAIN, CUTOFF, { horizonDays: HORIZON });
    expect(without.tier).toBe(3);
    expect(makeSnapshot(silent, CUTOFF, { horizonDays: HORIZON })).toEqual(without);
  });
});
