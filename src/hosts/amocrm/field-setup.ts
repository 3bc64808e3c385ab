import { z } from "zod";
import { AppError, errorCode } from "../../crm/error.ts";
import type { HostLink, Memo } from "../../crm/host.ts";
import type { ClientKind } from "../../crm/records.ts";
import { SEGMENT_NAMES } from "../../crm/segment-names.ts";
import { localeOf } from "./account.ts";
import { field, getRequest, type Params, readPage, writeRequest } from "./api.ts";
import { id, listOf } from "./schema.ts";

/** Our two fields on clients: users see them, only we write them. Found by their codes, so they are made once. */

const SEGMENT_CODE = "PULSE_SEGMENT";
const SCORE_CODE = "PULSE_SCORE";
const ENUM_PREFIX = "PULSE_";
const PAGE = 50;

const NAMES = {
  ru: { group: "Пульс клиента", segment: "Сегмент клиента", score: "Здоровье клиента, 0–100" },
  en: { group: "Client Pulse", segment: "Client segment", score: "Client health, 0–100" },
} as const;

const enumItem = z.object({
  id,
  value: z.string().catch(""),
  sort: z.number().nullish().catch(null),
  code: z.string().nullish().catch(null),
});

const fieldRow = z.object({
  id,
  code: z.string().nullish().catch(null),
  enums: listOf(enumItem),
});

type FieldRow = z.infer<typeof fieldRow>;

/** What of ours is there on clients of a kind. */
export interface OurFields {
  readonly segmentId: string;
  readonly scoreId: string;
  /** Our code of a segment to the option's id. */
  readonly options: ReadonlyMap<string, string>;
}

const pathOf = (kind: ClientKind) =>
  `${kind === "contact" ? "contacts" : "companies"}/custom_fields`;

/** What is remembered; null = nothing yet, or it was forgotten. */
export function knownFields(memo: Memo, kind: ClientKind): OurFields | null {
  const [segmentId, scoreId, options = ""] = (memo[`fields.${kind}`] ?? "").split(" ");
  if (!segmentId || !scoreId) return null;
  const pairs = options.split(",").flatMap((pair): [string, string][] => {
    const [code, optionId] = pair.split(":");
    return code && optionId ? [[code, optionId]] : [];
  });
  return { segmentId, scoreId, options: new Map(pairs) };
}

export function rememberFields(memo: Memo, kind: ClientKind, fields: OurFields): Memo {
  const options = [...fields.options].map((pair) => pair.join(":")).join(",");
  return { ...memo, [`fields.${kind}`]: `${fields.segmentId} ${fields.scoreId} ${options}` };
}

/** The part of a memo that is about fields: it outlives the daily set-up. */
export function fieldMemo(memo: Memo): Memo {
  return Object.fromEntries(Object.entries(memo).filter(([name]) => name.startsWith("fields.")));
}

/** Finds our fields, makes what is missing and adds options for these labels. Throws AppError `host.*`. */
export async function ensureFields(
  link: HostLink,
  kind: ClientKind,
  labels: Readonly<Record<string, string>>,
): Promise<OurFields> {
  let known = await listOurs(link, kind);
  if (!known.has(SEGMENT_CODE) || !known.has(SCORE_CODE)) {
    await createMissing(link, kind, known, labels);
    known = await listOurs(link, kind);
  }
  const segment = known.get(SEGMENT_CODE);
  const score = known.get(SCORE_CODE);
  if (!segment || !score) throw new AppError("host.bad_answer", { details: { field: "fields" } });
  const complete = await addOptions(link, kind, segment, labels);
  return { segmentId: complete.id, scoreId: score.id, options: optionsOf(link, complete, labels) };
}

/** Does the account still have both of our fields on clients of this kind? Throws AppError `host.*`. */
export async function areFieldsThere(link: HostLink, kind: ClientKind): Promise<boolean> {
  return (await listOurs(link, kind)).size === 2;
}

