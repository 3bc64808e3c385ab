/** Nodes in (0, 1) and weights that add up to 1. */
export interface Rule {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Gauss rule for the mean of a smooth function of a Beta(a, b) variable, a, b > 0: exact for polynomials of degree
 * 2 size - 1. Golub & Welsch (1969) on the Jacobi recurrence moved to (0, 1); no trouble at a = 1 or a + b < 1.
 */
export function betaRule(a: number, b: number, size = 16): Rule {
  const diagonal = new Float64Array(size);
  const beside = new Float64Array(size);
  const sum = a + b;
  diagonal[0] = a / sum;
  for (let n = 1; n < size; n += 1) {
    const two = 2 * n + sum - 2;
    diagonal[n] = (1 + ((a - b) * (sum - 2)) / (two * (two + 2))) / 2;
    const squared =
      n === 1
        ? (a * b) / (sum * sum * (sum + 1))
        : (n * (n + b - 1) * (n + a - 1) * (n + sum - 2)) / (two * two * (two + 1) * (two - 1));
    beside[n - 1] = Math.sqrt(squared);
  }
  const first = new Float64Array(size);
  first[0] = 1;
  diagonalise(diagonal, beside, first);
  return { nodes: diagonal, weights: first.map((x) => x * x) };
}

const MAX_SWEEPS = 60;

/**
 * Implicit QL on a symmetric tridiagonal matrix: leaves the eigenvalues in `diagonal` and the first components of the
 * eigenvectors in `first` (Martin & Wilkinson's imtql2, reduced to one row).
 */
function diagonalise(diagonal: Float64Array, beside: Float64Array, first: Float64Array): void {
  const size = diagonal.length;
  for (let low = 0; low < size; low += 1) {
    for (let sweep = 0; sweep < MAX_SWEEPS; sweep += 1) {
      const high = firstSmall(diagonal, beside, low);
      if (high === low) break;
      sweepOnce(diagonal, beside, first, low, high);
    }
  }
}

function firstSmall(diagonal: Float64Array, beside: Float64Array, from: number): number {
  const last = diagonal.length - 1;
  for (let at = from; at < last; at += 1) {
    const around = Math.abs(diagonal[at] as number) + Math.abs(diagonal[at + 1] as number);
    if (Math.abs(beside[at] as number) <= Number.EPSILON * around) return at;
  }
  return last;
}

function sweepOnce(
  diagonal: Float64Array,
  beside: Float64Array,
  first: Float64Array,
  low: number,
  high: number,
): void {
  const start = diagonal[low] as number;
  const slope = ((diagonal[low + 1] as number) - start) / (2 * (beside[low] as number));
  const root = Math.hypot(slope, 1);
  let g =
    (diagonal[high] as number) -
    start +
    (beside[low] as number) / (slope + (slope >= 0 ? root : -root));
  let sine = 1;
  let cosine = 1;
  let p = 0;
  for (let at = high - 1; at >= low; at -= 1) {
    const f = sine * (beside[at] as number);
    const b = cosine * (beside[at] as number);
    const radius = Math.hypot(f, g);
    beside[at + 1] = radius;
    if (radius === 0) {
      diagonal[at + 1] = (diagonal[at + 1] as number) - p;
      beside[high] = 0;
      return;
    }
    sine = f / radius;
    cosine = g / radius;
    g = (diagonal[at + 1] as number) - p;
    const turn = ((diagonal[at] as number) - g) * sine + 2 * cosine * b;
    p = sine * turn;
    diagonal[at + 1] = g + p;
    g = cosine * turn - b;
    const next = first[at + 1] as number;
    const here = first[at] as number;
    first[at + 1] = sine * here + cosine * next;
    first[at] = cosine * here - sine * next;
  }
  diagonal[low] = (diagonal[low] as number) - p;
  beside[low] = g;
  beside[high] = 0;
}
