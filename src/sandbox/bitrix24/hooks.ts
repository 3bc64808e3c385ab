import { encodeForm, type Params } from "./form.ts";
import {
  type Handler,
  type Install,
  nextId,
  nowOf,
  type OfflineEvent,
  type Portal,
  type Waiting,
  type World,
} from "./model.ts";
import { ACCESS_SECONDS, endpoints, eventToken, issueToken } from "./tokens.ts";

const DEADLINE_MS = 10_000;

export interface Raised {
  readonly event: string;
  readonly data: Params;
  /** Who caused it; 0 = a robot, agent or workflow. */
  readonly userId: number;
  /** `auth_connector` of the write: own offline queue stays silent. */
  readonly connector?: string;
}

/** `nothing`: not even the application token. */
type TokenKind = "nothing" | "none" | "access" | "withRefresh";

/** The `auth` part of a post. Uninstall posts carry no tokens and no scope. */
export function authOf(world: World, install: Install, userId: number, kind: TokenKind): Params {
  const urls = endpoints(install);
  const base = { domain: urls.portalHost, server_endpoint: urls.server };
  const tail = { client_endpoint: urls.client, member_id: install.portal.memberId };
  const proof = { application_token: install.applicationToken };
  if (kind === "nothing") return { ...base, ...tail };
  if (kind === "none") return { ...base, ...tail, ...proof };
  const scope = { scope: install.app.scopes.join(",") };
  const status = { status: install.app.status };
  if (userId === 0) return { ...scope, ...base, ...status, ...tail, ...proof };
  const token =
    kind === "withRefresh"
      ? issueToken(world, install, userId)
      : eventToken(world, install, userId);
  return {
    access_token: token.access,
    expires: Math.floor(token.expiresAt / 1000),
    expires_in: ACCESS_SECONDS,
    ...scope,
    ...base,
    ...status,
    ...tail,
    user_id: userId,
    ...(kind === "withRefresh" ? { refresh_token: token.refresh } : {}),
    ...proof,
  };
}

function journal(world: World, portal: Portal, call: string, status: number): void {
  portal.journal.push({
    at: world.clock.now(),
    portal: portal.name,
    call,
    status,
    isWrite: false,
  });
}

/** One attempt with a deadline; a failure is only written down. */
async function post(world: World, portal: Portal, event: string, url: string, body: string) {
  const request = new Request(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "user-agent": "Bitrix24 Webhook Engine",
    },
    body,
  });
  await new Promise<void>((resolve) => {
    const waiting: Waiting = {
      deadline: world.clock.now() + DEADLINE_MS / world.settings.speed,
      end: (status) => {
        if (!portal.hooks.waiting.delete(waiting)) return;
        journal(world, portal, `hook ${event}`, status);
        resolve();
      },
    };
    portal.hooks.waiting.add(waiting);
    watchDeadlines(world, portal);
    world.deliver(request).then(
      (response) => waiting.end(response.status),
      () => waiting.end(0),
    );
  });
}

/** One timer for all posts under way, however many there are. */
function watchDeadlines(world: World, portal: Portal): void {
  const { hooks } = portal;
  if (hooks.isWatching) return;
  hooks.isWatching = true;
  const watch = async (): Promise<void> => {
    while (hooks.waiting.size > 0) {
      const next = Math.min(...[...hooks.waiting].map((one) => one.deadline));
      await world.clock.sleep(Math.max(1, next - world.clock.now()));
      const now = world.clock.now();
      for (const one of [...hooks.waiting]) if (one.deadline <= now) one.end(0);
    }
    hooks.isWatching = false;
  };
  watch().catch(() => {
    hooks.isWatching = false;
  });
}

function track(portal: Portal, work: Promise<void>): void {
  const { inFlight } = portal.hooks;
  const tracked = work.catch(() => undefined).finally(() => inFlight.delete(tracked));
  inFlight.add(tracked);
}

async function sendLater(world: World, portal: Portal, delayMs: number, send: () => Promise<void>) {
  // The answer to the call that caused the event leaves first.
  await world.clock.turn();
  if (delayMs > 0) await world.clock.sleep(delayMs);
  await send();
  const held = portal.hooks.held.splice(0);
  for (const release of held) release();
}

/** One form of the portal's own automation, sent like an event. */
export function sendForm(
  world: World,
  portal: Portal,
  name: string,
  form: { readonly url: string; readonly fields: Params },
): void {
  const body = encodeForm(form.fields);
  enqueue(world, portal, name, () => post(world, portal, name, form.url, body));
}

