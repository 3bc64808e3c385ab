import type { Edit, SandboxPortal, Truth, TruthDeal, TruthTask } from "../contract.ts";
import { type Deeds, makeDeeds } from "./deeds.ts";
import { applyEdit } from "./edits.ts";
import { COMPANY, CONTACT, DEAL } from "./fields.ts";
import { flushHooks } from "./hooks.ts";
import { beginInstall, finishInstall, removeApp, updateApp } from "./install.ts";
import {
  type AppCard,
  type Install,
  itemsOf,
  type Portal,
  userFieldsOf,
  type World,
} from "./model.ts";
import { toMinor } from "./money.ts";
import { type OwnerControls, ownerControls } from "./owner-controls.ts";
import {
  applicationSpec,
  type CardKind,
  cardOptions,
  cardStrips,
  openFrame,
  type PagePost,
  type PageSpec,
  postRequest,
} from "./pages.ts";
import { CANARIES, seedPortal } from "./seed.ts";
import { semanticsOf, stageDictionary } from "./stages.ts";
import { expirePortalTokens } from "./tokens.ts";
import { type WritingControls, writingControls } from "./writing-controls.ts";

/** Place of a page: the application's own, the installer, or a bound placement code. */
export type Place = "app" | "install" | (string & {});

/** What Bitrix24 portals offer beyond every sandbox portal. */
export interface Bitrix24Portal extends SandboxPortal, OwnerControls, WritingControls, Deeds {
  readonly memberId: string;
  /** Puts the application on the portal without opening anything; by default the first registered one. */
  beginInstall(userIndex?: number, clientId?: string): void;
  /** The exact POST a browser would send into the frame. Throws when the placement is not bound or hidden. */
  openPage(
    place: Place,
    entity?: { readonly kind: CardKind; readonly id: string } | null,
    userIndex?: number,
  ): PagePost;
  /** Sends such a POST through `deliver`. */
  post(page: PagePost): Promise<Response>;
  /** What `installFinish()` inside the frame does. */
  finishInstall(): void;
  isInstalled(): boolean;
  applicationToken(): string;
  /** A new version of the application: old handlers and placements are dropped, ONAPPUPDATE goes out. */
  updateApp(): void;
  /** Address to send a person to: `/oauth/authorize/` of the portal. */
  authorizeUrl(state: string, userIndex?: number): string;
  /** Commands that frames sent to the portal's page. */
  frameLog(): readonly { readonly command: string; readonly params: unknown }[];
}

function installOf(portal: Portal): Install {
  const install = [...portal.installs.values()].at(-1);
  if (install === undefined) throw new Error(`no application on ${portal.name}`);
  return install;
}

function userIdAt(portal: Portal, index: number): number {
  const user = portal.users.filter((one) => !one.isSystem)[index];
  if (user === undefined) throw new Error(`no user ${index} in ${portal.name}`);
  return user.id;
}

function truthOf(portal: Portal): Truth {
  const deals: TruthDeal[] = [];
  for (const deal of itemsOf(portal, DEAL)?.rows() ?? []) {
    const categoryId = Number(deal.categoryId ?? 0);
    const dictionary = stageDictionary(DEAL, categoryId);
    const stage = portal.stages.find(
      (one) => one.entityId === dictionary && one.statusId === deal.stageId,
    );
    const semantics = semanticsOf(stage);
    const currency = String(deal.currencyId ?? portal.currency);
    const contactIds = Array.isArray(deal.contactIds) ? deal.contactIds : [];
    deals.push({
      id: String(deal.id),
      pipelineId: String(categoryId),
      stageId: String(deal.stageId),
      outcome: semantics === "S" ? "won" : semantics === "F" ? "lost" : "open",
      amountMinor: toMinor(Number(deal.opportunity ?? 0), currency),
      companyId: Number(deal.companyId ?? 0) > 0 ? String(deal.companyId) : null,
      contactIds: contactIds.map(String),
    });
  }
  const ids = (kind: "company" | "contact") =>
    (itemsOf(portal, kind === "company" ? COMPANY : CONTACT)?.ids ?? []).map((id) => ({
      kind,
      id: String(id),
    }));
  return { deals, clients: [...ids("company"), ...ids("contact")] };
}

