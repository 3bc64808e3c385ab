import { z } from "zod";
import { buildBase, buyersOf, historyAt } from "../analytics/base.ts";
import { evaluateRule, makeRuleCounter } from "../analytics/segments/rule-evaluate.ts";
import type { RuleFacts } from "../analytics/segments/rule-facts.ts";
import { templateOf } from "../analytics/segments/template.ts";
import { tierOf, valueOfClient } from "../analytics/segments/value-tiers.ts";
import type { ClientHistory, Insight } from "../analytics/types.ts";
import { AppError } from "../crm/error.ts";
import type { Host } from "../crm/host.ts";
import type { Clock } from "../crm/ports.ts";
import type { RuleClients } from "../crm/saved-rules.ts";
import {
  DAY_FACTS,
  LABEL_FACTS,
  NUMBER_FACTS,
  type RfmThresholds,
  type SegmentRule,
  WINDOW_FACTS,
} from "../crm/segment-rule.ts";
import type {
  RfmComparison,
  SegmentationDocument,
  SegmentPreview,
  SegmentsDocument,
} from "../crm/segmentation.ts";
import { parseClientKey } from "./action-store.ts";
import { loadPurchaseLog } from "./base-facts.ts";
import { parseInsight, STORED_INSIGHT, type StoredInsight } from "./insight-data.ts";
import { loadHistories } from "./insight-facts.ts";
import { readPortal } from "./portal-row.ts";
import { groupsOf, namesIn } from "./product-facts.ts";
import { countSegmentation } from "./segmentation.ts";
import { latestSnapshot } from "./snapshot-store.ts";
import type { SqlReader } from "./sql.ts";
import { makeZone } from "./zone.ts";

export interface SegmentsPorts {
  readonly sql: SqlReader;
  readonly host: Pick<Host, "clientUrl">;
  readonly clock: Pick<Clock, "now" | "turn">;
  /** The segments of the overview, counted at most once a change. */
  readonly document: () => SegmentationDocument | null;
}

export interface Segments {
  segments(): SegmentsDocument;
  /** Counts a rule over what is stored; saves nothing. */
  preview(rule: SegmentRule): Promise<SegmentPreview>;
  /** The next clients of a rule after a key, at most a page. */
  clients(rule: SegmentRule, after: string | null): Promise<RuleClients>;
  /** The limits in use beside those that are asked about; null before the first snapshot. */
  compareRfm(thresholds: RfmThresholds): RfmComparison | null;
}

/** Clients a page: others get their turn in between, so that a large base stops nobody. */
const PAGE_CLIENTS = 1_000;
const SAMPLE_CLIENTS = 20;
const NAMES_SHOWN = 200;
/** Rows of a list that a person reads; as many names as are shown at once. */
const LISTED_CLIENTS = 50;

export function makeSegments({ sql, host, clock, document }: SegmentsPorts): Segments {
  return {
    segments: () => ({
      segmentation: document(),
      facts: {
        numbers: [...NUMBER_FACTS],
        labels: [...LABEL_FACTS],
        days: [...DAY_FACTS],
        windows: [...WINDOW_FACTS],
        lists: ["tag", "boughtGroup"],
      },
      names: { source: listOf(sql, "source"), boughtGroup: listOf(sql, "productGroup") },
    }),
    async preview(rule) {
      const portal = readPortal(sql);
      if (!portal) throw new AppError("portal.unknown");
      const today = makeZone(portal.time_zone).dayOf(clock.now());
      const limits = document();
      const counter = makeRuleCounter(rule.when);
      const sample: string[] = [];
      for (let after = ""; ; ) {
        const page = readPage(sql, after, today, limits);
        if (page === null) break;
        for (const facts of page.facts) {
          const isIn = counter.add(facts);
          if (isIn && sample.length < SAMPLE_CLIENTS) sample.push(facts.insight.id);
        }
        after = page.last;
        await clock.turn();
      }
      return {
        asOf: new Date(Math.round(clock.now())).toISOString(),
        code: rule.code,
        rule,
        count: counter.result(),
        sample: sample.map((key) => {
          const client = parseClientKey(key);
          return { ...client, url: host.clientUrl(portal, client) };
        }),
      };
    },
    async clients(rule, after) {
      const portal = readPortal(sql);
      if (!portal) throw new AppError("portal.unknown");
      const today = makeZone(portal.time_zone).dayOf(clock.now());
      const limits = document();
      const clients: RuleClients["clients"] = [];
      for (let last = after ?? ""; ; ) {
        const page = readPage(sql, last, today, limits);
        if (page === null) return { clients, next: null };
        for (const facts of page.facts) {
          if (evaluateRule(rule.when, facts) !== true) continue;
          // One more than a page proves that there is a next one.
          const shown = clients.at(-1);
          if (clients.length === LISTED_CLIENTS && shown) {
            return { clients, next: `${shown.kind}:${shown.id}` };
          }
          const client = parseClientKey(facts.insight.id);
          clients.push({ ...client, url: host.clientUrl(portal, client), ...listed(facts) });
        }
        last = page.last;
        await clock.turn();
      }
    },
    compareRfm(thresholds) {
      const portal = readPortal(sql);
      if (!portal) throw new AppError("portal.unknown");
      const snapshot = latestSnapshot(sql);
      if (!snapshot) return null;
      const zone = makeZone(portal.time_zone);
      const today = zone.dayOf(clock.now());
      const log = loadPurchaseLog(sql);
      const base = buildBase(log, today);
      const histories = Array.from(buyersOf(base), (client) => historyAt(base, client));
      const counted = { log, histories, today, zone, snapshot };
      return countSegmentation(sql, counted, { method: "thresholds", ...thresholds }).rfm;
    },
  };
}

