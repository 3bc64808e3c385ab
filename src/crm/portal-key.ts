import { AppError } from "./error.ts";

/** One CRM account that installed us: `bitrix24:<member_id>`, `amocrm:<account id>`, `kommo:<account id>`. */
export type PortalKey = `${string}:${string}`;

const PATTERN = /^[a-z0-9]{1,20}:[a-z0-9_-]{1,64}$/;

/** Builds a key that is safe as a file name and a log field. Throws AppError `input.invalid`. */
export function portalKey(product: string, accountId: string): PortalKey {
  const key = `${product}:${accountId}`;
  if (!PATTERN.test(key)) throw new AppError("input.invalid", { details: { field: "portal" } });
  return key as PortalKey;
}

/** Reads a key written by us. Throws AppError `input.invalid`. */
export function parsePortalKey(text: string): {
  product: string;
  accountId: string;
  key: PortalKey;
} {
  const at = text.indexOf(":");
  const product = text.slice(0, at);
  const accountId = text.slice(at + 1);
  return { product, accountId, key: portalKey(product, accountId) };
}