function tasksOf(portal: Portal): TruthTask[] {
  const todos = [...portal.activities.rows()]
    .filter((one) => one.providerId === "CRM_TODO")
    .map((one) => ({
      id: String(one.id),
      title: one.subject,
      text: one.description,
      responsibleId: String(one.responsibleId),
      entityId: String(one.ownerId),
    }));
  const tasks = [...portal.tasks.rows()].map((one) => ({
    id: String(one.id),
    title: one.title,
    text: one.description,
    responsibleId: String(one.responsibleId),
    entityId: one.crm[0]?.split("_").at(-1) ?? null,
  }));
  return [...todos, ...tasks];
}

function tagsOf(portal: Portal, kind: "company" | "contact", id: string): string[] {
  const typeId = kind === "company" ? COMPANY : CONTACT;
  const item = itemsOf(portal, typeId)?.get(Number(id));
  if (item === undefined) return [];
  return userFieldsOf(portal, typeId)
    .filter((field) => field.type === "enumeration" && field.isMultiple)
    .flatMap((field) => {
      const ids = item[field.fieldName];
      const list: unknown[] = Array.isArray(ids) ? ids : [];
      return field.options.filter((one) => list.includes(one.id)).map((one) => one.value);
    });
}

function pageSpec(
  portal: Portal,
  place: Place,
  entity: { readonly kind: CardKind; readonly id: string } | null,
  userId: number,
): PageSpec {
  const install = installOf(portal);
  if (install.isRemoved) throw new Error(`the application is not on ${portal.name}`);
  const spec = applicationSpec(install, userId);
  if (place === "app") return spec;
  if (place === "USERFIELD_TYPE") return stripSpec(install, userId, entity);
  if (place === "install") return { ...spec, handler: install.app.installUrl, isInstaller: true };
  const bound = install.placements.find((one) => one.placement === place);
  if (bound === undefined || !install.isInstalled) {
    throw new Error(`${place} is not shown on ${portal.name}`);
  }
  const options = entity === null ? { URI: "/" } : cardOptions(entity.kind, entity.id);
  return { install, userId, handler: bound.handler, placement: place, options, isInstaller: false };
}

/** The first field of the application's own type on this kind of record, as the card's body shows it. */
function stripSpec(
  install: Install,
  userId: number,
  entity: { readonly kind: CardKind; readonly id: string } | null,
): PageSpec {
  const [strip] = entity === null ? [] : cardStrips(install, entity.kind, entity.id);
  if (strip === undefined || !install.isInstalled) throw new Error("no field of an own type");
  const { handler, options } = strip;
  return { install, userId, handler, placement: "USERFIELD_TYPE", options, isInstaller: false };
}

/** The install route: what a person in a browser causes, without a browser. */
async function installAs(world: World, portal: Portal, app: AppCard, userId: number) {
  const send = async (place: Place): Promise<void> => {
    const page = openFrame(world, pageSpec(portal, place, null, userId));
    const answer = await world.deliver(postRequest(page));
    await answer.body?.cancel();
    if (answer.status >= 400) {
      throw new Error(`${place} page of the application answered ${answer.status}`);
    }
  };
  const install = beginInstall(world, portal, app, userId);
  await send("install");
  finishInstall(world, install);
  // The portal reloads and opens the normal page.
  await send("app");
}

function appNamed(world: World, clientId: string | undefined): AppCard {
  const app = clientId === undefined ? [...world.apps.values()][0] : world.apps.get(clientId);
  if (app === undefined) throw new Error("no application is registered");
  return app;
}

