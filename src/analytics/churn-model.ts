import type { ChurnModel } from "./churn-types.ts";
import { applyLayer } from "./layer.ts";
import type { PastView } from "./past-view.ts";
import { ruleSays } from "./silence-rule.ts";

/** P(no purchase) of every client of a view. */
export function churnOf(model: ChurnModel, view: PastView): Float64Array {
  switch (model.method) {
    case "core":
      return view.pCore;
    case "layer":
      return applyLayer(model.layer, view);
    case "hiatus":
      return view.recencyDays.map((days) => ruleSays(model.rule, days));
    case "baseRate":
      return new Float64Array(view.client.length).fill(model.rate);
  }
}