async function listOurs(link: HostLink, kind: ClientKind): Promise<Map<string, FieldRow>> {
  const ours = new Map<string, FieldRow>();
  for (let page = 1, hasNext = true; hasNext; page += 1) {
    const params: Params = [
      ["limit", String(PAGE)],
      ["page", String(page)],
    ];
    const response = await link.send("fields.list", getRequest(pathOf(kind), params));
    const answer = readPage(response, "custom_fields");
    for (const raw of answer.rows) {
      const { data } = fieldRow.safeParse(raw);
      if (data?.code === SEGMENT_CODE || data?.code === SCORE_CODE) ours.set(data.code, data);
    }
    hasNext = answer.hasNext && answer.rows.length > 0;
  }
  return ours;
}

async function createMissing(
  link: HostLink,
  kind: ClientKind,
  known: ReadonlyMap<string, FieldRow>,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const names = NAMES[localeOf(link.address.key)];
  const group = await createGroup(link, kind, names.group);
  const common = { is_api_only: true, ...(group === null ? {} : { group_id: group }) };
  const wanted = [
    {
      ...common,
      name: names.segment,
      type: "select",
      code: SEGMENT_CODE,
      sort: 510,
      enums: Object.entries(namesOfSegments(link, labels)).map(toEnum),
    },
    { ...common, name: names.score, type: "numeric", code: SCORE_CODE, sort: 520 },
  ].filter(({ code }) => !known.has(code));
  for (const one of wanted) {
    try {
      await link.send("fields.add", writeRequest("POST", pathOf(kind), [one]));
    } catch (error) {
      // The code is taken: another process was quicker. The next look finds it.
      const isTaken =
        error instanceof AppError && /(?:^|[.,])code(?:$|,)/.test(`${error.details.paths ?? ""}`);
      if (errorCode(error) !== "host.refused" || !isTaken) throw error;
    }
  }
}

/** A tab of our own in the card; without one the fields stand among the others. */
async function createGroup(link: HostLink, kind: ClientKind, name: string): Promise<string | null> {
  const path = `${pathOf(kind)}/groups`;
  const idOf = (row: unknown): string | null => {
    const value = field(row, "id");
    return typeof value === "string" || typeof value === "number" ? String(value) : null;
  };
  try {
    const groups = readPage(
      await link.send("groups.list", getRequest(path)),
      "custom_field_groups",
    );
    const known = groups.rows.find((row) => field(row, "name") === name);
    if (known !== undefined) return idOf(known);
    const response = await link.send(
      "groups.add",
      writeRequest("POST", path, [{ name, sort: 50 }]),
    );
    return idOf(readPage(response, "custom_field_groups").rows[0]);
  } catch (error) {
    if (["host.refused", "host.not_found"].includes(errorCode(error))) return null;
    throw error;
  }
}

function namesOfSegments(link: HostLink, labels: Readonly<Record<string, string>>) {
  return { ...SEGMENT_NAMES[localeOf(link.address.key)], ...labels };
}

function toEnum([code, value]: readonly [string, string], index: number) {
  return { value, sort: index + 1, code: `${ENUM_PREFIX}${code.toUpperCase()}` };
}

/** Options that are left out of a change are deleted with their values, so all of them are sent, people's own too. */
async function addOptions(
  link: HostLink,
  kind: ClientKind,
  segment: FieldRow,
  labels: Readonly<Record<string, string>>,
): Promise<FieldRow> {
  const have = optionsOf(link, segment, labels);
  const missing = Object.entries(labels).filter(([code]) => !have.has(code));
  if (missing.length === 0) return segment;
  const kept = segment.enums.map(({ id: optionId, value, sort, code }) => ({
    id: Number(optionId),
    value,
    ...(sort === null || sort === undefined ? {} : { sort }),
    ...(code ? { code } : {}),
  }));
  const added = missing.map((pair, index) => toEnum(pair, kept.length + index));
  const change = { enums: [...kept, ...added] };
  await link.send("fields.change", writeRequest("PATCH", `${pathOf(kind)}/${segment.id}`, change));
  return (await listOurs(link, kind)).get(SEGMENT_CODE) ?? segment;
}

/** By the option's code, else by what it is called. */
function optionsOf(
  link: HostLink,
  { enums }: FieldRow,
  labels: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const [code, name] of Object.entries(namesOfSegments(link, labels))) {
    const wanted = `${ENUM_PREFIX}${code.toUpperCase()}`;
    const found =
      enums.find((one) => one.code === wanted) ?? enums.find((one) => one.value === name);
    if (found) options.set(code, found.id);
  }
  return options;
}
