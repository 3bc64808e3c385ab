import { eventsList } from "./event-feed.ts";
import {
  type Feed,
  isUnfilteredPoll,
  type Mode,
  plainFeed,
  prefixedIds,
  updatedWindow,
} from "./feed.ts";
import {
  CHAT_EVENTS,
  CONTACT_NOTES,
  chatId,
  type NoteParent,
  noteId,
  taskId,
  toChatActivity,
  toNoteActivity,
  toTaskActivity,
} from "./mapping.ts";
import { eventRow, noteRow, taskRow } from "./schema.ts";

/** Contacts with clients: calls, mails and messages among the notes, chats among the events, and tasks. */

const NOTE_PATHS = { lead: "leads", contact: "contacts", company: "companies" } as const;

export function noteFeed(parent: NoteParent, mode: Mode, canFilter: boolean): Feed {
  const types = Object.keys(CONTACT_NOTES);
  return plainFeed(
    {
      name: `${NOTE_PATHS[parent]}.notes.list`,
      path: `${NOTE_PATHS[parent]}/notes`,
      collection: "notes",
      isOptional: true,
      isNewestFirst: isUnfilteredPoll(mode, canFilter),
      params: [
        ...(canFilter ? types.map((type) => ["filter[note_type][]", type] as const) : []),
        ...updatedWindow(mode, canFilter),
      ],
      ...prefixedIds((id) => noteId(parent, id)),
    },
    (raw) => {
      const { data } = noteRow.safeParse(raw);
      if (!data) return null;
      const record = toNoteActivity(data, parent);
      const records = record === null ? [] : [record];
      return { id: noteId(parent, data.id), records, at: data.updated_at };
    },
  );
}

/** Tasks cannot be ordered by update time: without filters a poll reads them all. */
export function taskFeed(mode: Mode, canFilter: boolean): Feed {
  return plainFeed(
    {
      name: "tasks.list",
      path: "tasks",
      collection: "tasks",
      isOptional: true,
      params: canFilter ? updatedWindow(mode, true) : [["order[id]", "asc"]],
      ...prefixedIds(taskId),
    },
    (raw) => {
      const { data } = taskRow.safeParse(raw);
      if (!data) return null;
      return { id: taskId(data.id), records: [toTaskActivity(data)], at: data.updated_at };
    },
  );
}

/** Messages of chats cannot be read; that one was sent or came in is told by the events feed. */
export function chatFeed(mode: Mode, canFilter: boolean): Feed {
  return plainFeed(
    {
      name: "events.chats",
      ...eventsList(Object.keys(CHAT_EVENTS), mode, canFilter),
      ...prefixedIds(chatId),
    },
    (raw) => {
      const { data } = eventRow.safeParse(raw);
      if (!data) return null;
      const record = toChatActivity(data);
      return {
        id: chatId(data.id),
        records: record === null ? [] : [record],
        at: data.created_at,
      };
    },
  );
}
