import { AppError } from "../../crm/error.ts";
import type { ClientMark, HostLink, MarkResult } from "../../crm/host.ts";
import type { ClientRef } from "../../crm/records.ts";
import { readOne, writeRequest } from "./api.ts";
import { clientRow, TAG_PREFIX } from "./schema.ts";

/**
 * Makes the client carry exactly these of our tags. Only differences are sent, by name, so that tags of people and of
 * other integrations cannot be lost (writing the tag list itself replaces all of them). Nothing is sent when nothing
 * differs: every write comes back as a hook and wakes the customer's other integrations.
 * Throws AppError `host.not_found` for a client that is gone, other `host.*`.
 */
export async function mark(
  link: HostLink,
  client: ClientRef,
  wanted: ClientMark,
): Promise<MarkResult> {
  const path = `${client.kind === "contact" ? "contacts" : "companies"}/${encodeURIComponent(client.id)}`;
  const body = await readOne(link, "client.one", path);
  if (body === null) throw new AppError("host.not_found");
  const { data } = clientRow.safeParse(body);
  if (!data) throw new AppError("host.bad_answer", { details: { field: "client" } });
  if (data.is_deleted) throw new AppError("host.not_found");

  const before = data._embedded.tags;
  const change = tagChange(before, wanted);
  if (change === null) return { changed: false, before };
  await link.send("client.tags", writeRequest("PATCH", path, change));
  return { changed: true, before };
}

/** The differences alone, by name; null when there are none, or when somebody has changed what was to be taken back. */
export function tagChange(before: readonly string[], { tags, onlyIf }: ClientMark): object | null {
  if (onlyIf && !isSameSet(before, onlyIf)) return null;
  const added = tags.filter((tag) => !before.includes(tag));
  const removed = before.filter((tag) => !tags.includes(tag));
  if (added.length === 0 && removed.length === 0) return null;
  return {
    ...(added.length === 0 ? {} : { tags_to_add: added.map(named) }),
    ...(removed.length === 0 ? {} : { tags_to_delete: removed.map(named) }),
  };
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((tag) => other.includes(tag));
}

function named(tag: string) {
  return { name: `${TAG_PREFIX}${tag}` };
}
