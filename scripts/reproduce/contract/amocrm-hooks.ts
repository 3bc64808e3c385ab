import { readDelivery } from "../../../src/hosts/amocrm/events.ts";
import { readForm } from "../../../src/hosts/amocrm/form.ts";
import { HOOK, makeRoom, type Room } from "./amocrm-room.ts";
import { type AmocrmSample, sampleName } from "./amocrm-sample.ts";
import { expectEqual, type Ledger, type Problems } from "./ledger.ts";

/** Hooks: the pairs and the body of a sample are the same thing, to our form reader and to the sandbox's encoder. */

const SECRET = "secret-of-the-portal";

export async function checkHooks(ledger: Ledger, samples: readonly AmocrmSample[]): Promise<void> {
  for (const sample of samples) {
    const { pairs, raw } = sample.request ?? {};
    if (pairs === undefined || raw === undefined) continue;
    const place = { group: "hooks", sample: sampleName(sample) };
    await ledger.check({ ...place, kind: "reader" }, () => readerProblems(pairs, raw));
    await ledger.check({ ...place, kind: "hints" }, () => hintProblems(sample, pairs, raw));
    await ledger.check({ ...place, kind: "encoder" }, () => encoderProblems(pairs, raw));
    const cause = CAUSES[sample.call.replace(/ with .*| \(completed\)/, "")];
    if (!cause) continue;
    const inferred = { ...place, kind: "sandbox", isInferred: sample.inferred };
    await ledger.check(inferred, () => keyProblems(pairs, cause));
  }
}

type HookItem = Parameters<Room["portal"]["sendRawHook"]>[0][number];
type Pairs = readonly (readonly [string, string])[];

/** Body to pairs and back, byte by byte. */
function readerProblems(pairs: Pairs, raw: string): Problems {
  const read = readForm(raw);
  const written = (read ?? []).map(({ path: [head = "", ...rest], value }) => [
    `${head}${rest.map((part) => `[${part}]`).join("")}`,
    value,
  ]);
  return [
    ...expectEqual("pairs", written, pairs),
    ...expectEqual("body", new URLSearchParams(written).toString(), raw),
  ];
}

const ENTITIES: Readonly<Record<string, string>> = { leads: "deal", task: "activity" };
const SILENT_NOTES = ["4", "5", "25"];
const NOTE_PARENTS = ["", "contact", "lead", "company"];

/** Incoming leads, and customers, whose payments are looked for as a whole: they have no ids that could be asked for. */
function otherHint(name: string, id: string): string | null {
  const accepted = /^unsorted\[\w+\]\[\d+\]\[accept_result\]\[leads\]\[\d+\]$/.test(name);
  const lead = /^unsorted\[\w+\]\[\d+\]\[lead_id\]$/.test(name);
  if (accepted || lead) return `deal ${id} false`;
  const incoming = /^unsorted\[(\w+)\]\[\d+\]\[uid\]$/.exec(name);
  if (incoming) return `lead ${id} ${incoming[1] === "delete"}`;
  return /^customers\[\w+\]\[\d+\]\[id\]$/.test(name) ? "payment  false" : null;
}

/** What a delivery is about, by the names of its pairs alone: `entity id isDeletion`. */
function expectedHints(pairs: Pairs): readonly string[] {
  const values = new Map(pairs);
  const hints = pairs.flatMap(([name, id]) => {
    const note = /^(\w+)\[note\]\[(\d+)\]\[note\]\[id\]$/.exec(name);
    if (note) {
      const at = `${note[1]}[note][${note[2]}][note]`;
      if (SILENT_NOTES.includes(values.get(`${at}[note_type]`) ?? "")) return [];
      const parent = NOTE_PARENTS[Number(values.get(`${at}[element_type]`))];
      return [`activity ${parent}-note-${id} false`];
    }
    const other = otherHint(name, id);
    if (other !== null) return [other];
    const match = /^(leads|contacts|task)\[(\w+)\]\[(\d+)\]\[id\]$/.exec(name);
    if (!match) return [];
    const [, key = "", action = "", index = ""] = match;
    const type = values.get(`${key}[${action}][${index}][type]`);
    const entity =
      key === "contacts" ? (type === "company" ? "company" : "contact") : ENTITIES[key];
    return [`${entity} ${key === "task" ? `task-${id}` : id} ${action === "delete"}`];
  });
  return [...new Set(hints)].sort();
}

/** The body and the pairs, encoded anew, have to say the same: the right account and the right records. */
function hintProblems(sample: AmocrmSample, pairs: Pairs, raw: string): Problems {
  const encoded = new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();
  const [fromRaw, fromPairs] = [readDelivery(raw, SECRET), readDelivery(encoded, SECRET)];
  const account = new Map(pairs).get("account[id]");
  const hints = (fromRaw?.hints ?? []).map(
    ({ entity, id, isDeletion }) => `${entity} ${id} ${isDeletion}`,
  );
  const wanted = expectedHints(pairs);
  return [
    ...expectEqual("both ways", fromPairs, fromRaw),
    ...expectEqual("account", fromRaw?.candidates[0], `amocrm:${account}`),
    ...expectEqual("hints", [...hints].sort(), wanted),
    ...expectEqual("says something", wanted.length > 0 || isSilent(sample.call), true),
  ];
}

/** Deliveries about what the mirror does not keep. */
function isSilent(call: string): boolean {
  return /message|leads\[note\]/.test(call);
}

