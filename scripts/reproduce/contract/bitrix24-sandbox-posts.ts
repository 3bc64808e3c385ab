import { runInNewContext } from "node:vm";
import { encodeForm } from "../../../src/sandbox/bitrix24/form.ts";
import { PARENT_SCRIPT } from "../../../src/sandbox/bitrix24/parent-script.ts";
import { type Answered, CLIENT_ID, CLIENT_SECRET, makeRoom, type Room } from "./bitrix24-room.ts";
import { asFields, type NamedSample } from "./bitrix24-sample.ts";
import { expectEqual, type Ledger, type Problems } from "./ledger.ts";
import { compareShapes } from "./shape.ts";

/** What the sandbox sends by itself: events, page posts, tokens, answers to frames. */

const HOOKS = "https://pulse.example.com/bitrix24/events";

/** How a person or the vendor causes an event. */
const CAUSES: Readonly<Record<string, (room: Room) => unknown>> = {
  ONCRMDEALADD: ({ portal, ids }) => {
    const clientId = String(ids.company);
    portal.edit({ kind: "createDeal", clientId, clientKind: "company", amountMinor: 100 });
  },
  ONCRMDEALUPDATE: ({ portal, ids }) =>
    portal.edit({ kind: "setAmount", dealId: String(ids.deal), amountMinor: 77_700 }),
  ONCRMDEALDELETE: ({ portal, ids }) =>
    portal.edit({ kind: "deleteDeal", dealId: String(ids.deal) }),
  ONCRMCONTACTADD: ({ portal }) => portal.edit({ kind: "createClient", clientKind: "contact" }),
  ONCRMCONTACTUPDATE: ({ result, ids }) =>
    result("crm.item.update", { entityTypeId: 3, id: ids.contact, fields: { post: "Buyer" } }),
  ONCRMCONTACTDELETE: ({ portal, ids }) =>
    portal.edit({ kind: "deleteClient", clientId: String(ids.contact), clientKind: "contact" }),
  ONCRMCOMPANYADD: ({ portal }) => portal.edit({ kind: "createClient", clientKind: "company" }),
  ONCRMCOMPANYUPDATE: ({ result, ids }) =>
    result("crm.item.update", { entityTypeId: 4, id: ids.company, fields: { title: "Other" } }),
  ONCRMCOMPANYDELETE: ({ portal, ids }) =>
    portal.edit({ kind: "deleteClient", clientId: String(ids.company), clientKind: "company" }),
  ONCRMACTIVITYADD: ({ result, ids }) =>
    result("crm.activity.todo.add", {
      ownerTypeId: 2,
      ownerId: ids.deal,
      deadline: "2026-12-31T10:00:00+03:00",
      title: "Call",
      responsibleId: 1,
    }),
  ONAPPINSTALL: () => undefined,
  ONAPPUPDATE: ({ portal }) => portal.updateApp(),
  ONAPPUNINSTALL: ({ portal }) => portal.uninstall({ erase: true }),
};

/** Old pages of the documentation show what today's posts no longer carry. */
const FREE_KEYS: Readonly<Record<string, string>> = {
  "auth[refresh_token]": "only installations carry it, as the vendor's overview says",
  "auth[scope]": "an uninstalled application has none",
  "data[ACTIVE]": "state of a marketplace version",
};

export async function checkSandboxPosts(
  ledger: Ledger,
  all: readonly NamedSample[],
): Promise<void> {
  for (const sample of all) {
    const check = postCheck(sample);
    if (!check) continue;
    const [group, kind, run] = check;
    // Samples that somebody derived, and not the vendor wrote, only warn.
    const isInferred = /\bderived|assumption\b/i.test(sample.note ?? "");
    await ledger.check({ group, sample: sample.id, kind, isInferred }, run);
  }
}

type PostCheck = readonly [group: string, kind: string, run: () => Promise<Problems> | Problems];

function postCheck(sample: NamedSample): PostCheck | null {
  const event = sample.event ?? "";
  switch (sample.kind) {
    case "event":
    case "event_capture":
    case "robot_post":
      return event in CAUSES
        ? ["event posts", "sandbox", () => eventProblems(sample)]
        : [
            sample.kind === "robot_post" ? "robot posts" : "event posts",
            "encoder",
            () => encoderProblems(sample),
          ];
    case "placement_post":
      return sample.form ? ["placement posts", "sandbox", () => pageProblems(sample)] : null;
    case "frame_message":
      return ["frame messages", "sandbox", () => frameProblems(sample)];
    case "oauth":
      return canAskTokens(sample) ? ["token server", "sandbox", () => tokenProblems(sample)] : null;
    case "sdk_request":
      return ["requests of the SDK", "sandbox", () => sdkProblems(sample)];
    default:
      return null;
  }
}

