import type { Door } from "../../crm/door.ts";
import type { Capabilities, Host, HostAddress, HostConfig } from "../../crm/host.ts";
import { parsePortalKey } from "../../crm/portal-key.ts";
import type { ClientRef } from "../../crm/records.ts";
import { check } from "./account.ts";
import { authorise } from "./authorise.ts";
import { automation } from "./automation.ts";
import { connectDoor, oauthDoor, secretsDoor } from "./connect.ts";
import { eventsDoor } from "./events.ts";
import { fields } from "./fields.ts";
import { frameDoors } from "./frames.ts";
import { adoptToken, INSTALL_ERRAND, installErrand, locate } from "./grant.ts";
import { judge } from "./judge.ts";
import { LIMITS } from "./limits.ts";
import { mark } from "./mark.ts";
import { markMany } from "./mark-many.ts";
import { notes } from "./notes.ts";
import { notices } from "./notices.ts";
import { pipelineDoor } from "./pipeline.ts";
import { answers } from "./pipeline-answer.ts";
import { PRODUCTS } from "./place.ts";
import { prepare } from "./prepare.ts";
import { scan } from "./scan.ts";
import { sessionDoor } from "./session.ts";
import { tasks } from "./tasks.ts";
import { refresh } from "./tokens.ts";
import { uninstallDoor } from "./uninstall.ts";
import { verify } from "./verify.ts";
import { canViewerRead } from "./viewer.ts";

const CAPABILITIES: Capabilities = {
  install: "oauth-code",
  reads: [
    "user",
    "pipeline",
    "label",
    "company",
    "contact",
    "deal",
    "lead",
    "stageEntry",
    "payment",
    "activity",
  ],
  payments: ["transaction", "invoice"],
  changes: "since",
  deletions: "idScan",
  push: "hints",
  echo: "remember",
  mark: "tag",
  task: "native",
  note: "log",
  fields: "typed",
  flag: "none",
  notify: "task",
  automation: "bot",
  questions: "robot",
  stageHistory: "log",
  embed: "iframe",
  names: "hostPage",
};

/** amoCRM and Kommo: one protocol, two registrations, chosen by the zone of the account's address. */
export function makeAmocrm(config: HostConfig): Host {
  const doors: readonly Door[] = [
    connectDoor(config),
    oauthDoor(config),
    secretsDoor,
    eventsDoor,
    pipelineDoor,
    uninstallDoor(config),
    sessionDoor(config),
    ...frameDoors(config),
  ];
  return {
    products: PRODUCTS,
    capabilities: CAPABILITIES,
    limits: LIMITS,
    check,
    scan,
    mark,
    clientUrl,
    dealUrl: (account, dealId) => cardUrl(account, "leads", dealId),
    judge,
    authorise,
    tokens: {
      refresh: (stored, transport, clock) => refresh(config, stored, transport, clock),
      locate: (stored, transport) => locate(config, stored, transport),
    },
    adoptToken: (entered, outside) => adoptToken(config, entered, outside),
    connectPath: ({ key }) => `/amocrm/connect?product=${parsePortalKey(key).product}`,
    doors: () => doors,
    errands: { [INSTALL_ERRAND]: installErrand(config) },
    hookPath: (secret) => `/amocrm/events/${secret}`,
    prepare,
    verify,
    tasks,
    markMany,
    notes,
    notices,
    fields,
    automation,
    answers,
    canViewerRead,
  };
}

function clientUrl(account: HostAddress, client: ClientRef): string {
  return cardUrl(account, client.kind === "contact" ? "contacts" : "companies", client.id);
}

function cardUrl(account: HostAddress, section: string, id: string): string {
  return `${account.endpoint}${section}/detail/${encodeURIComponent(id)}`;
}