/** The sandbox puts the account first; samples of an older form name it last. */
async function encoderProblems(pairs: Pairs, raw: string): Promise<Problems> {
  const room = makeRoom();
  await room.call("POST", "/api/v4/webhooks", {
    destination: HOOK,
    settings: ["add_lead"],
    sort: 10,
  });
  room.portal.sendRawHook(itemsOf(pairs));
  await room.portal.flushHooks();
  const [sent, ...more] = room.delivered.filter(({ url }) => url === HOOK);
  const accountFirst = [...pairs].sort(([left], [right]) => rank(left) - rank(right));
  const expected = accountFirst.every((pair, at) => pair === pairs[at])
    ? raw
    : new URLSearchParams(accountFirst.map(([name, value]) => [name, value])).toString();
  return [
    ...expectEqual("deliveries", more.length, 0),
    ...expectEqual("body", sent?.body, expected),
  ];
}

function rank(name: string): number {
  const order = ["account[subdomain]", "account[id]", "account[_links][self]"];
  const at = order.indexOf(name);
  return at < 0 ? order.length : at;
}

function itemsOf(pairs: Pairs): readonly HookItem[] {
  const items = new Map<string, { item: HookItem; pairs: [string, string][] }>();
  for (const [name, value] of pairs) {
    const match = /^(\w+)\[(\w+)\](\[\d+\])(.+)$/.exec(name);
    if (!match || name.startsWith("account[")) continue;
    const [, key = "", action = "", index, rest = ""] = match;
    const place = `${key} ${action} ${index}`;
    const known = items.get(place) ?? {
      item: { code: "add_lead", key, action, pairs: [] },
      pairs: [],
    };
    known.pairs.push([rest, value]);
    items.set(place, known);
  }
  return [...items.values()].map(({ item, pairs: own }) => ({ ...item, pairs: own }));
}

/** How a person causes a hook of a sample, and which subscription brings it. */
interface Cause {
  readonly event: string;
  readonly run: (room: Room) => unknown;
}

const deal = ({ ids }: Room) => String(ids.deals[2]);

const CAUSES: Readonly<Record<string, Cause>> = {
  "WEBHOOK leads[add]": {
    event: "add_lead",
    run: ({ portal, ids }) =>
      portal.edit({
        kind: "createDeal",
        clientId: String(ids.contact),
        clientKind: "contact",
        amountMinor: 100,
      }),
  },
  "WEBHOOK leads[update]": {
    event: "update_lead",
    run: (room) => room.portal.edit({ kind: "setAmount", dealId: deal(room), amountMinor: 7_700 }),
  },
  "WEBHOOK leads[status]": {
    event: "status_lead",
    run: (room) => room.portal.edit({ kind: "winDeal", dealId: deal(room) }),
  },
  "WEBHOOK leads[responsible]": {
    event: "responsible_lead",
    run: (room) =>
      room.call("PATCH", `/api/v4/leads/${deal(room)}`, {
        responsible_user_id: Number(room.portal.users[1]?.id),
      }),
  },
  "WEBHOOK leads[delete]": {
    event: "delete_lead",
    run: (room) => room.portal.edit({ kind: "deleteDeal", dealId: deal(room) }),
  },
  "WEBHOOK contacts[add] type=contact": {
    event: "add_contact",
    run: ({ portal }) => portal.edit({ kind: "createClient", clientKind: "contact" }),
  },
  "WEBHOOK contacts[add] type=company": {
    event: "add_company",
    run: ({ portal }) => portal.edit({ kind: "createClient", clientKind: "company" }),
  },
  "WEBHOOK contacts[delete]": {
    event: "delete_contact",
    run: ({ portal, ids }) =>
      portal.edit({ kind: "deleteClient", clientId: String(ids.contact), clientKind: "contact" }),
  },
  "WEBHOOK task[add]": {
    event: "add_task",
    run: (room) => room.call("POST", "/api/v4/tasks", [taskOf(room)]),
  },
  "WEBHOOK task[update]": {
    event: "update_task",
    run: async (room) => {
      await room.call("POST", "/api/v4/tasks", [taskOf(room)]);
      const id = room.portal.tasks().at(-1)?.id;
      const done = { is_completed: true, result: { text: "Done" } };
      return room.call("PATCH", `/api/v4/tasks/${id}`, done);
    },
  },
  "WEBHOOK leads[note]": {
    event: "note_lead",
    run: (room) =>
      room.call("POST", "/api/v4/leads/notes", [
        { entity_id: Number(deal(room)), note_type: "common", params: { text: "Note" } },
      ]),
  },
};

function taskOf(room: Room) {
  const complete_till = 1_800_000_000;
  return {
    text: "Call",
    complete_till,
    entity_id: Number(deal(room)),
    entity_type: "leads",
    task_type_id: 1,
  };
}

/** Keys that depend on what people wrote on the card. */
const FREE = /\[(?:custom_fields|tags|linked_leads_id|linked_company_id|company_name|result)\]/;
const keysOf = (names: Iterable<string>) =>
  new Set(
    [...names].map((name) => name.replace(/\[\d+\]/g, "[n]")).filter((name) => !FREE.test(name)),
  );

async function keyProblems(pairs: Pairs, { event, run }: Cause): Promise<Problems> {
  const room = makeRoom();
  await room.call("POST", "/api/v4/webhooks", { destination: HOOK, settings: [event], sort: 10 });
  await run(room);
  await room.portal.flushHooks();
  const sent = room.delivered.find(({ url }) => url === HOOK);
  if (!sent) return [`${event} was not sent`];
  const ours = keysOf(new URLSearchParams(sent.body).keys());
  return [...keysOf(pairs.map(([name]) => name))]
    .filter((name) => !ours.has(name))
    .map((name) => `${name}: missing`);
}