/** The sandbox's encoder writes the payload as the sample's form. */
function encoderProblems(sample: NamedSample): Problems {
  const written = [...new URLSearchParams(encodeForm({ ...sample.payload }))];
  return expectEqual("form", Object.fromEntries(written), sample.form);
}

async function eventProblems(sample: NamedSample): Promise<Problems> {
  const room = makeRoom();
  const event = sample.event ?? "";
  if (event.startsWith("ONCRM")) await room.result("event.bind", { event, handler: HOOKS });
  await CAUSES[event]?.(room);
  await room.portal.flushHooks();
  const form = room.delivered.find((one) => one.get("event") === event);
  if (!form) return [`${event} was not sent`];
  const lacking = Object.keys(sample.form ?? {}).filter((key) => !form.has(key));
  return [
    ...encoderProblems(sample),
    ...lacking.filter((key) => !(key in FREE_KEYS)).map((key) => `${key}: missing`),
  ];
}

/** The post into a frame carries the keys of the sample, in the body and in the address. */
async function pageProblems(sample: NamedSample): Promise<Problems> {
  const room = makeRoom({ hasOldPages: !("SERVER_ENDPOINT" in (sample.form ?? {})) });
  const place = sample.placement ?? "";
  const isCard = /^CRM_(DEAL|CONTACT|COMPANY)_DETAIL_TAB$/.test(place);
  if (place !== "DEFAULT") {
    const code = isCard ? place : "LEFT_MENU";
    const handler = "https://pulse.example.com/bitrix24/card";
    await room.result("placement.bind", { PLACEMENT: code, HANDLER: handler, TITLE: "Pulse" });
  }
  const entity = isCard ? { kind: "deal" as const, id: String(room.ids.deal) } : null;
  const code = isCard ? place : place === "DEFAULT" ? "app" : "LEFT_MENU";
  const post = room.portal.openPage(code, entity);
  const form = new URLSearchParams(post.body);
  const address = new URL(post.url).searchParams;
  const options = asFields(JSON.parse(form.get("PLACEMENT_OPTIONS") ?? "null"));
  const keys = isCard ? Object.keys(asFields(sample.placement_options_decoded)) : [];
  // Whether a page without a record has options differs between the samples themselves.
  const wanted = Object.keys(sample.form ?? {}).filter(
    (key) => place !== "DEFAULT" || key !== "PLACEMENT_OPTIONS",
  );
  return [
    ...wanted.filter((key) => !form.has(key)).map((key) => `${key}: missing`),
    ...Object.keys(sample.query ?? {})
      .filter((key) => !address.has(key))
      .map((key) => `?${key}: missing`),
    ...keys.filter((key) => !(key in options)).map((key) => `PLACEMENT_OPTIONS.${key}: missing`),
  ];
}

/** The portal's page script, run without a browser, answers the frame with the sample's words. */
async function frameProblems(sample: NamedSample): Promise<Problems> {
  const room = makeRoom();
  await room.result("placement.bind", {
    PLACEMENT: "CRM_DEAL_DETAIL_TAB",
    HANDLER: "https://pulse.example.com/bitrix24/card",
  });
  const card = { kind: "deal" as const, id: String(room.ids.deal) };
  const { sid } = room.portal.openPage("CRM_DEAL_DETAIL_TAB", card);
  const answer = await askParent(room, sid, String(sample.request));
  const [key, sent] = splitOnce(answer);
  const [, shown] = splitOnce(String(sample.response));
  const expected: unknown = JSON.parse(shown);
  const isFree = (path: string) => path === "PLACEMENT_OPTIONS";
  return [
    ...expectEqual("key", key, "k1"),
    ...compareShapes(expected, JSON.parse(sent), isFree),
    ...(expected === null ? expectEqual("answer", sent, "null") : []),
  ];
}

function splitOnce(text: string): readonly [string, string] {
  const at = text.indexOf(":");
  return [text.slice(0, at), text.slice(at + 1)];
}

function askParent(room: Room, sid: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const listeners: ((event: unknown) => void)[] = [];
    const contentWindow = { postMessage: (text: string) => resolve(text) };
    const node = () => ({ remove() {}, append() {}, style: {} });
    const origin = room.portal.origin();
    const window = {
      SANDBOX_FRAMES: [],
      addEventListener: (_type: string, listener: (event: unknown) => void) =>
        listeners.push(listener),
    };
    // A page in a slider is answered for when a person closes it.
    const closeSoon = (box: { closeSlider?(): void }) => setImmediate(() => box.closeSlider?.());
    const body = { ...node(), append: closeSoon };
    const getElementById = () => ({ contentWindow, style: {} });
    const document = { body, createElement: node, getElementById };
    const fetchPage = async (path: string, init: RequestInit) => {
      const response = await room.sandbox.fetch(new Request(`${origin}${path}`, init));
      const text = await response.text();
      return { json: async () => JSON.parse(text) as unknown };
    };
    const globals = { window, document, fetch: fetchPage, setTimeout() {}, location: {}, Promise };
    runInNewContext(PARENT_SCRIPT, globals);
    const data = request.replace("<key>", "k1").replace("<APP_SID>", sid);
    for (const listener of listeners) listener({ data, source: contentWindow, origin: "null" });
    const giveUp = (turns: number): void => {
      if (turns === 0) reject(new Error("no answer"));
      else setImmediate(() => giveUp(turns - 1));
    };
    giveUp(100);
  });
}

