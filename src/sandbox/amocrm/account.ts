import type { Random } from "../../crm/ports.ts";
import type { FaultRule, JournalEntry } from "../contract.ts";
import { seedFields, seedPipelines } from "./dictionaries.ts";
import {
  CARD_TYPES,
  type Card,
  type CardType,
  type CatalogElement,
  type Client,
  type EventRow,
  type EventValue,
  type Field,
  type FieldGroup,
  type Lead,
  type NamedRow,
  type Note,
  type Pipeline,
  type Status,
  type Tag,
  type Task,
  type User,
  type Webhook,
} from "./model.ts";
import type { PipelineStep } from "./pipeline-steps.ts";
import { Table } from "./table.ts";
import { type CustomersMode, Trade } from "./trade.ts";

interface AccountSetup {
  readonly id: number;
  readonly subdomain: string;
  readonly name: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly createdAt: number;
  readonly users: readonly User[];
  readonly isFilterEnabled: boolean;
  readonly uuid: string;
  readonly customersMode: CustomersMode;
}

/** One CRM account: rows, dictionaries and what watches them. Ids overlap between kinds and accounts, as in real life. */
export class Account {
  readonly id: number;
  readonly uuid: string;
  readonly name: string;
  readonly createdAt: number;
  readonly timeZone: string;
  readonly users: User[];
  subdomain: string;
  currency: string;
  isFilterEnabled: boolean;
  /** Unpaid: every call answers 402. */
  isUnpaid = false;
  readonly leads: Table<Lead>;
  readonly contacts: Table<Client>;
  readonly companies: Table<Client>;
  readonly tasks = new Table<Task>({ isListed: () => true, isInBin: () => false });
  readonly notes: Readonly<Record<CardType, Table<Note>>> = {
    leads: new Table<Note>({ isListed: () => true, isInBin: () => false }),
    contacts: new Table<Note>({ isListed: () => true, isInBin: () => false }),
    companies: new Table<Note>({ isListed: () => true, isInBin: () => false }),
  };
  readonly events = new Table<EventRow>({ isListed: () => true, isInBin: () => false });
  readonly fields: Field[];
  readonly groups: FieldGroup[] = [];
  readonly tags: Readonly<Record<CardType, Map<number, Tag>>> = {
    leads: new Map(),
    contacts: new Map(),
    companies: new Map(),
  };
  readonly pipelines: readonly Pipeline[];
  readonly lossReasons: readonly NamedRow[];
  readonly sources: readonly NamedRow[];
  readonly catalogId: number;
  readonly elements: readonly CatalogElement[];
  readonly trade: Trade;
  readonly webhooks: Webhook[] = [];
  readonly pipelineSteps: PipelineStep[] = [];
  readonly botRuns: unknown[] = [];
  /** Leads and contacts that point to a card. */
  readonly leadsByContact = new Map<number, Set<number>>();
  readonly leadsByCompany = new Map<number, Set<number>>();
  readonly contactsByCompany = new Map<number, Set<number>>();
  readonly tasksByCard = new Map<string, Set<number>>();
  readonly journal: JournalEntry[] = [];
  readonly faults: { rule: FaultRule; seen: number }[] = [];
  readonly #next = new Map<string, number>();

  constructor(setup: AccountSetup) {
    this.id = setup.id;
    this.uuid = setup.uuid;
    this.name = setup.name;
    this.subdomain = setup.subdomain;
    this.currency = setup.currency;
    this.timeZone = setup.timeZone;
    this.createdAt = setup.createdAt;
    this.isFilterEnabled = setup.isFilterEnabled;
    this.users = [...setup.users];
    const take = (kind: string) => this.nextId(kind);
    const made = seedPipelines(take);
    this.pipelines = made.pipelines;
    this.lossReasons = made.lossReasons;
    this.sources = made.sources;
    this.catalogId = made.catalogId;
    this.elements = made.elements;
    this.trade = new Trade(setup.customersMode, take("catalogs"));
    this.fields = seedFields(take);
    this.leads = new Table<Lead>({
      isListed: (row) => !row.is_deleted && !this.isUnsorted(row),
      isInBin: (row) => row.is_deleted && !row.isGone,
    });
    const rules = {
      isListed: (row: Client) => !row.is_deleted,
      isInBin: (row: Client) => row.is_deleted && !row.isGone,
    };
    this.contacts = new Table<Client>(rules);
    this.companies = new Table<Client>(rules);
  }

