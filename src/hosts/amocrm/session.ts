import { decodeJwt, errors, jwtVerify } from "jose";
import { z } from "zod";
import type { Desk, Door, DoorCall, DoorReply, TicketDraft } from "../../crm/door.ts";
import { AppError, ERROR_CODES, errorCode } from "../../crm/error.ts";
import type { CardEntity, HostConfig, ViewerProof } from "../../crm/host.ts";
import { type PortalKey, portalKey } from "../../crm/portal-key.ts";
import { localeOf } from "./account.ts";
import { KEY_SETTING, pipelineKey } from "./pipeline.ts";
import {
  originOrNull,
  type Place,
  PRODUCTS,
  placeFor,
  placeOf,
  productByClientId,
} from "./place.ts";
import { recordNamed } from "./record-names.ts";
import { id } from "./schema.ts";

/** The token's clock is the host's. */
const LEEWAY_SECONDS = 60;
/** Rights that an administrator takes away are gone after this long. */
const RIGHTS_LIFE_MS = 15 * 60_000;

/** The page keeps its token for a while after the integration was switched off. */
const REMOVED: readonly string[] = ["suspended", "purged"];

const request = z.object({
  /** `card`, `app`, or an area of the CRM's page (`lcard`, `advanced_settings`), which is a card when it names one. */
  place: z.string().max(64).optional(),
  entity: z
    .string()
    .transform(recordNamed)
    .pipe(z.enum(["deal", "contact", "company"]))
    .nullish(),
  id: id.nullish(),
  locale: z.enum(["ru", "en"]).optional().catch(undefined),
  /** The CRM's page cannot show our frame: it wants the card's first lines as text. */
  plain: z.boolean().optional().catch(undefined),
});

const claims = z.object({
  iss: z.string(),
  account_id: id,
  user_id: id,
  is_admin: z.preprocess((value) => value === true || value === 1 || value === "1", z.boolean()),
  client_uuid: z.string(),
});

/**
 * The widget's script, inside the CRM page, swaps the host's short-lived token for ours. The page keeps one token for
 * about 25 minutes and sends it again and again, so its `jti` must not be refused as used.
 */
export function sessionDoor(config: HostConfig): Door {
  return {
    method: "POST",
    path: "/amocrm/session",
    maxBodyBytes: 4_096,
    allowsOrigin: (origin) => originOrNull(origin, config) === origin,
    async handle(call, desk) {
      const caller = originOrNull(call.headers.origin, config);
      try {
        return await openSession(call, desk, config);
      } catch (error) {
        const code = errorCode(error);
        // The script has to be able to read why: `portal.unknown` means "offer to connect".
        return {
          kind: "json",
          status: ERROR_CODES[code].status,
          body: { code, message: ERROR_CODES[code].message },
          ...(caller === null ? {} : { corsOrigin: caller }),
        };
      }
    },
  };
}

interface Viewer {
  readonly key: PortalKey;
  readonly proof: ViewerProof;
  readonly origin: string;
}

async function openSession(call: DoorCall, desk: Desk, config: HostConfig): Promise<DoorReply> {
  const viewer = await proveViewer(call.headers["x-auth-token"] ?? "", desk, config);
  const origin = call.headers.origin;
  if (origin !== undefined && originOrNull(origin, config) !== viewer.origin) {
    throw new AppError("auth.refused");
  }
  const asked = readRequest(call.body);
  const subject = asked.entity && asked.id ? { entity: asked.entity, id: asked.id } : null;
  if (asked.place === "card" && subject === null) throw new AppError("input.invalid");
  const mayRead = subject !== null && (await canRead(viewer, subject, desk));
  const locale = asked.locale ?? localeOf(viewer.key);
  const session = await desk.openSession({
    portal: viewer.key,
    viewer: viewer.proof,
    entities: mayRead ? [subject] : [],
    locale,
  });
  const ticket = (place: "card" | "app") =>
    desk.issueTicket({
      portal: viewer.key,
      userId: viewer.proof.userId,
      isAdmin: viewer.proof.isAdmin,
      place,
      // A card that the viewer may not see is opened without its id: the page then says so and can show nothing.
      entity: place === "card" && mayRead ? subject.entity : null,
      id: place === "card" && mayRead ? subject.id : null,
      locale,
      frameOrigin: viewer.origin,
      // Asked for from the app's page: it has the room.
      ...(place === "card" && asked.place === "app" ? { isFull: true } : {}),
    } satisfies TicketDraft);
  const cardUrl = subject === null ? null : frameUrl(config, "card", await ticket("card"));
  const appUrl = frameUrl(config, "app", await ticket("app"));
  const lines =
    asked.plain === true && asked.place === "card"
      ? await desk.plainCard(viewer.key, viewer.proof, mayRead ? subject : null, locale)
      : null;
  const stepKey =
    asked.place === "digital_pipeline" && viewer.proof.isAdmin
      ? await pipelineKey(viewer.key, desk)
      : null;
  return {
    kind: "json",
    status: 200,
    body: {
      token: session.token,
      cardUrl,
      appUrl,
      expiresAt: session.expiresAt,
      ...(lines === null ? {} : { lines }),
      ...(stepKey === null ? {} : { [KEY_SETTING]: stepKey }),
    },
    corsOrigin: viewer.origin,
  };
}