const OAUTH = "http://oauth.bitrix24.localhost";

async function askTokens(room: Room, values: Record<string, string>): Promise<Answered> {
  const response = await room.sandbox.fetch(
    new Request(`${OAUTH}/oauth/token/`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        ...values,
      }).toString(),
    }),
  );
  return { status: response.status, body: asFields(JSON.parse(await response.text())) };
}

async function authorise(room: Room): Promise<URLSearchParams> {
  const response = await room.sandbox.fetch(
    new Request(room.portal.authorizeUrl("s"), { redirect: "manual" }),
  );
  return new URL(response.headers.get("location") ?? "http://nowhere").searchParams;
}

async function tokenProblems(sample: NamedSample): Promise<Problems> {
  const room = makeRoom();
  const body = asFields(sample.response);
  if (sample.method?.startsWith("GET <portal>")) {
    const query = Object.fromEntries(await authorise(room));
    return compareShapes(body.query, query);
  }
  if ("error" in body) return tokenErrorProblems(room, sample);
  const grant = sample.method?.includes("authorization_code")
    ? { grant_type: "authorization_code", code: (await authorise(room)).get("code") ?? "" }
    : { grant_type: "refresh_token", refresh_token: room.page().get("REFRESH_ID") ?? "" };
  const answer = await askTokens(room, grant);
  return [...expectEqual("status", answer.status, 200), ...compareShapes(body, answer.body)];
}

/** Refusals that the sandbox can give; the others are told apart by the adapter's own check. */
const REFUSED: Readonly<Record<string, (room: Room) => Promise<Answered>>> = {
  invalid_grant: (room) => askTokens(room, { grant_type: "refresh_token", refresh_token: "no" }),
  invalid_client: (room) => askTokens(room, { grant_type: "refresh_token", client_secret: "no" }),
  payment_required: (room) => {
    const token = room.page().get("REFRESH_ID") ?? "";
    room.portal.setBlock("plan");
    return askTokens(room, { grant_type: "refresh_token", refresh_token: token });
  },
  not_found: (room) => {
    const token = room.page().get("REFRESH_ID") ?? "";
    room.portal.setBlock("deleted");
    return askTokens(room, { grant_type: "refresh_token", refresh_token: token });
  },
};

/** Every grant, and the refusals that can be caused. */
function canAskTokens(sample: NamedSample): boolean {
  const { error } = asFields(sample.response);
  return error === undefined || String(error).toLowerCase() in REFUSED;
}

async function tokenErrorProblems(room: Room, sample: NamedSample): Promise<Problems> {
  const body = asFields(sample.response);
  const cause = REFUSED[String(body.error).toLowerCase()];
  if (!cause) return [`no way to cause ${String(body.error)}`];
  const { status, body: answer } = await cause(room);
  // One observed answer names the portal instead of saying why.
  const problems = "domain" in body ? [] : compareShapes(body, answer);
  const shown = sample.http_status ?? status;
  return [
    ...expectEqual("error", answer.error, body.error),
    ...expectEqual("status", status, shown),
    ...problems,
  ];
}

/** Requests as the vendor's own client writes them. */
async function sdkProblems(sample: NamedSample): Promise<Problems> {
  const room = makeRoom();
  const path = (sample.http ?? "").replace(/^POST /, "").replace("?...", "");
  if (path.startsWith("/oauth/")) {
    const given = Object.fromEntries(new URLSearchParams(String(sample.body)));
    const refresh_token = room.page().get("REFRESH_ID") ?? "";
    const own = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET, refresh_token };
    const answer = await askTokens(room, { ...given, ...own });
    return expectEqual("status", answer.status, 200);
  }
  const auth = "auth" in asFields(sample.body) ? { auth: room.page().get("AUTH_ID") } : {};
  const { status, body } = await room.send(path, { ...asFields(sample.body), ...auth });
  // Webhooks and REST 3.0 are refused in words; everything else is served.
  const isServed = path.startsWith("/rest//") && !path.includes("/api/");
  if (!isServed) return expectEqual("refusal", typeof body.error, "string");
  const problems = expectEqual("status", status, 200);
  return [...problems, ...("result" in body ? [] : ["no result"])];
}
