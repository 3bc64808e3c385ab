import { errorCode } from "../crm/error.ts";
import type { Host, HostLink, HostRates } from "../crm/host.ts";
import type { Transport } from "../crm/ports.ts";
import type { RfmThresholds } from "../crm/segment-rule.ts";
import { makeBudget } from "./budget.ts";
import { makeCards } from "./card.ts";
import type { Egress } from "./egress.ts";
import { makeGoals } from "./goals.ts";
import { makeInsight } from "./insight.ts";
import { type Installer, makeInstaller } from "./installer.ts";
import { makeIntake } from "./intake.ts";
import { type Limiter, makeLimiter } from "./limiter.ts";
import { makeLink } from "./link.ts";
import { makeLinkHealth } from "./link-health.ts";
import { type Lock, makeLock } from "./lock.ts";
import { migrate } from "./migrations.ts";
import { makeMirror } from "./mirror.ts";
import { isPausedByOperator, makeOperation, readUse } from "./operation.ts";
import { makeOutbox } from "./outbox.ts";
import { makeOverview, type Overview, type OverviewPorts } from "./overview.ts";
import type { Portal, PortalPorts, PortalSummary } from "./portal-api.ts";
import { readMemo, readPortal, readWarnings } from "./portal-row.ts";
import { readProgress } from "./progress.ts";
import { makePump, type Pump } from "./pump.ts";
import { makeQuestions } from "./questions.ts";
import { listRuns } from "./run-list.ts";
import { makeRuns } from "./runs.ts";
import { readSavedRules, removeRule, saveRule } from "./saved-rules.ts";
import { hastenScan } from "./scans.ts";
import { makeSegments } from "./segments.ts";
import { makeSettings } from "./settings.ts";
import { isSettled } from "./settled.ts";
import { makeSpend } from "./spend.ts";
import type { Sql, SqlReader } from "./sql.ts";
import { makeSync } from "./sync.ts";
import { makeTick } from "./tick.ts";
import { makeTokenLock } from "./token-lock.ts";
import { makeTokens, type Tokens } from "./tokens.ts";
import { readTotals } from "./totals.ts";
import { makeUninstallClaim } from "./uninstall-claim.ts";
import { makeUpkeep } from "./upkeep.ts";
import { verifyPortal } from "./verify.ts";
import { writeChoice, writingOf } from "./writing.ts";

/** The actor of one portal over its database, which is brought to the newest schema first. */
export function makePortal(ports: PortalPorts): Portal {
  const { sql, host, clock, log } = ports;
  migrate(sql, clock.now());
  const { link, tokens, installer, pump, writeLock, limiter } = makeReading(ports);
  const intake = makeIntake(ports);
  const insight = makeInsight(ports);
  const runs = makeRuns(ports);
  const isStopping = ports.isStopping ?? (() => false);
  const outbox = makeOutbox({ ...ports, link, lock: writeLock, isStopping });
  const questions = makeQuestions({ sql, host, link, clock, log });
  const claim = makeUninstallClaim({
    sql,
    host,
    link,
    clock,
    log,
    uninstall: installer.uninstall,
  });
  const upkeep = makeUpkeep({ sql, host, tokens, clock, log });
  const tick = makeTick(
    [
      { name: "uninstall", step: claim.step },
      { name: "read", step: pump.step },
      { name: "insight", step: insight.step },
      { name: "questions", step: questions.step },
      { name: "outbox", step: outbox.step },
      { name: "upkeep", step: upkeep.step },
    ],
    clock,
    log,
    isStopping,
  );
  const operation = makeOperation({ sql, host, clock, limiter });
  const apiUse = () => readUse(sql, clock, limiter);
  const progress = () => readProgress(sql, clock.now());
  const cards = makeCards({ sql, clock, progress, dealUrl: dealUrls(sql, host) });
  const { overview, pages } = makePages(ports, { progress, apiUse });

  return {
    summary: async () => readSummary(sql),
    install: installer.install,
    confirmInstalled: async () => installer.confirm(),
    uninstall: async (options) => {
      if (options.isReplayable) claim.note(options);
      else installer.uninstall(options);
    },
    setUpAgain: installer.setUpAgain,
    receive: intake.receive,
    secretMatches: async (secretHash) => intake.secretMatches(secretHash),
    tick,
    progress: async () => progress(),
    repair: async () => repair(sql, clock.now()),
    registration: tokens.registration,
    lookAgain: async () => {
      await host
        .check(link)
        .catch((thrown: unknown) => log.warn("portal.looked_again", { code: errorCode(thrown) }));
    },
    verify: () => verifyPortal({ ...ports, link }),
    quiesce: tokens.idle,
    ...operation,
    canViewerRead: async (viewer, entity, id) =>
      (await host.canViewerRead?.(link, viewer, entity, id)) ?? false,
    card: async (entity, id, viewer, look) => cards.card(entity, id, viewer, look),
    ...pages,
    savedRules: async () => readSavedRules(sql),
    saveRule: async (saved) => saveRule(sql, saved),
    removeRule: async (code) => removeRule(sql, code),
    runs: async () => listRuns(sql),
    ...decisions(ports, overview),
    dryRun: async (playbook, userId) => runs.dryRun(playbook, userId),
    run: async (runId) => runs.run(runId),
    approve: async (runId, userId) => runs.approve(runId, userId),
    undo: async (runId) => runs.undo(runId),
    writing: async () => writingOf(sql, host),
    setWriting: async (choice) => {
      writeChoice(sql, choice);
      return writingOf(sql, host);
    },
    totals: async () => readTotals(sql),
    isSettled: async () => isSettled(sql),
  };
}

