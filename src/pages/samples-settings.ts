import type { ApiUse } from "../crm/api-use.ts";
import type { RuleClients, SavedRules } from "../crm/saved-rules.ts";
import type { SettingsDocument, SettingsDraft, SettingsPreview } from "../crm/settings.ts";
import type { RunList, WritingDocument } from "../crm/writing.ts";

/** Settings of an invented portal, as the API tells them. */

const INITIAL: SettingsDraft = {
  moneySource: "deals",
  pipelines: null,
  clientRule: "company_first",
  countsZeroSums: true,
  rates: [],
};
const HOLDS: SettingsDraft = {
  ...INITIAL,
  pipelines: ["1", "2"],
  rates: [{ currency: "USD", perUnit: 92.5 }],
};

const SETTINGS: SettingsDocument = {
  version: 2,
  ...HOLDS,
  currency: "RUB",
  timeZone: "Europe/Moscow",
  options: {
    moneySources: ["deals", "invoice", "payment"],
    pipelines: [
      { id: "1", name: "Продажи" },
      { id: "2", name: "Повторные заказы" },
      { id: "3", name: "Подбор сотрудников" },
    ],
    currencies: [
      { currency: "CNY", perUnit: 12.6 },
      { currency: "USD", perUnit: null },
    ],
  },
  initial: INITIAL,
  isCounting: false,
  history: [
    { version: 2, at: "2026-11-20T08:12:00Z", by: "1", changed: ["rates"], choices: HOLDS },
    {
      version: 1,
      at: "2026-11-18T14:03:00Z",
      by: "7",
      changed: ["pipelines"],
      choices: { ...HOLDS, rates: [] },
    },
  ],
};

const PREVIEW: SettingsPreview = {
  currency: "RUB",
  before: { clients: 1_240, purchases: 6_112, revenueMinor: 18_450_000_000, missingRates: [] },
  after: {
    clients: 1_198,
    purchases: 5_870,
    revenueMinor: 17_900_500_000,
    missingRates: [{ currency: "USD", count: 12, amountMinor: 1_840_000 }],
  },
};

const WRITING: WritingDocument = {
  choice: {
    task: "call",
    note: true,
    fields: true,
    flag: false,
    notice: false,
    automation: false,
    automationTarget: null,
  },
  offered: ["mark", "task", "note", "fields", "notice", "automation"],
  needsTarget: true,
};

const NOTHING_UNDONE = { planned: 0, waiting: 0, removed: 0, kept: 0, gone: 0, failed: 0 };

const RUNS: RunList = {
  runs: [
    {
      runId: "run-2",
      playbook: "at_risk",
      approvedAt: "2026-11-21T09:30:00Z",
      approvedBy: "1",
      written: [
        { kind: "mark", count: 38 },
        { kind: "task", count: 24 },
        { kind: "notice", count: 24 },
      ],
      waiting: 14,
      failed: 1,
      undoable: [
        { kind: "mark", count: 38 },
        { kind: "task", count: 24 },
      ],
      lasting: [{ kind: "notice", count: 24 }],
      undo: NOTHING_UNDONE,
    },
    {
      runId: "run-1",
      playbook: "at_risk",
      approvedAt: "2026-11-10T11:05:00Z",
      approvedBy: "7",
      written: [{ kind: "mark", count: 12 }],
      waiting: 0,
      failed: 0,
      undoable: [],
      lasting: [],
      undo: { ...NOTHING_UNDONE, planned: 12, removed: 10, kept: 2 },
    },
  ],
};

const USE: ApiUse = { days: [], rate: { host: 7, allowed: 5, now: 5 }, pause: null };

const RULES: SavedRules = {
  rules: [
    {
      name: "Купили кофе и молчат",
      rule: {
        code: "coffee",
        when: {
          all: [
            { fact: "boughtGroup", in: ["12"], withinDays: 90 },
            { fact: "daysSinceLast", over: 30 },
          ],
        },
      },
    },
  ],
};

const PREVIEWED = {
  count: {
    base: 1_240,
    matched: 46,
    notMatched: 1_180,
    unknown: 14,
    share: 46 / 1_240,
    moneyMinor: 1_240_000_000,
    warnings: [],
  },
};

const NAMES = {
  source: [
    { id: "WEB", name: "Сайт" },
    { id: "7", name: "Рекомендация" },
  ],
  boughtGroup: [{ id: "12", name: "Кофе" }],
};

const LISTED: RuleClients = {
  clients: [412, 97, 1_204].map((id, at) => ({
    kind: at === 1 ? "contact" : "company",
    id: String(id),
    url: `https://crm.example.com/crm/company/details/${id}/`,
    segment: "at_risk",
    purchases: 14 - at,
    totalMinor: 41_200_000 - at * 9_000_000,
    daysSinceLast: 71 + at * 8,
  })),
  next: "contact:1204",
};

/** What the API answers by path. */
export const SAMPLE_SETTINGS_ANSWERS: Readonly<Record<string, unknown>> = {
  "/api/settings": SETTINGS,
  "/api/settings/preview": PREVIEW,
  "/api/writing": WRITING,
  "/api/runs": RUNS,
  "/api/usage": USE,
  "/api/segments": { names: NAMES },
  "/api/segments/rules": RULES,
  "/api/segments/preview": PREVIEWED,
  "/api/segments/clients": LISTED,
};
