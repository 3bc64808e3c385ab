import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const css = readFileSync(new URL("../../widget/styles/tokens.css", import.meta.url), "utf8");

const TOKENS = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map((match) => [
    match[1] ?? "",
    { light: match[2] ?? "", dark: match[3] ?? "" },
  ]),
);

/** WCAG 2 relative luminance. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(over: string, under: string, share: number): string {
  const parts = [1, 3, 5].map((at) => {
    const value = (hex: string): number => Number.parseInt(hex.slice(at, at + 2), 16);
    return Math.round(value(over) * share + value(under) * (1 - share))
      .toString(16)
      .padStart(2, "0");
  });
  return `#${parts.join("")}`;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const PAIRS = [
  ["ink", "surface"],
  ["ink", "page"],
  ["ink", "sunken"],
  ["ink", "good-soft"],
  ["ink", "watch-soft"],
  ["ink", "risk-soft"],
  ["quiet", "surface"],
  ["quiet", "page"],
  ["quiet", "sunken"],
  ["quiet", "good-soft"],
  ["quiet", "risk-soft"],
  ["accent", "surface"],
  ["accent-ink", "accent"],
  ["good", "surface"],
  ["good", "good-soft"],
  ["watch", "surface"],
  ["watch", "watch-soft"],
  ["risk", "surface"],
  ["risk", "risk-soft"],
] as const;

const reportCss = readFileSync(new URL("../../widget/styles/report.css", import.meta.url), "utf8");
const HEAT = /--heat: light-dark\((#\w{6}), (#\w{6})\)/.exec(reportCss);
const HEAT_SHARES = [...reportCss.matchAll(/var\(--heat\) (\d+)%, var\(--surface\)/g)].map(
  ([, share]) => Number(share) / 100,
);

test("the heat map of the report has its levels", () => {
  expect(HEAT).not.toBeNull();
  expect(HEAT_SHARES).toHaveLength(8);
});

for (const theme of ["light", "dark"] as const) {
  const colour = (name: string): string => TOKENS.get(name)?.[theme] ?? "#000000";

  test.each(PAIRS)(`${theme}: %s on %s is at least 4.5:1`, (text, ground) => {
    expect(contrast(colour(text), colour(ground))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(HEAT_SHARES)(`${theme}: numbers on heat %d can be read`, (share) => {
    const heat = (theme === "light" ? HEAT?.[1] : HEAT?.[2]) ?? "";
    expect(contrast(colour("ink"), mix(heat, colour("surface"), share))).toBeGreaterThanOrEqual(
      4.5,
    );
  });

  test.each(["good", "watch", "risk"])(`${theme}: the change of a %s score can be read`, (tone) => {
    const ground = mix(colour(tone), colour(`${tone}-soft`), 0.1);
    expect(contrast(colour(tone), ground)).toBeGreaterThanOrEqual(4.5);
  });
}