function enqueue(world: World, portal: Portal, event: string, send: () => Promise<void>): void {
  const { trouble } = portal;
  if (trouble === null) {
    track(portal, sendLater(world, portal, 0, send));
    return;
  }
  if (world.random.next() < trouble.drop) {
    journal(world, portal, `dropped hook ${event}`, 0);
    return;
  }
  const copies = world.random.next() < trouble.double ? 2 : 1;
  const isHeld = world.random.next() < trouble.reorder;
  for (let copy = 0; copy < copies; copy += 1) {
    const delay = Math.floor(world.random.next() * trouble.maxDelayMs);
    const start = (): void => track(portal, sendLater(world, portal, delay, send));
    if (isHeld) portal.hooks.held.push(start);
    else start();
  }
}

function deliverTo(
  world: World,
  install: Install,
  handler: { readonly id: number; readonly url: string },
  raised: Raised,
  kind: TokenKind,
): void {
  const { portal } = install;
  const send = async (): Promise<void> => {
    const form = encodeForm({
      event: raised.event,
      event_handler_id: handler.id,
      data: raised.data,
      // Moment of sending from the queue, not of the change.
      ts: Math.floor(nowOf(world) / 1000),
      auth: authOf(world, install, raised.userId, kind),
    });
    await post(world, portal, raised.event, handler.url, form);
  };
  enqueue(world, portal, raised.event, send);
}

function keepOffline(world: World, install: Install, handler: Handler, raised: Raised): void {
  const { portal } = install;
  if (handler.connector !== "" && handler.connector === raised.connector) return;
  const same = (event: OfflineEvent): boolean =>
    event.clientId === install.app.clientId &&
    event.event === raised.event &&
    event.connector === handler.connector &&
    event.processId === "" &&
    JSON.stringify(event.data) === JSON.stringify(raised.data);
  portal.offline = portal.offline.filter((event) => !same(event));
  portal.offline.push({
    id: nextId(portal, "offline"),
    event: raised.event,
    data: raised.data,
    userId: raised.userId,
    connector: handler.connector,
    clientId: install.app.clientId,
    at: nowOf(world),
    processId: "",
    isError: false,
  });
  callForQueue(world, install);
}

/** Says that something waits: an empty event with tokens, not more often than the handler wants. */
function callForQueue(world: World, install: Install): void {
  const now = nowOf(world);
  for (const handler of install.handlers) {
    if (handler.event !== "ONOFFLINEEVENT" || handler.isOffline) continue;
    if (now - handler.calledAt < (handler.minTimeout * 1000) / world.settings.speed) continue;
    handler.calledAt = now;
    const raised = { event: "ONOFFLINEEVENT", data: {}, userId: install.installedBy };
    deliverTo(world, install, handler, raised, "withRefresh");
  }
}

/** A change in the CRM: goes to every installed application that bound the event. */
export function raise(world: World, portal: Portal, raised: Raised): void {
  for (const install of portal.installs.values()) {
    // Nothing is sent before the installation is finished.
    if (!install.isInstalled || install.isRemoved) continue;
    for (const handler of install.handlers) {
      if (handler.event !== raised.event) continue;
      if (handler.isOffline) keepOffline(world, install, handler, raised);
      else {
        const userId = handler.authType > 0 ? handler.authType : raised.userId;
        deliverTo(world, install, handler, { ...raised, userId }, "access");
      }
    }
  }
}

/** ONAPPINSTALL, ONAPPUPDATE, ONAPPUNINSTALL, ONAPPTEST: version card's handler and bound handlers, each address once. */
export function raiseAppEvent(
  world: World,
  install: Install,
  raised: Raised,
  kind: TokenKind,
): void {
  const bound = install.handlers.filter(
    (handler) => handler.event === raised.event && !handler.isOffline,
  );
  const targets = new Map(bound.map((handler) => [handler.url, handler]));
  const card = install.app.eventUrl;
  if (card !== null && !targets.has(card))
    deliverTo(world, install, { id: 0, url: card }, raised, kind);
  for (const handler of targets.values()) deliverTo(world, install, handler, raised, kind);
}

/** Releases what was held back and waits until nothing is under way. */
export async function flushHooks(portal: Portal): Promise<void> {
  while (portal.hooks.held.length > 0 || portal.hooks.inFlight.size > 0) {
    for (const release of portal.hooks.held.splice(0)) release();
    await Promise.all(portal.hooks.inFlight);
  }
}
