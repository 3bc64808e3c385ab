import type { Desk, DoorCall, DoorReply, EmbeddedPage } from "../../crm/door.ts";
import { errorCode } from "../../crm/error.ts";
import type { Grant, HostConfig } from "../../crm/host.ts";
import { toLocale } from "./events.ts";
import { type FormMap, formText } from "./form.ts";
import { hookSecret, type InstallClaim, proveInstall } from "./install.ts";
import { memberKey, originOf, portalOrigin } from "./oauth.ts";
import { readOpened, readPlace, readPlacement } from "./place.ts";
import { isFields, parseJson, toText } from "./values.ts";
import { isInstalled, type ProvenViewer, proveUnpaid, proveViewer, UNPAID } from "./viewer.ts";

/** Our script that speaks with the portal's frame. */
const ISLAND = "bitrix24-frame";

/** States of a portal whose stored token is dead. One that was only silent to us, and so was purged, comes back too. */
const DEAD_STATES = ["reconnect", "suspended", "purged"];
/** The stored token's owner has lost what we need; another administrator has it. */
const LACKS_RIGHTS = "needs_admin";

/** The installer page: registers nothing itself; the page reports `installFinish` when the set-up is done. */
export async function handleInstaller(
  form: FormMap,
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<DoorReply> {
  const claim = pageClaim(form, call);
  const grant = await proveInstall(desk, config, claim);
  const locale = localeOf(call);
  await desk.install(grant, { ...hookSecret(claim), isFinished: false, locale });
  return page({ place: "installer", ...ownPage(form, grant, desk), locale });
}

/** The page of somebody whose grant has just been proven. */
function ownPage(form: FormMap, grant: Grant, desk: Desk) {
  const { userId, key, endpoint } = grant;
  const accessToken = formText(form, "AUTH_ID");
  const viewer = { userId, isAdmin: true, accessToken, provenAt: desk.clock.now() };
  return { portal: key, viewer, frameOrigin: originOf(endpoint) };
}

/**
 * The app page before any installation has reached us: a portal whose application has no installer page, or whose message
 * was lost. Whoever may install does it by opening; where the portal still waits for `installFinish`, the installer follows.
 */
async function openFirst(
  form: FormMap,
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<DoorReply> {
  const claim = pageClaim(form, call);
  const grant = await proveInstall(desk, config, claim);
  const isFinished = await isInstalled(desk, grant);
  const locale = localeOf(call);
  await desk.install(grant, { ...hookSecret(claim), isFinished, locale });
  const place = isFinished ? "app" : "installer";
  return page({ place, ...ownPage(form, grant, desk), locale });
}

/** The app page and menu items. An administrator who opens it confirms a finished installation or renews a dead token. */
export async function handleApp(
  form: FormMap,
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<DoorReply> {
  const { key } = viewerClaim(form);
  if (key !== null && (await desk.address(key)) === null)
    return openFirst(form, call, desk, config);
  const proven = await proveViewer(desk, config, viewerClaim(form), call.caller ?? "");
  const { endpoint, viewer } = proven;
  const auth = { endpoint, accessToken: viewer.accessToken ?? "" };
  if (!proven.isFinished && (await isInstalled(desk, auth)))
    await desk.confirmInstalled(proven.key);
  await heal(proven, form, call, desk, config);
  const shown = { ...embedding(proven), locale: localeOf(call) };
  const opened = readOpened(formText(form, "PLACEMENT_OPTIONS"));
  if (opened === null) return page({ ...shown, place: "app" });
  if (!(await desk.canViewerRead(proven.key, viewer, opened.entity, opened.id))) {
    return page({ ...shown, place: "message", message: "no_permission" });
  }
  return page({ ...shown, place: "card", entity: opened, size: "full", canClose: true });
}

/**
 * What a page opened by the right person repairs: a dead token by theirs, and a secret of events that we missed the change
 * of. The page is shown whether or not it works; the next one tries again.
 */
async function heal(
  proven: ProvenViewer,
  form: FormMap,
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<void> {
  const { key, viewer, state } = proven;
  const claim = pageClaim(form, call);
  const isDead = DEAD_STATES.includes(state) && proven.isEntitled;
  try {
    if (isDead || (state === LACKS_RIGHTS && viewer.isAdmin)) {
      const grant = await proveInstall(desk, config, claim, isDead ? viewer.userId : null);
      const locale = localeOf(call);
      await desk.install(grant, { ...hookSecret(claim), isFinished: true, locale });
      return;
    }
    const secret = hookSecret(claim);
    if (!viewer.isAdmin || secret.hookSecret === undefined) return;
    if (!(await desk.secretMatches(key, secret.hookSecret))) await desk.setUpAgain(key, secret);
  } catch (thrown) {
    desk.log.warn("portal.not_healed", { portal: key, code: errorCode(thrown) });
  }
}

/** A portal that is not paid for says nothing about its people: then the token servers do, and the card says why it is empty. */
async function proveCardViewer(
  form: FormMap,
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<ProvenViewer> {
  const claim = viewerClaim(form);
  try {
    return await proveViewer(desk, config, claim, call.caller ?? "");
  } catch (thrown) {
    const unpaid = isUnpaid(thrown) ? await proveUnpaid(desk, config, claim) : null;
    if (unpaid === null) throw thrown;
    return unpaid;
  }
}

/** Why this viewer sees no figures of the record, or null. Throws AppError `host.*`. */
async function cardRefusal(
  desk: Desk,
  { key, viewer, state }: ProvenViewer,
  { entity, id }: NonNullable<EmbeddedPage["entity"]>,
): Promise<"no_permission" | "licence_ended" | null> {
  try {
    return (await desk.canViewerRead(key, viewer, entity, id)) ? null : "no_permission";
  } catch (thrown) {
    if (state === UNPAID || isUnpaid(thrown)) return "licence_ended";
    throw thrown;
  }
}

function isUnpaid(thrown: unknown): boolean {
  return errorCode(thrown) === "host.payment_required";
}

/** A card: shown only when the viewer's own token can read that record. */
export async function handleCard(
  form: FormMap,
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<DoorReply> {
  const place = readPlace(formText(form, "PLACEMENT"), formText(form, "PLACEMENT_OPTIONS"));
  const proven = await proveCardViewer(form, call, desk, config);
  const locale = localeOf(call);
  const shown = { ...embedding(proven), locale };
  await heal(proven, form, call, desk, config);
  if (place === null) return page({ ...shown, place: "message", message: "no_record" });
  const refusal = await cardRefusal(desk, proven, place);
  if (refusal !== null) return page({ ...shown, place: "message", message: refusal });
  const size = formText(form, "PLACEMENT") === "USERFIELD_TYPE" ? "strip" : "full";
  return page({ ...shown, place: "card", entity: place, size });
}

/** A fresh session for a page that is open: `{AUTH_ID, member_id, placement, options?, locale?}`. */
export async function handleSession(
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<DoorReply> {
  const body = parseJson(call.body);
  if (!isFields(body)) return { kind: "error", code: "input.invalid" };
  const proven = await proveViewer(
    desk,
    config,
    {
      key: memberKey(body.member_id),
      accessToken: toText(body.AUTH_ID),
    },
    call.caller ?? "",
  );
  const { key, viewer } = proven;
  const place = readPlacement(body.placement, body.options ?? body.PLACEMENT_OPTIONS);
  if (place !== null && !(await desk.canViewerRead(key, viewer, place.entity, place.id))) {
    return { kind: "error", code: "auth.refused" };
  }
  const session = await desk.openSession({
    portal: key,
    viewer,
    entities: place === null ? [] : [place],
    locale: toLocale(toText(body.locale)),
  });
  return { kind: "json", status: 200, body: session };
}

/**
 * A reload inside the frame is a plain GET without any proof: the shell holds no data and asks the frame again. The
 * claimed portal only decides who may frame this empty page.
 */
export function handleReload(call: DoorCall, config: HostConfig): DoorReply {
  return {
    kind: "shell",
    island: ISLAND,
    frameOrigins: frameOf(call, config),
    locale: call.url.searchParams.get("LANG"),
  };
}

/** Who says to have opened the page. Decides only who may frame a page without data. */
export function frameOf(call: DoorCall, config: HostConfig): readonly string[] {
  const domain = call.url.searchParams.get("DOMAIN") ?? "";
  const scheme = call.url.searchParams.get("PROTOCOL") === "0" ? "http" : "https";
  try {
    return [portalOrigin(`${scheme}://${domain}`, config)];
  } catch {
    return [];
  }
}

function viewerClaim(form: FormMap) {
  return { key: memberKey(formText(form, "member_id")), accessToken: formText(form, "AUTH_ID") };
}

function pageClaim(form: FormMap, call: DoorCall): InstallClaim {
  const refreshToken = formText(form, "REFRESH_ID");
  return {
    memberKey: memberKey(formText(form, "member_id")),
    request: refreshToken ? { grant_type: "refresh_token", refresh_token: refreshToken } : null,
    serverEndpoint: formText(form, "SERVER_ENDPOINT"),
    applicationToken: formText(form, "APPLICATION_TOKEN"),
    caller: call.caller ?? "",
  };
}

function embedding(proven: ProvenViewer): Pick<EmbeddedPage, "portal" | "viewer" | "frameOrigin"> {
  return {
    portal: proven.key,
    viewer: proven.viewer,
    frameOrigin: originOf(proven.endpoint),
  };
}

function page(content: Omit<EmbeddedPage, "island">): DoorReply {
  return { kind: "page", page: { ...content, island: ISLAND } };
}

/** The language of the viewer is in the query. */
function localeOf(call: DoorCall): string {
  return toLocale(call.url.searchParams.get("LANG"));
}
