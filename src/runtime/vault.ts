import { AppError } from "../crm/error.ts";
import type { Random, Vault } from "../crm/ports.ts";

/** One master key: an id that travels with every sealed text, and 32 bytes. */
export interface MasterKey {
  readonly id: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const NONCE_BYTES = 12;
const VERSION = "v1";

/**
 * AES-256-GCM with the place (portal, table, field) and the key id as additional data. Format:
 * `v1.<key id>.<base64url nonce + ciphertext>`. The first key encrypts; all of them decrypt, so keys can be rotated.
 */
export function makeVault(keys: readonly MasterKey[], random: Random): Vault {
  const imported = new Map<string, Promise<CryptoKey>>();
  const keyById = (id: string): Promise<CryptoKey> => {
    const known = imported.get(id);
    if (known !== undefined) return known;
    const master = keys.find((key) => key.id === id);
    if (!master) throw new AppError("vault.cannot_open", { details: { keyId: id } });
    const fresh = crypto.subtle.importKey("raw", master.bytes, "AES-GCM", false, [
      "encrypt",
      "decrypt",
    ]);
    imported.set(id, fresh);
    return fresh;
  };

  return {
    async seal(plain, place) {
      const [master] = keys;
      if (!master) throw new AppError("config.invalid", { details: { variable: "PULSE_KEYS" } });
      const nonce = new Uint8Array(random.bytes(NONCE_BYTES));
      const cipher = await crypto.subtle.encrypt(
        { name: "AES-GCM", iv: nonce, additionalData: boundTo(place, master.id) },
        await keyById(master.id),
        new TextEncoder().encode(plain),
      );
      const sealed = new Uint8Array(NONCE_BYTES + cipher.byteLength);
      sealed.set(nonce);
      sealed.set(new Uint8Array(cipher), NONCE_BYTES);
      return `${VERSION}.${master.id}.${toBase64Url(sealed)}`;
    },
    async open(sealed, place) {
      const [version, keyId, text] = sealed.split(".");
      if (version !== VERSION || !keyId || !text) throw new AppError("vault.cannot_open");
      const bytes = fromBase64Url(text);
      try {
        const plain = await crypto.subtle.decrypt(
          {
            name: "AES-GCM",
            iv: bytes.slice(0, NONCE_BYTES),
            additionalData: boundTo(place, keyId),
          },
          await keyById(keyId),
          bytes.slice(NONCE_BYTES),
        );
        return new TextDecoder().decode(plain);
      } catch (cause) {
        if (cause instanceof AppError) throw cause;
        throw new AppError("vault.cannot_open", { details: { keyId } });
      }
    },
  };
}

function boundTo(place: string, keyId: string): Uint8Array<ArrayBuffer> {
  // A copy: the encoder's own array may be shared by its type on one platform.
  return new Uint8Array(new TextEncoder().encode(`${place}|${keyId}`));
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new AppError("vault.cannot_open", { cause });
  }
}
