/** zeta(k) - 1 for k = 2, 3, ... (Abramowitz & Stegun 23.2). */
const ZETA_MINUS_ONE = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993,
  0.01734306198444914, 0.008349277381922827, 0.00407735619794434, 0.0020083928260822143,
  0.0009945751278180853, 0.0004941886041194645, 0.0002460865533080483, 0.00012271334757848915,
  6.124813505870483e-5, 3.058823630702049e-5, 1.528225940865187e-5, 7.637197637899763e-6,
  3.81729326499984e-6, 1.908212716553939e-6, 9.539620338727962e-7, 4.769329867878064e-7,
  2.38450502727733e-7, 1.1921992596531106e-7, 5.960818905125948e-8, 2.980350351465228e-8,
  1.4901554828365043e-8, 7.45071178983543e-9, 3.725334024788457e-9, 1.862659723513049e-9,
] as const;

/** 1 - Euler's constant. */
const ONE_MINUS_EULER = 0.42278433509846713;
const HALF_LOG_TWO_PI = 0.9189385332046728;

/** Zero of digamma, split in two so that a difference to it keeps all digits. */
const DIGAMMA_ZERO = 1.4616321449683622;
const DIGAMMA_ZERO_REST = 9.549995429965697e-17;
/** Taylor coefficients of digamma around its zero. */
const DIGAMMA_TAYLOR = [
  0.9676722454476212, -0.4427631689835921, 0.258499760955651, -0.16394270544240652,
  0.10782405069126237, -0.07219956125645471, 0.04880428816414311, -0.03316112647484736,
  0.022597648232218104, -0.01542476590494896, 0.010538791616612175, -0.007204534386356869,
  0.004926781395729853, -0.003369801655439328, 0.002305126326734928, -0.0015769367714301972,
  0.0010788252019162967, -0.0007380709389960052,
] as const;

const ASYMPTOTIC_FROM = 10;

/**
 * Natural logarithm of the gamma function for x > 0; relative error below 1e-13, also beside the zeros at 1 and 2.
 * Zeta series near 1 and 2 (Abramowitz & Stegun 6.1.33), recurrence below 10, Stirling's series above (6.1.41).
 * NaN for x <= 0 or NaN.
 */
export function logGamma(x: number): number {
  if (!(x > 0)) return Number.NaN;
  if (x >= ASYMPTOTIC_FROM) return stirling(x);
  if (x < 0.5) return logGammaNearOne(x) - Math.log(x);
  if (x < 1.5) return logGammaNearOne(x - 1);
  let product = 1;
  let at = x;
  while (at >= 2.5) {
    at -= 1;
    product *= at;
  }
  const near = zetaSeries(at - 2);
  return product === 1 ? near : near + Math.log(product);
}

/**
 * Derivative of `logGamma` for x > 0; relative error below 1e-13, also beside its zero at 1.4616.
 * Recurrence up to 10, then the asymptotic series (Abramowitz & Stegun 6.3.18). NaN for x <= 0 or NaN.
 */
export function digamma(x: number): number {
  if (!(x > 0)) return Number.NaN;
  const fromZero = x - DIGAMMA_ZERO - DIGAMMA_ZERO_REST;
  if (Math.abs(fromZero) < 0.15) return digammaAroundZero(fromZero);
  let shift = 0;
  let at = x;
  while (at < ASYMPTOTIC_FROM) {
    shift += 1 / at;
    at += 1;
  }
  return Math.log(at) - 0.5 / at - digammaTail(at) - shift;
}

function digammaTail(x: number): number {
  const i = 1 / (x * x);
  return (
    i *
    (1 / 12 -
      i *
        (1 / 120 -
          i *
            (1 / 252 -
              i *
                (1 / 240 - i * (1 / 132 - i * (691 / 32760 - i * (1 / 12 - (i * 3617) / 8160)))))))
  );
}

/**
 * What Stirling's formula leaves of `logGamma`: ln Gamma(x) - (x - 1/2) ln x + x - ln(2 pi) / 2 for x > 0, about 1 / (12 x).
 * Absolute error below 1e-14 from 10 on, where `logGamma` itself has lost all but the leading digits.
 */
export function stirlingRest(x: number): number {
  if (x >= ASYMPTOTIC_FROM) return stirlingTail(x);
  return logGamma(x) - (x - 0.5) * Math.log(x) + x - HALF_LOG_TWO_PI;
}

/** `digamma(x) - ln x` for x > 0, about -1 / (2 x); keeps its digits where both are large. */
export function digammaRest(x: number): number {
  return x >= ASYMPTOTIC_FROM ? -0.5 / x - digammaTail(x) : digamma(x) - Math.log(x);
}

/** ln Gamma(1 + z), |z| <= 0.5. */
function logGammaNearOne(z: number): number {
  return zetaSeries(z) - Math.log1p(z);
}

/** ln Gamma(2 + z), |z| <= 0.5. */
function zetaSeries(z: number): number {
  let sum = 0;
  for (let at = ZETA_MINUS_ONE.length - 1; at >= 0; at -= 1) {
    const k = at + 2;
    const term = (ZETA_MINUS_ONE[at] as number) / k;
    sum = sum * z + (k % 2 === 0 ? term : -term);
  }
  return z * (ONE_MINUS_EULER + z * sum);
}

function stirling(x: number): number {
  return (x - 0.5) * Math.log(x) - x + HALF_LOG_TWO_PI + stirlingTail(x);
}

function stirlingTail(x: number): number {
  const i = 1 / (x * x);
  return (
    (1 / 12 -
      i *
        (1 / 360 -
          i *
            (1 / 1260 -
              i *
                (1 / 1680 -
                  i * (1 / 1188 - i * (691 / 360360 - i * (1 / 156 - (i * 3617) / 122400))))))) /
    x
  );
}

function digammaAroundZero(distance: number): number {
  let sum = 0;
  for (let at = DIGAMMA_TAYLOR.length - 1; at >= 0; at -= 1) {
    sum = sum * distance + (DIGAMMA_TAYLOR[at] as number);
  }
  return sum * distance;
}
