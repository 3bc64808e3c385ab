import type { Desk } from "../../crm/door.ts";
import { AppError, errorCode } from "../../crm/error.ts";
import type { HostConfig, ViewerProof } from "../../crm/host.ts";
import type { PortalKey } from "../../crm/portal-key.ts";
import { type Answer, authorise, methodRequest, type Params, readOwnAnswer } from "./api.ts";
import { appInfo, portalEndpoint } from "./oauth.ts";
import { isYes, parseJson, toFields, toId, toText } from "./values.ts";

/** One proof serves the pages that a person opens within this; sessions end fifteen minutes after the proof. */
const PROOF_LIFE_MS = 5 * 60_000;

const ASK_AGAIN_MS = 2_000;

/** A person looks at an empty frame meanwhile: longer than any answer about one person or record takes. */
export const VIEWER_WAIT_MS = 20_000;

/** The state of a portal that nobody pays for; nothing but a look an hour may leave for it. */
export const UNPAID = "payment_required";

interface ViewerClaim {
  readonly key: PortalKey | null;
  readonly accessToken: string | null;
}

export interface ProvenViewer {
  readonly key: PortalKey;
  readonly viewer: ViewerProof;
  /** The portal's address as it is now; proven. */
  readonly endpoint: string;
  readonly state: string;
  readonly isFinished: boolean;
  /** May give the portal a new token: an administrator, or the one who installed. */
  readonly isEntitled: boolean;
}

/**
 * Who opened the page: the posted token has to work at the stored address of the portal it claims. The request's own
 * addresses are not used. Throws AppError `auth.refused` (also for an unknown portal), or a retryable `host.*`.
 */
export async function proveViewer(
  desk: Desk,
  config: HostConfig,
  claim: ViewerClaim,
  caller: string,
): Promise<ProvenViewer> {
  const { key, accessToken } = claim;
  const address = key === null ? null : await desk.address(key);
  if (key === null || !accessToken || !address) throw new AppError("auth.refused");
  const place = await sha256(`${key}\n${accessToken}`);
  const text = await desk.cached("bitrix24.viewer", place, PROOF_LIFE_MS, async () => {
    if (desk.mayAsk?.(key, caller) === false) {
      throw new AppError("host.rate_limited", { retryAfterMs: ASK_AGAIN_MS });
    }
    const proof = await askPortal(desk, config, { key, accessToken, endpoint: address.endpoint });
    desk.wasProven?.(key, caller);
    return JSON.stringify({ ...proof, provenAt: desk.clock.now() });
  });
  const proof = toFields(parseJson(text));
  const userId = String(proof.userId);
  const isAdmin = proof.isAdmin === true;
  return {
    key,
    endpoint: String(proof.endpoint),
    state: address.state,
    isFinished: address.isFinished,
    isEntitled: isAdmin || userId === address.installerId,
    viewer: { userId, isAdmin, accessToken, provenAt: Number(proof.provenAt) },
  };
}

interface Claim {
  readonly key: PortalKey;
  readonly accessToken: string;
  readonly endpoint: string;
}

interface Profile {
  readonly userId: string;
  readonly isAdmin: boolean;
  readonly timeZone: string | null;
}

async function askPortal(
  desk: Desk,
  config: HostConfig,
  claim: Claim,
): Promise<Profile & { readonly endpoint: string }> {
  try {
    return { ...(await askProfile(desk, claim)), endpoint: claim.endpoint };
  } catch (thrown) {
    if (errorCode(thrown) !== "host.unreachable") throw asRefusal(thrown);
  }
  // The portal may have been renamed since we stored its address: only the token servers know the new one.
  for (const server of config.oauthServers) {
    const info = await appInfo(server, claim.accessToken, desk.transport).catch(() => null);
    if (info?.key === claim.key) {
      const endpoint = portalEndpoint(info.clientEndpoint, config);
      return { ...(await askProfile(desk, { ...claim, endpoint })), endpoint };
    }
  }
  throw new AppError("host.unreachable");
}

/**
 * Who opened a page of a portal whose plan closed its REST: the token servers still know the token's owner. Null when they
 * do not say so. Nobody is an administrator to them.
 */
export async function proveUnpaid(
  desk: Desk,
  config: HostConfig,
  { key, accessToken }: ViewerClaim,
): Promise<ProvenViewer | null> {
  const address = key === null ? null : await desk.address(key);
  if (key === null || !accessToken || !address) return null;
  for (const server of config.oauthServers) {
    const info = await appInfo(server, accessToken, desk.transport).catch(() => null);
    if (info?.key !== key || info.userId === null) continue;
    const { userId } = info;
    return {
      ...{ key, endpoint: address.endpoint, isFinished: address.isFinished, isEntitled: false },
      state: UNPAID,
      viewer: { userId, isAdmin: false, accessToken, provenAt: desk.clock.now() },
    };
  }
  return null;
}

/** A refusal by the portal is a refusal by us; a portal that is down is not. */
function asRefusal(cause: unknown): unknown {
  const code = errorCode(cause);
  const isRefusal = ["host.token_expired", "host.no_rights", "host.refused"].includes(code);
  return isRefusal ? new AppError("auth.refused", { cause }) : cause;
}

/** `profile` needs no scope. Throws AppError `host.*`. */
export async function askProfile(
  desk: Pick<Desk, "transport">,
  { endpoint, accessToken }: Pick<Claim, "endpoint" | "accessToken">,
): Promise<Profile> {
  const { result } = await callOwn(desk, { endpoint, accessToken }, "profile", {});
  const profile = toFields(result);
  const userId = toId(profile.ID);
  if (userId === null) throw new AppError("host.bad_answer", { details: { field: "profile.ID" } });
  return { userId, isAdmin: isYes(profile.ADMIN), timeZone: toText(profile.TIME_ZONE) };
}

/** Has the person finished the installer? Throws AppError `host.*`. */
export async function isInstalled(
  desk: Pick<Desk, "transport">,
  auth: Pick<Claim, "endpoint" | "accessToken">,
): Promise<boolean> {
  return isYes(toFields((await callOwn(desk, auth, "app.info", {})).result).INSTALLED);
}

/** `ru_pro100` and the like; a portal that does not tell its licence is judged by its address alone. */
export async function hasRussianLicence(
  desk: Pick<Desk, "transport">,
  auth: Pick<Claim, "endpoint" | "accessToken">,
): Promise<boolean> {
  const answer = await callOwn(desk, auth, "app.info", {}).catch(() => null);
  return /^ru_/i.test(toText(toFields(answer?.result).LICENSE) ?? "");
}

async function callOwn(
  desk: Pick<Desk, "transport">,
  auth: { readonly endpoint: string; readonly accessToken: string },
  method: string,
  params: Params,
): Promise<Answer> {
  const request = authorise(methodRequest(auth.endpoint, method, params), auth);
  const answer = await desk.transport({ ...request, timeoutMs: VIEWER_WAIT_MS });
  return readOwnAnswer(answer, auth.endpoint);
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
