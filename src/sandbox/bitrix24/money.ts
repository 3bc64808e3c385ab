/** Minor units and the decimals the CRM works with. */

const DIGITS: Readonly<Record<string, number>> = { JPY: 0, KRW: 0, VND: 0, CLP: 0, KWD: 3, BHD: 3 };

export function toMajor(minor: number, currency: string): number {
  const factor = 10 ** (DIGITS[currency] ?? 2);
  return minor / factor;
}

export function toMinor(major: number, currency: string): number {
  return Math.round(major * 10 ** (DIGITS[currency] ?? 2));
}