function listOf(sql: SqlReader, dictionary: "source" | "productGroup") {
  return Array.from(namesIn(sql, dictionary), ([id, name]) => ({ id, name })).slice(0, NAMES_SHOWN);
}

function listed({ insight, history, asOf }: RuleFacts) {
  return {
    segment: insight.segment,
    purchases: history?.purchases ?? 0,
    totalMinor: history?.totalMinor ?? 0,
    daysSinceLast: Math.max(0, asOf - (history?.days.at(-1) ?? asOf)),
  };
}

interface Page {
  readonly facts: readonly RuleFacts[];
  readonly last: string;
}

/** The next clients after a key with everything stored of them; null at the end. Damaged rows are passed over. */
function readPage(
  sql: SqlReader,
  after: string,
  today: number,
  limits: SegmentationDocument | null,
): Page | null {
  const rows = sql.all<StoredInsight>(
    `select ${STORED_INSIGHT} from insight where client_key > ? order by client_key limit ?`,
    after,
    PAGE_CLIENTS,
  );
  const last = rows[rows.length - 1]?.client_key;
  if (last === undefined) return null;
  const keys = rows.map(({ client_key }) => client_key);
  const histories = new Map(loadHistories(sql, keys, today).map((one) => [one.id, one]));
  const tags = tagsOf(sql, keys);
  const sources = sourcesOf(sql, keys);
  const groups = groupsOf(sql, keys);
  return {
    last,
    facts: rows.flatMap((row) => {
      const { client_key } = row;
      const insight = parseInsight(row);
      const history = histories.get(client_key) ?? null;
      if (insight === null) return [];
      return [
        {
          insight,
          history,
          asOf: today,
          ...namesOf(insight, history, today, limits),
          source: sources.get(client_key) ?? null,
          tags: tags.get(client_key) ?? null,
          groups: groups && (groups.get(client_key) ?? []),
        },
      ];
    }),
  };
}

/** Names that follow from limits of the whole base. */
function namesOf(
  insight: Insight,
  history: ClientHistory | null,
  today: number,
  limits: SegmentationDocument | null,
): Pick<RuleFacts, "template" | "valueTier"> {
  if (history === null || limits === null || history.days.length === 0) {
    return { template: null, valueTier: null };
  }
  const { template, valueTiers } = limits;
  const expectedMinor = insight.forecast?.ltv?.minor ?? null;
  const value = valueOfClient({ history, expectedMinor }, valueTiers.basis, today);
  return {
    template: templateOf(history, today, template.limits),
    valueTier: tierOf(history, value, today, valueTiers.limits),
  };
}

const tagList = z.array(z.string());

function tagsOf(sql: SqlReader, keys: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const rows = sql.all<{ key: string; our_tags: string }>(
    "select key, our_tags from client where key in (select value from json_each(?))",
    JSON.stringify(keys),
  );
  return new Map(rows.map((row) => [row.key, tagList.parse(JSON.parse(row.our_tags))]));
}

/** Source of the first purchase that names one, else of the client's card. */
function sourcesOf(sql: SqlReader, keys: readonly string[]): ReadonlyMap<string, string> {
  const list = JSON.stringify(keys);
  const cards = sql.all<{ key: string; source: string }>(
    `select key, source_id as source from client
     where source_id is not null and key in (select value from json_each(?))`,
    list,
  );
  const deals = sql.all<{ key: string; source: string }>(
    `select p.client_key as key, d.source_id as source from purchase p join deal d on d.id = p.deal_id
     where d.source_id is not null and p.client_key in (select value from json_each(?))
     order by p.at desc`,
    list,
  );
  return new Map([...cards, ...deals].map(({ key, source }) => [key, source]));
}
