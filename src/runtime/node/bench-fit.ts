import type { Timings } from "../../analytics/buckets.ts";
import { fitPurchaseModel } from "../../analytics/purchase-fit.ts";
import { drawGamma, seededRandom } from "../../analytics/simulate.ts";
import type { Bench } from "./bench-command.ts";

/** BG/NBD of the CDNOW sample in weeks (Fader, Hardie & Lee 2005), joined over twelve weeks, watched for 39. */
const TRUTH = { r: 0.243, alpha: 4.426, a: 0.792, b: 2.414 };
const WATCHED_DAYS = 39 * 7;
const JOINING_DAYS = 12 * 7;
const SEED = 1;
const MOST_OFF = 0.03;

/** Buckets and plain maximum likelihood of so many simulated clients; the value is CPU seconds. */
export function fitBench(clients: number): Bench {
  return {
    async measure() {
      const timings = simulateTimings(clients);
      process.stderr.write(`${clients} clients are simulated\n`);
      const before = process.cpuUsage();
      const { model } = fitPurchaseModel(timings, {
        kind: "bgnbd",
        k: 1,
        hasPrior: false,
        unit: "week",
      });
      const used = process.cpuUsage(before);
      const off = Math.max(
        ...(["r", "alpha", "a", "b"] as const).map((name) =>
          Math.abs(model[name] / TRUTH[name] - 1),
        ),
      );
      process.stderr.write(`largest difference to the truth ${(100 * off).toFixed(2)} %\n`);
      if (!(off < MOST_OFF)) throw new Error("the fit does not find the truth");
      const cpuSeconds = (used.user + used.system) / 1e6;
      return { value: cpuSeconds, unit: "CPU s", n: clients, cpuSeconds };
    },
  };
}

/** Columns at once: a client is three numbers, in whole days. */
function simulateTimings(clients: number): Timings {
  const random = seededRandom(SEED);
  const frequency = new Int32Array(clients);
  const recency = new Int32Array(clients);
  const age = new Int32Array(clients);
  for (let client = 0; client < clients; client += 1) {
    const days = WATCHED_DAYS - Math.floor(JOINING_DAYS * random());
    const perDay = drawGamma(TRUTH.r, random) / TRUTH.alpha / 7;
    const x = drawGamma(TRUTH.a, random);
    const leaves = x / (x + drawGamma(TRUTH.b, random));
    let time = 0;
    let last = 0;
    for (;;) {
      time -= Math.log(1 - random()) / perDay;
      if (!(time < days)) break;
      last = time;
      frequency[client] = (frequency[client] as number) + 1;
      if (random() < leaves) break;
    }
    recency[client] = Math.round(last);
    age[client] = days;
  }
  return { frequency, recency, age, logGapSum: 0 };
}
