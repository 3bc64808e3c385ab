import type { Instant } from "../../crm/ports.ts";

/** Readers of single values. Portals send ids and numbers as numbers or texts, emptiness as null, "", 0 or "0". */

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** PHP writes an empty map as `[]`. */
export function toFields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function toList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isFields(value) ? Object.values(value) : [];
}

const ID = /^[1-9]\d{0,15}$/;

/** A positive integer as text, or null for every kind of "none". */
export function toId(value: unknown): string | null {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && ID.test(text) ? text : null;
}

/** Pipelines count from 0. */
export function toIndex(value: unknown): string | null {
  return value === 0 || value === "0" ? "0" : toId(value);
}

export function toIds(value: unknown): readonly string[] {
  return toList(value).flatMap((one) => toId(one) ?? []);
}

export function toText(value: unknown): string | null {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : null;
}

export function toNumber(value: unknown): number | null {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

export function isYes(value: unknown): boolean {
  return value === true || value === 1 || value === "1" || value === "Y" || value === "y";
}

export function toInstant(value: unknown): Instant | null {
  if (typeof value !== "string" || value === "") return null;
  const instant = Date.parse(value);
  return Number.isNaN(instant) ? null : instant;
}

/** The calendar day as the portal wrote it: converting to UTC first would move it across midnight. */
export function toDay(value: unknown): string | null {
  if (typeof value !== "string") return null;
  return /^\d{4}-\d{2}-\d{2}(?=$|T| )/.exec(value)?.[0] ?? null;
}

/** Parses JSON; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