function moveAddress(world: World, portal: Portal, name: string): void {
  portal.oldHosts.add(new URL(portal.origin).host);
  portal.name = name;
  portal.origin = world.settings.portalOrigin(name);
  portal.oldHosts.delete(new URL(portal.origin).host);
}

function seedAndBase(world: World, portal: Portal, data: Parameters<SandboxPortal["seed"]>[0]) {
  portal.currency = data.currency;
  seedPortal(world, portal, data);
}

/** The part of the handle that plays the host's pages and the application's life. */
function hostControls(world: World, portal: Portal) {
  return {
    beginInstall: (userIndex = 0, clientId?: string): void => {
      beginInstall(world, portal, appNamed(world, clientId), userIdAt(portal, userIndex));
    },
    openPage: (
      place: Place,
      entity: { readonly kind: CardKind; readonly id: string } | null = null,
      userIndex = 0,
    ) => openFrame(world, pageSpec(portal, place, entity, userIdAt(portal, userIndex))),
    post: (page: PagePost) => world.deliver(postRequest(page)),
    finishInstall: () => finishInstall(world, installOf(portal)),
    isInstalled: () => [...portal.installs.values()].at(-1)?.isInstalled ?? false,
    applicationToken: () => installOf(portal).applicationToken,
    updateApp: () => updateApp(world, installOf(portal)),
    authorizeUrl: (state: string, userIndex = 0) => {
      const url = new URL(`${portal.origin}/oauth/authorize/`);
      url.searchParams.set("client_id", installOf(portal).app.clientId);
      url.searchParams.set("state", state);
      url.searchParams.set("user", String(userIdAt(portal, userIndex)));
      return url.href;
    },
    install: (userIndex = 0) =>
      installAs(world, portal, appNamed(world, undefined), userIdAt(portal, userIndex)),
    uninstall: async ({ erase }: { readonly erase: boolean }) => {
      removeApp(world, installOf(portal), erase);
      await flushHooks(portal);
    },
    cardUrl: (entity: CardKind, id: string, userIndex = 0) =>
      `${portal.origin}/crm/${entity}/details/${id}/?user=${userIdAt(portal, userIndex)}`,
    appUrl: (userIndex = 0) =>
      `${portal.origin}/marketplace/app/${installOf(portal).localId}/?user=${userIdAt(portal, userIndex)}`,
    frameLog: () =>
      [...world.frames.values()]
        .filter((frame) => frame.install.portal === portal)
        .flatMap((frame) => frame.log),
  };
}

/** The control plane of one portal. */
export function portalHandle(world: World, portal: Portal): Bitrix24Portal {
  return {
    ...hostControls(world, portal),
    ...makeDeeds(world, portal),
    accountId: portal.memberId,
    memberId: portal.memberId,
    origin: () => portal.origin,
    users: portal.users
      .filter((user) => !user.isSystem)
      .map((user) => ({ id: String(user.id), isAdmin: user.isAdmin })),
    seed: (data) => seedAndBase(world, portal, data),
    edit: (edit: Edit, userIndex = 0) =>
      applyEdit(world, portal, edit, { userId: userIndex < 0 ? 0 : userIdAt(portal, userIndex) }),
    setHookTrouble: (trouble) => {
      portal.trouble = trouble;
    },
    flushHooks: () => flushHooks(portal),
    addFault: (rule) => {
      portal.faults.push({ rule, skipped: 0, applied: 0 });
    },
    clearFaults: () => {
      portal.faults = [];
    },
    rename: (name) => moveAddress(world, portal, name),
    expireTokens: (what) => expirePortalTokens(world, portal.memberId, what),
    truth: () => truthOf(portal),
    tasks: () => tasksOf(portal),
    tags: (kind, id) => tagsOf(portal, kind, id),
    journal: () => portal.journal,
    clearJournal: () => {
      portal.journal = [];
    },
    canaries: () => Object.values(CANARIES),
    ...ownerControls(world, portal, () => installOf(portal)),
    ...writingControls(world, portal, () => installOf(portal)),
  };
}
