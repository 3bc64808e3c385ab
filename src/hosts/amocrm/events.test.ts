import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeDesk } from "../../../test/support/amocrm-fakes.ts";
import { eventsDoor, readDelivery } from "./events.ts";
import { readForm } from "./form.ts";

const SECRET = "secret-of-forty-characters-0123456789abc";
const ACCOUNT = "account[subdomain]=example&account[id]=28805383";
const hintsOf = (body: string) => readDelivery(`${ACCOUNT}&${body}`, SECRET)?.hints;

async function deliver(body: string, secret = SECRET) {
  const desk = fakeDesk({ hookSecrets: { "kommo:28805383": SECRET } });
  const url = new URL(`https://pulse.example.com/amocrm/events/${secret}`);
  const reply = await eventsDoor.handle({ url, params: { secret }, headers: {}, body }, desk);
  return { reply, received: desk.received };
}

describe("hooks", () => {
  it("are stored as ids for the product whose secret it is, and answered with an empty 200", async () => {
    const { reply, received } = await deliver(
      `${ACCOUNT}&leads[update][0][id]=123&leads[update][0][name]=x`,
    );
    expect(reply).toEqual({ kind: "empty", status: 200 });
    expect(received).toMatchObject([
      {
        candidates: ["amocrm:28805383", "kommo:28805383"],
        hints: [{ entity: "deal", id: "123", isDeletion: false }],
      },
    ]);
  });

  it("look alike when the secret is wrong, malformed or the account another one", async () => {
    const unknown = { kind: "error", code: "portal.unknown" };
    const body = `${ACCOUNT}&leads[update][0][id]=123`;
    expect((await deliver(body, `${SECRET}x`)).reply).toEqual(unknown);
    expect((await deliver(body, "../short")).reply).toEqual(unknown);
    expect((await deliver(body.replace("28805383", "5"))).reply).toEqual(unknown);
    expect((await deliver("leads[update][0][id]=1")).reply).toEqual(unknown);
  });

  it("that cannot be read ask for a scan when the secret is right", async () => {
    const bodies = [
      `${ACCOUNT}&leads[__proto__][x]=1`,
      `${ACCOUNT}&leads[update=1`,
      `${ACCOUNT}${"&a=1".repeat(20_001)}`,
      `${ACCOUNT}&leads${"[x]".repeat(40)}=1`,
    ];
    for (const body of bodies) {
      const { reply, received } = await deliver(body);
      expect(reply).toEqual({ kind: "empty", status: 200 });
      expect(received).toMatchObject([{ isUnreadable: true, hints: [] }]);
    }
    expect((await deliver(bodies[0]!, `${SECRET}x`)).reply).toMatchObject({ kind: "error" });
  });

  it("name companies under contacts, several things at once, deletions and tasks", () => {
    const body = [
      "leads[delete][0][id]=1",
      "leads[status][3][id]=2",
      "leads[status][3][old_status_id]=9",
      "contacts[update][0][id]=3",
      "contacts[update][0][type]=company",
      "contacts[add][0][id]=4",
      "contacts[add][0][type]=contact",
      "companies[update][0][id]=5",
      "task[add][0][id]=6",
      "customers[add][0][id]=7",
      "unsorted[delete][0][action]=accept",
      "unsorted[delete][0][accept_result][leads][0]=8",
    ].join("&");
    expect(hintsOf(body)).toEqual([
      { entity: "deal", id: "1", isDeletion: true },
      { entity: "deal", id: "2", isDeletion: false },
      { entity: "company", id: "3", isDeletion: false },
      { entity: "contact", id: "4", isDeletion: false },
      { entity: "company", id: "5", isDeletion: false },
      { entity: "activity", id: "task-6", isDeletion: false },
      { entity: "payment", id: "", isDeletion: false },
      { entity: "deal", id: "8", isDeletion: false },
    ]);
  });

  it("name notes that may be calls and mails, but not comments", () => {
    const note = (type: number) =>
      `leads[note][0][note][id]=9&leads[note][0][note][note_type]=${type}&leads[note][0][note][element_type]=2`;
    expect(hintsOf(note(10))).toEqual([
      { entity: "activity", id: "lead-note-9", isDeletion: false },
    ]);
    expect(hintsOf(note(4))).toEqual([]);
  });

  it("keep every item of a bulk delivery, also with custom fields nested deeply", () => {
    const items = Array.from(
      { length: 600 },
      (_, at) =>
        `leads[update][${at}][id]=${at + 1}&leads[update][${at}][custom_fields][0][values][0][value][quantity]=1`,
    );
    expect(hintsOf(items.join("&"))).toHaveLength(600);
  });

  it("take nothing but whole positive numbers for ids", () => {
    for (const id of ["0", "-1", "1.5", "1e3", "x", "99999999999999999", "", "1%00"]) {
      expect(hintsOf(`leads[update][0][id]=${id}`)).toEqual([]);
    }
  });

  it("never throw and never touch prototypes, whatever arrives", () => {
    const before = Object.getOwnPropertyNames(Object.prototype).length;
    const piece = fc.constantFrom(
      "leads",
      "[",
      "]",
      "__proto__",
      "id",
      "=",
      "&",
      "%5B",
      "%zz",
      "0",
      "\u0000",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        readForm(pieces.join(""));
        readDelivery(pieces.join(""), SECRET);
      }),
      { numRuns: 2_000, seed: 5 },
    );
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before);
  });
});
