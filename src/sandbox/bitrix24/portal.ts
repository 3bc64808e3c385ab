import { COMPANY, CONTACT, DEAL, INVOICE, LEAD } from "./fields.ts";
import { leakyBucket, operatingMeter } from "./limits.ts";
import { hex, type Portal, type PortalUser, type World } from "./model.ts";
import type { Item } from "./rows.ts";
import { makeStages } from "./stages.ts";
import { Table } from "./table.ts";

/** A person of a new portal; everything but the place in the list has a default. */
export interface UserInput {
  readonly name?: string;
  readonly lastName?: string;
  readonly isAdmin?: boolean;
  readonly isActive?: boolean;
  /** `own`: reads only records that the user is responsible for. Default: everything. */
  readonly sees?: "all" | "own";
}

export interface PortalInput {
  readonly name: string;
  /** Minutes east of UTC; default 180. */
  readonly timeZoneOffset?: number;
  /** Number of people (the first is the administrator) or the people. Default 3. */
  readonly users?: number | readonly UserInput[];
  /** `ru_pro100`; a family `ent` has the wider request limit. */
  readonly licence?: string;
  /** Base currency; default RUB. */
  readonly currency?: string;
  /** ISO text in filters matches nothing, only `YYYY-MM-DD HH:MM:SS` works. */
  readonly isPlainDatesOnly?: boolean;
  readonly hasOldPages?: boolean;
  readonly keepsApplicationToken?: boolean;
  /** Which OAuth server the portal's region uses. Default the first. */
  readonly oauthServer?: "first" | "second";
  /** false: the simple mode, without leads. Default true. */
  readonly hasLeads?: boolean;
  /** false: invoices are not served. Default true. */
  readonly hasInvoices?: boolean;
  /** true: `EVENT_DATA` of offline events is `false`, as in the vendor's sample. */
  readonly hasBareQueue?: boolean;
  /** What the plan offers; default everything. */
  readonly features?: readonly string[];
}

const FEATURES = ["rest_offline_extended", "rest_auth_connector"];

const NAMES = ["Анна", "Борис", "Вера", "Глеб", "Дина", "Егор", "Жанна", "Захар"];
const LAST_NAMES = ["Орлова", "Соколов", "Лебедева", "Воронов", "Галкина", "Грачёв", "Уткина"];

function makeUsers(input: PortalInput["users"]): PortalUser[] {
  const given: readonly UserInput[] =
    typeof input === "object" ? input : Array.from({ length: input ?? 3 }, () => ({}));
  const people = given.map(
    (one, index): PortalUser => ({
      // Ids have gaps, as people come and go.
      id: index === 0 ? 1 : 1 + index * 6,
      name: one.name ?? NAMES[index % NAMES.length] ?? "",
      lastName: one.lastName ?? LAST_NAMES[index % LAST_NAMES.length] ?? "",
      isAdmin: one.isAdmin ?? index === 0,
      isActive: one.isActive ?? true,
      isSystem: false,
      sees: one.sees ?? "all",
    }),
  );
  const robot: PortalUser = {
    id: 9001,
    name: "rest_system",
    lastName: "",
    isAdmin: false,
    isActive: true,
    isSystem: true,
    sees: "all",
  };
  return [...people, robot];
}

/** An empty portal: two pipelines, dictionaries, people, own id ranges. */
export function makePortal(world: World, input: PortalInput): Portal {
  const { settings, random } = world;
  const offset = (range: number): number => Math.floor(random.next() * range);
  const secondCategoryId = 3 + offset(20);
  const licence = input.licence ?? "ru_pro100";
  const plan = licence.includes("ent") ? { drain: 5, size: 250 } : { drain: 2, size: 50 };
  const invoiceCategoryId = secondCategoryId + 2;
  const types = [LEAD, DEAL, CONTACT, COMPANY, ...(input.hasInvoices === false ? [] : [INVOICE])];
  return {
    name: input.name,
    origin: settings.portalOrigin(input.name),
    memberId: hex(world, 16),
    oldHosts: new Set(),
    offsetMinutes: input.timeZoneOffset ?? 180,
    licence,
    isPlainDatesOnly: input.isPlainDatesOnly ?? false,
    hasOldPages: input.hasOldPages ?? false,
    keepsApplicationToken: input.keepsApplicationToken ?? false,
    oauthOrigin:
      input.oauthServer === "second"
        ? (settings.secondOauthOrigin ?? settings.oauthOrigin)
        : settings.oauthOrigin,
    users: makeUsers(input.users),
    installs: new Map(),
    currency: input.currency ?? "RUB",
    items: new Map(types.map((type) => [type, new Table<Item>()])),
    bin: new Map(),
    history: new Table(),
    activities: new Table(),
    categories: [
      { id: 0, name: "General", sort: 100 },
      { id: secondCategoryId, name: "Wholesale", sort: 200 },
    ],
    invoiceCategoryId,
    stages: makeStages(secondCategoryId, invoiceCategoryId, 101),
    userFields: new Table(),
    tasks: new Table(),
    productRows: new Table(),
    payments: new Table(),
    rates: new Map(),
    hasLeads: input.hasLeads ?? true,
    hasBareQueue: input.hasBareQueue ?? false,
    features: new Set(input.features ?? FEATURES),
    notes: new Table(),
    notifications: [],
    robotRuns: [],
    triggerRuns: [],
    offline: [],
    counters: new Map([
      ["enumOption", 40 + offset(400)],
      ["userField", 200 + offset(500)],
      ["task", 3000 + offset(500)],
      ...types.map((type): [string, number] => [`item:${type}`, 10 + offset(300)]),
    ]),
    faults: [],
    trouble: null,
    journal: [],
    bucket: leakyBucket(plan, settings.speed),
    operating: operatingMeter(settings.operatingLimitSeconds, settings.speed),
    hooks: { inFlight: new Set(), held: [], waiting: new Set(), isWatching: false },
    block: "none",
    payment: { isExpired: false, days: null },
  };
}
