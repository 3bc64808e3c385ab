import type { SilenceRule } from "./churn-types.ts";
import { type Design, descend, type Solver } from "./layer-newton.ts";

const TINY_RIDGE = 1e-3;

/** Logistic regression on ln(1 + x); without examples one half for everybody. */
export function fitSilenceRule(x: Float64Array, labels: Uint8Array): SilenceRule {
  const n = x.length;
  const logs = x.map(Math.log1p);
  const mean = n === 0 ? 0 : logs.reduce((sum, value) => sum + value, 0) / n;
  const squares = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const spread = Math.sqrt(squares / Math.max(1, n)) || 1;
  const design = lineOver(logs.map((value) => (value - mean) / spread));
  const state: Solver = { beta: Float64Array.of(0, n === 0 ? 0 : 1), curvature: null };
  if (n > 0) {
    const weight = new Float64Array(n).fill(1);
    descend(design, { labels, weight }, TINY_RIDGE, state);
  }
  const [intercept = 0, slope = 0] = state.beta;
  return {
    intercept: intercept - (slope * mean) / spread,
    slope: slope / spread,
    least: 1 / (n + 2),
  };
}

/** A constant and a slope. */
function lineOver(x: Float64Array): Design {
  return {
    rows: x.length,
    columns: 2,
    logits([intercept = 0, slope = 0], into) {
      for (let row = 0; row < x.length; row += 1)
        into[row] = intercept + slope * (x[row] as number);
    },
    gradient(pull, into) {
      let [all, byX] = [0, 0];
      for (let row = 0; row < x.length; row += 1) {
        all += pull[row] as number;
        byX += (pull[row] as number) * (x[row] as number);
      }
      into[0] = all;
      into[1] = byX;
    },
    row(row, into) {
      into[0] = 1;
      into[1] = x[row] as number;
    },
  };
}

/** P(no purchase) at this silence. */
export function ruleSays(rule: SilenceRule, x: number): number {
  const p = 1 / (1 + Math.exp(-(rule.intercept + rule.slope * Math.log1p(x))));
  return Math.min(1 - rule.least, Math.max(rule.least, p));
}
