import { AppError } from "./error.ts";

/** Currencies whose minor unit is not 1/100 (ISO 4217, as of 2026-01). */
const DECIMALS: Readonly<Record<string, number>> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
};

export function currencyDecimals(currency: string): number {
  return DECIMALS[currency] ?? 2;
}

/**
 * Exact minor units of a decimal text or number (`"1234.5"`, `1234.5`, `"-0.01"`), half away from zero beyond the
 * currency's decimals. Throws AppError `input.invalid` when it is not a decimal or leaves the safe integers.
 */
export function toMinor(amount: string | number, currency: string): number {
  const text = typeof amount === "number" ? decimalText(amount) : amount.trim();
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (!match || (match[2] === "" && !match[3])) throw notMoney();
  const decimals = currencyDecimals(currency);
  const fraction = (match[3] ?? "").padEnd(decimals + 1, "0");
  const kept = BigInt((match[2] || "0") + fraction.slice(0, decimals));
  const rounded = Number(fraction.charAt(decimals)) >= 5 ? kept + 1n : kept;
  const minor = Number(match[1] === "-" ? -rounded : rounded);
  if (!Number.isSafeInteger(minor)) throw notMoney();
  return minor === 0 ? 0 : minor;
}

/** Doubles print their shortest round-trip form; exponents are spelled out. */
function decimalText(amount: number): string {
  if (!Number.isFinite(amount)) throw notMoney();
  const text = String(amount);
  return text.includes("e") ? amount.toFixed(6) : text;
}

function notMoney(): AppError {
  return new AppError("input.invalid", { details: { field: "amount" } });
}
