import { provenOrigin } from "../../crm/address.ts";
import type { Desk, DoorCall, DoorReply, EmbeddedPage } from "../../crm/door.ts";
import type { HostConfig } from "../../crm/host.ts";
import { toLocale } from "./events.ts";
import { type FormMap, formText } from "./form.ts";
import { hookSecret, type InstallClaim, proveInstall } from "./install.ts";
import { memberKey, originOf } from "./oauth.ts";
import { readPlace, readPlacement } from "./place.ts";
import { isFields, parseJson, toText } from "./values.ts";
import { isInstalled, type ProvenViewer, proveViewer } from "./viewer.ts";

/** Our script that speaks with the portal's frame. */
const ISLAND = "bitrix24-frame";

/** States of a portal whose stored token is dead. One that was only silent to us, and so was purged, comes back too. */
const DEAD_STATES = ["reconnect", "suspended", "purged"];

/** The installer page: registers nothing itself; the page reports `installFinish` when the set-up is done. */
export async function handleInstaller(
  form: FormMap,
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<DoorReply> {
  const claim = pageClaim(form);
  const grant = await proveInstall(desk, config, claim);
  const locale = localeOf(call);
  await desk.install(grant, { ...hookSecret(claim), isFinished: false, locale });
  const viewer = { userId: grant.userId, isAdmin: true, accessToken: formText(form, "AUTH_ID") };
  return page({
    place: "installer",
    portal: grant.key,
    viewer,
    locale,
    frameOrigin: originOf(grant.endpoint),
  });
}

/** The app page and menu items. An administrator who opens it confirms a finished installation or renews a dead token. */
export async function handleApp(
  form: FormMap,
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<DoorReply> {
  const proven = await proveViewer(desk, config, viewerClaim(form), call.caller ?? "");
  const locale = localeOf(call);
  if (proven.state === "installing" && (await isInstalled(desk, proven))) {
    await desk.confirmInstalled(proven.key);
  }
  if (DEAD_STATES.includes(proven.state) && proven.viewer.isAdmin) {
    const claim = pageClaim(form);
    const grant = await proveInstall(desk, config, claim);
    await desk.install(grant, { ...hookSecret(claim), isFinished: true, locale });
  }
  return page({ place: "app", ...embedding(proven), locale });
}

/** A card: shown only when the viewer's own token can read that record. */
export async function handleCard(
  form: FormMap,
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<DoorReply> {
  const place = readPlace(formText(form, "PLACEMENT"), formText(form, "PLACEMENT_OPTIONS"));
  const proven = await proveViewer(desk, config, viewerClaim(form), call.caller ?? "");
  const locale = localeOf(call);
  const shown = { ...embedding(proven), locale };
  if (place === null) return page({ ...shown, place: "message", message: "no_record" });
  const { key, viewer } = proven;
  if (!(await desk.canViewerRead(key, viewer, place.entity, place.id))) {
    return page({ ...shown, place: "message", message: "no_permission" });
  }
  return page({ ...shown, place: "card", entity: place });
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
  const place = readPlacement(body.placement, body.options);
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
  const domain = call.url.searchParams.get("DOMAIN") ?? "";
  const scheme = call.url.searchParams.get("PROTOCOL") === "0" ? "http" : "https";
  return {
    kind: "shell",
    island: ISLAND,
    frameOrigins: claimedOrigin(scheme, domain, config),
    locale: call.url.searchParams.get("LANG"),
  };
}

function claimedOrigin(scheme: string, domain: string, config: HostConfig): readonly string[] {
  try {
    return [provenOrigin(`${scheme}://${domain}`, { devHosts: config.devHosts })];
  } catch {
    return [];
  }
}

function viewerClaim(form: FormMap) {
  return { key: memberKey(formText(form, "member_id")), accessToken: formText(form, "AUTH_ID") };
}

function pageClaim(form: FormMap): InstallClaim {
  const refreshToken = formText(form, "REFRESH_ID");
  return {
    memberKey: memberKey(formText(form, "member_id")),
    request: refreshToken ? { grant_type: "refresh_token", refresh_token: refreshToken } : null,
    serverEndpoint: formText(form, "SERVER_ENDPOINT"),
    applicationToken: formText(form, "APPLICATION_TOKEN"),
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
