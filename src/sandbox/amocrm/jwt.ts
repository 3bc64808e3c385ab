const encoder = new TextEncoder();

function base64url(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function hmac(secret: string, message: string): Promise<Uint8Array> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
    "sign",
  ]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(message)));
}

/** Lower-case hex of HMAC-SHA256. */
export async function hmacHex(secret: string, message: string): Promise<string> {
  return [...(await hmac(secret, message))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** A compact JWT signed with HS256. */
export async function signJwt(
  claims: Readonly<Record<string, unknown>>,
  secret: string,
): Promise<string> {
  const part = (value: unknown) => base64url(encoder.encode(JSON.stringify(value)));
  const head = `${part({ typ: "JWT", alg: "HS256" })}.${part(claims)}`;
  return `${head}.${base64url(await hmac(secret, head))}`;
}
