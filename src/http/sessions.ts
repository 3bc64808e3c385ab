import { EncryptJWT, errors, jwtDecrypt } from "jose";
import { z } from "zod";
import type { SessionDraft } from "../crm/door.ts";
import { AppError } from "../crm/error.ts";
import type { PortalKey } from "../crm/portal-key.ts";
import type { Clock } from "../crm/ports.ts";

const LIFE_MS = 15 * 60_000;
const AUDIENCE = "pulse-session";

const claims = z.object({
  portal: z.string(),
  user: z.string(),
  admin: z.boolean(),
  locale: z.string(),
  auth: z.string().nullable(),
  entities: z.array(z.object({ entity: z.enum(["deal", "contact", "company"]), id: z.string() })),
});

export interface Session {
  readonly portal: PortalKey;
  readonly userId: string;
  readonly isAdmin: boolean;
  readonly locale: string;
  /** The viewer's own CRM token, where the host gives one; lives only inside the encrypted session. */
  readonly accessToken: string | null;
  readonly entities: SessionDraft["entities"];
}

export interface Sessions {
  open(draft: SessionDraft): Promise<{ token: string; expiresAt: number }>;
  /** Throws AppError `auth.required`. */
  read(authorization: string | undefined): Promise<Session>;
}

/**
 * Sessions of embedded pages: encrypted JWTs (A256GCM) held in the page's memory and sent in a header. No cookies, so
 * nothing depends on third-party cookies and nothing can be forged across sites.
 */
export function makeSessions(
  keys: readonly { id: string; bytes: Uint8Array }[],
  clock: Clock,
): Sessions {
  const derived = new Map<string, Promise<Uint8Array>>();
  const keyFor = (id: string): Promise<Uint8Array> => {
    const known = derived.get(id);
    if (known !== undefined) return known;
    const master = keys.find((key) => key.id === id);
    if (!master) throw new AppError("auth.required");
    const fresh = derive(master.bytes);
    derived.set(id, fresh);
    return fresh;
  };

  return {
    async open(draft) {
      const [newest] = keys;
      if (!newest) throw new AppError("config.invalid");
      // The role is as old as its proof.
      const { provenAt = clock.now() } = draft.viewer;
      const expiresAt = Math.min(clock.now(), provenAt) + LIFE_MS;
      const token = await new EncryptJWT({
        portal: draft.portal,
        user: draft.viewer.userId,
        admin: draft.viewer.isAdmin,
        locale: draft.locale,
        auth: draft.viewer.accessToken,
        entities: draft.entities,
      })
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: newest.id })
        .setAudience(AUDIENCE)
        .setIssuedAt(Math.floor(clock.now() / 1000))
        .setExpirationTime(Math.floor(expiresAt / 1000))
        .encrypt(await keyFor(newest.id));
      return { token, expiresAt };
    },
    async read(authorization) {
      const token = /^Bearer ([\w.-]+)$/.exec(authorization ?? "")?.[1];
      if (!token) throw new AppError("auth.required");
      try {
        const { payload } = await jwtDecrypt(token, ({ kid }) => keyFor(kid ?? ""), {
          audience: AUDIENCE,
          keyManagementAlgorithms: ["dir"],
          contentEncryptionAlgorithms: ["A256GCM"],
          currentDate: new Date(clock.now()),
          requiredClaims: ["exp"],
        });
        const parsed = claims.parse(payload);
        return {
          portal: parsed.portal as PortalKey,
          userId: parsed.user,
          isAdmin: parsed.admin,
          locale: parsed.locale,
          accessToken: parsed.auth,
          entities: parsed.entities,
        };
      } catch (cause) {
        if (cause instanceof errors.JOSEError || cause instanceof z.ZodError) {
          throw new AppError("auth.required");
        }
        throw cause;
      }
    },
  };
}

/** A key of its own for sessions, so that a session key says nothing about the storage key. */
async function derive(master: Uint8Array): Promise<Uint8Array> {
  const base = await crypto.subtle.importKey("raw", new Uint8Array(master), "HKDF", false, [
    "deriveBits",
  ]);
  const bits = await crypto.subtle.deriveBits(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(0),
      info: new TextEncoder().encode(AUDIENCE),
    },
    base,
    256,
  );
  return new Uint8Array(bits);
}