function frameUrl(config: HostConfig, place: "card" | "app", ticket: string): string {
  return `${config.publicUrl}/amocrm/${place}?ticket=${encodeURIComponent(ticket)}`;
}

function readRequest(body: string): z.infer<typeof request> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw new AppError("input.invalid", { cause });
  }
  const { data } = request.safeParse(value);
  if (!data) throw new AppError("input.invalid");
  return data;
}

async function canRead(
  viewer: Viewer,
  subject: { readonly entity: CardEntity; readonly id: string },
  desk: Desk,
): Promise<boolean> {
  const { key, proof } = viewer;
  const place = `${key} ${proof.userId} ${proof.isAdmin} ${subject.entity} ${subject.id}`;
  try {
    const answer = await desk.cached("amocrm_rights", place, RIGHTS_LIFE_MS, async () => {
      // One person's page that goes round in circles must not spend the allowance of the account's own reading.
      if (desk.mayAsk?.(key, `rights ${proof.userId}`) === false) {
        throw new AppError("host.rate_limited");
      }
      return (await desk.canViewerRead(key, proof, subject.entity, subject.id)) ? "yes" : "no";
    });
    return answer === "yes";
  } catch (error) {
    // Without a connection nobody's rights can be read: the page then says what is wrong, and shows nothing.
    if (errorCode(error) === "host.token_revoked") return false;
    throw error;
  }
}

/** Throws AppError `auth.refused`, `portal.unknown`. */
async function proveViewer(token: string, desk: Desk, config: HostConfig): Promise<Viewer> {
  const place = await placeOfToken(token, desk, config);
  const verified = await verify(token, place, desk, config);
  const key = portalKey(place.product, verified.account_id);
  const address = await desk.address(key);
  if (address === null || REMOVED.includes(address.state)) throw new AppError("portal.unknown");
  if (address.endpoint !== `${place.origin}/` && !(await hasMoved(key, place.origin, desk))) {
    throw new AppError("auth.refused");
  }
  const proof = { userId: verified.user_id, isAdmin: verified.is_admin, accessToken: null };
  return { key, proof, origin: place.origin };
}

/** One look a minute and address: the page asks again and again, and every look is a call to the host. */
const LOOK_AGAIN_MS = 60_000;

/**
 * An account that was renamed signs under its new name. The host is asked with our own token where the account lives now;
 * only its answer counts.
 */
async function hasMoved(key: PortalKey, origin: string, desk: Desk): Promise<boolean> {
  const now = await desk.cached("amocrm_moved", `${key} ${origin}`, LOOK_AGAIN_MS, async () => {
    await desk.lookAgain(key);
    return (await desk.address(key))?.endpoint ?? "";
  });
  return now === `${origin}/`;
}

/** Which key to check the token with; nothing that is read here is trusted yet. */
async function placeOfToken(token: string, desk: Desk, config: HostConfig): Promise<Place> {
  try {
    const { iss, client_uuid: clientId, account_id: accountId } = decodeJwt(token);
    if (typeof clientId !== "string") throw new AppError("auth.refused");
    if (productByClientId(clientId, config) !== null) return placeOf(iss ?? "", clientId, config);
    for (const product of PRODUCTS) {
      const own = await desk.ownRegistration(portalKey(product, id.parse(accountId)));
      if (own?.clientId === clientId) return placeFor(iss ?? "", own, config);
    }
    throw new AppError("auth.refused");
  } catch (cause) {
    throw new AppError("auth.refused", { cause });
  }
}

/** Scheme and host of our redirect address; the host leaves a port out, which only development has. */
function audiences(config: HostConfig): string[] {
  const { origin, protocol, hostname } = new URL(config.publicUrl);
  return [origin, `${protocol}//${hostname}`];
}

async function verify(
  token: string,
  place: Place,
  desk: Desk,
  config: HostConfig,
): Promise<z.infer<typeof claims>> {
  try {
    const { payload } = await jwtVerify(
      token,
      new TextEncoder().encode(place.registration.clientSecret),
      {
        algorithms: ["HS256"],
        audience: audiences(config),
        clockTolerance: LEEWAY_SECONDS,
        currentDate: new Date(desk.clock.now()),
        requiredClaims: ["exp", "iss", "aud", "account_id", "user_id", "client_uuid"],
      },
    );
    return claims.parse(payload);
  } catch (cause) {
    if (cause instanceof errors.JWTExpired) throw new AppError("auth.required", { cause });
    throw new AppError("auth.refused", { cause });
  }
}
