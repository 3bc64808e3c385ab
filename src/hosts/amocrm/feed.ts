import type { Hint } from "../../crm/door.ts";
import type { HostLink, ScanQuery } from "../../crm/host.ts";
import type { Instant } from "../../crm/ports.ts";
import type { MirrorRecord } from "../../crm/records.ts";
import { PAGE_LIMIT, type Params, toSeconds } from "./api.ts";

/** What a row of a list turned out to be. */
export interface Reading {
  readonly id: string;
  /** Empty = not for the mirror: in the recycle bin, or a kind of note or event that we do not keep. */
  readonly records: readonly MirrorRecord[];
  /** Its place in time, for accounts whose lists cannot be filtered. Rows of dictionaries are always current. */
  readonly at: Instant;
  /** Other records that the row says have changed, without showing how. */
  readonly hints?: readonly Hint[];
}

export type Mode = ScanQuery["mode"];

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
  /** Name of the filter by ids of a list. */
  readonly idFilter: string;
  /** Name in the events feed when rows can leave the list while it is read; null = they cannot, or it does not matter. */
  readonly leavingEntity: "lead" | "contact" | "company" | null;
  /** What an id of this list can look like; nothing else is asked for. */
  readonly idPattern: RegExp;
  /** Ids of our records to ids of this list; null = the id belongs to another feed. */
  rawId(recordId: string): string | null;
  /** Record id for a raw one. */
  recordId(rawId: string): string;
  /**
   * What else has to be asked before these rows can be read (prices of goods, whose customer somebody is); the answers
   * come back as the reader of a row. A row that cannot be read is null.
   */
  reader(link: HostLink, rows: readonly unknown[]): Promise<RowReader>;
}

export type RowReader = (row: unknown) => Reading | null;

const NUMBER = /^[1-9]\d{0,15}$/;

type Given = Pick<Feed, "name" | "path" | "collection"> & Partial<Omit<Feed, "reader">>;

/** A feed with what most lists have in common; `read` for rows that say everything themselves. */
export function plainFeed(given: Given, read: RowReader): Feed {
  return joinedFeed(given, async () => read);
}

/** A feed whose rows need others to be understood. */
export function joinedFeed(given: Given, reader: Feed["reader"]): Feed {
  return {
    limit: PAGE_LIMIT,
    isOptional: false,
    isSinglePage: false,
    isNewestFirst: false,
    related: [],
    params: [],
    byId: "list",
    idFilter: "filter[id][]",
    leavingEntity: null,
    idPattern: NUMBER,
    rawId: (id) => id,
    recordId: (id) => id,
    ...given,
    reader,
  };
}

/** Ids of lists whose counters overlap carry a prefix of ours. */
export function prefixedIds(name: (rawId: string) => string): Pick<Feed, "rawId" | "recordId"> {
  const prefix = name("");
  return {
    rawId: (id) => (id.startsWith(prefix) ? id.slice(prefix.length) : null),
    recordId: name,
  };
}

/** Rows of dictionaries have no update times: every mode reads them whole. */
export const ALWAYS = Number.POSITIVE_INFINITY;

/**
 * The order is by id also for changes. By update time a row that is touched while we page leaves its place, everything
 * behind it moves up, and one row falls through each page edge; by id rows only join the window, which costs doubles.
 * Without filters the newest changes come first, where a touched row moves to the front: doubles again, no gaps.
 */
export function updatedWindow(mode: Mode, canFilter: boolean): Params {
  if (mode.kind !== "since") return [["order[id]", "asc"]];
  if (!canFilter) return [["order[updated_at]", "desc"]];
  return [
    ["filter[updated_at][from]", toSeconds(mode.at)],
    ["order[id]", "asc"],
  ];
}

/** Does the list come newest first? Only where the account has no filters and changes are wanted. */
export function isUnfilteredPoll(mode: Mode, canFilter: boolean): boolean {
  return mode.kind === "since" && !canFilter;
}
