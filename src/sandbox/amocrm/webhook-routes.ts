import { Flaws, hal, type JsonObject, nothing, refuse } from "./answer.ts";
import { type Call, needAdmin, type Route, single } from "./call.ts";
import { dictionary } from "./listing.ts";
import type { Webhook } from "./model.ts";
import { seconds } from "./options.ts";
import { child } from "./query.ts";

const ENTITIES = ["lead", "contact", "company", "customer"] as const;
const ACTIONS = ["add", "update", "delete", "restore", "responsible", "note"] as const;

const CODES: ReadonlySet<string> = new Set([
  ...ENTITIES.flatMap((entity) => ACTIONS.map((action) => `${action}_${entity}`)),
  "status_lead",
  "add_task",
  "update_task",
  "delete_task",
  "responsible_task",
  "add_talk",
  "update_talk",
  "add_message",
  "add_outgoing_message",
  "add_chat_template_review",
  "add_unsorted",
  "update_unsorted",
  "delete_unsorted",
]);

function view(call: Call, row: Webhook): JsonObject {
  const { failures: _, ...rest } = row;
  return { ...rest, settings: [...row.settings], account_id: call.account.id };
}

function subscribe(call: Call): Response {
  needAdmin(call);
  const item = single(call);
  const flaws = new Flaws();
  const destination = item.destination;
  if (typeof destination !== "string" || !/^https?:\/\//.test(destination))
    flaws.add("0", "NotSupportedChoice", "destination");
  const wanted = Array.isArray(item.settings) ? item.settings.map(String) : [];
  if (wanted.length === 0) flaws.add("0", "FieldMissing", "settings");
  wanted.forEach((code, index) => {
    const isKnown = CODES.has(code) && !call.settings.unknownHookCodes.includes(code);
    if (!isKnown) flaws.add("0", "NotSupportedChoice", `settings.${index}`);
  });
  flaws.throwIfAny();
  const { account, settings } = call;
  const now = seconds(settings);
  const known = account.webhooks.find((row) => row.destination === destination);
  if (known !== undefined) {
    known.settings =
      settings.webhookRepost === "merge" ? [...new Set([...known.settings, ...wanted])] : wanted;
    known.updated_at = now;
    return hal(view(call, known));
  }
  if (account.webhooks.length >= 100) refuse(400, "Too many webhooks");
  const row: Webhook = {
    id: account.nextId("webhooks"),
    destination: String(destination),
    created_at: now,
    updated_at: now,
    created_by: call.user.id,
    sort: Number(item.sort ?? account.webhooks.length + 1),
    disabled: false,
    settings: wanted,
    failures: [],
  };
  account.webhooks.push(row);
  return hal(view(call, row), 201);
}

function unsubscribe(call: Call): Response {
  needAdmin(call);
  const destination = single(call).destination;
  const at = call.account.webhooks.findIndex((row) => row.destination === destination);
  if (at < 0) refuse(404, "Resource not found");
  call.account.webhooks.splice(at, 1);
  return nothing();
}

export const WEBHOOK_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v4/webhooks",
    handle: (call) => {
      needAdmin(call);
      const destination = child(call.query.get("filter"), "destination");
      const rows = call.account.webhooks.filter(
        (row) => typeof destination !== "string" || row.destination === destination,
      );
      return dictionary(call, "webhooks", rows, (row) => view(call, row), { isPaged: false });
    },
  },
  { method: "POST", path: "/api/v4/webhooks", handle: subscribe },
  { method: "DELETE", path: "/api/v4/webhooks", handle: unsubscribe },
];
