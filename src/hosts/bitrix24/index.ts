import { errorCode } from "../../crm/error.ts";
import type { CardEntity, Host, HostConfig, HostLink, ViewerProof } from "../../crm/host.ts";
import type { ClientRef } from "../../crm/records.ts";
import { check } from "./account.ts";
import { authorise, methodRequest, readOwnAnswer } from "./api.ts";
import { changeQueue } from "./change-queue.ts";
import { fields } from "./client-fields.ts";
import { makeDoors } from "./doors.ts";
import { flags } from "./flags.ts";
import { judge } from "./judge.ts";
import { ratesOf } from "./licence.ts";
import { ENTITY_TYPE } from "./mapping.ts";
import { notes } from "./notes.ts";
import { notices } from "./notices.ts";
import { makeTokens, originOf, PRODUCT } from "./oauth.ts";
import { offers } from "./offers.ts";
import { prepare } from "./prepare.ts";
import { answers } from "./robot.ts";
import { scan } from "./scan.ts";
import { tasks } from "./tasks.ts";
import { automation } from "./triggers.ts";
import { verify } from "./verify.ts";
import { VIEWER_WAIT_MS } from "./viewer.ts";
import { mark } from "./write-back.ts";

const DAY_MS = 86_400_000;

/** Bitrix24: cloud and self-hosted portals, over classic REST. */
export function makeBitrix24(config: HostConfig): Host {
  return {
    products: [PRODUCT],
    capabilities: {
      install: "app-callback",
      reads: [
        "user",
        "pipeline",
        "label",
        "rate",
        "company",
        "contact",
        "deal",
        "lead",
        "dealProducts",
        "dealPayments",
        "stageEntry",
        "payment",
        "activity",
      ],
      dealProducts: "byDeal",
      payments: ["invoice", "payment"],
      changes: "since",
      deletions: "idScan",
      push: "hints",
      echo: "remember",
      mark: "enumField",
      task: "native",
      note: "log",
      fields: "typed",
      flag: "badge",
      notify: "message",
      automation: "trigger",
      questions: "robot",
      stageHistory: "log",
      embed: "iframe",
      names: "viewerToken",
    },
    limits: {
      // The vendor's bucket drains 2 a second and holds 50; the rest is for other apps of this server.
      requestsPerSecond: 2,
      burst: 40,
      concurrency: 2,
      // A request is cut at 60 s, and may have waited in the portal's own queue.
      writeFenceMs: 120_000,
      // The cloud's limit; self-hosted portals have none and do not report what they use.
      // A request is cut at 60 s; a batch is planned to take half of it, since the next page may be slower.
      methodSeconds: { limit: 480, windowMs: 600_000, request: 30 },
      // Refresh tokens live 180 days.
      tokenKeepAliveMs: 120 * DAY_MS,
    },
    ratesOf,
    check,
    scan,
    mark,
    clientUrl: ({ endpoint }, client: ClientRef) =>
      `${originOf(endpoint)}/crm/${client.kind}/details/${client.id}/`,
    dealUrl: ({ endpoint }, dealId) => `${originOf(endpoint)}/crm/deal/details/${dealId}/`,
    judge,
    authorise,
    tokens: makeTokens(config),
    doors: () => makeDoors(config),
    hookPath: () => "/bitrix24/events",
    prepare,
    verify,
    changeQueue,
    tasks,
    notes,
    fields,
    flags,
    notices,
    automation,
    answers,
    offers,
    canViewerRead,
  };
}

const UNREADABLE: readonly string[] = [
  "host.no_rights",
  "host.not_found",
  "host.refused",
  "host.token_expired",
];

/** Asks for the record with the viewer's token, at the stored address; nothing of the answer is kept. */
async function canViewerRead(
  link: HostLink,
  viewer: ViewerProof,
  entity: CardEntity,
  id: string,
): Promise<boolean> {
  const { accessToken } = viewer;
  if (accessToken === null) return false;
  const params = { entityTypeId: ENTITY_TYPE[entity], id };
  let used = link.address.endpoint;
  const build = (endpoint: string) => {
    used = endpoint;
    const request = methodRequest(endpoint, "crm.item.get", params);
    return { ...authorise(request, { endpoint, accessToken }), timeoutMs: VIEWER_WAIT_MS };
  };
  try {
    const response = link.sendOwn
      ? await link.sendOwn("crm.item.get", build)
      : await link.send("crm.item.get", build);
    readOwnAnswer(response, used);
    return true;
  } catch (thrown) {
    if (UNREADABLE.includes(errorCode(thrown))) return false;
    throw thrown;
  }
}
