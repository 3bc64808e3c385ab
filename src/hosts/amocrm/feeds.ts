import type { HostLink, ScanQuery } from "../../crm/host.ts";
import type { Instant } from "../../crm/ports.ts";
import type { MirrorRecord, ScanEntity } from "../../crm/records.ts";
import { EVENTS_LIMIT, PAGE_LIMIT, type Params, toSeconds } from "./api.ts";
import {
  CONTACT_NOTES,
  type NoteParent,
  noteId,
  taskId,
  toClient,
  toDeal,
  toNoteActivity,
  toPipeline,
  toStageEntry,
  toTaskActivity,
  toUser,
} from "./mapping.ts";
import {
  clientRow,
  leadRow,
  noteRow,
  pipelineRow,
  stageEventRow,
  taskRow,
  userRow,
} from "./schema.ts";

/** What a row of a list turned out to be. */
export interface Reading {
  readonly id: string;
  /** null = not for the mirror: in the recycle bin, or a kind of note or event that we do not keep. */
  readonly record: MirrorRecord | null;
  /** Its place in time, for accounts whose lists cannot be filtered. Rows of dictionaries are always current. */
  readonly at: Instant;
}

type Mode = ScanQuery["mode"];

/** One list of the API that a scan reads to its end. An entity is one feed or several, read one after the other. */
export interface Feed {
  /** For the log and the API-use counter. */
  readonly name: string;
  readonly path: string;
  readonly collection: string;
  readonly limit: number;
  /**
   * Not every plan and not every right includes this list, and figures are possible without it: a refusal ends it like
   * an empty one.
   */
  readonly isOptional: boolean;
  /** The whole list is one answer without pages. */
  readonly isSinglePage: boolean;
  /** Rows come newest first: reading may stop at the first one that is too old. */
  readonly isNewestFirst: boolean;
  /** Related ids to be sent along. */
  readonly related: Params;
  /** Filter and order of the scan. */
  readonly params: Params;
  /** How rows are asked for by id: `filter[id][]`, one comma list, or not at all (the whole list is short). */
  readonly byId: "list" | "commas" | "whole";
  /** Name in the events feed when rows can leave the list while it is read; null = they cannot, or it does not matter. */
  readonly leavingEntity: "lead" | "contact" | "company" | null;
  /** What an id of this list can look like; nothing else is asked for. */
  readonly idPattern: RegExp;
  /** Ids of our records to ids of this list; null = the id belongs to another feed. */
  rawId(recordId: string): string | null;
  /** Record id for a raw one. */
  recordId(rawId: string): string;
  /** null = the row cannot be read. */
  read(row: unknown): Reading | null;
}

/** How deep lists are filtered: by the host, or by us when the account has no filters. */
export function feedsOf(entity: ScanEntity, mode: Mode, link: HostLink): readonly Feed[] {
  const canFilter = link.memo.filters !== "off";
  switch (entity) {
    case "deal":
      return [dealFeed(mode, link.currency, canFilter)];
    case "contact":
    case "company":
      return [clientFeed(entity, mode, canFilter)];
    case "pipeline":
      return [pipelineFeed()];
    case "user":
      return [userFeed()];
    case "stageEntry":
      return [stageFeed(mode, canFilter)];
    case "activity":
      return [
        noteFeed("lead", mode, canFilter),
        noteFeed("contact", mode, canFilter),
        noteFeed("company", mode, canFilter),
        taskFeed(mode, canFilter),
      ];
    case "payment":
    case "lead":
    case "dealProducts":
    case "label":
    case "rate":
      return [];
  }
}

const NUMBER = /^[1-9]\d{0,15}$/;
const plainIds = { idPattern: NUMBER, rawId: (id: string) => id, recordId: (id: string) => id };

/**
 * The order is by id also for changes. By update time a row that is touched while we page leaves its place, everything
 * behind it moves up, and one row falls through each page edge; by id rows only join the window, which costs doubles.
 * Without filters the newest changes come first, where a touched row moves to the front: doubles again, no gaps.
 */
function updatedWindow(mode: Mode, canFilter: boolean): Params {
  if (mode.kind !== "since") return [["order[id]", "asc"]];
  if (!canFilter) return [["order[updated_at]", "desc"]];
  return [
    ["filter[updated_at][from]", toSeconds(mode.at)],
    ["order[id]", "asc"],
  ];
}

function dealFeed(mode: Mode, currency: string, canFilter: boolean): Feed {
  return {
    ...plainIds,
    leavingEntity: "lead",
    name: "leads.list",
    path: "leads",
    collection: "leads",
    isOptional: false,
    limit: PAGE_LIMIT,
    isSinglePage: false,
    isNewestFirst: mode.kind === "since" && !canFilter,
    related: mode.kind === "ids" ? [] : [["with", "contacts,loss_reason,source_id"]],
    params: updatedWindow(mode, canFilter),
    byId: "list",
    read(raw) {
      const { data } = leadRow.safeParse(raw);
      if (!data) return null;
      const record = data.is_deleted ? null : toDeal(data, currency);
      return { id: data.id, record, at: data.updated_at };
    },
  };
}

