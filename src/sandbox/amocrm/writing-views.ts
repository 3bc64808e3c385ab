import type { Account } from "./account.ts";
import { CARD_TYPES } from "./model.ts";

const PATHS = { contact: "contacts", company: "companies" } as const;
type Kind = keyof typeof PATHS;

/** What apps have written, as people see it. */
export interface WritingViews {
  /** Notes that apps wrote, oldest first. */
  appNotes(): readonly {
    readonly id: string;
    readonly type: string;
    readonly clientId: string;
    readonly service: string;
    readonly text: string;
    /** Would it start the Digital Pipeline? */
    readonly startsPipeline: boolean;
  }[];
  /** Fields that are not the platform's own. */
  appFields(): readonly {
    readonly entity: string;
    readonly code: string;
    readonly type: string;
    readonly isApiOnly: boolean;
    readonly group: string;
    readonly options: readonly string[];
  }[];
  /** Values of a client's fields by the fields' codes. */
  fieldValues(kind: Kind, id: string): Readonly<Record<string, string>>;
  /** A person adds an option to a list. */
  addFieldOption(kind: Kind, code: string, value: string): void;
}

export function writingViews(account: Account): WritingViews {
  return {
    appNotes: () =>
      CARD_TYPES.flatMap((type) => account.notes[type].byId.rows)
        .filter((note) => note.isFromApp)
        .map((note) => ({
          id: String(note.id),
          type: note.note_type,
          clientId: String(note.entity_id),
          service: String(note.params.service ?? ""),
          text: String(note.params.text ?? ""),
          startsPipeline: note.startsPipeline ?? true,
        })),
    appFields: () =>
      account.fields
        .filter((field) => !field.is_predefined)
        .map((field) => ({
          entity: field.entityType,
          code: field.code ?? "",
          type: field.type,
          isApiOnly: field.is_api_only,
          group: account.groups.find((group) => group.id === field.group_id)?.name ?? "",
          options: (field.enums ?? []).map((option) => option.value),
        })),
    fieldValues(kind, id) {
      const card = account.clients(PATHS[kind]).get(Number(id));
      const pairs = [...(card?.fields ?? [])].flatMap(([fieldId, values]) => {
        const code = account.fields.find((field) => field.id === fieldId)?.code;
        return code == null ? [] : [[code, String(values[0]?.value ?? "")] as const];
      });
      return Object.fromEntries(pairs);
    },
    addFieldOption(kind, code, value) {
      const field = account.fieldsOf(PATHS[kind]).find((row) => row.code === code);
      if (field === undefined) throw new Error(`no field ${code} in the sandbox`);
      const option = { id: account.nextId("enums"), value, sort: 900, code: null };
      field.enums = [...(field.enums ?? []), option];
    },
  };
}
