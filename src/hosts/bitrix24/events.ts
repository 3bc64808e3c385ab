import type { Delivery, Desk, DoorCall, DoorReply, Hint } from "../../crm/door.ts";
import { errorCode } from "../../crm/error.ts";
import type { Grant, HostConfig } from "../../crm/host.ts";
import type { PortalKey } from "../../crm/portal-key.ts";
import type { ScanEntity } from "../../crm/records.ts";
import { type FormMap, formText, parseForm } from "./form.ts";
import { hookSecret, type InstallClaim, proveInstall, serversFor } from "./install.ts";
import { ENTITY_TYPE } from "./mapping.ts";
import { appInfo, memberKey, portalEndpoint } from "./oauth.ts";
import { isYes, toId } from "./values.ts";
import { askProfile, isInstalled } from "./viewer.ts";

const EMPTY: DoorReply = { kind: "empty", status: 200 };

/** Changes of records that we mirror. Moving a deal to another pipeline raises only its own event. */
const HINTS: Readonly<
  Record<string, { readonly entity: ScanEntity; readonly isDeletion: boolean }>
> = {
  ...hintsOf("DEAL", "deal"),
  ONCRMDEALMOVETOCATEGORY: { entity: "deal", isDeletion: false },
  ...hintsOf("CONTACT", "contact"),
  ...hintsOf("COMPANY", "company"),
  ...hintsOf("ACTIVITY", "activity"),
  ...hintsOf("LEAD", "lead"),
  ...hintsOf("DYNAMICITEM", "payment"),
};

/** Smart processes have events of one name; portals that offer names for one kind spare us all the others. */
const DYNAMIC = /^(ONCRMDYNAMICITEM(?:ADD|UPDATE|DELETE))(?:_(\d+))?$/;

/** What to bind on a portal that offers these events; null = not known, every event that all portals have. */
export function recordEvents(offered: ReadonlySet<string> | null): readonly string[] {
  return Object.keys(HINTS).flatMap((event) => {
    const typed = `${event}_${ENTITY_TYPE.invoice}`;
    if (DYNAMIC.test(event) && offered?.has(typed)) return [typed];
    return offered === null || offered.size === 0 || offered.has(event) ? [event] : [];
  });
}

/** These carry new tokens and go to the install door. */
export const INSTALL_EVENTS: readonly string[] = ["ONAPPINSTALL", "ONAPPUPDATE"];
export const LIFE_EVENTS: readonly string[] = ["ONAPPUNINSTALL", "ONAPPPAYMENT"];

/** "Something waits in the queue of changes", however much it is. */
export const QUEUE_EVENT = "ONOFFLINEEVENT";

function hintsOf(word: string, entity: ScanEntity) {
  return {
    [`ONCRM${word}ADD`]: { entity, isDeletion: false },
    [`ONCRM${word}UPDATE`]: { entity, isDeletion: false },
    [`ONCRM${word}DELETE`]: { entity, isDeletion: true },
  };
}

/**
 * A post of the portal's queue. Answered after the durable write, and with the same empty 200 whether it was stored,
 * meant nothing, or came from a stranger.
 */