function clientFeed(kind: "contact" | "company", mode: Mode, canFilter: boolean): Feed {
  const path = kind === "contact" ? "contacts" : "companies";
  return {
    ...plainIds,
    leavingEntity: kind,
    name: `${path}.list`,
    path,
    collection: path,
    isOptional: false,
    limit: PAGE_LIMIT,
    isSinglePage: false,
    isNewestFirst: mode.kind === "since" && !canFilter,
    related: [],
    params: updatedWindow(mode, canFilter),
    byId: "list",
    read(raw) {
      const { data } = clientRow.safeParse(raw);
      if (!data) return null;
      const record = data.is_deleted ? null : toClient(data, kind);
      return { id: data.id, record, at: data.updated_at };
    },
  };
}

const ALWAYS = Number.POSITIVE_INFINITY;

/** Dictionaries have no update times: every mode reads them whole. */
function pipelineFeed(): Feed {
  return {
    ...plainIds,
    leavingEntity: null,
    name: "pipelines.list",
    path: "leads/pipelines",
    collection: "pipelines",
    isOptional: false,
    limit: PAGE_LIMIT,
    isSinglePage: true,
    isNewestFirst: false,
    related: [],
    params: [],
    byId: "whole",
    read(raw) {
      const { data } = pipelineRow.safeParse(raw);
      return data ? { id: data.id, record: toPipeline(data), at: ALWAYS } : null;
    },
  };
}

function userFeed(): Feed {
  return {
    ...plainIds,
    leavingEntity: null,
    name: "users.list",
    path: "users",
    collection: "users",
    isOptional: true,
    limit: PAGE_LIMIT,
    isSinglePage: false,
    isNewestFirst: false,
    related: [],
    params: [],
    byId: "whole",
    read(raw) {
      const { data } = userRow.safeParse(raw);
      return data ? { id: data.id, record: toUser(data), at: ALWAYS } : null;
    },
  };
}

/** The feed has no order: newest first. New events push older ones to later pages, which costs doubles, never gaps. */
function stageFeed(mode: Mode, canFilter: boolean): Feed {
  const from: Params =
    mode.kind === "since" && canFilter ? [["filter[created_at][from]", toSeconds(mode.at)]] : [];
  return {
    ...plainIds,
    idPattern: /^[A-Za-z0-9_-]{1,64}$/,
    leavingEntity: null,
    name: "events.list",
    path: "events",
    collection: "events",
    isOptional: true,
    limit: EVENTS_LIMIT,
    isSinglePage: false,
    isNewestFirst: true,
    related: [],
    params: [["filter[type]", "lead_status_changed"], ...from],
    byId: "commas",
    read(raw) {
      const { data } = stageEventRow.safeParse(raw);
      return data ? { id: data.id, record: toStageEntry(data), at: data.created_at } : null;
    },
  };
}

const NOTE_PATHS = { lead: "leads", contact: "contacts", company: "companies" } as const;

function noteFeed(parent: NoteParent, mode: Mode, canFilter: boolean): Feed {
  const types = Object.keys(CONTACT_NOTES);
  return {
    idPattern: NUMBER,
    rawId: (id) => afterPrefix(id, noteId(parent, "")),
    recordId: (id) => noteId(parent, id),
    leavingEntity: null,
    name: `${NOTE_PATHS[parent]}.notes.list`,
    path: `${NOTE_PATHS[parent]}/notes`,
    collection: "notes",
    isOptional: true,
    limit: PAGE_LIMIT,
    isSinglePage: false,
    isNewestFirst: mode.kind === "since" && !canFilter,
    related: [],
    byId: "list",
    params: [
      ...(canFilter ? types.map((type) => ["filter[note_type][]", type] as const) : []),
      ...updatedWindow(mode, canFilter),
    ],
    read(raw) {
      const { data } = noteRow.safeParse(raw);
      if (!data) return null;
      const record = toNoteActivity(data, parent);
      return { id: noteId(parent, data.id), record, at: data.updated_at };
    },
  };
}

/** Tasks cannot be ordered by update time: without filters a poll reads them all. */
function taskFeed(mode: Mode, canFilter: boolean): Feed {
  return {
    idPattern: NUMBER,
    rawId: (id) => afterPrefix(id, taskId("")),
    recordId: taskId,
    leavingEntity: null,
    name: "tasks.list",
    path: "tasks",
    collection: "tasks",
    isOptional: true,
    limit: PAGE_LIMIT,
    isSinglePage: false,
    isNewestFirst: false,
    related: [],
    params: canFilter ? updatedWindow(mode, true) : [["order[id]", "asc"]],
    byId: "list",
    read(raw) {
      const { data } = taskRow.safeParse(raw);
      if (!data) return null;
      return { id: taskId(data.id), record: toTaskActivity(data), at: data.updated_at };
    },
  };
}

function afterPrefix(text: string, prefix: string): string | null {
  return text.startsWith(prefix) ? text.slice(prefix.length) : null;
}