  nextId(kind: string): number {
    const series = kind === "companies" ? "contacts" : kind;
    const id = this.#next.get(series) ?? 1_000_001;
    this.#next.set(series, id + 2);
    return id;
  }

  card(type: CardType, id: number): Card | undefined {
    return this.table(type).listed(id);
  }

  table(type: CardType): Table<Lead> | Table<Client> {
    if (type === "leads") return this.leads;
    return type === "contacts" ? this.contacts : this.companies;
  }

  changeCard(card: Card, mutate: (card: Card) => void): void {
    if (card.type === "leads") this.leads.change(card, mutate);
    else this.clients(card.type).change(card, mutate);
  }

  clients(type: "contacts" | "companies"): Table<Client> {
    return type === "contacts" ? this.contacts : this.companies;
  }

  user(id: number): User | undefined {
    return this.users.find((user) => user.id === id);
  }

  pipeline(id: number): Pipeline | undefined {
    return this.pipelines.find((pipeline) => pipeline.id === id);
  }

  status(pipelineId: number, statusId: number): Status | undefined {
    return this.pipeline(pipelineId)?.statuses.find((status) => status.id === statusId);
  }

  /** First usual status of a pipeline: where new leads start. */
  firstStatus(pipeline: Pipeline): number {
    return pipeline.statuses.find((status) => status.type === 0)?.id ?? 0;
  }

  isUnsorted(lead: Lead): boolean {
    return this.status(lead.pipeline_id, lead.status_id)?.type === 1;
  }

  fieldsOf(type: CardType): Field[] {
    return this.fields.filter((field) => field.entityType === type);
  }

  tagId(type: CardType, name: string): number {
    const known = this.tagNamed(type, name);
    if (known !== undefined) return known.id;
    const tag: Tag = { id: this.nextId("tags"), name, color: null };
    this.tags[type].set(tag.id, tag);
    return tag.id;
  }

  tagNamed(type: CardType, name: string): Tag | undefined {
    for (const tag of this.tags[type].values()) if (tag.name === name) return tag;
    return undefined;
  }

  record(
    type: string,
    entity: { readonly type: string; readonly id: number },
    by: number,
    at: number,
    before: readonly EventValue[] = [],
    after: readonly EventValue[] = [],
  ): void {
    this.events.insert(this.event(type, entity, by, at, before, after));
  }

  event(
    type: string,
    entity: { readonly type: string; readonly id: number },
    by: number,
    at: number,
    before: readonly EventValue[] = [],
    after: readonly EventValue[] = [],
  ): EventRow {
    return {
      id: this.nextId("events"),
      type,
      entity_id: entity.id,
      entity_type: entity.type,
      created_by: by,
      created_at: at,
      updated_at: at,
      value_before: before,
      value_after: after,
    };
  }

  note(entry: Omit<JournalEntry, "portal">): void {
    this.journal.push({ ...entry, portal: String(this.id) });
  }

  /** Cards that a lead or client is linked to, and the other way round. */
  index(map: Map<number, Set<number>>, key: number, value: number): void {
    const set = map.get(key);
    if (set === undefined) map.set(key, new Set([value]));
    else set.add(value);
  }
}

export function uuidFrom(random: Random): string {
  const hex = [...random.bytes(16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export function isCardType(text: string): text is CardType {
  return CARD_TYPES.some((type) => type === text);
}
