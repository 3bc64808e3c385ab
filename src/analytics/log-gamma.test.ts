import { describe, expect, it } from "vitest";
import { digamma, digammaRest, logGamma, stirlingRest } from "./log-gamma.ts";

/** x, ln Gamma(x), digamma(x): 40-digit arithmetic, rounded to doubles. */
const REFERENCE: readonly (readonly [number, number, number])[] = [
  [1e-9, 20.723265836369194, -1000000000.5772156],
  [0.001, 6.907178885383853, -1000.5755719318103],
  [0.0123, 4.391179955475717, -81.8579758525896],
  [0.3, 1.0957979948180756, -3.502524222200133],
  [0.5, 0.5723649429247001, -1.9635100260214235],
  [0.7, 0.26086724653166654, -1.2200235536979347],
  [0.999, 0.0005780385328913802, -0.5788618021086455],
  [0.9999999, 5.772157468444193e-8, -0.5772158293949515],
  [1.0000001, -5.772155829918507e-8, -0.5772155004081381],
  [1.01, -0.005690307946069651, -0.5608854578686745],
  [1.3, -0.10817480950786047, -0.16919088886679962],
  [1.46163, -0.12148629053362353, -2.0756283887224574e-6],
  [1.47, -0.121452498007656, 0.008066489011364869],
  [1.5, -0.12078223763524522, 0.03648997397857652],
  [1.99, -0.004195529088791668, 0.41631470604541493],
  [2.0000001, 4.227843666532498e-8, 0.4227843995918717],
  [2.3, 0.15418945495963046, 0.6000398803639695],
  [2.5, 0.2846828704729192, 0.7031566406452432],
  [2.51, 0.29173891549286796, 0.7080484451910535],
  [3.7, 1.428072326665388, 1.1671535393615113],
  [5, 3.1780538303479458, 1.5061176684318005],
  [9.99, 12.779315214350193, 2.250700372831201],
  [10, 12.801827480081469, 2.251752589066721],
  [10.01, 12.824350262448247, 2.2528037003181356],
  [17.3, 31.51562417817529, 2.821526423539867],
  [100.25, 360.28455963776423, 4.602671243274712],
  [1234.5, 7550.550901077895, 7.118016231827998],
  [1000000.5, 12815511.476902766, 13.815510557964316],
  [10000000000, 220258509288.81058, 23.025850929890456],
];

/** x, what Stirling's formula leaves of ln Gamma(x), digamma(x) - ln x: 40-digit arithmetic, rounded to doubles. */
const RESTS: readonly (readonly [number, number, number])[] = [
  [0.3, 0.2360649007482156, -2.2985514178741973],
  [5, 0.016644691189821193, -0.1033202440022999],
  [9.99, 0.00833889679773433, -0.05088421982926105],
  [10, 0.00833056343336287, -0.05083250392732458],
  [17.3, 0.0048164197078983005, -0.029180077963866242],
  [1234.5, 6.75037112277304e-5, -0.0004050769572363506],
  [18275.7, 4.5597888630813955e-6, -2.735898268131246e-5],
  [1e10, 8.333333333333334e-12, -5.0000000000833335e-11],
];

describe("stirlingRest and digammaRest", () => {
  it("keep their digits where the functions themselves are large", () => {
    for (const [x, rest, slope] of RESTS) {
      const digits = x < 10 ? 1e-12 : 1e-14;
      expect(Math.abs(stirlingRest(x) / rest - 1), `stirlingRest(${x})`).toBeLessThan(digits);
      expect(Math.abs(digammaRest(x) / slope - 1), `digammaRest(${x})`).toBeLessThan(digits);
    }
  });
});

describe("logGamma and digamma", () => {
  it("agree with high-precision values to a relative error of 1e-13", () => {
    for (const [x, gamma, psi] of REFERENCE) {
      expect(Math.abs(logGamma(x) / gamma - 1), `logGamma(${x})`).toBeLessThan(1e-13);
      expect(Math.abs(digamma(x) / psi - 1), `digamma(${x})`).toBeLessThan(1e-13);
    }
  });

  it("are exact at the zeros of the logarithm", () => {
    expect(logGamma(1)).toBe(0);
    expect(logGamma(2)).toBe(0);
  });

  it("say NaN outside of the domain instead of a wrong number", () => {
    for (const bad of [0, -1, -0.5, Number.NaN]) {
      expect(logGamma(bad)).toBeNaN();
      expect(digamma(bad)).toBeNaN();
    }
  });
});