export async function handleEvents(
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<DoorReply> {
  const form = readOrNull(call.body);
  if (form === null) return receiveUnreadable(call.body, desk);
  return handleEvent(form, call, desk, config);
}

export async function handleEvent(
  form: FormMap,
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<DoorReply> {
  const event = formText(form, "event")?.toUpperCase() ?? "";
  if (INSTALL_EVENTS.includes(event)) return handleInstallEvent(event, form, call, desk, config);
  const key = memberKey(formText(form, "auth", "member_id"));
  const secret = formText(form, "auth", "application_token") ?? "";
  if (event === "ONAPPUNINSTALL") {
    if (key !== null && (await desk.secretMatches(key, secret))) {
      // The secret never changes on some portals: an old message could be sent again.
      const erase = isYes(formText(form, "data", "CLEAN"));
      await desk.uninstall(key, { erase, isReplayable: true });
    }
    return EMPTY;
  }
  if (event === "ONAPPPAYMENT") {
    // In the vendor's samples it carries no secret, so it is never more than a reason to look.
    if (key !== null) await desk.setUpAgain(key, { isHint: true });
    return EMPTY;
  }
  if (event === QUEUE_EVENT) {
    // Its body is empty: what has changed is in the queue.
    await desk.receive({ ...delivery(key, secret, []), hasQueued: true });
    return EMPTY;
  }
  const hints = readHints(event, form);
  if (hints.length > 0) await desk.receive(delivery(key, secret, hints));
  return EMPTY;
}

function delivery(
  key: ReturnType<typeof memberKey>,
  secret: string,
  hints: readonly Hint[],
): Delivery {
  return { candidates: key === null ? [] : [key], secret, hints };
}

/** Which kind of record an event is about; null = none that we mirror. `typeId` is told by events of smart processes. */
export function eventMeaning(
  event: string,
  typeId: string | null,
): { readonly entity: ScanEntity; readonly isDeletion: boolean } | null {
  const [, family, suffix] = DYNAMIC.exec(event) ?? [];
  if (family === undefined) return HINTS[event] ?? null;
  const isInvoice = Number(typeId ?? suffix) === ENTITY_TYPE.invoice;
  return isInvoice ? (HINTS[family] ?? null) : null;
}

/** Some events put the id directly under `data`. */
function readHints(event: string, form: FormMap): readonly Hint[] {
  const id = toId(formText(form, "data", "FIELDS", "ID") ?? formText(form, "data", "ID"));
  const typeId = formText(form, "data", "FIELDS", "ENTITY_TYPE_ID");
  const meaning = eventMeaning(event, typeId);
  return meaning && id !== null ? [{ ...meaning, id }] : [];
}

/** New tokens after an installation or a new version; proven like a person's installation. */
async function handleInstallEvent(
  event: string,
  form: FormMap,
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<DoorReply> {
  const claim = eventClaim(form, call);
  const isUpdate = event === "ONAPPUPDATE";
  try {
    const grant = await proveInstall(desk, config, claim);
    const isFinished = isUpdate || (await isFinishedBy(form, desk, grant));
    const locale = toLocale(formText(form, "data", "LANGUAGE_ID"));
    await desk.install(grant, { ...hookSecret(claim), isFinished, locale });
    return EMPTY;
  } catch (thrown) {
    if (isUpdate && (await isUpdateTaken(form, claim, desk, config))) return EMPTY;
    return { kind: "error", code: errorCode(thrown) };
  }
}

/** `Y`, `N`, `1` or `0`; where the event does not say, the portal is asked. */
async function isFinishedBy(form: FormMap, desk: Desk, grant: Grant): Promise<boolean> {
  const said = formText(form, "data", "INSTALLED");
  return said === null || said === "" ? isInstalled(desk, grant) : isYes(said);
}

/**
 * An update without tokens that we may keep (somebody without rights has updated, or none came): the portal's handlers are
 * gone all the same, and are registered again with our own token. The event's access token, confirmed by the token server
 * and an administrator's, vouches for the new secret; without it the message only moves our next look forward.
 */
async function isUpdateTaken(
  form: FormMap,
  claim: InstallClaim,
  desk: Desk,
  config: HostConfig,
): Promise<boolean> {
  const { memberKey, caller } = claim;
  if (memberKey === null || (await desk.address(memberKey)) === null) return false;
  const accessToken = formText(form, "auth", "access_token");
  const isVouched =
    accessToken !== null &&
    desk.mayExchange?.(memberKey, caller) !== false &&
    (await isAdminOf(
      memberKey,
      accessToken,
      serversFor(claim.serverEndpoint, config),
      desk,
      config,
    ));
  if (isVouched) desk.hasExchanged?.(memberKey, caller);
  await desk.setUpAgain(memberKey, isVouched ? hookSecret(claim) : { isHint: true });
  return isVouched;
}

async function isAdminOf(
  key: PortalKey,
  accessToken: string,
  servers: readonly string[],
  desk: Desk,
  config: HostConfig,
): Promise<boolean> {
  for (const server of servers) {
    const info = await appInfo(server, accessToken, desk.transport).catch(() => null);
    if (info?.key !== key) continue;
    try {
      const endpoint = portalEndpoint(info.clientEndpoint, config);
      return (await askProfile(desk, { endpoint, accessToken })).isAdmin;
    } catch {
      return false;
    }
  }
  return false;
}

function eventClaim(form: FormMap, call: DoorCall): InstallClaim {
  const refreshToken = formText(form, "auth", "refresh_token");
  return {
    memberKey: memberKey(formText(form, "auth", "member_id")),
    request: refreshToken ? { grant_type: "refresh_token", refresh_token: refreshToken } : null,
    serverEndpoint: formText(form, "auth", "server_endpoint"),
    applicationToken: formText(form, "auth", "application_token"),
    caller: call.caller ?? "",
  };
}

export function toLocale(text: string | null): string {
  return text !== null && /^[a-z]{2}$/i.test(text) ? text.toLowerCase() : "ru";
}

function readOrNull(body: string): FormMap | null {
  try {
    return parseForm(body);
  } catch {
    return null;
  }
}

/**
 * A body beyond our bounds: when the caller knows the secret something has changed that we cannot read, so the portal
 * is scanned; everybody else is told that the request is not valid.
 */
async function receiveUnreadable(body: string, desk: Desk): Promise<DoorReply> {
  const key = memberKey(plainField(body, "member_id"));
  const secret = plainField(body, "application_token") ?? "";
  const outcome =
    key === null
      ? "refused"
      : await desk.receive({ ...delivery(key, secret, []), isUnreadable: true });
  return outcome === "stored" ? EMPTY : { kind: "error", code: "input.invalid" };
}

function plainField(body: string, name: string): string | null {
  for (const prefix of [`auth[${name}]=`, `auth%5B${name}%5D=`]) {
    const at = body.startsWith(prefix) ? 0 : body.indexOf(`&${prefix}`) + 1;
    if (at === 0 && !body.startsWith(prefix)) continue;
    const from = at + prefix.length;
    return /^[\w-]{0,128}/.exec(body.slice(from, from + 128))?.[0] ?? null;
  }
  return null;
}
