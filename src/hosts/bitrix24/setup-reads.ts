import type { Command } from "./batch.ts";
import { TAG_FIELD_QUERY } from "./tag-field-setup.ts";

/** What tells which events, places and fields of ours there are; the answers come in this order. */
export const SETUP_READS: readonly Command[] = [
  { method: "events", params: {} },
  { method: "event.get", params: {} },
  { method: "placement.get", params: {} },
  { method: "crm.company.userfield.list", params: TAG_FIELD_QUERY },
  { method: "crm.contact.userfield.list", params: TAG_FIELD_QUERY },
];