/** Pages over the whole base: a large one has been counted beside before they are made. */
function makePages(
  { sql, host, clock, figures }: PortalPorts,
  parts: Pick<OverviewPorts, "progress" | "apiUse">,
): {
  readonly overview: Overview;
  readonly pages: Pick<
    Portal,
    "overview" | "segments" | "previewSegment" | "ruleClients" | "compareRfm"
  >;
} {
  const beside = figures ? { beside: figures } : {};
  const overview = makeOverview({ sql, host, clock, ...parts, ...beside });
  const document = () => overview.overview().segmentation ?? null;
  const segments = makeSegments({ sql, host, clock, document });
  const counted = async <T>(answer: () => T): Promise<T> => {
    await overview.ready();
    return answer();
  };
  const pages = {
    overview: () => counted(overview.overview),
    segments: () => counted(segments.segments),
    previewSegment: segments.preview,
    ruleClients: segments.clients,
    compareRfm: (thresholds: RfmThresholds) => counted(() => segments.compareRfm(thresholds)),
  };
  return { overview, pages };
}

/** What administrators decide about figures. */
function decisions(
  ports: PortalPorts,
  overview: Overview,
): Pick<
  Portal,
  | "setGoal"
  | "removeGoal"
  | "spend"
  | "saveSpend"
  | "setMargin"
  | "settings"
  | "saveSettings"
  | "previewSettings"
> {
  const goals = makeGoals({
    sql: ports.sql,
    clock: ports.clock,
    overview: overview.overview,
  });
  const spend = makeSpend(ports.sql);
  const settings = makeSettings(ports);
  return {
    setGoal: async (goal, userId) => {
      await overview.ready();
      return goals.set(goal, userId);
    },
    removeGoal: async (code) => {
      await overview.ready();
      return goals.remove(code);
    },
    spend: async () => spend.table(),
    saveSpend: async (input) => spend.save(input),
    setMargin: async (percent) => spend.setMargin(percent),
    settings: async () => settings.document(),
    saveSettings: async (input, userId) => settings.save(input, userId),
    previewSettings: settings.preview,
  };
}

interface Reading {
  readonly link: HostLink;
  readonly tokens: Tokens;
  readonly installer: Installer;
  readonly pump: Pump;
  /** For writing: the outbox drains under it, apart from the token's own lock. */
  readonly writeLock: Lock;
  readonly limiter: Limiter;
}

/** Everything between the host and the mirror. */
function makeReading(ports: PortalPorts): Reading {
  const { sql, host, clock, random, log, policy, transport, vault } = ports;
  const newLock = ports.makeLock ?? makeLock;
  const egress = ports.egress;
  const tokens = makeTokens({
    ...{ sql, host, clock, vault, log },
    transport: egress ? behind(egress, transport) : transport,
    lock: ports.makeLock?.() ?? makeTokenLock(sql, clock, random),
  });
  const limiter = makeLimiter(sql, clock, host.limits, policy.speed, () => ratesOf(sql, host));
  limiter.setRate(readPortal(sql)?.api_rate ?? null);
  const budget = makeBudget(sql, clock, host.limits, policy.speed);
  const health = makeLinkHealth({
    ...{ sql, clock, random, limiter, log, speed: policy.speed },
    ...(egress ? { egress } : {}),
  });
  const link = makeLink({
    sql,
    host,
    clock,
    random,
    transport,
    log,
    tokens,
    limiter,
    budget,
    health,
    ...(egress ? { egress } : {}),
  });
  const mirror = makeMirror(sql);
  const sync = makeSync({ sql, host, link, mirror, clock, log, policy });
  const installer = makeInstaller({ ...ports, link, sync });
  const reread = { sql, host, link, mirror, clock, random, log };
  const isStopping = ports.isStopping ?? (() => false);
  const pump = makePump({
    sql,
    host,
    clock,
    random,
    log,
    mirror,
    sync,
    installer,
    reread,
    isStopping,
  });
  return { link, tokens, installer, pump, writeLock: newLock(), limiter };
}

/** Token calls leave from the same address. */
function behind(egress: Egress, transport: Transport): Transport {
  return async (request) => {
    await egress.enter();
    return transport(request);
  };
}

/** The portal's own request rate, as its plan allows. */
function ratesOf(sql: SqlReader, host: Host): HostRates {
  const portal = readPortal(sql);
  return (portal && host.ratesOf?.(readMemo(portal))) || host.limits;
}

/** Addresses in the portal's CRM; empty before the installation. */
function dealUrls(sql: SqlReader, host: Host): (dealId: string) => string {
  return (dealId) => {
    const portal = readPortal(sql);
    return portal ? host.dealUrl({ key: portal.key, endpoint: portal.endpoint }, dealId) : "";
  };
}

function readSummary(sql: SqlReader): PortalSummary | null {
  const portal = readPortal(sql);
  if (!portal) return null;
  return {
    key: portal.key,
    endpoint: portal.endpoint,
    state: portal.state,
    stateReason: portal.state_reason,
    locale: portal.locale,
    timeZone: portal.time_zone,
    currency: portal.currency,
    isFinished: portal.is_finished === 1,
    isPaused: isPausedByOperator(sql),
    isPrepared: portal.prepared_at !== null,
    installerId: portal.installer_id,
    warnings: readWarnings(portal),
  };
}

function repair(sql: Sql, now: number): void {
  sql.transaction(() => {
    hastenScan(sql, "poll", null, now);
    hastenScan(sql, "ids", null, now);
    sql.run("update dirty set next_at = min(next_at, ?), attempts = 0", now);
  });
}
